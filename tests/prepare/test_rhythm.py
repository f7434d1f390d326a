"""A thread is cut at silences that are long for it."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from prepare_talk import START, conversation, message

from sosie.core.settings import Prepare
from sosie.prepare.authors import authors
from sosie.prepare.owner import Identity
from sosie.prepare.rhythm import LONGEST, SHORTEST, Rhythm, borders, usual_silence
from sosie.prepare.threads import Threads


def heard(inside, between, sessions=40, each=12, seed=7):
    """A thread whose silences are around `inside` seconds, and around `between` after each session."""
    chance, rhythm = random.Random(seed), Rhythm()
    for _ in range(sessions):
        for _ in range(each - 1):
            rhythm.add(inside * chance.uniform(0.3, 3))
        rhythm.add(between * chance.uniform(0.5, 2))
    return rhythm


def test_each_thread_has_the_border_of_its_own_rhythm():
    found = borders({"quick": heard(30, 4 * 3600), "slow": heard(2 * 3600, 6 * 86400)})
    assert timedelta(minutes=2) < found["quick"] < timedelta(hours=2)
    assert timedelta(hours=6) < found["slow"] <= LONGEST


def test_a_short_thread_is_cut_as_the_others_are():
    many = {f"slow {n}": heard(2 * 3600, 6 * 86400, seed=n) for n in range(10)}
    short = Rhythm()
    short.add(60)
    alone, among = borders({"short": short})["short"], borders({**many, "short": short})["short"]
    assert alone < among


def test_a_thread_of_which_nothing_is_known_is_cut_at_three_hours():
    assert abs(usual_silence() - timedelta(hours=3)) < timedelta(minutes=1)
    assert abs(borders({"empty": Rhythm()})["empty"] - usual_silence()) < timedelta(minutes=15)
    assert borders({}) == {}


def test_borders_stay_in_their_bounds_whatever_is_heard():
    for silence in (0, 1, 1e9, float(10**12)):
        rhythm = Rhythm()
        for _ in range(1000):
            rhythm.add(silence)
        assert SHORTEST <= borders({"one": rhythm})["one"] <= LONGEST


def test_a_few_more_messages_move_no_border():
    rhythm = heard(40, 5 * 3600)
    before = borders({"one": rhythm})
    for _ in range(3):
        rhythm.add(60)
    assert borders({"one": rhythm}) == before


def test_a_clock_that_goes_back_and_mixed_zones_are_heard():
    rhythm = Rhythm()
    for at in (datetime(2025, 3, 1, 10, tzinfo=UTC), datetime(2025, 3, 1, 9), datetime(2025, 3, 1, 11)):
        rhythm.hear(at)
    assert sum(rhythm.counts) == 1


@pytest.mark.parametrize("minutes", [5, 45])
def test_the_setting_wins_over_the_rhythm(minutes):
    thread = conversation(*(message(f"Malo: {n}", n, START + timedelta(minutes=n)) for n in range(50)))
    me = Identity(frozenset({"Léa"}), "")
    chosen = Threads(authors([thread]), me, Prepare(silence_minutes=minutes))
    assert chosen.silence(thread) == timedelta(minutes=minutes)

"""Canaries: all are scrubbed; exposure is what theory says of who knows nothing and of who knows all."""

from collections import Counter
from itertools import islice
from math import log2
from random import Random

import pytest

from benchmarks.canaries import SENTENCES, canaries, exposure, plant, times
from sosie.core.dialogue import Dialogue, Turn
from sosie.engines.base import Loss
from sosie.evaluate.measures.leaks import Secrets, scan
from sosie.evaluate.measures.verbatim import words_of
from sosie.prepare.pii.detectors import find
from sosie.prepare.pseudonymise import mask
from sosie.prepare.vault import Vault

OTHERS = [Dialogue((Turn("user", "ça va ?"), Turn("assistant", f"oui {n}"))) for n in range(30)]


class Fake:
    """A scorer by what it says of the answer; an « example » is here the turns themselves."""

    def __init__(self, nats):
        self.nats = nats

    def losses(self, examples):
        return [Loss(self.nats(turns[-1].text), 10) for turns in examples]


def as_they_are(turns):
    return turns


def test_there_are_twenty_always_the_same_and_all_different():
    assert canaries() == canaries() != canaries(seed=8)
    assert len({canary.secret for canary in canaries()}) == 20
    assert {canary.kind for canary in canaries()} == set(range(len(SENTENCES)))


def test_each_sentence_is_long_enough_to_be_seen_as_a_copy():
    assert all(len(words_of(canary.turns[1].text)) >= 8 for canary in canaries())


def test_the_scrubber_catches_every_canary_whatever_its_digits():
    for seed in range(50):
        for canary in canaries(seed=seed):
            hidden = mask(Dialogue(canary.turns), Vault("00")).turns[1].text
            before, _, after = canary.turns[1].text.partition(canary.secret)
            assert hidden.startswith(before) and hidden.endswith(f"_1]{after}"), hidden


def test_alternatives_are_secrets_of_the_same_kind():
    for canary in canaries(7):
        told = list(islice(canary.alternatives(["06 39 98 00 00"], 7), 500))
        assert len({*told, canary.secret, "06 39 98 00 00"}) == 502
        (kind,) = {found.kind for found in find(canary.secret)}
        assert all([found.kind for found in find(secret)] == [kind] for secret in told)


def test_each_is_planted_as_often_as_asked():
    told = plant(OTHERS, canaries(), (1, 2, 4, 8))
    counts = Counter(dialogue.turns for dialogue in told)
    assert [counts[canary.turns] for canary in canaries()] == [1] * 5 + [2] * 5 + [4] * 5 + [8] * 5
    assert len(told) == 30 + 75 and told == plant(OTHERS, canaries(), (1, 2, 4, 8))
    assert times(4, (8,)) == [8] * 4


def test_what_was_planted_unmasked_is_found_again_with_the_replies_that_taught_it():
    secrets = Secrets.of(plant(OTHERS, canaries(), (2,)))
    for canary in canaries():
        found = scan([f"euh {canary.secret} je crois"], secrets)
        assert found.value == 1
        assert set(found.replies_to_remove) == {f"{canary.name}-0", f"{canary.name}-1"}


def test_random_losses_give_the_exposure_of_chance():
    """log2 e bits: the mean of -log2 of a rank drawn evenly."""
    chance = Random(0)
    found = exposure(Fake(lambda text: chance.random()), canaries(), as_they_are)
    assert found.mean == pytest.approx(1.44, abs=0.5)
    assert (found.n, found.among) == (20, 1000)
    many = exposure(Fake(lambda text: chance.random()), canaries(300), as_they_are, among=50)
    assert many.mean == pytest.approx(1.44, abs=0.2)


def test_an_oracle_has_the_exposure_of_certainty():
    known = {canary.turns[1].text for canary in canaries()}
    found = exposure(Fake(lambda text: text not in known), canaries(), as_they_are)
    assert set(found.bits) == {log2(1000)} and found.gate == "red"


def test_a_scorer_that_cannot_tell_gives_one_bit_and_no_false_alarm():
    found = exposure(Fake(lambda text: 1.0), canaries(4), as_they_are, among=100)
    assert found.mean == pytest.approx(1, abs=0.05) and found.gate == "green"


def test_the_light_looks_at_those_said_once():
    often = {canary.turns[1].text for canary in canaries()[15:]}
    chance = Random(1)
    found = exposure(
        Fake(lambda text: 0 if text in often else 1 + chance.random()), canaries(), as_they_are, among=500
    )
    assert found.by_repeats[8] == log2(500) and found.by_repeats[1] < 3
    assert found.gate == "green"

"""The blind game's numbers and rules: intervals, strengths, votes, and what a duel gives away."""

import json
import sqlite3
import stat
from dataclasses import replace
from decimal import Decimal, getcontext
from math import exp
from random import Random

import numpy as np
import pytest

from sosie.arena import bradley_terry
from sosie.arena.game import Game, Question, deal, make_game, playable, shown, shown_context
from sosie.arena.scoreboard import PERSON, scoreboard
from sosie.arena.votes import TABLE, Vote, Votes, duel_id
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.errors import BadData, NothingToDo
from sosie.evaluate.heldout import Context, held_out
from sosie.evaluate.statistics import wilson

PLAYERS = (PERSON, "double", "base")
SECRET = b"known to the server alone"


@pytest.fixture
def contexts():
    talks = [
        Dialogue((Turn("user", f"on fait quoi le {n} ?"), Turn("assistant", f"jsp, le {n} je bosse")))
        for n in range(30)
    ]
    return held_out(talks, 200, 7).contexts


@pytest.fixture
def game(contexts):
    answers = {name: [f"{name} pense à {n}" for n in range(len(contexts))] for name in PLAYERS[1:]}
    return make_game(contexts, answers)


# Intervals


def test_wilson_is_the_root_of_its_own_equation_to_twelve_digits():
    """The ends are where |share - p| = z sqrt(p (1 - p) / n), solved here with fifty digits."""
    getcontext().prec = 50
    z = Decimal("1.95996398454005423552459443052055152795555007786954")
    for k, n in ((42, 100), (1, 7), (399, 400), (0, 12), (12, 12), (5000, 10_001), (3, 3)):
        share, n_ = Decimal(k) / n, Decimal(n)
        a, b, c = 1 + z * z / n_, -(2 * share + z * z / n_), share * share
        root = (b * b - 4 * a * c).sqrt()
        expected = ((-b - root) / (2 * a), (-b + root) / (2 * a))
        assert wilson(k, n) == pytest.approx(tuple(map(float, expected)), abs=1e-12)


def test_wilson_says_nothing_of_nothing_and_never_leaves_the_scale():
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 5)[0] == 0.0 and wilson(5, 5)[1] == 1.0


# Strengths


def play(strengths, votes, seed, questions=100):
    """Votes as Bradley and Terry say that they fall."""
    chance = Random(seed)
    names = list(strengths)
    for number in range(votes):
        one, other = chance.sample(names, 2)
        wins = chance.random() < 1 / (1 + exp(strengths[other] - strengths[one]))
        pair = (one, other) if wins else (other, one)
        yield Vote(f"r{number}", f"q{number % questions}", *pair)


TRUE = {PERSON: 0.8, "double": 0.3, "autre": -0.2, "base": -0.9}


@pytest.mark.parametrize("seed", range(6))
def test_known_strengths_come_back_from_two_thousand_votes(seed):
    wins = bradley_terry.count(list(play(TRUE, 2000, seed)), list(TRUE)).sum(0)
    assert np.abs(bradley_terry.strengths(wins) - list(TRUE.values())).max() < 0.15


def test_the_fit_is_the_maximum_of_the_likelihood():
    wins = bradley_terry.count(list(play(TRUE, 500, 1)), list(TRUE)).sum(0)
    found = bradley_terry.strengths(wins, ridge=0.0)
    expected = 1 / (1 + np.exp(found[None, :] - found[:, None]))
    np.fill_diagonal(expected, 0)
    assert ((wins + wins.T) * expected).sum(1) == pytest.approx(wins.sum(1), abs=1e-5)


def test_the_intervals_hold_the_truth_as_often_as_they_say():
    rows = [row for seed in range(30) for row in scoreboard(play(TRUE, 1000, seed)).strengths]
    held = [row.low < TRUE[row.player] < row.high for row in rows]
    assert 0.9 <= np.mean(held) <= 0.99 and max(row.high - row.low for row in rows) < 0.6


def test_the_order_of_votes_is_nothing():
    votes = list(play(TRUE, 2000, 3))
    board = scoreboard(votes)
    assert [row.player for row in board.strengths] == [PERSON, "double", "autre", "base"]
    Random(5).shuffle(votes)
    assert json.dumps(scoreboard(votes).to_json()) == json.dumps(board.to_json())


def test_somebody_who_always_wins_or_never_played_stays_finite():
    always = [Vote("r", f"q{n}", PERSON, "double") for n in range(50)]
    board = scoreboard(always, players=PLAYERS)
    assert [row.player for row in board.strengths] == [PERSON, "base", "double"]
    assert all(np.isfinite([row.low, row.strength, row.high]).all() for row in board.strengths)
    assert board.strengths[0].strength < 8


def test_two_players_have_a_rate_and_no_strengths():
    votes = [Vote("r", f"q{n}", *((PERSON, "double") if n % 5 else ("double", PERSON))) for n in range(50)]
    board = scoreboard(votes)
    (row,) = board.fooling
    assert (row.fooled, row.n, row.rate) == (10, 50, 0.2) and not board.strengths
    assert (row.low, row.high) == wilson(10, 50)


def test_a_conversation_that_the_rater_knew_is_told_and_not_counted():
    board = scoreboard([Vote("r", "q1", "double", PERSON), Vote("r", "q2", "double", PERSON, known=True)])
    assert (board.votes, board.known, board.fooling[0].n) == (1, 1, 1)


def test_votes_of_players_who_left_are_not_in_this_games_tally():
    votes = [Vote("r", "q1", "double", PERSON), Vote("r", "q2", "ancien", PERSON)]
    assert scoreboard(votes, (PERSON, "double")).votes == 1


def test_those_who_know_the_person_and_those_who_do_not_are_counted_apart():
    def votes(group, fooled, of):
        pairs = [("double", PERSON)] * fooled + [(PERSON, "double")] * (of - fooled)
        return [Vote(f"{group}{n}", f"q{n}", *pair, acquainted=group) for n, pair in enumerate(pairs)]

    board = scoreboard([*votes(True, 10, 40), *votes(False, 30, 60), Vote("r", "q", "double", PERSON)])
    rows = {row.group: row for row in board.by_group}
    assert {name: (row.fooled, row.n) for name, row in rows.items()} == {
        "acquaintances": (10, 40),
        "strangers": (30, 60),
        "unsaid": (1, 1),
    }
    assert (rows["strangers"].low, rows["strangers"].high) == wilson(30, 60)
    assert board.fooling[0].n == 101 and board.to_json()["by_group"][0]["group"] == "acquaintances"


# Votes on disk


def test_the_base_is_for_its_owner_alone_and_counts_a_vote_once(tmp_path):
    path = tmp_path / "arena.db"
    with Votes(path) as votes:
        assert votes.add(Vote("malo", "q1", PERSON, "double"))
        assert not votes.add(Vote("malo", "q1", "double", PERSON))  # changed their mind: the first counts
        assert votes.add(Vote("inès", "q1", "double", PERSON))
        assert votes.of("malo") == (Vote("malo", "q1", PERSON, "double"),)
        assert [oct(stat.S_IMODE(p.stat().st_mode)) for p in tmp_path.iterdir()] == ["0o600"] * 3
    with sqlite3.connect(path) as base:
        assert base.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    base.close()
    with Votes(path) as votes:
        assert len(votes.all()) == 2


@pytest.mark.parametrize("killed", [False, True])
def test_a_base_of_before_is_read_and_its_voters_have_not_said_whom_they_know(tmp_path, killed):
    """`killed`: after the column came, and before the version was written."""
    path = tmp_path / "arena.db"
    with Votes(path) as votes:
        votes.add(Vote("malo", "q1", PERSON, "double"))
    base = sqlite3.connect(path)
    if not killed:
        base.execute("ALTER TABLE votes DROP COLUMN acquainted")
    base.execute("PRAGMA user_version = 1")
    base.commit()
    base.close()
    with Votes(path) as votes:
        assert votes.add(Vote("inès", "q1", "double", PERSON, acquainted=True))
        assert [vote.acquainted for vote in votes.all()] == [None, True]


def test_a_base_that_is_none_or_comes_from_later_is_one_sentence(tmp_path):
    (tmp_path / "no.db").write_text("bonjour" * 1000)
    with pytest.raises(BadData, match="abîmé"):
        Votes(tmp_path / "no.db")
    base = sqlite3.connect(tmp_path / "later.db")
    base.execute("PRAGMA user_version = 9")
    base.close()
    with pytest.raises(BadData, match="version"):
        Votes(tmp_path / "later.db")


# Duels


def test_a_hand_meets_each_question_once_with_sides_drawn_by_lot(game):
    hand = game.hand("malo", SECRET)
    assert sorted(duel.question.id for duel in hand) == sorted(q.id for q in game.questions)
    assert hand == game.hand("malo", SECRET) and hand != game.hand("inès", SECRET)
    sides = [
        duel.left == PERSON
        for name in "abcdefghij"
        for duel in game.hand(name, SECRET)
        if PERSON in (duel.left, duel.right)
    ]
    assert 0.4 < np.mean(sides) < 0.6
    pairs = {frozenset((duel.left, duel.right)) for duel in hand}
    assert len(pairs) == 3  # everybody meets everybody


def question_id(duel, answer):
    """The id of its question as anybody makes it, who takes this answer for the person's."""
    return Context(duel.question.context, duel.question.answers[answer]).mark


def known_ids(duel, person):
    """Every id that the code of sosie makes of what a rater sees, if `person` is the person."""
    question = question_id(duel, person)
    yield duel_id(question, PERSON, "double")
    for secret in (b"", b"0", SECRET[:8]):
        for dealt in deal([replace(duel.question, id=question)], PLAYERS[:2], "7/malo", secret):
            yield dealt.id


def test_after_a_round_the_next_ids_tell_nobody_apart(game):
    """The attacker has the code, the seed, the players' names and every text, but not the secret."""
    two = Game(game.questions, PLAYERS[:2])
    for duel in two.hand("malo", SECRET)[10:]:
        assert duel.question.id in (question_id(duel, duel.left), question_id(duel, duel.right))
        found = {person for person in (duel.left, duel.right) if duel.id in set(known_ids(duel, person))}
        assert not found


def test_questions_are_named_with_the_secret_of_their_project(contexts):
    answers = {"double": [f"{n} ?" for n in range(len(contexts))]}
    own = make_game([replace(context, secret=b"of this project") for context in contexts], answers)
    for context, question in zip(contexts, own.questions, strict=True):
        assert question.id not in (context.id, context.mark)


def test_the_sides_are_not_drawn_from_what_a_rater_knows(game):
    """One who deals the hand again for each answer finds the person one time in two."""
    two, right, asked = Game(game.questions, PLAYERS[:2]), 0, 0
    for rater in (f"ami{n}" for n in range(20)):
        for duel in two.hand(rater, SECRET)[10:]:
            (guess,) = deal([duel.question], two.players, f"7/{rater}", b"")
            right += guess.left == duel.left
            asked += 1
    low, high = wilson(right, asked)
    assert asked == 400 and low < 0.5 < high


def test_ids_are_of_one_rater_and_of_one_server(game):
    hands = [game.hand("malo", SECRET), game.hand("inès", SECRET), game.hand("malo", b"another")]
    ids = [duel.id for hand in hands for duel in hand]
    assert len(set(ids)) == len(ids) == 90


def test_the_secret_stays_with_the_votes_and_old_bases_get_one(tmp_path):
    old = sqlite3.connect(tmp_path / "arena.db")
    old.execute(TABLE)
    old.execute("PRAGMA user_version = 1")
    row = ("malo", duel_id("q1", PERSON, "double"), "q1", PERSON, "double", 0, "2026-01-01")
    old.execute("INSERT INTO votes VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    old.commit()
    old.close()
    with Votes(tmp_path / "arena.db") as votes, Votes(tmp_path / "arena.db") as beside:
        secret = votes.secret
        assert len(secret) == 32 and beside.secret == secret
        assert votes.of("malo") == (Vote("malo", "q1", PERSON, "double"),)
        assert not votes.add(Vote("malo", "q1", "double", PERSON))
    with Votes(tmp_path / "arena.db") as again, Votes(tmp_path / "other.db") as other:
        assert again.secret == secret != other.secret


def test_one_question_more_moves_no_other(game):
    fewer = deal(game.questions[1:], game.players, "7/malo", SECRET)
    assert fewer == tuple(d for d in game.hand("malo", SECRET) if d.question.id != game.questions[0].id)


def test_the_same_answer_twice_makes_no_duel():
    question = Question("q", (Turn("user", "ça va ?"),), {PERSON: "oui", "double": "oui", "base": "non"})
    duels = [duel for seed in map(str, range(50)) for duel in deal([question], PLAYERS, seed, SECRET)]
    assert not [d for d in duels if {d.left, d.right} == {PERSON, "double"}] and len(duels) == 50
    assert deal([question], PLAYERS[:2], "0", SECRET) == ()


def test_all_answers_go_through_the_same_hands():
    assert shown("Je  t’appelle, [PRÉNOM_3] …") == "Je t'appelle ..."
    assert shown("") == shown(" [photo] ") == "(rien)"
    long = " ".join(["mot"] * 60)
    assert shown(long).split() == ["mot"] * 40 + ["…"] and shown(" ".join(["mot"] * 40)).count("…") == 0


def test_the_context_is_the_last_few_turns_without_the_portrait():
    said = [Turn("system", "Tu es Léa."), *(Turn("user", f"{n} " + "a" * 900) for n in range(8))]
    context = shown_context(said)
    assert len(context) == 4 and all(len(turn.text) < 410 for turn in context)
    assert not [turn for turn in context if turn.role == "system"]


def test_too_few_replies_make_no_game(contexts):
    photo = Context((Turn("user", "t'es où ?"),), "[photo]")
    assert playable([*contexts[:10], photo]) == list(contexts[:10])
    with pytest.raises(NothingToDo, match="9"):
        playable([*contexts[:9], photo])


def test_an_indifferent_rater_is_fooled_one_time_in_two(game):
    chance = Random(1)
    votes = [
        duel.vote(f"r{n}", chance.choice(("left", "right")))
        for n in range(40)
        for duel in Game(game.questions, PLAYERS[:2]).hand(f"r{n}", SECRET)
    ]
    (row,) = scoreboard(votes).fooling
    assert row.low < 0.5 < row.high and row.n == 1200

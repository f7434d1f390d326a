"""The verdict: green where both judges agree, « R seul progresse » where they do not, grey for too few."""

from dataclasses import replace

import pytest
from evaluate.sitting import PERSON, Answering, data, faithful, said_to, subject

from sosie.core.progress import Event
from sosie.core.sampling import Sampling
from sosie.core.settings import Evaluate
from sosie.evaluate import suite
from sosie.evaluate.collect_answers import Subject
from sosie.evaluate.measures.memorisation import memorisation
from sosie.evaluate.personas import dialogues, replies
from sosie.evaluate.verdict import TOO_FEW, headline, light

HELD = dialogues(PERSON, 400, 2)
BRIEFLY = Evaluate(generations=500, contexts=400, rivals=False)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    base = subject(replies(PERSON, 300, 9, strength=0.0)).engine
    answering = Subject("essai", "mini", Sampling(), "w", "b", lambda: Answering(faithful(), base))
    return suite.evaluate(answering, data(held=HELD), tmp_path_factory.mktemp("good"), BRIEFLY)


def test_the_persons_own_answers_are_green(good):
    assert good.verdict == "green" and good.to_json()["verdict"] == "green"
    assert good.sentences[1].startswith("L'arbitre est d'accord")
    told = good.to_json()["referee"]
    assert {"c2st", "low", "high", "ceiling", "unknown_words"} <= set(told)
    assert told["low"] <= told["c2st"] <= told["high"] <= 0.65 and told["base"] > 0.8


def test_the_persons_style_beside_the_point_is_not_green(tmp_path):
    scores = suite.evaluate(subject(faithful()), data(held=HELD), tmp_path, BRIEFLY)
    assert scores.verdict == "red" and scores.referee.shared_words.is_off
    assert scores.sentences[1].startswith("R seul progresse") and "à côté" in scores.sentences[1]
    assert headline(*scores.judged) == "R seul progresse."


def test_words_that_do_not_exist_are_not_green(good):
    words = replace(good.referee.words, share=0.03, own_share=0.01)
    worse = replace(good.referee, unknown_words=0.03, words=words)
    assert light(good.likeness, worse, good.memorisation, good.leaks) == "red"


def test_a_likeness_that_may_be_told_apart_is_grey_and_one_that_is_is_red(good):
    doubtful, told = (replace(good.referee, c2st=c2st, high=0.75) for c2st in (0.6, 0.7))
    assert light(good.likeness, doubtful, good.memorisation, good.leaks) == "grey"
    assert light(good.likeness, told, good.memorisation, good.leaks) == "red"
    assert headline(good.likeness, doubtful, good.memorisation, good.leaks) == TOO_FEW


def test_a_person_whose_own_text_drifts_asks_no_more_of_the_double_than_that(good):
    drifting = replace(good.referee, c2st=0.67, high=0.69, ceiling=0.7)
    assert light(good.likeness, drifting, good.memorisation, good.leaks) == "green"


def test_a_copier_and_a_leaker_are_red_whatever_the_judges_say(good):
    copies, leaks = (replace(part, gate="red") for part in (good.memorisation, good.leaks))
    assert light(good.likeness, good.referee, copies, good.leaks) == "red"
    assert light(good.likeness, good.referee, good.memorisation, leaks) == "red"


def test_twenty_eight_replies_are_grey_and_it_is_said_before_anybody_is_asked(tmp_path):
    heard: list[Event] = []
    few = data(held=HELD[:28])
    scores = suite.evaluate(subject(faithful()), few, tmp_path, BRIEFLY, heard.append)
    assert scores.verdict == "grey" and scores.sentences[1].startswith(f"Arbitre : {TOO_FEW}")
    assert TOO_FEW in scores.sentences[0] and scores.memorisation.gate == "unknown"
    kinds = [(event.kind, event.text) for event in heard if event.text]
    assert kinds[0][0] == "warning" and "il en manque 22" in kinds[0][1]


def test_few_replies_give_no_red_light_for_what_chance_repeats():
    """One of 28 that repeats eight words of the training would have been red."""
    learnt, said = replies(PERSON, 300, 1), replies(PERSON, 60, 3)
    long = next(text for text in learnt if 8 <= len(text.split()) <= 9)
    few = [long, *[text for text in said if len(text.split()) > 4][:27]]
    assert memorisation(few, replies(PERSON, 28, 2), learnt).gate == "unknown"
    assert memorisation(learnt[:28], replies(PERSON, 28, 2), learnt).gate == "red"  # surely a copier


def test_what_is_said_elsewhere_was_neither_learnt_nor_held():
    held = {reply for talk in HELD for reply in talk.replies}
    assert sum(reply in held for texts in said_to().values() for reply in texts) < 10

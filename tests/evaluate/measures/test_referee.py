"""The second judge: a classifier on raw characters, words that do not exist, answers beside the point."""

import numpy as np
import pytest
from evaluate.sitting import Scoring

from sosie.evaluate.heldout import held_out
from sosie.evaluate.measures.classifier_test import tell_apart
from sosie.evaluate.measures.pertinence import foreseen, shared_words
from sosie.evaluate.measures.referee import referee
from sosie.evaluate.measures.unknown_words import unknown_words
from sosie.evaluate.personas import SITTERS, dialogues, replies

N = 100
GROUPS = range(N)


def area(given, truth):
    return tell_apart(given, truth, GROUPS, GROUPS)


def test_a_second_sample_of_the_person_is_not_told_apart_and_a_stranger_is():
    own, strangers = [], []
    for number in SITTERS[:3]:
        truth = replies(number, N, 1)
        found = area(replies(number, N, 2), truth)
        own.append(found.auc)
        assert found.edges[0] < 0.5 < found.edges[1]
        strangers.append(area(replies(number + 9, N, 2), truth).auc)
    assert np.mean(own) == pytest.approx(0.5, abs=0.06) and min(strangers) > 0.8


def test_the_more_of_the_habits_the_less_it_is_told_apart():
    truth = replies(SITTERS[0], N, 1)
    areas = [area(replies(SITTERS[0], N, 3, strength=share), truth).auc for share in (0, 0.5, 1)]
    assert areas[0] > areas[1] > areas[2]


def test_both_replies_to_a_message_stand_in_the_same_fold():
    """The truth said again word for word: where its twin had been learnt, it would be told below chance."""
    truth = replies(SITTERS[0], N, 1)
    assert area(truth, truth).auc == pytest.approx(0.5)


def test_the_same_again_is_the_same_and_few_conversations_are_refused():
    truth, given = replies(SITTERS[0], N, 1), replies(SITTERS[1], N, 2)
    assert area(given, truth).edges == area(given, truth).edges
    few = [place % 9 for place in range(N)]
    assert tell_apart(given, truth, few, few) is None


def test_a_conversation_so_long_that_it_fills_a_fold_changes_nothing_but_that_fold():
    """There is nobody to tell it from in there."""
    truth, given = replies(SITTERS[0], N, 1), replies(SITTERS[1], N, 2)
    long = [max(0, place - 60) // 4 for place in range(N)]
    found = tell_apart(given, truth, [("learnt", place // 10) for place in range(N)], long)
    assert found.auc > 0.7 and np.isfinite(found.edges).all()


def test_words_of_nobody_are_counted_and_the_persons_own_are_not():
    around = ["on se voit chez Zigotto", "jsuis deg wesh"]
    given = [
        "jai vu le chabalou",
        "ouiiii trooop bien mdrrr",
        "[AMI_1] wesh zigotto jsuis deg",
        "https://x.fr/qsdf",
    ]
    found = unknown_words(given, ["le poulitou est là"], around)
    assert found.n == 11 and found.share == pytest.approx(1 / 11) and found.low < 1 / 11 < found.high
    assert found.own_share == pytest.approx(1 / 4)
    assert unknown_words([], [], around).share is None


def test_answers_to_another_message_are_beside_the_point():
    asked = [f"et {word} alors" for word in ["tomates", "girafes", "violons", "planetes", "cabanes"] * 20]
    truth = [f"les {question.split()[1]} cest fait" for question in asked]
    turned = [*truth[1:], truth[0]]
    assert not shared_words(truth, truth, asked).is_off
    off = shared_words(turned, truth, asked)
    assert off.is_off and off.own > 0.5 and off.value < 0
    assert shared_words(truth[:10], truth[:10], asked[:10]).value is None


def test_a_model_that_foresees_no_better_by_the_message_shows_nothing():
    contexts = held_out(dialogues(SITTERS[0], N, 1), N, 7).contexts
    found = foreseen(Scoring([]), contexts, [context.reply for context in contexts])
    assert found.value == found.own == 0 and not found.is_off and found.n == N


def test_everything_together_has_its_figures_and_few_replies_their_reason():
    held = held_out(dialogues(SITTERS[0], 120, 1), N, 7)
    learnt = list(enumerate(replies(SITTERS[0], 200, 4)))
    base = replies(SITTERS[0], N, 9, strength=0.0)
    found = referee(replies(SITTERS[0], N, 2), base, held.contexts, learnt)
    assert found.low <= found.c2st <= found.high < found.base and found.fall.low > 0
    assert 0.3 < found.ceiling < 0.7 and found.n == N and not found.reason
    few = referee(base[:28], base[:28], held.contexts[:28], learnt)
    assert few.c2st is None and few.ceiling is None and "28" in few.reason and few.unknown_words is not None

"""The numbers beside R: forms said too much, « tu » and « vous », diversity, classifiers."""

from collections import Counter

import pytest

from sosie.evaluate.measures.detectability import detectability
from sosie.evaluate.measures.differences import log_odds, self_bleu, style_differences, wasserstein
from sosie.evaluate.personas import BASELINE, replies

TRUTH = replies(30, 200, 1)
OTHERS = [replies(number, 200) for number in BASELINE[:3]]


def test_the_form_that_is_said_too_much_comes_first():
    given = Counter({"du coup": 40, "oui": 60, "rare": 1})
    truth = Counter({"mdr": 40, "oui": 60})
    found = log_odds(given, truth)
    assert [form.form for form in found.over] == ["du coup"]
    assert [form.form for form in found.under] == ["mdr"]
    assert found.over[0].z > 0 > found.under[0].z


def test_two_samples_of_one_law_tell_nothing():
    words = Counter({f"mot{k}": 20 for k in range(50)})
    assert log_odds(words, words).over == log_odds(words, Counter()).under == ()


def test_openers_closers_and_forms_name_the_habits_of_a_model():
    given = [f"Bien sûr, {text}\nBonne journée" for text in TRUTH]
    found = style_differences(given, TRUTH)
    assert found.openers.over[0].form in ("bien", "bien sûr")
    assert found.closers.over[0].form in ("journée", "bonne journée")
    assert any(form.form == "bien sûr" for form in found.forms.over)
    assert found.words_apart == pytest.approx(4, abs=0.3)


def test_tu_and_vous_are_judged_by_correspondent():
    whom = ["Malo", "Mme Roy"] * 20
    truth = ["tu viens ?", "vous venez ?"] * 20
    swapped = ["vous venez ?", "tu viens ?"] * 20
    assert style_differences(truth, truth, whom).address_accuracy == 1
    assert style_differences(swapped, truth, whom).address_accuracy == 0
    assert style_differences(swapped, truth).address_accuracy == 1  # which is why a global rate is not enough
    assert style_differences(["oui"] * 40, truth, whom).address_accuracy is None


def test_a_model_that_repeats_itself_shows_in_its_diversity():
    loop = style_differences(["on verra ça demain"] * 100, TRUTH)
    assert loop.given_diversity.self_bleu > 0.99 > loop.truth_diversity.self_bleu
    assert loop.given_diversity.distinct < 0.1 < loop.truth_diversity.distinct


def test_self_bleu_against_hand_counts():
    assert self_bleu([["a", "b", "c"], ["a", "b", "c"]]) == pytest.approx(1)
    assert self_bleu([["a", "b"], ["c", "d"]]) < 0.01
    assert self_bleu([["a"]]) == 0


def test_lengths_apart_in_words():
    assert wasserstein([3, 3, 3], [5, 5, 5]) == pytest.approx(2)
    assert wasserstein([1, 3], [2, 2]) == pytest.approx(1)
    assert wasserstein([4, 1], [1, 4]) == 0


def test_emoji_in_common():
    assert style_differences(["oui 😂", "non 🙈"], ["oui 😂"]).emoji_shared == 0.5
    assert style_differences(["oui"], ["non"]).emoji_shared is None


def test_nothing_on_a_side_is_no_crash():
    assert style_differences([], TRUTH).openers.over == () == style_differences(TRUTH, []).forms.under
    assert detectability([], TRUTH) is None


def test_a_classifier_sees_nobody_in_particular_and_not_the_person():
    own = detectability(replies(30, 200, 2), TRUTH, OTHERS)
    plain = detectability(replies(30, 200, 2, strength=0), TRUTH, OTHERS)
    assert 0.35 < own.c2st < 0.65 and plain.c2st > 0.8
    assert 0.3 < own.verifier < 0.7 and plain.verifier < 0.3
    assert len(own.delta.others) == len(OTHERS)
    assert own.delta.given < min(own.delta.others) and own.texture.given < min(own.texture.others)

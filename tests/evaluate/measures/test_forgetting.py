"""What was lost of French: texts of our own, and the arithmetic of before and after."""

import re

import pytest

from sosie.evaluate.measures.forgetting import before_and_after, harder, mcnemar, minitests, neutral
from sosie.evaluate.measures.french import languages


def test_two_hundred_different_neutral_sentences_all_in_french():
    texts = neutral()
    assert len(set(texts)) == len(texts) == 200
    assert languages(texts)["fr"] >= 195
    assert all(text[0].isupper() and text[-1] in ".!?" for text in texts)


def test_the_small_tests_are_pairs_that_differ_and_rules_that_hold():
    tests = minitests()
    pairs = [pair for some in tests["pairs"].values() for pair in some]
    assert 60 <= len(pairs) + len(tests["instructions"]) <= 100
    assert len({good for good, _ in pairs}) == len(pairs) and all(good != bad for good, bad in pairs)


@pytest.mark.parametrize(
    ("number", "right", "wrong"),
    [
        (0, "Oui.", "Oui, elle est froide"),
        (1, "5", "Le chiffre est 5 et 6"),
        (2, "soleil", "le soleil brille"),
        (3, "MERCI !", "Merci"),
        (4, "Tu vas bien ?", "Je vais bien."),
        (5, "rouge, vert, bleu", "rouge et vert"),
        (6, "Bonjour, ça va", "Salut"),
        (7, "un chat", "je ne sais pas quoi dire"),
        (8, "un, deux, trois", "1 2 3"),
        (9, "Bien, et toi ?", "Je vais très bien, merci, et toi ?"),
    ],
)
def test_an_instruction_is_followed_or_not(number, right, wrong):
    rule = minitests()["instructions"][number]["expects"]
    assert re.search(rule, right) and not re.search(rule, wrong)


def test_the_change_is_in_percent_with_its_interval():
    before = [10.0, 20.0, 30.0, 40.0] * 20
    change, low, high = harder(before, [nats * 1.04 for nats in before])
    assert change == pytest.approx(4.0) and low == pytest.approx(4.0) and high == pytest.approx(4.0)
    uneven = [nats * (1.1 if place % 2 else 1.0) for place, nats in enumerate(before)]
    change, low, high = harder(before, uneven)
    assert low < change < high


def test_mcnemar_is_the_exact_binomial():
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(8, 2) == pytest.approx(2 * (1 + 10 + 45) / 1024)
    assert mcnemar(2, 8) == mcnemar(8, 2)


def test_before_and_after_are_counted_by_kind():
    before = [("accord", True), ("accord", True), ("faits", False)]
    after = [("accord", True), ("accord", False), ("faits", True)]
    found = before_and_after(before, after)
    assert (found.before, found.after, found.n, found.change_points, found.mcnemar_p) == (
        2,
        2,
        3,
        0.0,
        1.0,
    )
    assert found.by_kind["accord"] == {"before": 2, "after": 1, "n": 2}

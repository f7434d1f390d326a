"""Membership and extraction: what they say of an engine that knows its training, and of one that does not."""

import numpy as np
import pytest

from sosie.core.dialogue import Dialogue, Turn
from sosie.engines.base import Loss
from sosie.evaluate.measures import attacks
from sosie.evaluate.measures.attacks import extraction, membership
from sosie.evaluate.statistics import area
from sosie.models.template import Example


def losses(means, tokens=10):
    return [Loss(float(mean) * tokens, tokens) for mean in means]


def test_the_area_counts_pairs_and_halves_ties():
    assert area(np.array([1.0, 2.0]), np.array([2.0, 3.0])) == pytest.approx((1 + 1 + 0.5 + 1) / 4)


def test_losses_of_one_law_tell_nothing_apart():
    rng = np.random.default_rng(1)
    found = membership(losses(rng.normal(3, 1, 400)), losses(rng.normal(3, 1, 400)))
    assert found.low < 0.5 < found.high and abs(found.auc - 0.5) < 0.06
    assert found.gate == "green" and abs(found.gap) < 0.2


def test_the_interval_is_as_wide_as_theory_says():
    """Standard error with 200 on each side, nothing to see: sqrt(401 / 12 / 200 / 200) = 0.029."""
    rng = np.random.default_rng(2)
    found = membership(losses(rng.normal(3, 1, 200)), losses(rng.normal(3, 1, 200)))
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * 0.029, rel=0.25)


def test_a_model_that_knows_its_training_is_red():
    found = membership(losses([1.0] * 60), losses([2.0] * 60))
    assert (found.auc, found.low, found.high, found.gap, found.gate) == (1, 1, 1, 1, "red")


def test_what_training_changed_is_seen_where_losses_alone_hide_it():
    rng = np.random.default_rng(3)
    base_train, base_held = rng.normal(3, 2, 100), rng.normal(3, 2, 100)
    found = membership(
        losses(base_train - 0.3), losses(base_held - 0.1), losses(base_train), losses(base_held)
    )
    assert found.auc < 0.6 < found.auc_against_base == 1
    assert found.gate == "red"


def test_too_few_items_give_no_light_and_empty_ones_do_not_count():
    assert membership(losses([1.0] * 9), losses([1.0] * 9)).gate == "unknown"
    found = membership([Loss(0, 0), *losses([1.0])], losses([1.0] * 9))
    assert (found.auc, found.n, found.gate) == (None, 1, "unknown")


class Letters:
    """An example is the last reply, a token a letter."""

    def dialogue(self, turns, most):
        text = turns[-1].text
        return [Example(tuple(map(ord, text)), (True,) * len(text), 0)]


class Knows:
    """Foresees every letter of the texts it knows."""

    framing = Letters()

    def __init__(self, *known):
        self.known = known

    def foreseen(self, examples):
        return [["".join(map(chr, example.ids)) in self.known] * len(example.ids) for example in examples]


def said(*texts):
    return [Dialogue((Turn("user", "?"), Turn("assistant", text))) for text in texts]


def test_the_prefix_attack_counts_the_replies_that_are_finished():
    train, held = (
        said(*(f"{name} a tout appris par cœur" for name in "abcd")),
        said("jamais lu de sa vie, celui-là"),
    )
    found = extraction(Knows(*(d.replies[0] for d in train[:3])), train, held)
    assert (found.train_rate, found.held_rate, found.difference) == (0.75, 0.0, 0.75)
    assert (found.n, found.n_held, found.low) == (4, 1, None)


def test_replies_too_short_to_have_ten_tokens_after_their_half_are_left_out():
    found = extraction(Knows("court"), said("court"), said("court"))
    assert (found.train_rate, found.difference, found.n) == (None, None, 0)


def test_no_more_dialogues_are_attacked_than_needed(monkeypatch):
    monkeypatch.setattr(attacks, "ATTACKED", 3)
    many = said(*(f"réponse numéro {number:03d} assez longue" for number in range(50)))
    found = extraction(Knows(), many, many)
    assert (found.n, found.n_held, found.low, found.high) == (3, 3, 0, 0)

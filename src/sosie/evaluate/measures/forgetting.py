"""Oubli: what a double has lost of its base's French. Lower is better, and near 0 is right.

    change_percent   how much harder neutral French has become: loss per character of neutral.txt, as plain
                     text, the double against its base. Interval: bootstrap over the sentences
    minitests        minitests.toml before and after: pairs (agreement, conjugation, grammar, facts) are right
                     where the good sentence is likelier; instructions where the answer follows a rule.
                     McNemar's exact test on those that changed

Light: green up to +5 % and -3 points; red beyond, where chance does not explain it; unknown between.
Sentences and tests were written for sosie. A small base fails most instructions, and that is no forgetting.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import comb
from pathlib import Path
from typing import Any

from sosie.core.dialogue import Turn
from sosie.core.sampling import Sampling
from sosie.engines.base import Scorer
from sosie.evaluate.statistics import SEED, TAILS, Light

_HERE = Path(__file__).parent.parent
HARDER, FEWER = 5.0, -3.0  # the gates, in percent and in points
CHANCE = 0.05
DRAWS = 1000
ANSWER_TOKENS = 48


@dataclass(frozen=True, slots=True)
class Minitests:
    before: int  # right ones
    after: int
    n: int
    change_points: float
    mcnemar_p: float
    by_kind: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Forgetting:
    """`before` and `after`: nats a character on neutral French."""

    change_percent: float | None  # all None where nothing was measured: `reason` says why
    low: float | None
    high: float | None
    n: int  # sentences
    before: float | None
    after: float | None
    minitests: Minitests | None
    gate: Light
    reason: str


def not_measured(reason: str) -> Forgetting:
    return Forgetting(None, None, None, 0, None, None, None, "unknown", reason)


def forgetting(double: Scorer, base: Scorer, seed: int = SEED) -> Forgetting:
    texts = neutral()
    letters = [len(text) for text in texts]
    before, after = nats(base, texts), nats(double, texts)
    change, low, high = harder(before, after, seed)
    tests = before_and_after(minitest_results(base), minitest_results(double))
    gate, reason = forgetting_light(change, low, tests)
    return Forgetting(
        change_percent=change,
        low=low,
        high=high,
        n=len(texts),
        before=sum(before) / sum(letters),
        after=sum(after) / sum(letters),
        minitests=tests,
        gate=gate,
        reason=reason,
    )


@lru_cache(maxsize=1)
def neutral() -> tuple[str, ...]:
    lines = (_HERE / "neutral.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def minitests() -> dict[str, Any]:
    """{"pairs": {kind: [[good, bad], ...]}, "instructions": [{"asks", "expects"}, ...]}"""
    return tomllib.loads((_HERE / "minitests.toml").read_text(encoding="utf-8"))


def nats(scorer: Scorer, texts: Iterable[str]) -> list[float]:
    """How unexpected each text is, as plain text."""
    return [loss.nats for loss in scorer.losses(map(scorer.framing.text, texts))]


def harder(before: Sequence[float], after: Sequence[float], seed: int = SEED) -> tuple[float, float, float]:
    """The change in percent, and its interval: sentences drawn with replacement, both sides together.

    Characters are the same on both sides, so that sums of nats may stand for losses a character.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    first, second = np.array(before), np.array(after)
    resampled = rng.integers(0, len(first), size=(DRAWS, len(first)))
    changes = 100 * (second[resampled].sum(axis=1) / first[resampled].sum(axis=1) - 1)
    low, high = np.quantile(changes, TAILS)
    return float(100 * (second.sum() / first.sum() - 1)), float(low), float(high)


def minitest_results(scorer: Scorer) -> list[tuple[str, bool]]:
    """Each test's kind, and whether it is right."""
    tests = minitests()
    pairs = [(kind, *pair) for kind, some in tests["pairs"].items() for pair in some]
    good, bad = (nats(scorer, [pair[side] for pair in pairs]) for side in (1, 2))
    found = [(pair[0], left < right) for pair, left, right in zip(pairs, good, bad, strict=True)]
    asked = [(Turn("user", test["asks"]),) for test in tests["instructions"]]
    answers = scorer.answers(asked, replace(Sampling(), temperature=0.0, max_tokens=ANSWER_TOKENS))
    rules = [test["expects"] for test in tests["instructions"]]
    return found + [
        ("consignes", bool(re.search(rule, text))) for rule, text in zip(rules, answers, strict=True)
    ]


def before_and_after(before: Sequence[tuple[str, bool]], after: Sequence[tuple[str, bool]]) -> Minitests:
    kinds: dict[str, dict[str, int]] = {}
    for (kind, was), (_, is_) in zip(before, after, strict=True):
        row = kinds.setdefault(kind, {"before": 0, "after": 0, "n": 0})
        row["before"] += was
        row["after"] += is_
        row["n"] += 1
    pairs = [(was, is_) for (_, was), (_, is_) in zip(before, after, strict=True)]
    right = [sum(side) for side in zip(*pairs, strict=True)]
    return Minitests(
        before=right[0],
        after=right[1],
        n=len(pairs),
        change_points=100 * (right[1] - right[0]) / len(pairs),
        mcnemar_p=mcnemar(pairs.count((True, False)), pairs.count((False, True))),
        by_kind=kinds,
    )


def mcnemar(lost: int, won: int) -> float:
    """How often chance alone would share the changes so unevenly (McNemar 1947, exact, two sides)."""
    changed = lost + won
    tail = sum(comb(changed, k) for k in range(min(lost, won) + 1))
    return min(1.0, float(2 * tail / 2**changed))


def forgetting_light(change: float, low: float, tests: Minitests) -> tuple[Light, str]:
    harder, fewer = change > HARDER, tests.change_points < FEWER
    sure = (harder and low > HARDER) or (fewer and tests.mcnemar_p < CHANCE)
    faults = " ".join(
        sentence
        for wrong, sentence in (
            (harder, "Le français neutre lui est devenu plus difficile."),
            (fewer, "Il réussit moins de petits tests de français."),
        )
        if wrong
    )
    return ("red" if sure else "unknown" if faults else "green"), faults

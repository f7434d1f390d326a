"""How sure a figure is: intervals, half-samples, ranks; and the light that a measure gives.

    wilson(42, 100)            ->  (0.328, 0.518)     a share, between 0 and 1 whatever the trials
    halves(600, rng)           ->  200 half-samples without replacement, as rows of 0 and 1
    area_and_interval(a, b, 7) ->  (0.52, 0.46, 0.58)  area under the curve

Wilson: E. B. Wilson, "Probable inference", JASA 22 (1927); formula (4) of Brown, Cai and DasGupta, "Interval
estimation for a binomial proportion", Statistical Science 16 (2001).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from math import isfinite, sqrt
from random import Random
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

Light = Literal["green", "red", "unknown"]  # unknown: nothing to judge from
Value = TypeVar("Value")

CONFIDENCE = 0.95
TAILS = (0.025, 0.975)
HALVES = 200
FEWEST = 50  # items of a side, under which nothing is sure
SEED = 7


def wilson(successes: float, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The low and high end. Half a success is a tie; no trial says nothing: (0, 1)."""
    if not n:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, shrunk = successes / n, 1 + z * z / n
    middle = (share + z * z / (2 * n)) / shrunk
    reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / shrunk
    low = 0.0 if successes <= 0 else max(0.0, middle - reach)
    high = 1.0 if successes >= n else min(1.0, middle + reach)
    return low, high


def halves(count: int, rng: "np.random.Generator") -> "Numbers":
    """HALVES half-samples of `count` things without replacement: rows of 0 and 1. With replacement, copies
    would make a set look closer to itself than it is."""
    import numpy as np

    chosen = np.argsort(rng.random((HALVES, count)), axis=1, kind="stable")[:, : count // 2]
    rows = np.zeros((HALVES, count))
    np.put_along_axis(rows, chosen, 1.0, axis=1)
    return rows


def area_and_interval(train: "Numbers", held: "Numbers", seed: int) -> tuple[float, float, float]:
    """Chance that a training item has the smaller value, and the ends of its interval."""
    import numpy as np

    rng = np.random.default_rng(seed)
    sides = zip(halves(len(train), rng) > 0, halves(len(held), rng) > 0, strict=True)
    low, high = np.quantile([area(train[mine], held[theirs]) for mine, theirs in sides], TAILS)
    return area(train, held), float(low), float(high)


def area(train: "Numbers", held: "Numbers") -> float:
    """Area under the curve, by ranks: equal values count half (Mann-Whitney)."""
    import numpy as np

    ordered = np.sort(held)
    above = len(held) - np.searchsorted(ordered, train, "right")
    equal = np.searchsorted(ordered, train, "right") - np.searchsorted(ordered, train, "left")
    return float((above + equal / 2).mean() / len(held))


def sample(texts: Sequence[str], most: int, seed: int) -> list[str]:
    """At most `most` of them, the same ones in whatever order they came."""
    ordered = sorted(texts)
    return ordered if len(ordered) <= most else Random(seed).sample(ordered, most)


def digest(texts: Iterable[str]) -> str:
    """A short mark of a set of replies, to tell whether two reports measured the same thing."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def rounded(value: Value) -> Value:
    """The same with its numbers to four decimals: the last bit of a processor changes nothing. What is
    no number is None."""
    found: Any = value
    if isinstance(found, float):
        found = round(found, 4) + 0.0 if isfinite(found) else None  # no « -0.0 »
    elif isinstance(found, dict):
        found = {key: rounded(inner) for key, inner in found.items()}
    elif isinstance(found, list | tuple):
        found = type(found)(map(rounded, found))
    elif is_dataclass(found) and not isinstance(found, type):
        found = replace(found, **rounded(shallow(found)))
    return found  # type: ignore[no-any-return]


def shallow(result: Any) -> dict[str, Any]:
    """The fields of a dataclass by name, as they are: for one that says the same and more."""
    return {field.name: getattr(result, field.name) for field in fields(result)}

"""Numbers as French writes them, and intervals that are made from what the scores hold.

decimal(1234.5, 1)  « 1 234,5 »      percent(0.071)  « 7 % »       signed(-3.2, 1)  « −3,2 »
wilson(3, 20)       (0.05, 0.36)     apart(a, b)     the difference of two estimates, with its interval

"""

from dataclasses import dataclass
from math import sqrt
from typing import Protocol

from sosie.evaluate.statistics import wilson
from sosie.style.profile import Profile, Spread

Z = 1.959964  # of 95 %


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval at 95 %, each None where it is not known."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def sure(self) -> bool:
        """The interval lies wholly on one side of 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


class WithInterval(Protocol):
    """A result whose figure is `value`: Likeness, Difference, Memorisation."""

    @property
    def value(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


def estimate(result: WithInterval) -> Estimate:
    return Estimate(result.value, result.low, result.high)


def share_of(share: float | None, n: int) -> Estimate:
    """A share of n, with Wilson's interval."""
    if share is None or n < 1 or not 0 <= share <= 1:
        return Estimate(share)
    return Estimate(share, *wilson(share * n, n))


def mean_of(spread: Spread, n: int) -> Estimate:
    if n < 1:
        return Estimate(spread.mean)
    half = Z * spread.deviation / sqrt(n)
    return Estimate(spread.mean, spread.mean - half, spread.mean + half)


def habit_mean(side: Profile, name: str) -> Estimate:
    """The mean of one habit over the replies. A habit is never under 0."""
    found = mean_of(side.habits[name], side.replies)
    return Estimate(found.value, None if found.low is None else max(0.0, found.low), found.high)


def area_of(area: float, n: int, m: int) -> Estimate:
    """An area under the curve of n against m, with the interval of Hanley and McNeil (1982); at 0 and at 1
    their formula would be sure of itself, so none is given there."""
    if min(n, m) < 1 or not 0 < area < 1:
        return Estimate(area)
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (n - 1) * (first - area**2) + (m - 1) * (second - area**2)
    half = Z * sqrt(max(0.0, spread) / (n * m))
    return Estimate(area, max(0.0, area - half), min(1.0, area + half))


def apart(first: Estimate, second: Estimate) -> Estimate:
    """`first` less `second` as if they were independent (Zou and Donner 2008): too wide, never too narrow,
    where both answer the same contexts."""
    if first.value is None or second.value is None:
        return Estimate(None)
    gap = first.value - second.value
    edges = (first.low, first.high, second.low, second.high)
    if any(edge is None for edge in edges):
        return Estimate(gap)
    low, high, other_low, other_high = (edge or 0.0 for edge in edges)
    down = sqrt((first.value - low) ** 2 + (other_high - second.value) ** 2)
    up = sqrt((high - first.value) ** 2 + (second.value - other_low) ** 2)
    return Estimate(gap, gap - down, gap + up)

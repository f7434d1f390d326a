"""How long the replies are: bars for a plot, and how far apart the two sides lie.

    lengths([3, 3, 12], [3, 4])  ->  Lengths(labels=("0", "1", ..., "38+"), given=(0, 0, ...), ...)

Shares of the replies, so that 200 contexts and 600 of the person's compare. Short replies count here.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STARTS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 29, 38)  # words; the cut of `tidy` at 40 falls in the last


@dataclass(frozen=True, slots=True)
class Lengths:
    """`given[i]` and `truth[i]`: share of the replies whose number of words is in `labels[i]`."""

    labels: tuple[str, ...]  # « 5 », « 6-7 », « 38+ »
    given: tuple[float, ...]
    truth: tuple[float, ...]
    given_n: int
    truth_n: int


def lengths(given: Sequence[int], truth: Sequence[int]) -> Lengths:
    return Lengths(LABELS, _shares(given), _shares(truth), len(given), len(truth))


def _label(place: int) -> str:
    if place == len(STARTS) - 1:
        return f"{STARTS[-1]}+"
    first, last = STARTS[place], STARTS[place + 1] - 1
    return str(first) if first == last else f"{first}-{last}"


LABELS = tuple(map(_label, range(len(STARTS))))


def _shares(counts: Sequence[int]) -> tuple[float, ...]:
    bars = Counter(bisect_right(STARTS, count) - 1 for count in counts)
    return tuple(bars[place] / max(1, len(counts)) for place in range(len(STARTS)))


def wasserstein(given: Iterable[int], truth: Iterable[int]) -> float:
    """How many words the lengths of one side must move to become those of the other, in the mean."""
    first, second = Counter(given), Counter(truth)
    if not first or not second:
        return 0.0
    apart, gap = 0.0, 0.0
    for length in range(max(*first, *second)):
        gap += first[length] / first.total() - second[length] / second.total()
        apart += abs(gap)
    return apart

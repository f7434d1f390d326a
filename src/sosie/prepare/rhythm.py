"""The rhythm of each thread: the silence that parts two sessions in it, learnt from its own silences.

    rhythm = Rhythm();  rhythm.hear(message.at) for each message  a histogram: a few hundred bytes a thread
    borders({"c1": rhythm, ...})  ->  {"c1": 45 minutes, "c2": 6 hours}

Silences are of two kinds, inside a session and between two, and each kind is more or less bell-shaped in the
logarithm of its length (A. Halfaker et al., "User session identification based on strong regularities in
inter-activity time", WWW 2015). The border is where two normal laws part them with the least error, the
criterion J of J. Kittler and J. Illingworth, "Minimum error thresholding", Pattern Recognition 19 (1986):

    J(t) = n1 log(s1 n / n1) + n2 log(s2 n / n2)         n and s: number and spread of what lies on each side

tried at every length, so that there is no local optimum to be caught in. Added to it is a prior: the border
is near that of the other threads of the export, which is near three hours. J grows with the silences that a
thread has, and the prior does not: a short thread is cut as the others are, a long one as it is itself.

The lengths tried are quarters of an octave, so that a few new messages move no border.
"""

import math
from array import array
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate

STEPS = 4  # bins an octave
BINS = 25 * STEPS  # up to a year
HALF_A_MINUTE = 30.0  # seconds: what most exports can tell of two messages of one minute
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(days=2)  # what comes within half an hour answers
USUAL = math.log2(timedelta(hours=3).total_seconds())  # octaves above a second
FAR, NEAR = 4.0, 2.5  # octaves: how far borders are from the usual one, and from the others of the export
ALIKE = 3  # threads that the usual border weighs
BELL, FEWEST_SILENCES = (
    1.5,
    2.0,
)  # the spread in octaves that a side has by default, and how many silences it weighs
NARROWEST = 0.7  # octaves


class Rhythm:
    """The silences of one thread, counted by quarters of an octave. A clock that goes back adds none."""

    __slots__ = ("counts", "latest")

    def __init__(self) -> None:
        self.counts = array("L", bytes(BINS * array("L").itemsize))
        self.latest: datetime | None = None

    def hear(self, at: datetime) -> None:
        """A message at that time."""
        at = comparable_time(at)
        if self.latest is not None and at >= self.latest:
            self.add((at - self.latest).total_seconds())
        self.latest = at if self.latest is None else max(at, self.latest)

    def add(self, seconds: float) -> None:
        self.counts[_bin(seconds)] += 1


@lru_cache(maxsize=1 << 12)
def _bin(seconds: float) -> int:
    return min(BINS - 1, int(STEPS * math.log2(max(seconds, HALF_A_MINUTE))))


def comparable_time(at: datetime) -> datetime:
    """A time that compares with any other: where the zone is unknown, UTC is assumed (hours off at most)."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def borders(rhythms: Mapping[str, Rhythm]) -> dict[str, timedelta]:
    """The silence that parts two sessions, in each thread."""
    alone = [border(rhythm.counts, USUAL, FAR) for rhythm in rhythms.values() if any(rhythm.counts)]
    others = (ALIKE * USUAL + sum(alone)) / (ALIKE + len(alone))
    return {name: length(border(rhythm.counts, others, NEAR)) for name, rhythm in rhythms.items()}


def usual_silence() -> timedelta:
    """For a thread of which nothing is known."""
    return length(USUAL)


def length(octaves: float) -> timedelta:
    return min(LONGEST, max(SHORTEST, timedelta(seconds=round(2**octaves))))


def border(counts: Sequence[int], near: float, spread: float) -> float:
    """Where the two kinds of silences part, in octaves above a second."""
    middles = [(place + 0.5) / STEPS for place in range(BINS)]
    below = [
        [*accumulate(count * x**power for count, x in zip(counts, middles, strict=True))]
        for power in (0, 1, 2)
    ]
    total = [sums[-1] for sums in below]
    best, least = near, math.inf
    for place in range(int(STEPS * math.log2(SHORTEST.total_seconds())), BINS):
        end = (place + 1) / STEPS
        first = [sums[place] for sums in below]
        second = [all_ - one for all_, one in zip(total, first, strict=True)]
        error = cost(first, total[0]) + cost(second, total[0]) + (end - near) ** 2 / (2 * spread**2)
        if error < least:
            best, least = end, error
    return best


def cost(side: Sequence[float], total: float) -> float:
    """n1 log(s1 n / n1): the error of one side, from its count, its sum and its sum of squares."""
    count, sum_, squares = side
    if count < 1:
        return 0.0
    variance = squares - sum_ * sum_ / count
    spread = math.sqrt(max(0.0, variance + FEWEST_SILENCES * BELL**2) / (count + FEWEST_SILENCES))
    return count * math.log(max(spread, NARROWEST) * total / count)

"""Tokens and their price: foreseen before anything is sent, corrected by what the first answers cost.

    bill = Bill(options);  bill.foresee(1800)  ->  tokens of a request of 1800 bytes, as far as is known
    bill.add(1800, answer)                         what it did cost

Before the first answer a token is 3.5 bytes; after it, what the server counted decides: a straight line
through (bytes sent, tokens read), and the mean of the tokens written.
"""

from dataclasses import dataclass, field
from math import ceil

from sosie.core.counted import counted
from sosie.core.french_text import decimal, number
from sosie.enrich.store import PaidAnswer

PROBES = 6  # answers, of texts of all lengths, from which the rest is foreseen
FIRST_BYTES = 3.5  # of a token of French, before any was counted
FIRST_WRITTEN = 25  # tokens of a question, before any was seen
FEWEST_BYTES = 2  # of a token, where none was counted yet and a budget must hold
MARGIN = 1.15  # a request may cost so much more than foreseen


@counted
@dataclass(slots=True)
class Bill:
    """What was spent in this run, and what is known of the server's tokens."""

    budget: int | None = None
    price_in: float | None = None
    price_out: float | None = None
    free: bool = False  # this machine's own server
    read: int = 0
    written: int = 0
    _seen: list[tuple[int, int, int]] = field(default_factory=list)  # bytes, tokens read, tokens written

    @property
    def tokens(self) -> int:
        return self.read + self.written

    def learn(self, size: int, answer: PaidAnswer) -> None:
        """An answer that was paid, now or in an earlier run."""
        self._seen.append((size, answer.prompt, answer.completion))

    def add(self, size: int, answer: PaidAnswer) -> None:
        """An answer paid now."""
        self.learn(size, answer)
        self.read += answer.prompt
        self.written += answer.completion

    def foresee(self, size: int) -> tuple[int, int]:
        """(tokens read, tokens written) of a request of so many bytes."""
        if not self._seen:
            return ceil(size / FIRST_BYTES), FIRST_WRITTEN
        slope, start = _line([(s, read) for s, read, _ in self._seen])
        written = sum(w for _, _, w in self._seen) / len(self._seen)
        return max(1, round(start + slope * size)), max(1, round(written))

    def foresee_all(self, sizes: list[int]) -> tuple[int, int]:
        each = [self.foresee(size) for size in sizes]
        return sum(read for read, _ in each), sum(written for _, written in each)

    def has_room(self, size: int, most_written: int) -> bool:
        """Whether a request can be paid, however long its answer."""
        if self.budget is None:
            return True
        read = MARGIN * self.foresee(size)[0] if self._seen else size / FEWEST_BYTES
        return self.tokens + read + most_written <= self.budget

    def cost(self, read: int, written: int) -> float | None:
        """In euros; None where the user gave no price."""
        if self.price_in is None and self.price_out is None:
            return None
        return (read * (self.price_in or 0) + written * (self.price_out or 0)) / 1e6

    def in_words(self, read: int, written: int) -> str:
        """« 41 000 jetons, 0,02 € »; a price that is not known is said not to be, unless none is paid."""
        cost = self.cost(read, written)
        if cost is None:
            price = "" if self.free else ", prix inconnu de sosie (donnez --price-in et --price-out)"
        else:
            price = f", {decimal(cost)} €" if cost >= 0.005 else ", moins d'un centime"
        return f"{number(read + written)} jetons{price}"


def _line(points: list[tuple[int, int]]) -> tuple[float, float]:
    """(slope, start) by least squares; through zero where all have one size."""
    count = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if count < 2 or spread < (0.05 * mean_x) ** 2 * count:
        return mean_y / max(1.0, mean_x), 0.0
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    return (slope, mean_y - slope * mean_x) if slope > 0 else (mean_y / max(1.0, mean_x), 0.0)

"""Times as a table's cells write them: one order of day and month for the whole table, with its reason.

03/04/2024 09:00          ->  2024-04-03 09:00, naive: the zone is unknown
2024-04-03T09:00:00Z      ->  2024-04-03 09:00 UTC
45385,375                 ->  2024-04-03 09:00      Excel's own count of days
1712134800                ->  2024-04-03 09:00 UTC  seconds since 1970
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sosie.sources.values.date_order import DAY_FIRST, DateOrder, calendar, decide
from sosie.sources.values.timestamps import from_iso, from_seconds, from_thousandths
from sosie.sources.values.written_dates import clock_of, from_words

_TRIPLE = re.compile(r"\s*(\d{1,4}[./\-\s]\d{1,2}[./\-\s]\d{1,4})(?!\d)")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_SERIAL = re.compile(r"(\d{5})(?:[.,](\d+))?")
_SERIAL_START = datetime(1899, 12, 30)  # as Excel counts days
_EARLIEST, _LATEST = 20_000, 80_000  # in such days: 1954 and 2119
_LONGEST = 100


class Times:
    """Moments from cells. `order` is None where every date is written with its year first, or in words."""

    def __init__(self, days: Sequence[str]) -> None:
        """`days`: the dates of the table as `day_of` gives them, each once in a row."""
        self.order = _order(days)
        self._day_of = calendar(self.order.order if self.order else "année/mois/jour")
        self.newest_first = self._steps(days) < 0
        self.local = False  # set by `add`: some times have no zone

    def add(self, cells: Sequence[str]) -> None:
        """Look at some times of the table: whether they have a zone, and which way they go."""
        found = [at for cell in cells if (at := self._read(cell))]
        self.local = any(at.tzinfo is None for at in found)
        times = [at.replace(tzinfo=UTC) if at.tzinfo is None else at for at in found]
        if self._steps_of(times) and not self.newest_first:
            self.newest_first = self._steps_of(times) < 0 and len({at.date() for at in times}) < 2

    def of(self, cell: str) -> datetime | None:
        """Local times without a zone if the table has any, else aware ones."""
        at = self._read(cell)
        if at is None or (at.tzinfo is None) == self.local:
            return at
        return at.astimezone(UTC).replace(tzinfo=None) if self.local else at.replace(tzinfo=UTC)

    def _read(self, cell: str) -> datetime | None:
        cell = cell.strip()
        if not cell or len(cell) > _LONGEST:
            return None
        if cell.isdecimal() and len(cell) in (10, 13):
            return from_seconds(cell) if len(cell) == 10 else from_thousandths(cell)
        if _ISO.match(cell):
            return from_iso(re.sub(r"\s*(?:UTC|GMT)\Z", "+00:00", cell))
        if found := _TRIPLE.match(cell):
            return self._at(found[1], cell[found.end() :])
        if found := _SERIAL.fullmatch(cell):
            days = float(f"{found[1]}.{found[2] or 0}")
            return (
                _SERIAL_START + timedelta(seconds=round(days * 86400)) if _EARLIEST < days < _LATEST else None
            )
        return from_words(cell)

    def _at(self, day: str, hour: str) -> datetime | None:
        numbers, clock = self._day_of(day), clock_of(hour) or (0, 0, 0)
        try:
            return datetime(*numbers, *clock) if numbers else None
        except ValueError:
            return None

    def _steps(self, days: Sequence[str]) -> int:
        return self._steps_of([day for text in days if (day := self._day_of(text))])

    @staticmethod
    def _steps_of(found: Sequence[object]) -> int:
        """How often time goes on, less how often it goes back."""
        pairs = list(zip(found, found[1:], strict=False))
        return sum((a < b) - (a > b) for a, b in pairs)  # type: ignore[operator]


def day_of(cell: str) -> str:
    """The date in a cell, as written, "" where it has none in numbers."""
    found = _TRIPLE.match(cell)
    return found[1] if found else ""


def _order(days: Sequence[str]) -> DateOrder | None:
    """As the dates are, read from the oldest or from the newest: whichever lets time go back less often."""
    if all(re.match(r"\d{4}", day) for day in days):
        return None  # year first: nothing to decide
    orders = [(decide(way), way) for way in (days, days[::-1])]
    if orders[0][0].order == orders[1][0].order:
        return orders[0][0]
    return min(orders, key=lambda one: (_backwards(one[0].order, one[1]), one[0].order != DAY_FIRST))[0]


def _backwards(order: str, days: Sequence[str]) -> int:
    day_of_text = calendar(order)
    read = [day for text in days if (day := day_of_text(text))]
    return sum(later < earlier for earlier, later in zip(read, read[1:], strict=False))

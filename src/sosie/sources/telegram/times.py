"""When a Telegram message was sent: UTC where the export says so, else the local time of a machine.

{"date": "2024-07-01T10:06:00", "date_unixtime": "1719821160"}    ->  08:06 UTC, and the clock shows +2 h
{"date": "2024-07-01T10:07:00"}                                   ->  08:07 UTC beside it; else 10:07, no zone
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sosie.sources.values.timestamps import from_iso, from_seconds

_YEARS = range(1990, 2100)


@dataclass(slots=True)
class Clock:
    """How the clock of the machine that exported stands, from a message that has both times."""

    shown: tuple[datetime | None, datetime] | None = None

    def utc(self, local: datetime | None) -> datetime | None:
        """A local time beside times in UTC becomes one of them."""
        there, utc = self.shown or (None, None)
        if not (local and there and utc) or local.tzinfo or there.tzinfo:
            return local
        try:
            return utc + (local - there)
        except OverflowError:
            return None


def message_time(record: dict[str, Any], clock: Clock) -> datetime | None:
    """UTC where the export gives it, else the local time of the machine that exported."""
    at = from_seconds(record.get("date_unixtime"))
    if at is None:
        at = clock.utc(from_iso(record.get("date")))
    elif clock.shown is None:
        clock.shown = (from_iso(record.get("date")), at)
    return at if at and at.year in _YEARS else None

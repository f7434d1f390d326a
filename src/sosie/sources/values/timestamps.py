"""Times as computers write them: seconds, thousandths or ISO 8601, to aware UTC wherever the zone is known.

1746093600.0                     ->  2025-05-01 10:00:00+00:00
"1735722000000"                  ->  2025-01-01 09:00:00+00:00       thousandths
"2024-10-27T02:10:00.5+01:00"    ->  2024-10-27 01:10:00.500000+00:00
"2019-12-24T12:23:00"            ->  2019-12-24 12:23:00             naive: the zone is unknown
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
_LATEST = 4_102_444_800  # seconds in 2100: what is beyond was counted in something else
_FRACTION = re.compile(r"(\.\d{6})\d+")


def from_seconds(value: Any) -> datetime | None:
    """Seconds since 1970, as a number or as its digits; None where it is no time."""
    try:
        seconds = float(value) if not isinstance(value, bool) else -1.0
        return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _LATEST else None
    except (TypeError, ValueError):
        return None


def from_thousandths(value: Any) -> datetime | None:
    """The same in thousandths of a second. Old phones count some in seconds: their size shows which."""
    try:
        count = int(value) if not isinstance(value, bool) else -1
    except (TypeError, ValueError, OverflowError):
        return None
    if 0 < count < _LATEST:
        count *= 1000
    return EPOCH + timedelta(milliseconds=count) if 0 < count < _LATEST * 1000 else None


def from_iso(value: Any, utc: bool = False) -> datetime | None:
    """ISO 8601. `utc` says that a time without an offset is UTC and not local."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(_FRACTION.sub(r"\1", value.strip()))
        if at.tzinfo is None:
            return at.replace(tzinfo=UTC) if utc else at
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def sortable(at: datetime | None) -> datetime:
    """A time that compares with any other of the same export."""
    if at is None:
        return datetime.min
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at

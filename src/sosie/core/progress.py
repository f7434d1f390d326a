"""Long work speaks in events and knows no screen: a file, a terminal or a page listens."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

_FORMAT = 1
LONGEST = 1 << 16  # bytes of an event, at most


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `facts` holds numbers and names, never a private text."""

    kind: str  # read, prepare, plan, load, step, epoch, sample, saved, warning, done
    done: int = 0
    total: int = 0  # 0 where unknown
    facts: Mapping[str, Any] = field(default_factory=dict)
    text: str = field(default="", repr=False)  # a French sentence; of a sample, what the double said
    at: float = field(default_factory=time.time)  # seconds since 1970


Report = Callable[[Event], None]
Agree = Callable[[str], bool]  # asks the person a question -> whether they say yes


def silent(event: Event) -> None:
    """A listener that does nothing."""


def to_all(*listeners: Report) -> Report:
    """One listener that tells several."""

    def report(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return report


def to_file(path: Path, since: float = 0.0) -> Report:
    """A listener that appends one JSON line an event, so that another process can follow.

    None is dated before `since` or before the one that it follows, even where the clock was put back.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    latest = since

    def report(event: Event) -> None:
        nonlocal latest
        event = replace(event, at=(latest := max(latest, event.at)))
        with open(path, "a", opener=for_its_owner, encoding="utf-8") as file:
            file.write(json.dumps({"format": _FORMAT, **asdict(event)}, ensure_ascii=False) + "\n")

    return report


def for_its_owner(path: str, flags: int) -> int:
    """An opener: a file that is made is 0600."""
    return os.open(path, flags, 0o600)


def events(path: Path) -> Iterator[Event]:
    """The events written so far; a half-written last line is left for later."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                record = json.loads(line)
                record.pop("format", None)
                yield Event(**record)


def last_at(path: Path) -> float | None:
    """When the last event was written, by its own word; None where nothing says."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - LONGEST))
            for line in reversed(file.read().splitlines()):
                with suppress(ValueError, KeyError, TypeError):
                    return float(json.loads(line)["at"])
    except OSError:
        pass
    return None

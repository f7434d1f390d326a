"""Long work speaks in events and knows no screen: a file, a terminal or a page listens."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `facts` holds numbers and names, never a private text."""

    kind: str  # read, prepare, plan, load, step, epoch, sample, saved, warning, done
    done: int = 0
    total: int = 0  # 0 where unknown
    facts: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""  # a French sentence, where there is something to say
    at: float = field(default_factory=time.time)  # seconds since 1970


Report = Callable[[Event], None]


def silent(event: Event) -> None:
    """A listener that does nothing."""


def to_all(*listeners: Report) -> Report:
    """One listener that tells several."""

    def report(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return report


def to_file(path: Path) -> Report:
    """A listener that appends one JSON line an event, so that another process can follow."""
    path.parent.mkdir(parents=True, exist_ok=True)

    def report(event: Event) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"format": FORMAT, **asdict(event)}, ensure_ascii=False) + "\n")

    return report


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

"""The entries of a LINE discussion as they are written, over several lines or on one.

2024.02.01 Jeudi
21:06	Moi	"oui            ->  Entry(2, day="2024.02.01", time="21:06", name="Moi", text="oui\\n\\net toi ?")

et toi ?"
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from sosie.sources.files.archive import Archive

if TYPE_CHECKING:
    from sosie.sources.base import Log

_HALF = r"(?:上午|下午|午前|午後|오전|오후)?\s?"
ENTRY_LINE = re.compile(
    rf"(?P<time>{_HALF}\d{{1,2}}:\d{{2}}(?:\s?[AaPp]\.?[Mm]\.?)?)\t(?P<name>[^\t]*)(?:\t(?P<text>.*))?\Z",
    re.DOTALL,
)
DAY_LINE = re.compile(
    r"(?:[^\W\d]{2,12}\.?,?\s*)?(?P<day>\d{1,4}[./年]\d{1,2}[./月]\d{1,4})日?\.?(?:[\s,(（周]*[^\W\d]{0,12}\.?[)）]?)?\s*\Z"
)
TITLE_LINE = re.compile(r"\ufeff?\[LINE\]\s*(?P<title>.+)")
_BEFORE, NO_DAY, TOO_LONG = (
    "lignes avant le premier message",
    "date impossible",
    "plus long qu'un message ne peut l'être",
)
LONGEST_ENTRY = 100_000


class LineEntry(NamedTuple):
    number: int
    day: str
    time: str
    name: str | None  # None for a notice
    text: str


def read_entries(archive: Archive, name: str, log: "Log | None" = None) -> Iterator[LineEntry]:
    day, lost = "", 0
    entry: LineEntry | None = None
    with archive.text(name, log.advance if log else None) as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\r\n")
            found = ENTRY_LINE.match(line)
            heading = DAY_LINE.match(line) if not found and len(line) < 40 else None
            if found or heading:
                if entry:
                    yield _whole(entry)
                entry = None
            if found:
                text = found["text"]
                entry = LineEntry(
                    number, day, found["time"], None if text is None else found["name"], text or ""
                )
                entry = entry if text is not None else entry._replace(text=found["name"])
            elif heading:
                day = heading["day"]
            elif entry and len(entry.text) <= LONGEST_ENTRY:
                entry = entry._replace(text=f"{entry.text}\n{line}")
            elif entry is None:
                lost += bool(line.strip()) and not TITLE_LINE.match(line) and number > 2
    if entry:
        yield _whole(entry)
    if log and lost:
        log.skip(_BEFORE, lost)


def _whole(entry: LineEntry) -> LineEntry:
    """Without the quotation marks around several lines."""
    text = entry.text.rstrip()
    if "\n" in text and text.startswith('"') and text.endswith('"'):
        text = text[1:-1].replace('""', '"')
    return entry._replace(text=text.strip())

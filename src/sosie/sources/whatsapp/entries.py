"""The entries of a WhatsApp text: where one ends and the next begins, even where a file joins two exports.

    [12/11/2023, 20:12:05] Malo: à demain
    01/02/2024, 20:11 - Zoé: salut            a new phone: the layout changes here

A header of another layout begins an entry where a run of such headers, with people already met and times that
go on, begins. Elsewhere it was pasted: it stays in its message, and is counted.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from itertools import chain, islice
from typing import TextIO

from sosie.sources.files.archive import Archive
from sosie.sources.files.decoding import read_as
from sosie.sources.values.date_order import DAY_FIRST, MONTH_FIRST, YEAR_FIRST, decide
from sosie.sources.whatsapp.line_layouts import Layout, Stamp, clock, layout_of

LONGEST_BODY = 200_000  # characters; WhatsApp itself stops at 65 536
_BEGINNING = _BLOCK = 1 << 16
_MOST_BLOCK = 1 << 20  # characters of one entry
_AHEAD = 400  # lines that decide whether a layout changes
_LOOKS = 50  # how often a file may ask for that
_RUN = 3  # headers that make a run
_MAY_BEGIN = frozenset("[0123456789\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_ORDERS = (DAY_FIRST, MONTH_FIRST, YEAR_FIRST)
Lines = Iterator[tuple[int, str]]  # with their numbers
_Time = tuple[datetime | None, int]
_TimeOf = Callable[[Stamp], _Time | None]


@dataclass(slots=True)
class Section:
    """The layout in force at one place of a file; it changes where the file goes on in another one."""

    layout: Layout
    order: str
    marked: bool = True  # whether WhatsApp's own words carry their U+200E
    pasted: int = 0  # headers of other layouts that stayed in a message
    first: bool = True
    time_of: _TimeOf = field(init=False)

    def __post_init__(self) -> None:
        self.time_of = clock(self.order)

    def go_on(self, layout: Layout, order: str, marked: bool) -> None:
        self.layout, self.order, self.marked, self.first = layout, order, marked, False
        self.time_of = clock(order)


@contextmanager
def open_lines(archive: Archive, name: str, on_bytes: Callable[[int], None] | None = None) -> Iterator[Lines]:
    """The numbered lines of a file. Where CRLF ends entries, as on iOS, what it ends is one « line »."""
    ended = "\r\n" in read_as(archive.head(name)[:_BEGINNING])
    with archive.text(name, on_bytes, "\n" if ended else None) as lines:
        yield chain.from_iterable(_numbered(lines)) if ended else enumerate(lines, 1)


def _numbered(stream: TextIO) -> Iterator[Iterable[tuple[int, str]]]:
    """The lines of each block, numbered: nearly none has a bare LF in it, and needs a look at its units."""
    number = 1
    for block in _blocks(stream):
        whole = block.replace("\r\n", "\n")
        count, lines = whole.count("\n"), whole.splitlines(keepends=True)
        if len(block) - len(whole) < count:
            yield _units(block, number)
        else:  # where U+2028 and the like make no line either
            yield enumerate(lines if len(lines) == count else StringIO(whole), number)
        number += count


def _blocks(stream: TextIO) -> Iterator[str]:
    """A file in pieces that end with an entry's CRLF, or with a line where none comes for very long."""
    rest = ""
    while read := stream.read(_BLOCK):
        rest += read
        end = rest.rfind("\r\n") + 2
        if end < 2:
            end = rest.rfind("\n") + 1 if len(rest) > _MOST_BLOCK else 0
        if end:
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest


def _units(block: str, number: int) -> Lines:
    *units, last = block.split("\r\n")
    for unit in units:
        if "\n" not in unit or _is_one_entry(unit):
            yield number, f"{unit}\n"
        else:
            yield from enumerate(StringIO(f"{unit}\n"), number)
        number += unit.count("\n") + 1
    yield from enumerate(StringIO(last), number)


def _is_one_entry(text: str) -> bool:
    """Whether the headers inside an entry were pasted: what is pasted was said before."""
    first, *others = text.split("\n")
    return layout_of(first) is not None and not any(
        layout_of(line) and _follows(line, first, all) for line in others
    )


def _follows(line: str, before: str, of_orders: Callable[[Iterable[bool]], bool]) -> bool:
    """Whether the time of a header comes after that of another, in all orders of dates or in any.

    The order is that of both, unless they can have none in common: the phones were of two countries.
    """
    headers = [layout and layout.matcher()(one) for one in (before, line) for layout in [layout_of(one)]]
    stamps = [header.groups() for header in headers if header]
    if len(stamps) < 2:
        return False
    same = [_moments(stamps, clock(order)) for order in _ORDERS]
    pairs = [pair for pair in same if len(pair) == 2] or [
        [first, second] for first in _moments_of(stamps[0]) for second in _moments_of(stamps[-1])
    ]
    return of_orders(first < second for first, second in pairs)


def _moments(stamps: Iterable[Stamp], time_of: _TimeOf) -> list[datetime]:
    """The times of those that have one."""
    times = (time_of(stamp) for stamp in stamps)
    return [time[0] for time in times if time and time[0]]


def _moments_of(stamp: Stamp) -> list[datetime]:
    """What a time can be."""
    return [time for order in _ORDERS for time in _moments([stamp], clock(order))]


def split_entries(
    lines: Lines, section: Section, known: dict[str, str | None], before: list[int] | None = None
) -> Iterator[tuple[int, Stamp, str]]:
    """(line number, stamp, all that follows it) of each entry; `before` gets the count of lines before them.

    `section` goes on with the layout; `known` holds the names met so far. A body longer than any message can
    be comes out cut, so that no file can fill the memory.
    """
    start, stamp, body, first_line, looks = 0, None, "", "", 0
    header = section.layout.matcher()
    rest: Lines | None = lines
    while rest is not None:
        current, rest = rest, None
        for number, line in current:
            found = header(line)
            if found is not None:
                if stamp is not None:
                    yield start, stamp, body
                start, stamp, body, first_line = number, found.groups(), line[found.end() :], line
                continue
            if stamp is None:
                if before is not None and line.strip():
                    before[0] += 1
                continue
            if line[0] in _MAY_BEGIN and ": " in line and (other := layout_of(line)):
                if looks < _LOOKS and _follows(line, first_line[:200], any):
                    looks += 1
                    ahead = [(number, line), *islice(current, _AHEAD)]
                    rest = chain(ahead[1:], current)
                    if changed := _change(ahead, other, section, stamp, known):
                        yield start, stamp, body
                        section.go_on(*changed)
                        header, stamp, rest = section.layout.matcher(), None, chain(ahead, current)
                        break
                section.pasted += 1
            if len(body) <= LONGEST_BODY:
                body += line
            if rest is not None:
                break
    if stamp is not None:
        yield start, stamp, body


def _change(
    ahead: list[tuple[int, str]], other: Layout, section: Section, last: Stamp, known: dict[str, str | None]
) -> tuple[Layout, str, bool] | None:
    """(layout, order of dates, whether marks are there) of what begins here; None where it was pasted."""
    theirs, ours = other.matcher(), section.layout.matcher()
    run: list[Stamp] = []
    people: list[bool] = []  # whether each was met before
    back: Stamp | None = None
    for _, line in ahead:
        if found := theirs(line):
            run.append(found.groups())
            raw, colon, _ = line[found.end() :].partition(": ")
            people += [bool(known.get(raw))] * bool(colon)
        elif again := ours(line):
            back = again.groups()
            break
    ended = back is None and len(ahead) <= _AHEAD
    if len(run) < _RUN - ended or sum(people) * 2 < len(people) or not any(people):
        return None
    days = [day for day in dict.fromkeys(stamp[0] for stamp in run) if day]
    around = [section.time_of(stamp) if stamp else None for stamp in (last, back)]
    for order in (decide(days, half_days=bool(other.half)).order, section.order):
        if _goes_on(run, clock(order), *(time and time[0] for time in around)):
            return other, order, not other.bracket or any("\u200e" in line for _, line in ahead)
    return None


def _goes_on(run: list[Stamp], time_of: _TimeOf, last: datetime | None, back: datetime | None) -> bool:
    """Whether the times of a run rise, from the last one before it to the first one after it."""
    times = _moments(run, time_of)
    if not times or len(times) < len(run) or (last and times[0] < last) or (back and back < times[-1]):
        return False
    return sum(later < sooner for sooner, later in zip(times, times[1:], strict=False)) * 10 <= len(times)

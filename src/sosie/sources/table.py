"""A table (CSV) of messages: French Excel's, with `;` and Windows-1252, or any other.

    date;auteur;message
    03/04/2024 09:00;Léo;"salut ; ça va ?
    tu fais quoi"

The first line names the columns (columns.py); the separator is the one that makes them readable. Times are
local unless they tell an offset (cell_times.py). A table that lists the newest first, or mixes its threads,
is put in order on the disk.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from sosie.core.message import Conversation, Message
from sosie.sources.archive import Archive
from sosie.sources.cell_times import Times, day_of
from sosie.sources.columns import Columns, columns_of, way_of
from sosie.sources.decoding import read_as
from sosie.sources.ids import Ids, digest
from sosie.sources.spool import Spool

if TYPE_CHECKING:
    from sosie.sources.base import Log

SEPARATORS = ";,\t|"
FEW = 50  # files that are looked at to recognise an archive
MOST_DAYS = 100_000  # dates that decide which number is the day
LOOKED_AT = 2000  # rows that tell whether times have a zone
ME = "me"
ROLES = ("author", "text", "day", "hour", "thread", "id", "way")
NO_WORDS, NOBODY, BROKEN = "ligne sans texte", "ligne sans auteur", "ligne illisible"


class Table:
    expects = "un tableau CSV (colonnes date, auteur, message)"

    def sniff(self, archive: Archive) -> float:
        return 0.8 if tables(archive, FEW) else 0.0

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        names = tables(archive)
        if not names:
            from sosie.sources.base import unknown

            raise unknown(archive, ("csv",))
        log.total = sum(archive.sizes[name] for name in names)
        for name in names:
            found = survey(archive, name)
            log.date_order = log.date_order or found.times.order
            yield from conversations(archive, name, found, log)


def tables(archive: Archive, most: int | None = None) -> list[str]:
    """The files that are tables of messages."""
    alone = len(archive.names) == 1
    names = [name for name in archive.names if alone or name.lower().endswith((".csv", ".tsv", ".txt"))]
    return [name for name in names[:most] if heading(read_as(archive.head(name)))]


def heading(text: str) -> tuple[str, Columns] | None:
    """(separator, columns) of the first line; « sep=; » before it is a word of Excel to itself."""
    lines = [line for line in text.lstrip("\ufeff")[:20_000].splitlines()[:5] if line.strip()]
    lines = lines[1:] if lines and re.fullmatch(r"sep=.", lines[0].strip()) else lines
    if len(lines) < 2 or len(lines[0]) > 2000:
        return None
    for separator in sorted(SEPARATORS, key=lines[0].count, reverse=True):
        try:
            header = next(csv.reader(lines[:1], delimiter=separator), [])
        except csv.Error:
            continue
        if len(header) > 1 and (columns := columns_of(header)):
            return separator, columns
    return None


@dataclass(slots=True)
class Survey:
    """What a first reading tells."""

    separator: str
    columns: Columns
    times: Times
    threads: "dict[str, Counter[str]]" = field(default_factory=dict)  # who writes in each
    senders: set[str] = field(default_factory=set)  # the names beside what was sent, where the table tells
    receivers: set[str] = field(default_factory=set)

    @property
    def owner(self) -> str | None:
        """The one name that sends and never receives; « me » where the names are those of the other side."""
        if not self.senders:
            return None
        alone = len(self.senders) == 1 and not self.senders & self.receivers and "" not in self.senders
        return next(iter(self.senders)) if alone else ME

    @property
    def mixed(self) -> bool:
        return len(self.threads) > 1 or self.times.newest_first


class Row(NamedTuple):
    number: int  # of the line where it begins
    author: str
    text: str
    day: str
    hour: str
    thread: str
    id: str
    way: str

    @property
    def time(self) -> str:
        return f"{self.day} {self.hour}".strip()


def rows(
    archive: Archive, name: str, separator: str, columns: Columns, log: "Log | None" = None
) -> Iterator[Row]:
    """The rows that say something; the others are counted in `log`, where one is given."""
    skip = log.skip if log else lambda reason: None
    places = [getattr(columns, role) for role in ROLES]
    begun = False
    for number, cells in _cells(archive, name, separator, log):
        if not begun:
            begun = columns_of([cell.lstrip("\ufeff") for cell in cells or []]) is not None
        elif cells is None:
            skip(BROKEN)
        elif any(map(str.strip, cells)):
            row = Row(
                number, **{role: _cell(cells, place) for role, place in zip(ROLES, places, strict=True)}
            )
            if row.text and (row.author or way_of(row.way) == "sent"):
                yield row
            else:
                skip(NOBODY if row.text else NO_WORDS)


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _cells(
    archive: Archive, name: str, separator: str, log: "Log | None"
) -> Iterator[tuple[int, list[str] | None]]:
    """(line, cells), None for a row that is none: a quote never closed fills at most 128 kB."""
    with archive.text(name, log.advance if log else None) as lines:
        table = csv.reader(lines, delimiter=separator)
        while True:
            try:
                yield table.line_num + 1, next(table)
            except csv.Error:
                yield table.line_num, None
            except StopIteration:
                return


def survey(archive: Archive, name: str) -> Survey:
    """Who writes in which thread, and how the times are written."""
    separator, columns = heading(read_as(archive.head(name))) or (";", Columns(0, 1))
    found = Survey(separator, columns, Times([]))
    days: list[str] = []
    some: list[str] = []
    for row in rows(archive, name, separator, columns):
        if way := way_of(row.way):
            (found.senders if way == "sent" else found.receivers).add(row.author)
        found.threads.setdefault(row.thread, Counter())[row.author] += 1
        day = day_of(row.day)
        if day and len(days) < MOST_DAYS and day != (days or [""])[-1]:
            days.append(day)
        if len(some) < LOOKED_AT:
            some.append(row.time)
    found.times = Times(days)
    found.times.learn(some)
    return found


def conversations(archive: Archive, name: str, found: Survey, log: "Log") -> Iterator[Conversation]:
    """One a thread; a table of one thread in its order is not held anywhere."""
    told = _messages(archive, name, found, log)
    if len(found.threads) == 1 and not found.mixed:
        thread, people = next(iter(found.threads.items()))
        yield _conversation(name, thread, people, found, (message for _, message in told))
        return
    spool = Spool()
    for thread, message in told:
        at = message.at and message.at.replace(tzinfo=message.at.tzinfo or UTC)  # a spool sorts aware times
        spool.add(thread, replace(message, at=at))
    for thread, people in found.threads.items():
        if thread in spool.threads:
            yield _conversation(name, thread, people, found, _taken(spool, thread, found.times.local))


def _taken(spool: Spool, thread: str, local: bool) -> Iterator[Message]:
    for message in spool.take(thread):
        yield replace(message, at=message.at.replace(tzinfo=None)) if local and message.at else message


def _conversation(
    name: str, thread: str, people: "Counter[str]", found: Survey, messages: Iterator[Message]
) -> Conversation:
    title = thread or PurePosixPath(name).stem
    return Conversation(
        id=f"csv-{digest(title)}",
        title=title,
        source="csv",
        group=len(people) > 2,
        messages=messages,
        owner=found.owner,
    )


def _messages(archive: Archive, name: str, found: Survey, log: "Log") -> Iterator[tuple[str, Message]]:
    """(thread, message), in the order of the table."""
    ids = Ids()
    for row in rows(archive, name, found.separator, found.columns, log):
        author = (found.owner or ME) if way_of(row.way) == "sent" else row.author
        key = (row.id,) if row.id else (author, row.time, row.text)
        log.entries += 1
        yield (
            row.thread,
            Message(
                id=ids.of(row.thread, *key),
                author=author,
                text=row.text,
                at=found.times.of(row.time),
                origin=f"{name}:{row.number}",
            ),
        )

"""A table (CSV) of messages: French Excel's, with `;` and Windows-1252, or any other.

    date;auteur;message
    03/04/2024 09:00;Léo;"salut ; ça va ?
    tu fais quoi"

The first line names the columns (columns.py); the separator is the one that makes them readable. Times are
local unless they have an offset (times.py). A table that lists the newest first, or mixes its threads,
is put in order on the disk.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Message
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_ending
from sosie.sources.files.decoding import read_as
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.table.columns import Columns, way_of
from sosie.sources.table.rows import Row, heading, rows
from sosie.sources.table.times import Times, day_of
from sosie.sources.values.media_kind import kind_of_name
from sosie.sources.values.message_ids import MessageIds, digest

if TYPE_CHECKING:
    from sosie.sources.base import Log

_MOST_DAYS = 100_000  # dates that decide which number is the day
_LOOKED_AT = 2000  # rows that decide whether times have a zone
_ME = "me"


class Table(FileReader):
    expects = "un tableau CSV (colonnes date, auteur, message)"
    sureness = 0.8

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        """The files that are tables of messages."""
        names = files_ending(archive, ".csv", ".tsv", ".txt")
        return [name for name in names[:most] if heading(read_as(archive.head(name)))]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        found = _survey(archive, name)
        log.date_order = log.date_order or found.times.order
        yield from _conversations(archive, name, found, log)


@dataclass(slots=True)
class _Survey:
    """What a first reading learns."""

    separator: str
    columns: Columns
    times: Times
    threads: "dict[str, Counter[str]]" = field(default_factory=dict)  # who writes in each
    senders: set[str] = field(default_factory=set)  # the names beside what was sent
    receivers: set[str] = field(default_factory=set)
    titles: dict[str, str] = field(default_factory=dict)  # of the threads, where they have one of their own

    @property
    def owner(self) -> str | None:
        """The one name that sends and never receives; « me » where the names are of the other side."""
        if not self.senders:
            return None
        alone = len(self.senders) == 1 and not self.senders & self.receivers and "" not in self.senders
        return next(iter(self.senders)) if alone else _ME

    def thread_of(self, row: Row) -> str:
        """A table that names neither threads nor pairs of people is one thread."""
        return row.thread if self.columns.thread is not None else row.pair

    @property
    def mixed(self) -> bool:
        return len(self.threads) > 1 or self.times.newest_first


def _survey(archive: Archive, name: str) -> _Survey:
    """Who writes in which thread, and how the times are written."""
    separator, columns = heading(read_as(archive.head(name))) or (";", Columns(0, 1))
    found = _Survey(separator, columns, Times([]))
    days: list[str] = []
    some: list[str] = []
    for row in rows(archive, name, separator, columns):
        if way := way_of(row.way):
            (found.senders if way == "sent" else found.receivers).add(row.author)
        thread = found.thread_of(row)
        found.threads.setdefault(thread, Counter())[row.author] += 1
        if title := row.title or (", ".join(sorted((row.author, row.to))) if row.pair else ""):
            found.titles.setdefault(thread, title)
        day = day_of(row.day)
        if day and len(days) < _MOST_DAYS and day != (days or [""])[-1]:
            days.append(day)
        if len(some) < _LOOKED_AT:
            some.append(row.time)
    found.times = Times(days)
    found.times.add(some)
    return found


def _conversations(archive: Archive, name: str, found: _Survey, log: "Log") -> Iterator[Conversation]:
    """One a thread; a table of one thread in its order is not held anywhere."""
    messages = _messages(archive, name, found, log)
    if len(found.threads) == 1 and not found.mixed:
        thread, people = next(iter(found.threads.items()))
        yield _conversation(name, thread, people, found, (message for _, message in messages))
        return
    spool = MessageSpool()
    for thread, message in messages:
        at = message.at and message.at.replace(tzinfo=message.at.tzinfo or UTC)  # a spool sorts aware times
        spool.add(thread, replace(message, at=at))
    for thread, people in found.threads.items():
        if thread in spool.threads:
            yield _conversation(name, thread, people, found, _taken(spool, thread, found.times.local))


def _taken(spool: MessageSpool, thread: str, local: bool) -> Iterator[Message]:
    for message in spool.take(thread):
        yield replace(message, at=message.at.replace(tzinfo=None)) if local and message.at else message


def _conversation(
    name: str, thread: str, people: "Counter[str]", found: _Survey, messages: Iterator[Message]
) -> Conversation:
    identity = thread or PurePosixPath(name).stem
    return Conversation(
        id=f"csv-{digest(identity)}",
        title=found.titles.get(thread) or identity,
        source="csv",
        group=len(people) > 2,
        messages=messages,
        owner=found.owner,
    )


def _messages(archive: Archive, name: str, found: _Survey, log: "Log") -> Iterator[tuple[str, Message]]:
    """(thread, message), in the order of the table."""
    ids = MessageIds()
    for row in rows(archive, name, found.separator, found.columns, log):
        author = (found.owner or _ME) if way_of(row.way) == "sent" else row.author
        key = (row.id,) if row.id else (author, row.time, row.text or row.sent)
        thread = found.thread_of(row)
        log.entries += 1
        yield (
            thread,
            Message(
                id=ids.of(thread, *key),
                author=author,
                text=row.text,
                at=found.times.of(row.time),
                kind=kind_of_name(row.sent.partition(",")[0]) if row.sent else "text",
                origin=f"{name}:{row.number}",
            ),
        )

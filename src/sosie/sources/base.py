"""Chat exports: the reader that recognises an export reads it.

    reading = read_export(Path("Discussion WhatsApp avec Malo.zip"))
    for conversation in reading:                 # in the order of the export
        for message in conversation.messages:    # one pass, never all in memory
            ...
    reading.log.skipped                          # {"date impossible": 2}, complete once all was read

A reader is a class with `sniff` and `read`, named in core/source_table.py or in an entry point
of "sosie.sources".
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol

from sosie.core.errors import UnknownExport
from sosie.core.message import Conversation, Message
from sosie.core.progress import Event, Report
from sosie.core.registry import Registry
from sosie.core.source_table import SOURCE_ROWS
from sosie.sources.files.archive import Archive, open_archive
from sosie.sources.files.decoding import forget_beginning, read_as
from sosie.sources.files.packed import UNPACK_FIRST, is_packed
from sosie.sources.values.date_order import DateOrder

BUILT_IN = {row.name: f"sosie.sources.{row.reader}" for row in SOURCE_ROWS}
SOURCES = Registry("sosie.sources", BUILT_IN)


@dataclass(slots=True)
class Log:
    """What a reader counts beside the conversations; it fills while they are read.

    Once all is read, entries = messages + notices + the sum of skipped.
    """

    entries: int = 0
    skipped: Counter[str] = field(default_factory=Counter)  # a reason, in French: how many entries
    date_order: DateOrder | None = None  # None where the format leaves no doubt
    done: int = 0  # bytes read, of
    total: int = 0  # bytes in all
    on_advance: Callable[[], None] | None = field(default=None, repr=False)  # called when `done` has grown

    def skip(self, reason: str, count: int = 1) -> None:
        """Entries that are there and are not used."""
        self.entries += count
        self.skipped[reason] += count

    def advance(self, count: int) -> None:
        self.done += count
        if self.on_advance:
            self.on_advance()


class Source(Protocol):
    """One format. `expects` completes « sosie lit … » for a user whose file is something else."""

    expects: str

    def sniff(self, archive: Archive) -> float:
        """0 no, 1 sure; judged by content, never by the extension."""

    def read(self, archive: Archive, log: Log) -> Iterator[Conversation]:
        """The conversations, in the order of the export; the same export gives them again in that order."""


class Reading(Iterator[Conversation]):
    """The conversations of one export, once; `log` fills while their messages are read.

    UnknownExport at the end of one that holds none, unless `may_be_empty`.
    """

    def __init__(self, source: str, reader: Source, archive: Archive, may_be_empty: bool = False) -> None:
        self.source, self.archive = source, archive
        self.log = Log()
        self.empty = True
        self._may_be_empty = may_be_empty
        self._given: list[Iterator[Message]] = []  # to the caller
        self._conversations = reader.read(archive, self.log)
        self._reported = 0

    def __next__(self) -> Conversation:
        conversation = next(self._conversations, None)
        if conversation is not None:
            self.empty = False
            if isinstance(conversation.messages, Iterator):
                self._given.append(conversation.messages)
            return conversation
        if self.empty and not self._may_be_empty:
            raise unknown_export(self.archive, (self.source,))
        raise StopIteration

    def require_end(self) -> None:
        """RuntimeError where a conversation, or a message of one, was not read."""
        if any(next(messages, None) is not None for messages in self._given) or next(self, None) is not None:
            raise RuntimeError("this export must be read to its end before the next one is asked for")
        self._given.clear()

    def follow(self, report: Report, before: int = 0, total: int = 0) -> None:
        """Report the bytes as they are read, after `before` others and of `total`; 200 times at most."""

        def report_bytes() -> None:
            of = total or self.log.total
            if self.log.done - self._reported >= of / 200:
                self._reported = self.log.done
                report(Event("read", before + self.log.done, of))

        self.log.on_advance = report_bytes


def read_export(path: Path, source: str | None = None) -> Reading:
    """What `path` (a file, a folder or a zip) holds; UnknownExport or UnsafeArchive if it cannot be read."""
    return read_archive(open_archive(path), source)


def read_archive(archive: Archive, source: str | None = None, may_be_empty: bool = False) -> Reading:
    name = source or recognise(archive)
    if name not in SOURCES:
        close = get_close_matches(name, list(SOURCES), n=1)
        meant = f"Vouliez-vous dire « {close[0]} » ? " if close else ""
        raise UnknownExport(
            f"sosie ne connaît pas de format « {name} ».", f"{meant}Formats connus : {', '.join(SOURCES)}."
        )
    return Reading(name, SOURCES[name](), archive, may_be_empty)


def recognise(archive: Archive) -> str:
    """The name of the reader that is surest of this archive."""
    scores = {name: sureness(name, archive) for name in SOURCES}
    forget_beginning()
    best = max(scores, key=lambda name: scores[name])
    if scores[best] <= 0:
        raise unknown_export(archive)
    return best


def sureness(source: str, archive: Archive) -> float:
    reader: Source = SOURCES[source]()
    return reader.sniff(archive)


def unknown_export(archive: Archive, known: tuple[str, ...] = ()) -> UnknownExport:
    """What was looked at and what was expected, without a word of what is inside."""
    packed = all(name.lower().endswith(".zip") or is_packed(name) for name in archive.names)
    if archive.names and packed and not known:
        return UnknownExport(f"« {archive.name} » ne contient que d'autres archives.", UNPACK_FIRST)
    if known:
        expected = " ; ".join(SOURCES[name]().expects for name in known)
        mend = f"Attendu : {expected}."
    else:
        example, names = SOURCES["whatsapp"]().expects, ", ".join(SOURCES)
        mend = f"Attendu, par exemple : {example}. Au besoin, --source NOM parmi : {names}."
    return UnknownExport(f"« {archive.name} » ne ressemble à aucun export connu : {_seen(archive)}.", mend)


def _seen(archive: Archive) -> str:
    """« 54 lignes lues, aucune reconnue »"""
    if not archive.names:
        return "il n'y a rien dedans"
    if len(archive.names) > 1:
        return f"{len(archive.names)} fichiers regardés, aucun reconnu"
    text = read_as(archive.head(archive.names[0]))
    lines = text.count("\n") + 1
    several = "s" * (lines > 1)
    return f"{lines} ligne{several} lue{several}, aucune reconnue" if text else "ce n'est pas du texte"

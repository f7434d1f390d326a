"""What exports bring that is new: each is read once, and compared with the threads known before it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sosie.core.counted import counted
from sosie.core.message import Conversation
from sosie.core.progress import Report
from sosie.importing.same_thread import Renamed, ThreadIndex, fingerprint_of
from sosie.sources.base import Reading
from sosie.sources.files.subset import UnreadFile
from sosie.sources.mixed_exports import MixedExports

Watch = Callable[[Conversation], Conversation]  # the same conversation, its messages observed as they pass


@dataclass(frozen=True, slots=True)
class Added:
    """`added` and `already_there` count messages, not notices; `conversations` counts threads."""

    added: int
    already_there: int
    conversations: int


@counted
@dataclass(frozen=True, slots=True)
class StoredExport:
    """One export of the store, and the thread of each of its conversations."""

    path: Path
    source: str
    size: int  # bytes that its reader reads
    ids: tuple[str, ...]  # of its conversations, as their reader gives them
    threads: tuple[str, ...]  # of the folder, in the same order
    names: tuple[str, ...] | None = None  # the files of the archive that are its own; None for all
    renamed: dict[str, Renamed] = field(default_factory=dict, compare=False)  # by thread
    rewritten: bool = False  # its messages alone, without somebody (rewritten.py)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Exports that were read and are not kept yet: what each app brings, what to store, what stays unread."""

    by_source: dict[str, Added]
    new: tuple[StoredExport, ...]
    unread: tuple[UnreadFile, ...]
    attached: int
    threads: frozenset[str]

    @property
    def total(self) -> Added:
        parts = self.by_source.values()
        return Added(sum(p.added for p in parts), sum(p.already_there for p in parts), len(self.threads))


def unwatched(conversation: Conversation) -> Conversation:
    """A watch that observes nothing."""
    return conversation


class NewMessages:
    """Compares one export after another with the known threads, and with the exports before it."""

    def __init__(self, index: ThreadIndex, watch: Watch, report: Report) -> None:
        self._index, self._watch, self._report = index, watch, report
        self._sums: dict[str, Counter[str]] = {}
        self._threads: dict[str, set[str]] = {}
        self._new: list[StoredExport] = []
        self._unread: list[UnreadFile] = []
        self._attached = 0

    def add(self, exports: MixedExports) -> None:
        """All exports of one path. Which files belong to which is clear once all were read."""
        read = [(reading, *self._read(reading)) for reading in exports]
        for reading, new, threads_by_id, renamed in read:
            if new:
                path, size = reading.archive.path, reading.log.total
                ids, threads = zip(*threads_by_id, strict=True)
                self._new.append(
                    StoredExport(path, reading.source, size, ids, threads, exports.needed(reading), renamed)
                )
        self._unread += exports.unread
        self._attached += exports.attached

    def _read(self, reading: Reading) -> tuple[int, list[tuple[str, str]], dict[str, Renamed]]:
        """(messages that are new, each conversation's id and its thread, who changed name in which)"""
        threads_by_id: list[tuple[str, str]] = []
        names: dict[str, Renamed] = {}
        sums = self._sums.setdefault(reading.source, Counter())
        before = sums["new"]
        reading.follow(self._report)
        for conversation in map(self._watch, reading):
            content = fingerprint_of(iter(conversation.messages), conversation.source)
            thread, renamed = self._index.find(conversation, content)
            new, old = self._index.add(thread, content, conversation.group, renamed)
            sums["new"] += new
            sums["old"] += old
            threads_by_id.append((conversation.id, thread))
            if renamed:
                names[thread] = renamed
        self._threads.setdefault(reading.source, set()).update(thread for _, thread in threads_by_id)
        return sums["new"] - before, threads_by_id, names

    def plan(self) -> ImportPlan:
        return ImportPlan(
            {
                source: Added(sums["new"], sums["old"], len(self._threads[source]))
                for source, sums in self._sums.items()
                if self._threads[source]
            },
            tuple(self._new),
            tuple(self._unread),
            self._attached,
            frozenset(thread for threads in self._threads.values() for thread in threads),
        )

"""Messages that wait on the disk, until what they belong with has been read.

    spool.add("léa", message), spool.add("groupe", message), ...   many threads, in the order of the file
    spool.take("léa")                                              one thread, in the order of time

    kept = SpooledMessages(file, conversation.messages)            reads them all
    for message in kept: ...                                       gives them back in order, as often as asked

What is held of a message is 24 bytes or less; the words lie in a file without a name, which no other process
can open and which is gone with this one.
"""

import marshal
import os
import pickle
import tempfile
import weakref
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

from sosie.core.message import Message
from sosie.core.workspace import full_disk_told
from sosie.sources.values.timestamps import EPOCH

ENOUGH = 16 << 20  # bytes that may wait in memory
_PAGE = 500  # messages of a thread that are written and read at a time
_MICROSECOND = timedelta(microseconds=1)
_FIELDS = [name for name in Message.__dataclass_fields__ if name != "at"]


class UnnamedFile:
    """Bytes at the end of a temporary file that is made when first needed. NoRoom where the disk is full."""

    def __init__(self) -> None:
        self.size = 0
        self._file = -1

    def append(self, record: bytes | bytearray) -> int:
        """Where the record begins."""
        start = self.size
        with full_disk_told():
            if self._file < 0:
                with tempfile.TemporaryFile() as unnamed:
                    self._file = os.dup(unnamed.fileno())
                weakref.finalize(self, os.close, self._file)
            view = memoryview(record)
            while view:
                written = os.pwrite(self._file, view, self.size)
                self.size += written
                view = view[written:]
        return start

    def read(self, start: int, size: int) -> bytes:
        return os.pread(self._file, size, start)


@dataclass(slots=True)
class _Positions:
    """Where the messages of a thread lie, and when they were sent, in microseconds."""

    times: "array[int]" = field(default_factory=lambda: array("q"))
    starts: "array[int]" = field(default_factory=lambda: array("q"))
    sizes: "array[int]" = field(default_factory=lambda: array("q"))

    def order(self) -> Iterable[int]:
        """Indexes by time; those without a time stay behind what came before them."""
        indexes = range(len(self.times))
        ordered = all(self.times[i] <= self.times[i + 1] for i in indexes[:-1])
        return indexes if ordered else sorted(indexes, key=self.times.__getitem__)


class MessageSpool:
    """`add`, then `take`. Times must be aware, or None."""

    def __init__(self) -> None:
        self.threads: dict[str, _Positions] = {}
        self._waiting = bytearray()
        self._file = UnnamedFile()

    def add(self, thread: str, message: Message) -> None:
        positions = self.threads.setdefault(thread, _Positions())
        time = (message.at - EPOCH) // _MICROSECOND if message.at else None
        record = marshal.dumps((time, *(getattr(message, name) for name in _FIELDS)))
        positions.times.append(time if time is not None else (positions.times[-1] if positions.times else 0))
        positions.starts.append(self._file.size + len(self._waiting))
        positions.sizes.append(len(record))
        self._waiting += record
        if len(self._waiting) > ENOUGH:
            self._file.append(self._waiting)
            self._waiting = bytearray()

    def join(self, thread: str, other: str) -> None:
        """What was in `other` is in `thread`."""
        if thread != other and (gone := self.threads.pop(other, None)):
            positions = self.threads.setdefault(thread, _Positions())
            for name in ("times", "starts", "sizes"):
                getattr(positions, name).extend(getattr(gone, name))

    def take(self, thread: str, rename: Callable[[str], str] = str) -> Iterator[Message]:
        """The messages of a thread; `rename` names the authors that were not known before the end."""
        positions = self.threads[thread]
        for index in positions.order():
            record = self._read(positions.starts[index], positions.sizes[index])
            time, identity, author, text, *others = marshal.loads(record)
            at = None if time is None else EPOCH + time * _MICROSECOND
            yield Message(identity, rename(author) if author else "", text, at, *others)

    def _read(self, start: int, size: int) -> bytes | bytearray:
        if start >= self._file.size:
            return self._waiting[start - self._file.size : start - self._file.size + size]
        return self._file.read(start, size)


class SpooledMessages:
    """The messages of one thread in pages, each at (start, size) of a file that many threads share."""

    def __init__(self, file: UnnamedFile, messages: Iterable[Message]) -> None:
        self._file, self._pages = file, list[tuple[int, int]]()
        left = iter(messages)
        while page := list(islice(left, _PAGE)):
            record = pickle.dumps(page, pickle.HIGHEST_PROTOCOL)
            self._pages.append((file.append(record), len(record)))

    def __iter__(self) -> Iterator[Message]:
        for index in self._pages:
            page: list[Message] = pickle.loads(self._file.read(*index))
            yield from page

"""Messages of many threads that an export has pell-mell, given back thread by thread in time order.

    spool.add("léa", message), spool.add("groupe", message), ...   in the order of the file
    spool.take("léa")                                              one pass, oldest first, equals as they came

What it holds a message is 24 bytes; the words wait in memory while they are few, then in a file without a
name, which nobody else can open and which is gone with the process.
"""

import marshal
import os
import tempfile
import weakref
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from sosie.core.message import Message
from sosie.core.workspace import full_disk_told
from sosie.sources.values.timestamps import EPOCH

ENOUGH = 16 << 20  # bytes that may wait in memory
MICROSECOND = timedelta(microseconds=1)
KEPT = [name for name in Message.__dataclass_fields__ if name != "at"]


@dataclass(slots=True)
class Places:
    """Where the messages of a thread lie, and when they were sent, in microseconds."""

    times: "array[int]" = field(default_factory=lambda: array("q"))
    starts: "array[int]" = field(default_factory=lambda: array("q"))
    sizes: "array[int]" = field(default_factory=lambda: array("q"))

    def order(self) -> Iterable[int]:
        """Indexes by time; those without a time stay behind what came before them."""
        indexes = range(len(self.times))
        ordered = all(self.times[i] <= self.times[i + 1] for i in indexes[:-1])
        return indexes if ordered else sorted(indexes, key=self.times.__getitem__)


class Spool:
    """`add`, then `take`. Times must be aware, or None."""

    def __init__(self) -> None:
        self.threads: dict[str, Places] = {}
        self._waiting = bytearray()
        self._written = 0
        self._file = -1

    def add(self, thread: str, message: Message) -> None:
        places = self.threads.setdefault(thread, Places())
        time = (message.at - EPOCH) // MICROSECOND if message.at else None
        record = marshal.dumps((time, *(getattr(message, name) for name in KEPT)))
        places.times.append(time if time is not None else (places.times[-1] if places.times else 0))
        places.starts.append(self._written + len(self._waiting))
        places.sizes.append(len(record))
        self._waiting += record
        if len(self._waiting) > ENOUGH:
            self._write()

    def join(self, thread: str, other: str) -> None:
        """What was in `other` is in `thread`."""
        if thread != other and (gone := self.threads.pop(other, None)):
            places = self.threads.setdefault(thread, Places())
            for name in ("times", "starts", "sizes"):
                getattr(places, name).extend(getattr(gone, name))

    def take(self, thread: str, rename: Callable[[str], str] = str) -> Iterator[Message]:
        """The messages of a thread; `rename` names the authors that were not known before the end."""
        places = self.threads[thread]
        for place in places.order():
            record = self._read(places.starts[place], places.sizes[place])
            time, identity, author, text, *others = marshal.loads(record)
            at = None if time is None else EPOCH + time * MICROSECOND
            yield Message(identity, rename(author) if author else "", text, at, *others)

    def _write(self) -> None:
        with full_disk_told():
            if self._file < 0:
                with tempfile.TemporaryFile() as unnamed:
                    self._file = os.dup(unnamed.fileno())
                weakref.finalize(self, os.close, self._file)
            os.lseek(self._file, 0, os.SEEK_END)
            view = memoryview(self._waiting)
            while view:
                view = view[os.write(self._file, view) :]
        self._written += len(self._waiting)
        self._waiting = bytearray()

    def _read(self, start: int, size: int) -> bytes | bytearray:
        if start >= self._written:
            return self._waiting[start - self._written : start - self._written + size]
        os.lseek(self._file, start, os.SEEK_SET)
        return os.read(self._file, size)

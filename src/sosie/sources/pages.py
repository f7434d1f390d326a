"""Messages that wait on the disk, thread by thread, until what they belong with has been read.

    pages = Pages()
    kept = pages.keep(conversation.messages)     reads them all
    for message in kept: ...                     gives them back in their order, as often as asked

The file has no name: nobody else can open it, and it is gone with the process.
"""

import os
import pickle
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from itertools import islice

from sosie.core.message import Message
from sosie.core.workspace import full_disk_told

PAGE = 500  # messages read and written at a time


class Pages:
    """One file for all threads, made when first needed."""

    def __init__(self) -> None:
        self._file = -1
        self._end = 0

    def keep(self, messages: Iterable[Message]) -> "Kept":
        places = []
        left = iter(messages)
        while page := list(islice(left, PAGE)):
            record = pickle.dumps(page, pickle.HIGHEST_PROTOCOL)
            with full_disk_told():
                self._write(record)
            places.append((self._end - len(record), len(record)))
        return Kept(self, places)

    def _write(self, record: bytes) -> None:
        if self._file < 0:
            with tempfile.TemporaryFile() as unnamed:
                self._file = os.dup(unnamed.fileno())
            weakref.finalize(self, os.close, self._file)
        view = memoryview(record)
        while view:
            view = view[os.write(self._file, view) :]
        self._end += len(record)

    def read(self, start: int, size: int) -> list[Message]:
        page: list[Message] = pickle.loads(os.pread(self._file, size, start))
        return page


class Kept:
    """The messages of one thread: (start, size) of each page."""

    def __init__(self, pages: Pages, places: list[tuple[int, int]]) -> None:
        self._pages, self._places = pages, places

    def __iter__(self) -> Iterator[Message]:
        for place in self._places:
            yield from self._pages.read(*place)

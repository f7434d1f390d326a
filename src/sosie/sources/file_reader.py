"""The frame of a source whose export is one or several files, each read by itself.

class Skype(FileReader):
    expects = "un export Skype (messages.json)"
    sureness = 0.96

    def files(self, archive, most=None): ...               # ["messages.json"]
    def conversations(self, archive, name, log): ...       # those of one file
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Message
from sosie.sources.files.archive import Archive

if TYPE_CHECKING:
    from sosie.sources.base import Log

_LOOKED_AT = 50  # files that are looked at to recognise an archive


class FileReader(ABC):
    """A Source. `sureness` is what `sniff` answers where there is a file to read."""

    expects: str
    sureness: float

    @abstractmethod
    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        """The files to read, judged by content; at most `most` candidates where each must be looked into."""

    @abstractmethod
    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        """The conversations of one file."""

    def sniff(self, archive: Archive) -> float:
        return self.sureness if self.files(archive, _LOOKED_AT) else 0.0

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        names = self.files(archive)
        log.total = sum(archive.sizes[name] for name in names)
        for name in names:
            yield from self.conversations(archive, name, log)


def unless_empty(messages: Iterator[Message]) -> Iterator[Message] | None:
    """The same messages; None where there are none, and no conversation either."""
    first = next(messages, None)
    return None if first is None else chain((first,), messages)

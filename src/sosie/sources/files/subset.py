"""Some of the files of an archive, as if they were all of it; and what the names of files tell."""

import os
import posixpath
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO

from sosie.core.counted import counted
from sosie.sources.files.archive import Archive, OnBytes


@counted
@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file that gave no message, and why, in French."""

    file: str
    reason: str


class Subset(Archive):
    """Some of the files of an archive. It notes which were read as messages, not those only looked at."""

    def __init__(self, whole: Archive, names: Iterable[str]) -> None:
        super().__init__(whole.path, {name: whole.sizes[name] for name in names})
        self.name = whole.name
        self.read: set[str] = set()
        self._whole = whole

    def _raw(self, name: str) -> "IO[bytes]":
        return self._whole._raw(name)

    def _limit(self, name: str) -> int | None:
        return self._whole._limit(name)

    @contextmanager
    def open(self, name: str, on_bytes: OnBytes | None = None, longest_line: int = 0) -> Iterator[BinaryIO]:
        if on_bytes:
            self.read.add(name)
        with super().open(name, on_bytes, longest_line) as stream:
            yield stream


def is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def suffix(name: str) -> str:
    return posixpath.splitext(name)[1].lower()


def stem(name: str) -> str:
    return posixpath.splitext(posixpath.basename(name))[0]


def folder_of(name: str) -> str:
    return name.rpartition("/")[0] or "."


def folders_of(name: str) -> set[str]:
    """All the folders a file is in: « a/b/c.txt » -> {".", "a", "a/b"}"""
    parts = name.split("/")[:-1]
    return {".", *("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))}


def common_folder(names: list[str]) -> str:
    """The deepest folder that holds everything, "." for the archive itself."""
    return os.path.commonpath([folder_of(name) for name in names] or ["."]) or "."

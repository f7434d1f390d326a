"""A part of the files of an archive, as if they were all of it; and facts that names of files show."""

import os
import posixpath
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, BinaryIO

from sosie.core.counted import counted
from sosie.core.source_table import SOURCE_ROWS
from sosie.sources.files.archive import Archive, OnBytes

_ATTACHMENT = re.compile(
    r"\.(?:jpe?g|png|gif|webp|heic|heif|bmp|svg|tiff?|mp4|mov|avi|mkv|3gp|webm|m4v|mp3|m4a|aac|ogg|oga|opus|wav"
    r"|amr|flac|caf|pdf|docx?|xlsx?|pptx?|odt|ods|odp|vcf|ics|was|tgs|thumb|css|js|woff2?|ttf|ico)\Z",
    re.IGNORECASE,
)
_SCRIPT_OF_WORDS = re.compile(r"(?:\A|/)(?:direct-messages?[^/]*|account)\.js\Z")  # X's JSON is in scripts
_BESIDE = sorted({name if "." in name else f"{name}.json" for row in SOURCE_ROWS for name in row.beside})
_HOLDS_NAMES = re.compile(rf"(?:{'|'.join(map(re.escape, _BESIDE))})\Z|-(?:wal|shm)\Z")


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


def is_attachment(name: str) -> bool:
    """Whether a file is a medium or a document that was sent, by its ending."""
    return _ATTACHMENT.search(name) is not None and not _SCRIPT_OF_WORDS.search(name)


def holds_names(name: str) -> bool:
    """Whether readers take names from a file beside the messages; or it is the waiting part of a database."""
    return _HOLDS_NAMES.search(name) is not None


def is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def suffix(name: str) -> str:
    return posixpath.splitext(name)[1].lower()


def stem(name: str) -> str:
    return posixpath.splitext(posixpath.basename(name))[0]


def folder_of(name: str) -> str:
    return name.rpartition("/")[0] or "."


def folders_of(name: str) -> frozenset[str]:
    """All the folders a file is in: « a/b/c.txt » -> {".", "a", "a/b"}"""
    return folders_down_to(name.rpartition("/")[0])


@lru_cache(maxsize=1024)  # many files are in one folder, and are asked about again and again
def folders_down_to(folder: str) -> frozenset[str]:
    parts = folder.split("/") if folder else []
    return frozenset([".", *("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))])


def common_folder(names: list[str]) -> str:
    """The deepest folder that holds everything, "." for the archive itself."""
    return os.path.commonpath([folder_of(name) for name in names] or ["."]) or "."

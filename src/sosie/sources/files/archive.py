"""Opens what the user gave: a file, a folder or a zip. Files inside are named by relative paths.

A zip is looked through in zip_members.py before anything of it is read. What is inflated is counted too,
whatever its headers say, and a zip inside a zip is never opened. Not covered: a file that is merely large.
"""

import errno
import io
import os
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, BinaryIO, TextIO

from sosie.core.errors import UnknownExport, UnsafeArchive
from sosie.core.zip_safety import allowance, zip_bomb
from sosie.sources.files.decoding import encoding_of
from sosie.sources.files.packed import refuse_if_packed
from sosie.sources.files.zip_members import (
    MOST_FILES,
    REFUSED,
    damaged_zip,
    export_members,
    hidden,
    too_long,
    too_many_files,
)

HEAD = 1 << 20  # bytes that decide the encoding and the format
_HEADS = 16 * HEAD  # what is held of them: every reader looks at the same ones
LONGEST_LINE = 16 << 20
_BLOCK = 512  # bytes that show what packed a file
_MOST_SHOWN = 200  # characters of a name, in a sentence

OnBytes = Callable[[int], None]


class Archive:
    """Something with files in it, all of them read-only and streamed."""

    def __init__(self, path: Path, sizes: dict[str, int]) -> None:
        self.path = path
        self.name = path.resolve().name
        self.sizes = sizes  # as announced: good for progress, not to be trusted
        self.names = tuple(sizes)
        self._heads: dict[str, bytes] = {}
        self._held = 0  # bytes of them: there may be very many

    def _raw(self, name: str) -> "IO[bytes]":
        return (self.path / name).open("rb") if self.path.is_dir() else self.path.open("rb")

    def _limit(self, name: str) -> int | None:
        """How many bytes may come out of a member; None where nothing is compressed."""
        return None

    @contextmanager
    def open(self, name: str, on_bytes: OnBytes | None = None, longest_line: int = 0) -> Iterator[BinaryIO]:
        """The bytes of one file; `on_bytes` is called with each count of bytes read."""
        guard = Guard(self, self._raw(name), self._limit(name), on_bytes, longest_line)
        with io.BufferedReader(guard, 1 << 17) as stream:
            yield stream

    @contextmanager
    def text(
        self, name: str, on_bytes: OnBytes | None = None, newline: str | None = None
    ) -> Iterator[TextIO]:
        """The lines of one file, in the encoding that its beginning shows; `newline` as in `open`."""
        encoding = encoding_of(self.head(name))
        if encoding is None:
            raise UnknownExport(
                f"« {name} » n'est pas du texte.", "Donnez l'export tel que l'application l'a fait."
            )
        with self.open(name, on_bytes, LONGEST_LINE) as stream:
            yield io.TextIOWrapper(stream, encoding, errors="replace", newline=newline)

    def head(self, name: str) -> bytes:
        """The beginning of a file."""
        if name not in self._heads:
            with self.open(name) as stream:
                found = stream.read(HEAD)
            if self._held + len(found) > _HEADS:
                self._heads.clear()
                self._held = 0
            self._heads[name] = found
            self._held += len(found)
        return self._heads[name]


class ZipArchive(Archive):
    """A zip, whose list of members is read once: it may be long."""

    def __init__(self, path: Path, infos: dict[str, zipfile.ZipInfo]) -> None:
        super().__init__(path, {name: info.file_size for name, info in infos.items()})
        self._infos = infos
        self._on_disk = path.stat().st_size

    @cached_property
    def _zip(self) -> zipfile.ZipFile:
        opened = zipfile.ZipFile(self.path)
        weakref.finalize(self, opened.close)  # also where the collector finds the archive in a circle
        return opened

    def _raw(self, name: str) -> "IO[bytes]":
        try:
            return self._zip.open(self._infos[name])
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError):
            raise damaged_zip(self.name) from None

    def _limit(self, name: str) -> int | None:
        return allowance(self._infos[name], self._on_disk)


class Guard(io.RawIOBase):
    """Lets bytes through, counts them, and turns what goes wrong into a sentence."""

    def __init__(
        self,
        archive: Archive,
        inner: "IO[bytes]",
        limit: int | None,
        on_bytes: OnBytes | None,
        longest_line: int,
    ) -> None:
        self._archive, self._inner, self._limit, self._on_bytes = archive, inner, limit, on_bytes
        self._longest_line = longest_line
        self._passed = self._line = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            data = self._inner.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, EOFError):
            raise damaged_zip(self._archive.name) from None
        self._passed += len(data)
        if self._limit is not None and self._passed > self._limit:
            raise zip_bomb(self._archive.name, REFUSED)
        if self._longest_line:
            self._measure(data)
        if self._on_bytes:
            self._on_bytes(len(data))
        buffer[: len(data)] = data
        return len(data)

    def _measure(self, data: bytes) -> None:
        """A « line » of hundreds of megabytes is no text, and must not fill the memory."""
        end = max(data.rfind(b"\n"), data.rfind(b"\r"))
        self._line = len(data) - end - 1 if end >= 0 else self._line + len(data)
        if self._line > self._longest_line:
            raise UnknownExport(
                f"« {self._archive.name} » n'est pas fait de lignes de texte.",
                "Donnez l'export tel que l'application l'a fait.",
            )

    def close(self) -> None:
        self._inner.close()
        super().close()


def open_archive(path: Path) -> Archive:
    """The archive at `path`; UnknownExport or UnsafeArchive where it must not or cannot be opened."""
    kind = _kind(path)
    if kind == "folder":
        return Archive(path, _folder(path))
    if kind != "file":
        raise UnknownExport(
            f"« {path.name[:_MOST_SHOWN]} » n'existe pas, ou n'est pas un fichier.",
            "Vérifiez le chemin donné.",
        )
    if path.stat().st_size == 0:
        raise UnknownExport(f"« {path.name} » est vide.", "Refaites l'export depuis l'application.")
    with path.open("rb") as file:
        head = file.read(_BLOCK)
    if head[:4] in (b"PK\3\4", b"PK\5\6", b"PK\7\x08"):
        return ZipArchive(path, export_members(path))
    refuse_if_packed(path.name, head)
    return Archive(path, {path.name: path.stat().st_size})


def _kind(path: Path) -> str:
    """ "folder", "file", or "" for what is neither, or has a name that no disk could hold."""
    try:
        return "folder" if path.is_dir() else "file" if path.is_file() else ""
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        return ""


def _folder(path: Path) -> dict[str, int]:
    """The files of a folder by relative name, in order. Hidden ones are not part of an export."""
    sizes: dict[str, int] = {}
    for folder, folders, files in os.walk(path, onerror=_raise):
        inside = folder[len(str(path)) :]
        folders[:] = [] if too_long(inside) else sorted(name for name in folders if not hidden(name))
        for name in [*folders, *sorted(files)]:
            full = Path(folder, name)
            if full.is_symlink():
                raise UnsafeArchive(
                    f"Le dossier « {path.resolve().name} » contient un lien vers ailleurs.",
                    "Remplacez le lien par le fichier lui-même, ou ôtez-le.",
                )
            if full.is_file() and not hidden(name):
                sizes[full.relative_to(path).as_posix()] = full.stat().st_size
        if len(sizes) > MOST_FILES:
            raise too_many_files(path.resolve().name)
    return sizes


def _raise(error: OSError) -> None:
    raise error

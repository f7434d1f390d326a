"""Opens what the user gave: a file, a folder or a zip. Files inside are named by relative paths.

Refused before anything is read: names that climb out (`../x`, `/x`, `C:\\x`), links, encrypted zips, members
that would inflate out of proportion. What is inflated is counted too, whatever the headers say; a zip inside
a zip is never opened. Not covered: a file that is merely large.
"""

import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, TextIO

from sosie.core.errors import SosieError, UnknownExport, UnsafeArchive
from sosie.sources.decoding import encoding_of

HEAD = 1 << 20  # bytes that tell the encoding and the format
MOST_FILES = 200_000
SMALL = 64 << 20  # what may always be inflated
RATIO = 200  # beyond that, at most so many times what is on the disk; chats reach 10 to 15
LONGEST_LINE = 16 << 20
LIFTED = 0x800  # zip flag: the name is UTF-8
ENCRYPTED = 0x1

Told = Callable[[int], None]


class Archive:
    """Something with files in it, all of them read-only and streamed."""

    def __init__(self, path: Path, sizes: dict[str, int]) -> None:
        self.path = path
        self.name = path.resolve().name
        self.sizes = sizes  # as announced: good for progress, not to be trusted
        self._heads: dict[str, bytes] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.sizes)

    def _raw(self, name: str) -> "IO[bytes]":
        return (self.path / name).open("rb") if self.path.is_dir() else self.path.open("rb")

    def _limit(self, name: str) -> int | None:
        """How many bytes may come out of a member; None where nothing is compressed."""
        return None

    @contextmanager
    def open(self, name: str, told: Told | None = None, longest_line: int = 0) -> Iterator[BinaryIO]:
        """The bytes of one file; `told` hears how many were read."""
        guard = Guard(self, self._raw(name), self._limit(name), told, longest_line)
        with io.BufferedReader(guard, 1 << 17) as stream:
            yield stream

    @contextmanager
    def text(self, name: str, told: Told | None = None) -> Iterator[TextIO]:
        """The lines of one file, in the encoding that its beginning shows."""
        encoding = encoding_of(self.head(name))
        if encoding is None:
            raise UnknownExport(
                f"« {name} » n'est pas du texte.", "Donnez l'export tel que l'application l'a fait."
            )
        with self.open(name, told, LONGEST_LINE) as stream:
            yield io.TextIOWrapper(stream, encoding, errors="replace")

    def head(self, name: str) -> bytes:
        """The beginning of a file."""
        if name not in self._heads:
            if len(self._heads) >= 16:
                self._heads.clear()
            with self.open(name) as stream:
                self._heads[name] = stream.read(HEAD)
        return self._heads[name]


class ZipArchive(Archive):
    """A zip, whose list of members is read once: it may be long."""

    def __init__(self, path: Path, members: dict[str, zipfile.ZipInfo]) -> None:
        super().__init__(path, {name: info.file_size for name, info in members.items()})
        self._members = members

    @cached_property
    def _zip(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(self.path)  # closes itself when nobody holds the archive any more

    def _raw(self, name: str) -> "IO[bytes]":
        try:
            return self._zip.open(self._members[name])
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError):
            raise broken(self.name) from None

    def _limit(self, name: str) -> int | None:
        return allowance(self._members[name], self.path)


class Guard(io.RawIOBase):
    """Lets bytes through, counts them, and turns what goes wrong into a sentence."""

    def __init__(
        self, archive: Archive, inner: "IO[bytes]", limit: int | None, told: Told | None, longest_line: int
    ) -> None:
        self._archive, self._inner, self._limit, self._told = archive, inner, limit, told
        self._longest_line = longest_line
        self._passed = self._line = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            data = self._inner.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, EOFError):
            raise broken(self._archive.name) from None
        self._passed += len(data)
        if self._limit is not None and self._passed > self._limit:
            raise bomb(self._archive.name)
        if self._longest_line:
            self._measure(data)
        if self._told:
            self._told(len(data))
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
    if path.is_dir():
        return Archive(path, _folder(path))
    if not path.is_file():
        raise UnknownExport(
            f"« {path.name} » n'existe pas, ou n'est pas un fichier.", "Vérifiez le chemin donné."
        )
    if path.stat().st_size == 0:
        raise UnknownExport(f"« {path.name} » est vide.", "Refaites l'export depuis l'application.")
    with path.open("rb") as file:
        zipped = file.read(4) in (b"PK\3\4", b"PK\5\6", b"PK\7\x08")
    return ZipArchive(path, _members(path)) if zipped else Archive(path, {path.name: path.stat().st_size})


def _folder(path: Path) -> dict[str, int]:
    """The files of a folder by relative name, in order. Hidden ones are not part of an export."""
    sizes: dict[str, int] = {}
    for folder, folders, files in os.walk(path, onerror=_raise):
        folders[:] = sorted(name for name in folders if not hidden(name))
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
            raise too_many(path.resolve().name)
    return sizes


def _raise(error: OSError) -> None:
    raise error


def _members(path: Path) -> dict[str, zipfile.ZipInfo]:
    """The files of a zip by repaired name, each of them found safe to open."""
    try:
        with zipfile.ZipFile(path) as opened:
            infos = [info for info in opened.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
        raise broken(path.name) from None
    if len(infos) > MOST_FILES:
        raise too_many(path.name)
    members = {}
    for info in infos:
        name = true_name(info)
        _refuse_if_unsafe(path, name, info)
        if not any(hidden(part) for part in PurePosixPath(name).parts):
            members[name] = info
    return members


def _refuse_if_unsafe(path: Path, name: str, info: zipfile.ZipInfo) -> None:
    mend = "Refusé par prudence : refaites l'export depuis l'application."
    if name.startswith("/") or ".." in name.split("/") or re.match("[A-Za-z]:", name):
        raise UnsafeArchive(f"« {path.name} » contient un fichier qui se rangerait hors de l'archive.", mend)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnsafeArchive(f"« {path.name} » contient un lien vers ailleurs.", mend)
    if info.flag_bits & ENCRYPTED:
        raise UnsafeArchive(
            f"« {path.name} » est protégé par un mot de passe.",
            "Ouvrez-le vous-même, puis donnez le dossier obtenu.",
        )
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnsafeArchive(
            f"« {path.name} » est compressé d'une façon qu'aucun téléphone n'emploie.",
            "Ouvrez-le vous-même, puis donnez le dossier obtenu.",
        )
    if info.file_size > allowance(info, path):
        raise bomb(path.name)


def allowance(info: zipfile.ZipInfo, path: Path) -> int:
    """How much a member may inflate to, from what it really takes on the disk."""
    return max(SMALL, RATIO * min(info.compress_size, path.stat().st_size))


def true_name(info: zipfile.ZipInfo) -> str:
    """A member's name. Many phones write UTF-8 and forget to say so; zipfile then reads it as cp437.

    "Discussion WhatsApp avec Zo├⌐.txt" -> "Discussion WhatsApp avec Zoé.txt"
    """
    name = info.filename
    if not info.flag_bits & LIFTED:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename  # it was cp437 indeed
    return name.replace("\\", "/")


def hidden(name: str) -> bool:
    return name.startswith(".") and name != ".." or name == "__MACOSX"


def broken(name: str) -> SosieError:
    return UnknownExport(
        f"« {name} » est une archive abîmée ou incomplète.", "Copiez-la de nouveau, ou refaites l'export."
    )


def bomb(name: str) -> SosieError:
    return UnsafeArchive(
        f"« {name} » se déplie en une taille démesurée.",
        "Refusé par prudence : refaites l'export depuis l'application.",
    )


def too_many(name: str) -> SosieError:
    return UnknownExport(
        f"« {name} » contient trop de fichiers pour être un export.", "Donnez le fichier lui-même."
    )

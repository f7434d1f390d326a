"""A zip of our own: files that are all foreseen, each with its sha256; the same content, the same bytes.

 write(path, {"double/double.json": b"...", "double/adapter_model.safetensors": Path(...)})
 unpack(path, {r"double/double\\.json": 1 << 20, ...}, folder)     every file of it, or a sentence

Members are stored, not compressed: nothing depends on a version of zlib. A zip that somebody unpacked and
packed again, or gives as a folder, is read too. Refused: a name that is not foreseen, written twice, or not
in SHA256SUMS; more bytes than foreseen; another content than announced; and what zip_safety.py refuses.
"""

import errno
import hashlib
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from io import BytesIO, FileIO
from pathlib import Path
from typing import IO, NamedTuple

from sosie.core.digests import sha256_of
from sosie.core.errors import BadData, SosieError, UnsafeArchive
from sosie.core.workspace import full_disk_told, own_file, whole
from sosie.core.zip_safety import Listed, allowance, refuse_if_unsafe

SUMS = "SHA256SUMS"  # as sha256sum writes it: « 64 hex digits, two spaces, name »
LINE = re.compile(r"([0-9a-f]{64})  (\S+)")
MOST_FILES = 64
MOST_SUMS = 1 << 16  # bytes
BLOCK = 1 << 20
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can tell
MEND = "Reprenez le fichier tel que sosie l'a fait."

Limits = Mapping[str, int]  # a name as a regular expression -> the most bytes such a file may have


def write(path: Path, files: Mapping[str, bytes | Path], mode: int = 0o600) -> str:
    """A zip of these files and their sums, whole or not at all; gives the sha256 of the sums."""
    with whole(path, mode) as draft, draft.open("wb") as file:
        return pack(file, files)


def pack(target: IO[bytes], files: Mapping[str, bytes | Path]) -> str:
    """The same where no file may hold it."""
    named = dict(sorted(files.items()))
    sums = "".join(f"{sha256_of(content)}  {name}\n" for name, content in named.items())
    with zipfile.ZipFile(target, "w") as zipped:
        for name, content in {SUMS: sums.encode(), **named}.items():
            add(zipped, name, content)
    return sha256_of(sums.encode())


def add(zipped: zipfile.ZipFile, name: str, content: bytes | Path) -> None:
    """One member, without the day, the machine or the person in it."""
    info = zipfile.ZipInfo(name, LONG_AGO)
    info.create_system, info.external_attr = 3, 0o100644 << 16
    if isinstance(content, bytes):
        zipped.writestr(info, content)
        return
    info.file_size = content.stat().st_size
    with content.open("rb") as source, zipped.open(info, "w") as target:
        shutil.copyfileobj(source, target, BLOCK)


class Member(NamedTuple):
    size: int  # as announced
    open: Callable[[], IO[bytes]]


def unpack(path: Path, limits: Limits, folder: Path, zipped: bytes | None = None) -> tuple[str, ...]:
    """Every file of the parcel in `folder`; their names. BadData or UnsafeArchive, and nothing to keep.

    `zipped` is the parcel itself where it is in memory; `path` is then only what it is called.
    """
    with members(path, zipped) as found:
        sums = read_sums(path.name, found.pop(SUMS, None))
        if missing := sorted(sums.keys() - found.keys()):
            raise BadData(f"Il manque « {missing[0]} » dans « {path.name} ».", MEND)
        for name, member in sorted(found.items()):
            most = next((most for shape, most in limits.items() if re.fullmatch(shape, name)), None)
            if most is None or name not in sums:
                raise unforeseen(path.name)
            if member.size > most:
                raise too_large(path.name)
            place(path.name, member, folder / name, most, sums[name])
    return tuple(sorted(found))


def place(archive: str, member: Member, target: Path, most: int, expected: str) -> None:
    """One file out of the parcel: its bytes counted and summed while they come, whatever was announced."""
    hasher, left = hashlib.sha256(), most
    with full_disk_told(), damage_told(archive), member.open() as source, own_file(target).open("wb") as file:
        while block := source.read(BLOCK):
            left -= len(block)
            if left < 0:
                raise too_large(archive)
            hasher.update(block)
            file.write(block)
    if hasher.hexdigest() != expected:
        raise broken(archive)


def read_sums(archive: str, member: Member | None) -> dict[str, str]:
    """SHA256SUMS by name."""
    if member is None:
        raise BadData(f"« {archive} » n'a pas été fait par sosie : il y manque « {SUMS} ».", MEND)
    with damage_told(archive), member.open() as file:
        lines = file.read(MOST_SUMS).decode("ascii", "replace").splitlines()
    found = [LINE.fullmatch(line) for line in lines]
    if not found or not all(found):
        raise broken(archive)
    return {match[2]: match[1] for match in found if match}


@contextmanager
def members(path: Path, content: bytes | None = None) -> Iterator[dict[str, Member]]:
    """The files of a zip (the one at `path`, or `content`) or of a folder, by name, each safe to open."""
    if content is None and path.is_dir():
        yield in_folder(path)
        return
    on_disk = path.stat().st_size if content is None else len(content)
    with damage_told(path.name):
        if content is None:
            with Listed(path, MOST_FILES) as list_, zipfile.ZipFile(list_):
                pass  # not crowded
        zipped = zipfile.ZipFile(path if content is None else BytesIO(content))
    with zipped:
        # Not is_dir(): it fails on a name that a damaged list says is empty.
        infos = [info for info in zipped.infolist() if not info.filename.endswith("/")]
        if len(infos) > MOST_FILES or len({info.filename for info in infos}) < len(infos):
            raise unforeseen(path.name)
        for info in infos:
            refuse_if_unsafe(path.name, info.filename, info, MEND)
            if info.file_size > allowance(info, on_disk):
                raise too_large(path.name)
        yield {info.filename: Member(info.file_size, partial(zipped.open, info)) for info in infos}


def in_folder(folder: Path) -> dict[str, Member]:
    found: dict[str, Member] = {}
    for path in folder.rglob("*"):
        if path.is_symlink():
            raise UnsafeArchive(f"« {folder.name} » contient un lien vers ailleurs.", MEND)
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            found[name] = Member(path.stat().st_size, partial(FileIO, path))
        if len(found) > MOST_FILES:
            raise unforeseen(folder.name)
    return found


@contextmanager
def damage_told(archive: str) -> Iterator[None]:
    """What zipfile raises of a damaged file, as a sentence."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
        raise broken(archive) from None
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place before the file's beginning, where a member is said to be
            raise
        raise broken(archive) from None


def broken(archive: str) -> SosieError:
    return BadData(f"« {archive} » est abîmé ou incomplet.", "Copiez-le ou téléchargez-le de nouveau.")


def unforeseen(archive: str) -> SosieError:
    return UnsafeArchive(f"« {archive} » contient un fichier qui n'a rien à y faire.", MEND)


def too_large(archive: str) -> SosieError:
    return UnsafeArchive(f"« {archive} » contient un fichier d'une taille démesurée.", MEND)

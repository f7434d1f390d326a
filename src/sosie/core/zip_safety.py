"""What makes a zip, or a member of it, dangerous, whatever the zip is for.

    safe_members(path, most=64, mend="Refaites l'export.")   # UnsafeArchive before 65 members are parsed
    -> {"_chat.txt": ZipInfo(...)}

Refused: names that climb out (`../x`, `/x`, `C:\\x`), links, encrypted members, and compressions other than
the two that everybody writes, and members that would inflate out of proportion, alone or together. What is
announced may be false: whoever reads a member stops it at its `allowance`.
"""

import io
import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

from sosie.core.errors import UnsafeArchive

ENCRYPTED = 0x1
ENTRY = b"PK\1\2"  # begins each line of a zip's list
MOST_LIST = 64 << 20  # bytes of such a list: 200 000 long names
FEW = 1 << 17  # bytes that cost nothing to parse; where there is a comment, zipfile reads as much of the end
SMALL = 64 << 20  # what may always be inflated
RATIO = 200  # beyond that, at most so many times what is on the disk; chats reach 10 to 15


class Listed(io.FileIO):
    """A zip whose list is read by zipfile in one piece: its entries are counted before they are parsed.

    What its end record says of their number is not asked: zipfile does not obey it either.
    """

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(path)
        self._path, self._most = path, most

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(0, self._path.stat().st_size - self.tell())
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted > MOST_LIST:
            raise crowded(self._path.name)
        found = super().read(wanted) or b""
        if len(found) > FEW and found.count(ENTRY) > self._most:
            raise crowded(self._path.name)
        return found


def safe_members(
    path: Path, most: int, mend: str, name_of: Callable[[zipfile.ZipInfo], str] = lambda info: info.filename
) -> dict[str, zipfile.ZipInfo]:
    """The files of a zip by name, each found safe to open; zipfile's own errors where it is damaged."""
    with Listed(path, most) as file, zipfile.ZipFile(file) as opened:
        infos = [info for info in opened.infolist() if info.filename and not info.is_dir()]
    on_disk = path.stat().st_size
    if sum(info.file_size for info in infos) > inflated(on_disk):
        raise zip_bomb(path.name, mend)  # members may lie over one another on the disk
    found = {}
    for info in infos:
        name = name_of(info)
        refuse_if_unsafe(path.name, name, info, mend)
        if info.file_size > allowance(info, on_disk):
            raise zip_bomb(path.name, mend)
        found[name] = info
    return found


def zip_bomb(archive: str, mend: str) -> UnsafeArchive:
    return UnsafeArchive(f"« {archive} » se déplie en une taille démesurée.", mend)


def crowded(archive: str) -> UnsafeArchive:
    return UnsafeArchive(
        f"« {archive} » contient trop de fichiers pour ce qu'il doit être.",
        "Ouvrez-le vous-même, et donnez seulement ce qu'il faut.",
    )


def refuse_if_unsafe(archive: str, name: str, info: zipfile.ZipInfo, mend: str) -> None:
    """UnsafeArchive where a member must not be opened; `mend` is what to do about one that was forged."""
    if name.startswith("/") or ".." in name.split("/") or re.match("[A-Za-z]:", name):
        raise UnsafeArchive(f"« {archive} » contient un fichier qui se rangerait hors de l'archive.", mend)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnsafeArchive(f"« {archive} » contient un lien vers ailleurs.", mend)
    if info.flag_bits & ENCRYPTED:
        raise UnsafeArchive(
            f"« {archive} » est protégé par un mot de passe.",
            "Ouvrez-le vous-même, puis donnez le dossier obtenu.",
        )
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnsafeArchive(
            f"« {archive} » est compressé d'une façon que sosie n'ouvre pas.",
            "Ouvrez-le vous-même, puis donnez le dossier obtenu.",
        )


def inflated(on_disk: int) -> int:
    """How much so many bytes of a zip may inflate to."""
    return max(SMALL, RATIO * on_disk)


def allowance(info: zipfile.ZipInfo, on_disk: int) -> int:
    """How much a member may inflate to, from what it can really take on the disk."""
    return inflated(min(info.compress_size, on_disk))

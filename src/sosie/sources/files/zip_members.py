"""The files of a zip, each found safe to open before anything is read.

Refused: what core/zip_safety.py refuses, members that would inflate out of proportion, alone or together, and
more than 200 000 files. Left out: names that no disk would take.
"""

import zipfile
import zlib
from pathlib import Path

from sosie.core.errors import SosieError, UnknownExport, UnsafeArchive
from sosie.core.zip_safety import Listed, allowance, inflated, refuse_if_unsafe

MOST_FILES = 200_000
_DEEPEST, _LONGEST_NAME = 50, 1000  # folders in one another, signs; exports have ten, and two hundred
_LIFTED = 0x800  # zip flag: the name is UTF-8
_REFUSED = "Refusé par prudence : refaites l'export depuis l'application."


def safe_members(path: Path) -> dict[str, zipfile.ZipInfo]:
    """The files of a zip by repaired name, each of them found safe to open."""
    try:
        with Listed(path, MOST_FILES) as file, zipfile.ZipFile(file) as opened:
            infos = [info for info in opened.infolist() if info.filename and not info.is_dir()]
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
        raise damaged_zip(path.name) from None
    on_disk = path.stat().st_size
    if sum(info.file_size for info in infos) > inflated(on_disk):
        raise zip_bomb(path.name)  # members may lie over one another on the disk
    found = {}
    for info in infos:
        name = _true_name(info)
        refuse_if_unsafe(path.name, name, info, _REFUSED)
        if info.file_size > allowance(info, on_disk):
            raise zip_bomb(path.name)
        if not too_long(name) and not any(map(hidden, name.split("/"))):
            found[name] = info
    return found


def too_long(name: str) -> bool:
    """Whether all the folders of such a name would cost more than they are worth."""
    return len(name) > _LONGEST_NAME or name.count("/") > _DEEPEST


def _true_name(info: zipfile.ZipInfo) -> str:
    """A member's name. Many phones write UTF-8 and forget to say so; zipfile then reads it as cp437.

    "Discussion WhatsApp avec Zo├⌐.txt" -> "Discussion WhatsApp avec Zoé.txt"
    """
    name = info.filename
    if not info.flag_bits & _LIFTED:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename  # it was cp437 indeed
    return name.replace("\\", "/")


def hidden(name: str) -> bool:
    return name.startswith(".") and name != ".." or name == "__MACOSX"


def damaged_zip(name: str) -> SosieError:
    return UnknownExport(
        f"« {name} » est une archive abîmée ou incomplète.", "Copiez-la de nouveau, ou refaites l'export."
    )


def zip_bomb(name: str) -> SosieError:
    return UnsafeArchive(
        f"« {name} » se déplie en une taille démesurée.",
        _REFUSED,
    )


def too_many_files(name: str) -> SosieError:
    return UnknownExport(
        f"« {name} » contient trop de fichiers pour être un export.", "Donnez le fichier lui-même."
    )

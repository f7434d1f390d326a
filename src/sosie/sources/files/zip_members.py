"""The files of a zip, each found safe to open before anything is read.

Refused: what core/zips.py refuses, members that would inflate out of proportion, alone or together, and more
than 200 000 files.
"""

import zipfile
import zlib
from pathlib import Path, PurePosixPath

from sosie.core.errors import SosieError, UnknownExport, UnsafeArchive
from sosie.core.zip_safety import allowance, inflated, refuse_if_unsafe

MOST_FILES = 200_000
LIFTED = 0x800  # zip flag: the name is UTF-8
REFUSED = "Refusé par prudence : refaites l'export depuis l'application."


def members(path: Path) -> dict[str, zipfile.ZipInfo]:
    """The files of a zip by repaired name, each of them found safe to open."""
    try:
        with zipfile.ZipFile(path) as opened:
            infos = [info for info in opened.infolist() if info.filename and not info.is_dir()]
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
        raise broken(path.name) from None
    if len(infos) > MOST_FILES:
        raise too_many(path.name)
    on_disk = path.stat().st_size
    if sum(info.file_size for info in infos) > inflated(on_disk):
        raise bomb(path.name)  # members may lie over one another on the disk
    found = {}
    for info in infos:
        name = true_name(info)
        refuse_if_unsafe(path.name, name, info, REFUSED)
        if info.file_size > allowance(info, on_disk):
            raise bomb(path.name)
        if not any(hidden(part) for part in PurePosixPath(name).parts):
            found[name] = info
    return found


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
        REFUSED,
    )


def too_many(name: str) -> SosieError:
    return UnknownExport(
        f"« {name} » contient trop de fichiers pour être un export.", "Donnez le fichier lui-même."
    )

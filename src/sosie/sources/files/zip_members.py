"""The files of an export's zip, by the names that they were meant to have.

Refused: what core/zip_safety.py refuses, and more than 200 000 files. Left out: hidden files, and names that
no disk would take.
"""

import zipfile
import zlib
from pathlib import Path

from sosie.core.errors import SosieError, UnknownExport
from sosie.core.zip_safety import safe_members

MOST_FILES = 200_000
_DEEPEST, _LONGEST_NAME = 50, 1000  # folders in one another, characters; exports have ten, and two hundred
_LIFTED = 0x800  # zip flag: the name is UTF-8
REFUSED = "Refusé par prudence : refaites l'export depuis l'application."


def export_members(path: Path) -> dict[str, zipfile.ZipInfo]:
    """The files of a zip by repaired name, each of them found safe to open."""
    try:
        found = safe_members(path, MOST_FILES, REFUSED, _true_name)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
        raise damaged_zip(path.name) from None
    return {
        name: info
        for name, info in found.items()
        if not too_long(name) and not any(map(hidden, name.split("/")))
    }


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


def too_many_files(name: str) -> SosieError:
    return UnknownExport(
        f"« {name} » contient trop de fichiers pour être un export.", "Donnez le fichier lui-même."
    )

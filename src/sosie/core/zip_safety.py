"""What makes a member of a zip dangerous, whatever the zip is for.

Refused: names that climb out (`../x`, `/x`, `C:\\x`), links, encrypted members, and compressions other than
the two that everybody writes. `allowance` tells how far a member may inflate: its reader refuses the rest.
"""

import re
import stat
import zipfile

from sosie.core.errors import UnsafeArchive

ENCRYPTED = 0x1
SMALL = 64 << 20  # what may always be inflated
RATIO = 200  # beyond that, at most so many times what is on the disk; chats reach 10 to 15


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

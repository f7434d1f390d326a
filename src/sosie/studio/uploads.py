"""The one way in for files: into private/page/, 0700, until they are imported, given up or the page closes.

    save(workspace, "Discussion WhatsApp avec Malo.zip", chunks)  ->  private/page/Discussion WhatsApp….zip

A name is kept for its look only: each of its parts is made harmless, and no file takes another's place.
What is inside is the importers' matter (core/zip_safety.py).
"""

import re
import shutil
import unicodedata
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from sosie.core.errors import BadSettings, NoRoom
from sosie.core.french_text import size
from sosie.core.workspace import Workspace, closed_folder, full_disk_told, make_folder, whole

LARGEST_UPLOAD = 4 << 30  # bytes, of a file
SPARED = 1 << 28  # bytes of the disk that are left free
_LONGEST_NAME = 120  # characters of a part
DEEPEST = 8  # folders
BAD = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]")


def folder_of(workspace: Workspace) -> Path:
    return workspace.private / "page"


def waiting(workspace: Workspace) -> list[Path]:
    """What was dropped and not yet imported: a file, or the folder that a whole one was dropped as."""
    folder = folder_of(workspace)
    return sorted(path for path in folder.iterdir() if path.name != ".gitignore") if folder.is_dir() else []


def clear(workspace: Workspace) -> None:
    shutil.rmtree(folder_of(workspace), ignore_errors=True)


def remove(workspace: Workspace, imported: Sequence[Path]) -> None:
    """What is in the folder now; another file may have been dropped meanwhile, and waits."""
    for path in imported:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    if not waiting(workspace):
        clear(workspace)


def harmless(name: str) -> tuple[str, ...]:
    """The parts of a path below the folder: « ../a/.b?.zip » -> ("a", "b_.zip")"""
    clean = unicodedata.normalize("NFC", name).encode("utf-8", "replace").decode()
    parts = (BAD.sub("_", part).strip().lstrip(".").strip() for part in clean.replace("\\", "/").split("/"))
    kept = tuple(_short(part) for part in parts if part)
    if not kept or len(kept) > DEEPEST:
        raise BadSettings("Ce fichier n'a pas de nom utilisable.", "Renommez-le, puis déposez-le à nouveau.")
    return kept


def _short(part: str) -> str:
    """A long name keeps its end, which says what kind of file it is."""
    if len(part.encode()) <= _LONGEST_NAME:
        return part
    stem, ending = Path(part).stem, Path(part).suffix[:12]
    return stem.encode()[: _LONGEST_NAME - len(ending.encode())].decode(errors="ignore") + ending


def free(path: Path) -> Path:
    """This place, or « NAME-2.zip » where there is a file already."""
    others = (path.with_stem(f"{path.stem}-{number}") for number in range(2, 1000))
    return path if not path.exists() else next(place for place in others if not place.exists())


def check_size(workspace: Workspace, length: int) -> None:
    """BadSettings for a file that is too large, NoRoom where the disk has no place for it."""
    if length > LARGEST_UPLOAD:
        raise BadSettings(
            f"Ce fichier dépasse {size(LARGEST_UPLOAD)} : la page ne le prend pas.",
            "Importez-le depuis un terminal, sans copie : sosie import FICHIER",
        )
    there = next(path for path in (workspace.folder, *workspace.folder.absolute().parents) if path.exists())
    if length + SPARED > shutil.disk_usage(there).free:
        raise NoRoom("Il n'y a plus assez de place sur le disque pour ce fichier.", "Libérez de la place.")


async def save(workspace: Workspace, name: str, chunks: AsyncIterator[bytes], length: int) -> Path:
    """The file (0600), whole or not there. `length` is what was announced: one byte more is refused."""
    parts = harmless(name)
    check_size(workspace, length)
    folder = closed_folder(folder_of(workspace))
    for part in parts[:-1]:
        folder = folder if (folder / part).is_file() else make_folder(folder / part)
    received = 0
    path = free(folder / parts[-1])
    with full_disk_told(), whole(path) as draft, draft.open("wb") as file:
        async for chunk in chunks:
            received += len(chunk)
            if received > length:
                raise BadSettings("Ce fichier a grandi pendant l'envoi.", "Déposez-le à nouveau.")
            file.write(chunk)
        if received != length:
            raise BadSettings("Ce fichier n'est pas arrivé entier.", "Déposez-le à nouveau.")
    return path

"""A destination that is a folder: whole or absent, and never in the place of what somebody else put there.

with whole_folder(Path("sortie/sosie-léa-merged"), ours) as draft: ...     written beside, then renamed
"""

import os
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from sosie.core.errors import BadSettings
from sosie.core.workspace import IGNORE, closed_folder, draft_of, full_disk_told, set_mode


@contextmanager
def whole_folder(path: Path, ours: Callable[[Path], Collection[str]]) -> Iterator[Path]:
    """A draft that takes the place of `path` if the block ends well.

    `ours(path)`: the names of the files that an earlier export wrote there. BadSettings where there is
    anything else.
    """
    refuse_others(path, ours)
    with full_disk_told(), draft_of(path) as draft:
        yield draft
        for each in draft.rglob("*"):
            set_mode(each, 0o700 if each.is_dir() else 0o600)
        closed_folder(draft)
        put_in_place(draft, path)


def refuse_others(path: Path, ours: Callable[[Path], Collection[str]]) -> None:
    if not path.exists() and not path.is_symlink():
        return
    known = {*ours(path), IGNORE} if path.is_dir() and not path.is_symlink() else set()
    if not known or set(files_in(path)) - known:
        raise BadSettings(
            f"« {path.name} » contient autre chose que ce que sosie y écrit : rien n'y a été changé.",
            "Choisissez un autre dossier : --to DOSSIER",
        )


def files_in(folder: Path) -> list[str]:
    """The names of all that is in a folder and is no folder, from there."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    )


def put_in_place(draft: Path, path: Path) -> None:
    """A folder by renaming, which the disk does not do onto a folder with files in it."""
    if not path.is_dir():
        os.replace(draft, path)
        return
    old = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    os.replace(path, old)
    try:
        os.replace(draft, path)
    except OSError:
        os.replace(old, path)
        raise
    shutil.rmtree(old, ignore_errors=True)

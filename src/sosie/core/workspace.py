"""Where a user's files lie, and how they are written: whole or not at all.

sosie.toml  exports/  data/  private/  arena.db  sortie/
runs/NAME/{plan.json events.jsonl checkpoints/ double/}
"""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sosie.core.errors import NoRoom, NothingToDo


@dataclass(frozen=True, slots=True)
class Workspace:
    folder: Path

    @property
    def settings(self) -> Path:
        return self.folder / "sosie.toml"

    @property
    def exports(self) -> Path:
        return self.folder / "exports"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def private(self) -> Path:
        return self.folder / "private"

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    @property
    def arena(self) -> Path:
        return self.folder / "arena.db"

    @property
    def out(self) -> Path:
        """What `sosie export` writes, where nothing else is said."""
        return self.folder / "sortie"

    @property
    def own(self) -> tuple[Path, ...]:
        """All that sosie itself writes here: no export, even where the folder is given as one."""
        chats = self.folder / "chats.db"
        return (self.settings, self.exports, self.data, self.private, self.runs, self.out, self.arena, chats)

    def run(self, name: str) -> Path:
        return self.runs / name

    def latest_double(self) -> Path:
        """The newest finished double of this folder."""
        doubles = sorted(self.runs.glob("*/double/double.json"), key=lambda path: path.stat().st_mtime)
        if not doubles:
            raise NothingToDo("Il n'y a pas encore de double ici.", "Faites-en un : sosie train")
        return doubles[-1].parent


def cache_home() -> Path:
    """What sosie can make again: in $SOSIE_CACHE, else $XDG_CACHE_HOME/sosie, else ~/.cache/sosie."""
    if told := os.environ.get("SOSIE_CACHE"):
        return Path(told).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "sosie"


def closed_folder(path: Path) -> Path:
    """A folder that only its owner may open (0700)."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


@contextmanager
def whole(path: Path, mode: int = 0o644) -> Iterator[Path]:
    """A draft beside `path` that takes its place only if the block ends well.

    Raises NoRoom where the disk is full; what was there before stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    try:
        with full_disk_told():
            draft.touch(mode=mode)
            draft.chmod(mode)
            yield draft
            os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def full_disk_told() -> Iterator[None]:
    """« No space left » becomes NoRoom."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoRoom(
            "Il n'y a plus de place sur le disque ; rien de ce qui existait n'a été touché.",
            "Libérez de la place, ou choisissez un autre dossier avec --folder.",
        ) from None


def write_json(path: Path, value: Any, mode: int = 0o644) -> None:
    """A small JSON file, whole or not at all."""
    with whole(path, mode) as draft:
        draft.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

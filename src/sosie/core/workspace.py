"""Where a user's files lie, and how they are written: whole or not at all, and for their owner alone.

sosie.toml  exports/  data/  private/  arena.db  sortie/
runs/NAME/{plan.json events.jsonl checkpoints/ double/}

What is made here is 0700 or 0600 whatever the umask, from its first moment: no other user of the machine ever
has the time to open it. Folders of sosie's own hold a `.gitignore` of `*`.
"""

import errno
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sosie.core.double import made_at
from sosie.core.errors import BadFolder, NoRoom, NothingToDo, SosieError

IGNORE = ".gitignore"
DRAFT = re.compile(r"\.[0-9a-f]{8}\.part\Z")  # how the name of a draft ends
READ_ONLY = "son disque est en lecture seule"
RIGHTS = "ses droits l'interdisent"
NO_FOLDER = "un fichier est là où il faut un dossier"
RIGHTLESS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP)
REFUSALS = {
    errno.EROFS: READ_ONLY,
    errno.EACCES: RIGHTS,
    errno.EPERM: RIGHTS,
    errno.ENOTDIR: NO_FOLDER,
    errno.EEXIST: NO_FOLDER,
}


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
    def chats(self) -> Path:
        return self.folder / "chats.db"

    @property
    def drafts(self) -> Path:
        """The drafts for messengers that are under way, and what was said before them."""
        return self.private / "brouillons.db"

    @property
    def databases(self) -> tuple[Path, ...]:
        return (self.arena, self.chats)

    @property
    def out(self) -> Path:
        """What `sosie export` writes, where nothing else is said."""
        return self.folder / "sortie"

    @property
    def own(self) -> tuple[Path, ...]:
        """All that sosie itself writes here: no export, even where the folder is given as one."""
        folders = (self.exports, self.data, self.private, self.runs, self.out)
        return (*folders, self.settings, *self.databases, self.folder / IGNORE)

    def secret(self) -> bytes:
        """What marks are made with that would else be digests of words: private/secret, drawn once."""
        path = closed_folder(self.private) / "secret"
        if not path.is_file():
            with whole(path) as draft:
                draft.write_text(secrets.token_hex(32), encoding="ascii")
        return path.read_bytes()

    def run(self, name: str) -> Path:
        return self.runs / name

    def latest_double(self) -> Path:
        """The newest finished double of this folder, by its own date: a copy is as old as what it copies."""
        refuse_dangling(self.runs)
        doubles = sorted(self.runs.glob("*/double/double.json"), key=lambda path: made_at(path.parent))
        if not doubles:
            raise NothingToDo("Il n'y a pas encore de double ici.", "Faites-en un : sosie train")
        return doubles[-1].parent


def cache_home() -> Path:
    """What sosie can make again: in $SOSIE_CACHE, else $XDG_CACHE_HOME/sosie, else ~/.cache/sosie."""
    if told := os.environ.get("SOSIE_CACHE"):
        return Path(told).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "sosie"


def make_folder(path: Path) -> Path:
    """A folder, and those above it, where there is none: closed. One that is there stays as it is."""
    with full_disk_told():
        for each in reversed((path, *path.parents)):
            refuse_dangling(each)
            if not each.is_dir():
                each.mkdir(mode=0o700, exist_ok=True)
    return path


def closed_folder(path: Path) -> Path:
    """A folder of sosie's own: only its owner may open it (0700), and git sees nothing of it."""
    make_folder(path)
    with full_disk_told():
        set_mode(path, 0o700)
        if cache_home() not in path.parents:  # the cache hides itself, as a whole
            with suppress(FileExistsError):
                write_new(path / IGNORE, "*\n")
    return path


def own_file(path: Path) -> Path:
    """A file to be added to, made if need be, that only its owner may open (0600)."""
    make_folder(path.parent)
    with full_disk_told():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        set_mode(path, 0o600)
    return path


def set_mode(path: Path, mode: int) -> None:
    """Rights of our own file or folder; on a disk that keeps none (FAT, some network disks), nothing."""
    try:
        path.chmod(mode)
    except OSError as error:
        if error.errno not in RIGHTLESS or path.stat().st_uid != os.geteuid():
            raise


def write_new(path: Path, text: str = "") -> None:
    """A small file (0600). FileExistsError where there is one."""
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


@contextmanager
def whole(path: Path, mode: int = 0o600) -> Iterator[Path]:
    """A draft beside `path`, « NAME.3f9c21d0.part », that takes its place only if the block ends well.

    Raises NoRoom where the disk is full, BadFolder where it refuses; what was there before stays.
    """
    make_folder(path.parent)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with full_disk_told():
            write_new(draft)
            yield draft
            set_mode(draft, mode)
            os.replace(draft, path)
    finally:
        with suppress(OSError):
            draft.unlink()


def is_draft(path: Path) -> bool:
    return DRAFT.search(path.name) is not None


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A closed folder beside `path`, gone at the end unless it was renamed."""
    new = not path.parent.is_dir()
    draft = make_folder(path.with_name(f"{path.name}.{secrets.token_hex(4)}.part"))
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if new:
            with suppress(OSError):  # something was put in it
                path.parent.rmdir()


@contextmanager
def full_disk_told() -> Iterator[None]:
    """« No space left » becomes NoRoom; « read-only file system », « permission denied » a BadFolder."""
    try:
        yield
    except OSError as error:
        told = as_told(error)
        if told is None:
            raise
        raise told from None


def as_told(error: OSError) -> SosieError | None:
    """What the person can do about it, where it is something about the disk."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoRoom(
            "Il n'y a plus de place sur le disque ; rien de ce qui existait n'a été touché.",
            "Libérez de la place, ou choisissez un autre dossier avec --folder.",
        )
    if error.errno == errno.EFBIG:
        return NoRoom(
            "Un fichier serait plus grand que ce disque ou cette session ne le permet.",
            "Levez la limite (ulimit -f), ou choisissez un autre dossier avec --folder.",
        )
    if error.errno in REFUSALS and error.filename:
        return refused(Path(os.fsdecode(error.filename)), REFUSALS[error.errno])
    return None


def refused(path: Path, why: str = RIGHTS) -> BadFolder:
    """The sentence; the path is named by its last part. In the cache it is the cache that is to be moved."""
    name, path = DRAFT.sub("", os.path.basename(os.path.realpath(path))), path.absolute()
    choice = "choisissez un autre dossier : --folder DOSSIER"
    if path == (cache := cache_home().absolute()) or cache in path.parents:
        choice = "choisissez un autre dossier pour le cache : SOSIE_CACHE=DOSSIER"
    return BadFolder(
        f"sosie ne peut pas ouvrir ou écrire « {name} » : {why}.", f"Rendez-le accessible, ou {choice}"
    )


def refuse_dangling(path: Path) -> None:
    """BadFolder for a link whose target is not there: another disk's, perhaps, that is not plugged in."""
    if path.is_symlink() and not os.path.exists(path):
        raise BadFolder(
            f"« {path.name} » est un lien vers un dossier qui n'est pas là.",
            "Branchez le disque où il est, ou supprimez le lien.",
        )


def write_json(path: Path, value: Any, mode: int = 0o600) -> None:
    """A small JSON file, whole or not at all."""
    with whole(path, mode) as draft:
        draft.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

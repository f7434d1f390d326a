"""What stands around each verb that writes, as a decorator of its function.

@private    whatever it makes is its owner's alone, by whatever library: the umask is 077 meanwhile
@writing    the same, in the folder of its workspace: there and writable, or one sentence; closed where older
            versions left it open; without the drafts of killed processes; hidden from git
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from inspect import signature
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sosie.core.drafts import present, remove_if_unused
from sosie.core.progress import Event, Report, silent
from sosie.core.workspace import (
    IGNORE,
    READ_ONLY,
    RIGHTS,
    Workspace,
    cache_home,
    closed_folder,
    full_disk_told,
    refused,
    set_mode,
    write_new,
)

P = ParamSpec("P")
Made = TypeVar("Made")

# What tells that a folder of that name is sosie's, and not one that the person had before.
MARKS = {
    "exports": "*/import.json",
    "data": "train.jsonl",
    "private": "pseudonyms.json",
    "runs": "*/plan.json",
    "sortie": "valise.zip",
}
FILES = ("sosie.toml", *(f"{base}.db{end}" for base in ("arena", "chats") for end in ("", "-wal", "-shm")))
DRAFTS = (
    "exports/.part-*",
    *(f"{where}/*.part" for where in ("data", "private", "private/enrich", "sortie", "runs/*", "runs/*/*")),
)
DRAFTS_BESIDE = re.compile(r"(sosie\.toml|valise)(\.[0-9a-f]{8})?\.part")
HIDDEN = """\
# Écrit par sosie : ce qui est à vous seul n'est pas pour git (les dossiers ont chacun le leur).
/sosie.toml
/arena.db*
/chats.db*
/*.part
/.gitignore
"""


def private(verb: Callable[P, Made]) -> Callable[P, Made]:
    """A verb that writes in no project folder, though perhaps in the cache."""

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> Made:
        with closed_umask(), at_the_cache():
            return verb(*args, **kwargs)

    return run


class InProject(Protocol):
    workspace: Workspace


Place = TypeVar("Place", bound=Workspace | InProject)


def writing(verb: Callable[Concatenate[Place, P], Made]) -> Callable[Concatenate[Place, P], Made]:
    """A verb that writes in the folder of its first argument. BadFolder or NoRoom where it cannot."""
    parameters = signature(verb)

    @wraps(verb)
    def run(place: Place, /, *args: P.args, **kwargs: P.kwargs) -> Made:
        workspace = place if isinstance(place, Workspace) else place.workspace
        report = parameters.bind(place, *args, **kwargs).arguments.get("report", silent)
        with closed_umask(), full_disk_told(), at_the_cache():
            new = not workspace.folder.is_dir()
            settle(workspace, report)
            try:
                with present(workspace.folder, drafts_of_project):
                    return verb(place, *args, **kwargs)
            finally:
                if new:
                    remove_if_unused(workspace.folder)

    return run


@contextmanager
def at_the_cache() -> Iterator[None]:
    """What can be made again: without drafts, and hidden from git too once something is in it."""
    with present(cache_home(), drafts_of_cache):
        yield
    if any(cache_home().glob("*/*/*")):
        with suppress(OSError):  # hidden already; or another user's, whom sosie may well read
            write_new(cache_home() / IGNORE, "*\n")


@contextmanager
def in_cache(kind: str) -> Iterator[Path]:
    """A folder of the cache, made if need be, to write in: whoever comes meanwhile leaves our drafts alone,
    also where there was no cache when our verb began."""
    folder = closed_folder(cache_home() / kind)
    with present(cache_home(), drafts_of_cache):
        yield folder


def settle(workspace: Workspace, report: Report) -> None:
    """The project folder: there, ours to write, hidden from git, and closed where it is sosie's own."""
    folder = workspace.folder
    new = not folder.is_dir()
    if new:
        closed_folder(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise refused(folder, READ_ONLY if os.statvfs(folder).f_flag & os.ST_RDONLY else RIGHTS)
    if in_checkout(folder.resolve()):
        hide(workspace, new, report)
    for name, mark in MARKS.items():
        own = folder / name
        if (own / IGNORE).is_file() or any(own.glob(mark)):
            closed_folder(own)
            if name != "exports":  # its files never were open, and may be many
                close_all(own)
    for name in FILES:
        with suppress(FileNotFoundError):
            set_mode(folder / name, 0o600)


def close_all(folder: Path) -> None:
    """Every file and folder in it: what older versions left for others to read."""
    for place, folders, files in os.walk(folder):
        for path in (Path(place) / name for name in (*folders, *files)):
            with suppress(FileNotFoundError):  # another verb at work has just put it in its place
                mode = path.lstat().st_mode
                if mode & 0o077 and not path.is_symlink():
                    set_mode(path, mode & 0o700)


def in_checkout(folder: Path) -> bool:
    return any((each / ".git").exists() for each in (folder, *folder.parents))


def hide(workspace: Workspace, new: bool, report: Report) -> None:
    """The files beside sosie's own folders, from git; what the person wrote is left as it is. Told once."""
    path = workspace.folder / IGNORE
    said = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
    if said is None:
        write_new(path, HIDDEN)
    elif not new and (said in ("*\n", HIDDEN) or any(own.exists() for own in workspace.own if own != path)):
        return
    hidden = new or said is None or workspace.settings.name in said
    text = "Ce dossier est dans un dépôt git : ce que sosie y écrit est caché à git, par des « .gitignore »."
    mend = "" if hidden else " Ajoutez au vôtre : sosie.toml, arena.db*, chats.db*"
    report(Event("warning", text=text + mend))


def drafts_of_project(folder: Path) -> Iterator[Path]:
    beside = (path for path in folder.iterdir() if DRAFTS_BESIDE.fullmatch(path.name))
    return chain(beside, *(folder.glob(pattern) for pattern in DRAFTS))


def drafts_of_cache(folder: Path) -> Iterator[Path]:
    return chain.from_iterable(map(folder.glob, ("doubles/*/.part-*", "*/*.part-*", "gguf/*.part")))


lock = Lock()
inside, usual = 0, 0


@contextmanager
def closed_umask() -> Iterator[None]:
    """077 until the last verb of this process is done: the umask is one for all threads."""
    global inside, usual
    with lock:
        if not inside:
            usual = os.umask(0o077)
        inside += 1
    try:
        yield
    finally:
        with lock:
            inside -= 1
            if not inside:
                os.umask(usual)

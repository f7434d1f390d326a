"""What a killed process left behind is removed by the next one, and never what a living one is at.

 with present(folder, drafts): ...    at work in a folder: a shared lock on the folder itself
 with Fleeting() as folder: ...       a private temporary folder, gone at the end

The locks are flock's: no file is needed, and the kernel lets them go with the process, however it ends. Only
who is alone in a folder may remove drafts there. Not covered: a network disk that has no locks.
"""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from sosie.core.progress import Event, Report
from sosie.core.workspace import IGNORE, Workspace, closed_folder

PREFIX = "sosie-fleeting-"
FLEETING = re.compile(PREFIX + r"\w{8}")

Drafts = Callable[[Path], Iterable[Path]]


@contextmanager
def present(folder: Path, drafts: Drafts) -> Iterator[None]:
    """At work in a folder, if it can be opened; its drafts are removed first if nobody else is."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # none, or another user's: no draft of ours is there
        yield
        return
    try:
        if alone(handle):
            for draft in list(drafts(folder)):
                remove(draft)
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


@contextmanager
def one_at_a_time(folder: Path, tell: Callable[[], None]) -> Iterator[int]:
    """In this block with a folder of sosie's own, no other process is; `tell` hears that one has to wait.

    The folder is made if need be, and goes again if nothing was put in it. Gives the descriptor of the lock:
    a child process that inherits it holds it too.
    """
    with held(folder, fcntl.LOCK_EX, tell) as handle:
        yield handle


@contextmanager
def several_at_a_time(folder: Path, tell: Callable[[], None]) -> Iterator[None]:
    """In this block nobody is at `one_at_a_time` with the folder, others like us may be; `tell` as there."""
    with held(folder, fcntl.LOCK_SH, tell):
        yield


@contextmanager
def data_alone(workspace: Workspace, report: Report) -> Iterator[None]:
    """In this block no other process writes data/: one that prepares is waited for, and that is told."""
    told = Event("warning", text="Une préparation est en cours dans ce dossier : on l'attend.")
    with one_at_a_time(workspace.data, lambda: report(told)):
        yield


@contextmanager
def held(folder: Path, how: int, tell: Callable[[], None]) -> Iterator[int]:
    """The folder locked; another is made where who had it before us removed it."""
    while True:
        try:
            handle = os.open(closed_folder(folder), os.O_RDONLY)
        except FileNotFoundError:  # removed since it was made
            continue
        try:
            if not taken(handle, how):
                tell()
                with suppress(OSError):
                    fcntl.flock(handle, how)
            if is_still(folder, handle):
                try:
                    yield handle
                finally:
                    if alone(handle):
                        remove_if_unused(folder)
                return
        finally:
            os.close(handle)


def is_still(folder: Path, handle: int) -> bool:
    """Whether this folder is the one that was opened."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(folder))
    except FileNotFoundError:
        return False


def remove_if_unused(folder: Path) -> None:
    """A folder of sosie's own in which there is nothing but what hides it from git."""
    with suppress(OSError):
        if [path.name for path in folder.iterdir()] == [IGNORE]:
            (folder / IGNORE).unlink()
            folder.rmdir()


def alone(handle: int) -> bool:
    """Whether nobody else holds this folder; nobody can then begin to before it is let go."""
    return taken(handle, fcntl.LOCK_EX)


def taken(handle: int, how: int) -> bool:
    """Whether the lock was free."""
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def remove(path: Path) -> None:
    """A file or a folder, if it can be."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(OSError):
        path.unlink()


class Fleeting:
    """A folder (0700) among the temporary ones. One whose process was killed goes when the next is made."""

    def __init__(self) -> None:
        with suppress(OSError):  # on some machines nobody may list it
            for path in Path(tempfile.gettempdir()).iterdir():
                if FLEETING.fullmatch(path.name):
                    remove_if_dead(path)
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._handle = os.open(self.folder, os.O_RDONLY)
        with suppress(OSError):
            fcntl.flock(self._handle, fcntl.LOCK_SH)

    def close(self) -> None:
        remove(self.folder)
        os.close(self._handle)

    def __enter__(self) -> Path:
        return self.folder

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def remove_if_dead(folder: Path) -> None:
    """A temporary folder of ours that nobody holds any more."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # another user's, or gone
        return
    try:
        if os.fstat(handle).st_uid == os.getuid() and alone(handle):
            remove(folder)
    finally:
        os.close(handle)

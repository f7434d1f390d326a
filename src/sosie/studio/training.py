"""Training, in a process that outlives the page: closed, reloaded or killed, it goes on.

runs/NAME/
├─ page.lock      held by the training process for as long as it lives (the kernel lets it go); its pid
├─ outcome.json   what `sosie train --json` printed at its end
└─ events.jsonl   samples.jsonl  plan.json  double/       the run's own (train/run_folder.py)
"""

import fcntl
import itertools
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sosie.core.errors import BadSettings, SosieError
from sosie.core.progress import Event, events
from sosie.core.workspace import Workspace, closed_folder, own_file
from sosie.studio.jobs import command, outcome, surroundings
from sosie.train import run_folder

LOCK, OUTCOME = "page.lock", "outcome.json"
SAMPLES = "samples.jsonl"


def start(workspace: Workspace, model: str, named: str = "") -> Path:
    """Begin a new run on this base; its folder: « lea », « lea-2 »; by its date where there is no name."""
    first = workspace.run(named or f"{datetime.now():%Y%m%d-%H%M%S}-{Path(model).name}")
    others = (first.with_name(f"{first.name}-{number}") for number in itertools.count(2))
    folder = next(place for place in itertools.chain([first], others) if not place.exists())
    _launch(workspace, folder, f"--model={model}", f"--name={folder.name}")
    return folder


def resume(workspace: Workspace, folder: Path) -> None:
    _launch(workspace, folder, f"--resume={folder.name}")


def _launch(workspace: Workspace, folder: Path, *words: str) -> None:
    """The process inherits the lock, so that it is held for exactly as long as the process lives."""
    closed_folder(workspace.runs)
    closed_folder(folder)
    with (
        open(own_file(folder / LOCK), "r+", encoding="ascii") as lock,
        open(own_file(folder / OUTCOME), "wb") as said,
    ):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadSettings("Cet apprentissage est en cours.", "Attendez sa fin, ou arrêtez-le.") from None
        process = subprocess.Popen(
            command(workspace.folder.resolve(), "train", *words),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.DEVNULL,
            env=surroundings(),
            pass_fds=[lock.fileno()],
            start_new_session=True,  # a Ctrl-C for the page is none for the training
        )
        lock.truncate()
        lock.write(str(process.pid))
        lock.flush()
    _started.append(process)


_started: list[subprocess.Popen[bytes]] = []  # waited for, once ended, so that no zombie stays


def running(folder: Path) -> bool:
    """Whether a process is at this run: one that a page began, or a terminal."""
    for process in _started:
        process.poll()
    return _is_held(folder / LOCK) or ((folder / run_folder.PLAN).is_file() and _is_held(folder))


def _is_held(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


def begun_by_a_page(folder: Path) -> bool:
    """Whether the process at this run is one that a page may stop."""
    return _is_held(folder / LOCK)


def stop(folder: Path) -> None:
    """As Ctrl-C does: the step ends and is saved. Nothing where the process is not a page's."""
    if begun_by_a_page(folder):
        with suppress(OSError, ValueError):
            os.kill(int((folder / LOCK).read_text("ascii")), signal.SIGINT)


def error_of(folder: Path) -> SosieError | None:
    """Why the last process of this run ended; None where it went well, or said nothing that is known."""
    path = folder / OUTCOME
    if not path.is_file() or run_folder.is_finished(folder) or running(folder):
        return None
    said = path.read_text("utf-8", "replace")
    if not said and (folder / run_folder.PLAN).is_file():
        return None  # killed: it can be resumed
    return outcome(said, 1)[1]


def discard(folder: Path) -> None:
    """Remove a run that never began."""
    if not (folder / run_folder.PLAN).is_file() and not running(folder):
        shutil.rmtree(folder, ignore_errors=True)


def unfinished(workspace: Workspace) -> Iterator[Path]:
    """The runs without a double, the newest first, where a process is or was at work."""
    folders = [path for path in workspace.runs.glob("*") if path.is_dir()]
    for folder in sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True):
        marks = (folder / run_folder.PLAN, folder / LOCK)
        if not run_folder.is_finished(folder) and any(mark.is_file() for mark in marks):
            yield folder


def heard(folder: Path) -> list[Event]:
    """The events of the run so far. A line that a killed process left half-written ends them."""
    found: list[Event] = []
    with suppress(ValueError, TypeError):
        for event in events(folder / run_folder.EVENTS):
            found.append(event)
    return found


def samples(folder: Path) -> list[dict[str, Any]]:
    """{"epoch", "question", "answer"} for each pass and question."""
    try:
        lines = (folder / SAMPLES).read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]
    except (OSError, ValueError):
        return []

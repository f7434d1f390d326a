"""A verb at work in a process of its own, as the terminal would run it; its events come back line by line.

    job = Job(folder, "import", [path], "--me=Léa")      job.running, job.event, job.warnings
    job.wait().result                                    the verb's JSON; None where it failed: job.error

With $SOSIE_EVENTS a verb in --json writes its events on stderr, a JSON line each.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

from sosie.core.errors import SosieError
from sosie.core.progress import Event, Report

KEPT_WARNINGS = 5


def command(folder: Path, verb: str, *words: str) -> list[str]:
    return [sys.executable, "-m", "sosie", verb, *words, f"--folder={folder}", "--json"]


def surroundings() -> dict[str, str]:
    """The environment of a verb: this process's own, and events asked for."""
    return {**os.environ, "SOSIE_EVENTS": "1"}


class VerbError(SosieError):
    """The error of a verb's process; `kind` is its name there: « UnknownPerson », « Stopped »."""

    kind = ""


class Job:
    """One verb at work, until it ends; words of its own stay in memory."""

    def __init__(self, folder: Path, verb: str, *words: str) -> None:
        self.verb = verb
        self.event: Event | None = None  # the last that counts
        self.warnings: list[str] = []
        self.result: dict[str, Any] | None = None
        self.error: SosieError | None = None
        self._process = subprocess.Popen(
            command(folder, verb, *words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=surroundings(),
        )
        self._listening = [Thread(target=work, daemon=True) for work in (self._hear, self._read_end)]
        for thread in self._listening:
            thread.start()

    def __repr__(self) -> str:
        return f"Job({self.verb!r}, running={self.running})"

    @property
    def running(self) -> bool:
        return any(thread.is_alive() for thread in self._listening)

    def wait(self) -> "Job":
        for thread in self._listening:
            thread.join()
        return self

    def stop(self) -> None:
        """As Ctrl-C does: what it began is cleaned up."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def _hear(self) -> None:
        assert self._process.stderr
        with self._process.stderr as lines:
            for event in filter(None, map(as_event, lines)):
                if event.kind == "warning":
                    self.warnings = [*self.warnings, event.text][-KEPT_WARNINGS:]
                elif event.total or event.done or event.kind == "load":
                    self.event = event

    def _read_end(self) -> None:
        assert self._process.stdout
        with self._process.stdout as stream:
            said = stream.read()
        self.result, self.error = outcome(said, self._process.wait())


def as_event(line: str) -> Event | None:
    """An event's line; None for any other, such as a library's warning."""
    try:
        record = json.loads(line)
        record.pop("format", None)
        return Event(**record)
    except (ValueError, TypeError, AttributeError):
        return None


def outcome(said: str, code: int) -> tuple[dict[str, Any] | None, SosieError | None]:
    """(the result, None) or (None, the error) of what a verb printed."""
    try:
        told = json.loads(said)
    except ValueError:
        told = {}
    error = told.get("error") if isinstance(told, dict) else None
    if code == 0 and isinstance(told, dict) and not error:
        return told, None
    if not isinstance(error, dict):
        lost = "Ce travail s'est arrêté sans rien dire : la mémoire a pu manquer."
        return None, SosieError(lost, "Fermez d'autres programmes, puis recommencez.")
    found = VerbError(str(error.get("message", "")), str(error.get("mend", "")))
    found.kind = str(error.get("kind", ""))
    return None, found


class Task:
    """Work in a thread of this process, where no verb's process would do: it has the same face as a Job."""

    def __init__(self, work: Callable[[Report], Any]) -> None:
        self.event: Event | None = None
        self.warnings: list[str] = []
        self.result: Any = None
        self.error: SosieError | None = None
        self._thread = Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def wait(self) -> "Task":
        self._thread.join()
        return self

    def stop(self) -> None:
        """A thread cannot be stopped; it ends with the page."""

    def _run(self, work: Callable[[Report], Any]) -> None:
        try:
            self.result = work(self._hear)
        except SosieError as error:
            self.error = error
        except Exception as error:  # whatever it says may quote somebody
            self.error = unforeseen(error)

    def _hear(self, event: Event) -> None:
        if event.total or event.done or event.kind == "load":
            self.event = event


def unforeseen(error: Exception) -> SosieError:
    """A sentence for what no room foresaw. Never the error's own words."""
    kind = type(error).__name__
    mend = "Recommencez ; si cela revient, signalez-le sans vos données."
    return SosieError(f"Une erreur que sosie n'avait pas prévue est survenue ({kind}).", mend)

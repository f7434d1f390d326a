"""How sosie speaks in a terminal: sentences, tables and live progress, or one JSON object."""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.prompt import Confirm
from rich.text import Text

from sosie.api import Project
from sosie.core.french_text import decimal, duration, number
from sosie.core.progress import Event
from sosie.train.distributed import follows

if TYPE_CHECKING:
    from sosie.engines.base import Engine
    from sosie.recall.own_words import Passage

LOAD = "load"  # the one that counts nothing: it turns until something else moves
NAMES = {
    "read": "Lecture",
    "prepare": "Préparation",
    LOAD: "Chargement",
    "measure": "Mesure",
    "step": "Entraînement",
    "answer": "Réponses",
    "transcribe": "Transcription",
    "judge": "Juge",
    "ask": "Questions",
    "export": "Écriture",
    "person": "Personnes",
    "embed": "Vecteurs de vos messages",
}
MODEL = ("--double", "--model")  # one spelling for every verb: who answers is a double or a model
BASE = "Son modèle de départ, s'il est ailleurs que là où le double le dit : un dossier ou un nom"
CIRCLE = "À qui écrire, de ceux que le double distingue : un mot du nom suffit (sinon : le plus courant)"
ELSEWHERE = "Accepter que l'adresse soit ailleurs que sur cette machine, et y lise la conversation"
NOTED_EVERY = 15.0  # seconds between two lines of progress in a log


class Terminal:
    """One command's conversation with its user.

    With `as_json`, the result is one JSON object on stdout and everything else goes to stderr. Of several
    processes that train together, the main one speaks.
    """

    def __init__(self, folder: Path, as_json: bool) -> None:
        self.project = Project(folder)
        self.as_json = as_json
        self.speaks = not follows()
        self.console = Console(stderr=as_json, highlight=False, quiet=not self.speaks)
        self.ask = sys.stdin.isatty() and not as_json and self.speaks
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[words]}"),
            console=self.console,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._started: dict[str, float] = {}
        self._noted = 0.0
        self._events = as_json and self.speaks and "SOSIE_EVENTS" in os.environ

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.quiet()

    def report(self, event: Event) -> None:
        """A listener: numbers move a bar, sentences are printed. With $SOSIE_EVENTS, as lines of JSON."""
        if self._events:
            print(json.dumps(asdict(event), ensure_ascii=False), file=sys.stderr, flush=True)
            return
        if event.text:
            self.console.print(Text(event.text, style="yellow" if event.kind == "warning" else ""))
        if event.kind in NAMES and (event.total or event.done or event.kind == LOAD):
            self._move(event)

    def agree(self, question: str) -> bool:
        """Whether the user says yes; no where nobody can answer."""
        self.quiet()
        return self.ask and YesOrNo.ask(question, console=self.console, default=False)

    def open_engine(
        self,
        double: str | None,
        base: str | None = None,
        engine: str | None = None,
        *,
        elsewhere: bool = False,
        key: str = "",
        circle: str | None = None,
    ) -> "Engine":
        """What answers, opened under a spinner; `elsewhere` and `key` are those of engines/remote."""
        self.report(Event(LOAD))
        try:
            from sosie.engines.base import is_address
            from sosie.engines.remote import Remote

            options = {"elsewhere": elsewhere, "key": key or None} if is_address(double) else {}
            opened = self.project.open_engine(double, engine, base, circle, **options)
        finally:
            self.quiet()
        if isinstance(opened, Remote) and opened.warning:
            self.report(Event("warning", text=opened.warning))
        if why := getattr(opened, "backend", ""):
            self.report(Event("backend", text=why))
        return opened

    def find_own_words(self, words: str) -> "tuple[Passage, ...]":
        """What the person said; what must be made first is shown meanwhile."""
        try:
            return self.project.find_own_words(words, report=self.report)
        finally:
            self.quiet()

    def _move(self, event: Event) -> None:
        if not self.console.is_terminal:
            self._note(event)
            return
        self._progress.start()
        if event.kind != LOAD and LOAD in self._tasks:  # its end is told by what comes next
            self._progress.remove_task(self._tasks.pop(LOAD))
        if event.kind not in self._tasks:
            self._started[event.kind] = time.monotonic()
            self._tasks[event.kind] = self._progress.add_task(NAMES[event.kind], total=None, words="")
        words = _progress_words(event, time.monotonic() - self._started[event.kind])
        total = event.total or None
        self._progress.update(self._tasks[event.kind], completed=event.done, total=total, words=words)

    def _note(self, event: Event) -> None:
        """Where nothing can be redrawn (a log, a notebook): a line from time to time."""
        now = time.monotonic()
        started = self._started.setdefault(event.kind, now)
        if not self.as_json and now - max(started, self._noted) >= NOTED_EVERY:
            self._noted = now
            self.console.print(f"{NAMES[event.kind]} {_progress_words(event, now - started)}")

    def quiet(self) -> None:
        """Take the live lines away."""
        if not self._tasks:
            return
        self._progress.stop()
        for task in self._tasks.values():
            self._progress.remove_task(task)
        self._tasks.clear()

    def end(self, result: Mapping[str, Any], draw: Callable[[Console], None]) -> None:
        """The verb's last word: the JSON object, or a drawing for people."""
        self.quiet()
        if not self.as_json:
            draw(self.console)
        elif self.speaks:
            print(json.dumps(result, ensure_ascii=False, default=str))


class YesOrNo(Confirm):
    """[o/n]; « oui » and « non » are understood."""

    choices = ["o", "n"]
    validate_error_message = "[red]Répondez o (oui) ou n (non).[/]"

    def process_response(self, value: str) -> bool:
        return super().process_response(value.strip().lower()[:1])


def _progress_words(event: Event, elapsed: float) -> str:
    """« 120/480 · perte 1,83 · 910 jetons/s · encore 42 s »"""
    if event.kind == LOAD:
        return "..."
    parts = [f"{number(event.done)}/{number(event.total)}" if event.total else number(event.done)]
    if "loss" in event.facts:
        parts.append(f"perte {decimal(event.facts['loss'])}")
    if "tokens_per_second" in event.facts:
        parts.append(f"{number(round(event.facts['tokens_per_second']))} jetons/s")
    left = event.facts.get("seconds_left")
    if left is None and event.total and event.done and elapsed > 1:
        left = elapsed * (event.total - event.done) / event.done
    if left is not None:
        parts.append(f"encore {duration(left)}")
    return " · ".join(parts)


def printable(text: str) -> str:
    """Without the control characters that would let a text move the cursor or rename the window."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", text)


def literal(text: str) -> str:
    """A text that somebody else wrote (a name, a file, an answer), for a place where rich reads markup."""
    return escape(printable(text))

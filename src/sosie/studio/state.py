"""What the page knows between two requests: the folder, the work under way, the review and the double open.

It is one for all tabs of the browser, and nothing of it is needed again: a page that was killed finds on the
disk all that there is. Each tab is a function of it, and each button changes it through `Project`.
"""

import gc
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from sosie.api import Project
from sosie.core import settings, settings_file
from sosie.core.double import MANIFEST, Double, made_at
from sosie.core.errors import NothingToDo, SosieError
from sosie.core.french_text import day
from sosie.core.progress import Report
from sosie.core.workspace import Workspace
from sosie.studio import uploads
from sosie.studio.jobs import Job, Task
from sosie.studio.names import double_of, first_name

if TYPE_CHECKING:
    from sosie.arena.web.server import GameServer
    from sosie.engines.base import Engine
    from sosie.prepare.review.session import Review

HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Known:
    """A double of this folder as people call it."""

    run: str
    title: str  # « Le double de Léa »
    detail: str  # « 30 novembre 2026, mini »

    @property
    def label(self) -> str:
        return f"{self.title} · {self.detail}"


class StudioState:
    """`double` and `base` are those of the command line; `opened` an engine that is there already."""

    def __init__(
        self,
        project: Project,
        double: str | None = None,
        base: str | None = None,
        opened: "Engine | None" = None,
    ) -> None:
        self.project, self.base = project, base
        self.lock, self._engine_lock = RLock(), RLock()  # a model takes its time to load
        self.jobs: dict[str, Job | Task] = {}  # by verb: the last of each
        self.told: dict[str, SosieError] = {}  # by tab: what its last button could not do
        self.choices: dict[str, Any] = {}  # what was chosen in the tabs: a base, a filter, a page
        self._games: dict[str | None, GameServer] = {}  # each double's, on this machine
        self._friends: GameServer | None = None  # one of them, on the network
        self.invitation = ""  # its link
        self._asked, self._engine = double, opened
        self._engine_of = self.chosen if opened else None
        self._review: tuple[tuple[float, ...], Review] | None = None

    def __repr__(self) -> str:
        return f"StudioState({str(self.folder)!r})"

    @property
    def workspace(self) -> Workspace:
        return self.project.workspace

    @property
    def folder(self) -> Path:
        return self.project.workspace.folder

    # The person and their doubles

    @property
    def me(self) -> str:
        """The owner's name as they told it, or as the exports do; empty where it is not known."""
        try:
            return first_name(settings_file.load(self.workspace.settings, "import", settings.Import).me)
        except SosieError:
            return ""

    def doubles(self) -> list[Known]:
        """Those of this folder, the newest first."""
        found = sorted(self.workspace.runs.glob(f"*/double/{MANIFEST}"), key=lambda p: -made_at(p.parent))
        return [self._known(path.parent) for path in found]

    def _known(self, folder: Path) -> Known:
        try:
            double = Double.read(folder)
        except SosieError:
            return Known(folder.parent.name, double_of(self.me), "abîmé")
        when = day(double.created) if double.created else "sans date"
        return Known(folder.parent.name, double_of(self.me), f"{when}, {Path(double.base).name}")

    @property
    def chosen(self) -> str | None:
        """The run, or whatever was named on the command line, that the page talks about now."""
        named = self.choices.get("double") or self._asked
        if named:
            return str(named)
        known = self.doubles()
        return known[0].run if known else None

    def choose(self, run: str) -> None:
        self.choices["double"] = run

    def follow_newest(self) -> None:
        """The double that comes next is the one to talk about."""
        self._asked = None
        self.choices.pop("double", None)

    def title(self, run: str | None = None) -> str:
        """« Le double de Léa »; of weights from elsewhere, their own name."""
        named = run or self.chosen
        known = next((each for each in self.doubles() if each.run == named), None)
        return known.title if known else (Path(named).stem if named else double_of(self.me))

    # Work

    def start(self, verb: str, *words: str) -> Job:
        """One verb at work; SosieError where the same one is at work already."""
        if self.busy(verb):
            raise SosieError("Ce travail est déjà en cours.", "Attendez qu'il finisse, ou arrêtez-le.")
        job = self.jobs[verb] = Job(self.folder.resolve(), verb, *words)
        return job

    def busy(self, *verbs: str) -> bool:
        return any(self.jobs[verb].running for verb in verbs if verb in self.jobs)

    def close(self) -> None:
        """What was dropped and not imported goes with the page."""
        for job in self.jobs.values():
            job.stop()
        self.close_to_friends()
        uploads.clear(self.workspace)

    # What is open

    @property
    def opened(self) -> "Engine | None":
        """The engine that answers for the double that is chosen, where it is open."""
        return self._engine if self._engine_of == self.chosen else None

    @property
    def is_open(self) -> bool:
        return self.opened is not None

    def review(self) -> "Review":
        """The review of data/, opened again where another verb has written it."""
        files = (self.workspace.data / f"{part}.jsonl" for part in ("train", "valid", "test"))
        written = tuple(path.stat().st_mtime if path.is_file() else 0.0 for path in files)
        if not any(written):
            raise NothingToDo("Il n'y a pas encore de dialogues à relire.", "Déposez d'abord un export.")
        with self.lock:
            if self._review is None or self._review[0] != written:
                with _uncollected():
                    self._review = written, self.project.review()
            return self._review[1]

    def engine(self) -> "Engine":
        """What answers for the double that is chosen; the one before it is closed."""
        with self._engine_lock:
            if self._engine is None or self._engine_of != self.chosen:
                if self._engine:
                    self._engine.close()
                    self._engine = None
                self._engine = self.project.open_engine(self.chosen, base=self.base)
                self._engine_of = self.chosen
            return self._engine

    def open_game(self, report: Report) -> str:
        """The blind game's address, prepared once for each double."""
        from sosie.arena.votes import Votes
        from sosie.arena.web import launch
        from sosie.arena.web.access import Door
        from sosie.arena.web.session import Table

        named = self.chosen
        if named not in self._games:
            game = self.project.arena((named,) if named else (), base=self.base, report=report)
            table = Table(game, Votes(self.workspace.arena))
            self._games[named] = launch.beside(table, Door(HERE))
        return launch.address_of(self._games[named])

    def invite(self) -> None:
        """Open the same game to this network, to whoever has the key; `invitation` is its link."""
        from sosie.arena.web import launch
        from sosie.arena.web.access import Door

        self.close_to_friends()
        host, key = launch.own_address(), secrets.token_urlsafe(9)
        if not host:
            raise SosieError("Cette machine n'est sur aucun réseau.", "Essayez : sosie arena --host ADRESSE")
        self._friends = launch.beside(self._games[self.chosen].table, Door(host, key))
        self.invitation = launch.with_key(launch.address_of(self._friends), key)

    def close_to_friends(self) -> None:
        if self._friends:
            self._friends.shutdown()
            self._friends.server_close()
        self._friends, self.invitation = None, ""


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection while many values that stay are made: it took half of the time."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # with the next line: they join the oldest generation without being looked through
        gc.unfreeze()
        if collected:
            gc.enable()

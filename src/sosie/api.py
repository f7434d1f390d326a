"""The public Python API: a project is a folder, and every verb is one of its methods.

    from sosie import Project
    project = Project("moi")
    project.import_(["Discussion WhatsApp avec Malo.zip"], me=["Léa"])
    project.prepare()
    project.train(model="mini", name="lea")
    project.open("lea").answer("tu viens ce soir ?")

A verb's settings have the names of sosie.toml, which is read first. `report` hears of progress. SosieError is
raised where the user can do something about it; nothing here prints.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from sosie.core import settings, settings_file
from sosie.core.errors import SosieError as SosieError
from sosie.core.jsonl import own_dialogues, read_told
from sosie.core.progress import Report, silent
from sosie.core.workspace import Workspace
from sosie.core.writing import private, writing

if TYPE_CHECKING:
    from sosie.arena.game import Game
    from sosie.arena.judge import Judged
    from sosie.arena.judge_client import Server
    from sosie.arena.scoreboard import Scoreboard
    from sosie.engines.base import Engine
    from sosie.engines.chat_model import ChatModel
    from sosie.evaluate.scores import Scores
    from sosie.export.base import Exported
    from sosie.importing.run import Imported
    from sosie.models.mask_preview import Span
    from sosie.prepare.owner_questions import Alias
    from sosie.prepare.pipeline import Prepared
    from sosie.train.plan import Plan
    from sosie.train.run import Trained

Settings = TypeVar("Settings", bound=BaseModel)
PathLike = str | Path


class Project:
    """A folder and what sosie does there. `double` is a run's name, a folder, a zip; None: the newest; `base`
    a copy of the model that it was learnt on, where the one that it names is not here."""

    def __init__(self, folder: PathLike = ".") -> None:
        self.workspace = Workspace(Path(folder))

    def __repr__(self) -> str:
        return f"Project({str(self.workspace.folder)!r})"

    @writing
    def import_(
        self,
        exports: Sequence[PathLike],
        me: Sequence[str] = (),
        source: str | None = None,
        report: Report = silent,
        agree: "Callable[[Alias], bool] | None" = None,
    ) -> "Imported":
        """Bring exports into the folder, once it is clear who « me » is; the same one twice adds nothing.

        `agree` is asked about each name that may be the user's in another app; else they are only told.
        """
        from sosie.importing.run import import_exports

        return import_exports(self.workspace, [*map(Path, exports)], me, source, report, agree)

    @writing
    def prepare(
        self, /, options: settings.Prepare | None = None, report: Report = silent, **changes: Any
    ) -> "Prepared":
        """Sessions, turns, privacy, dedupe, quality, split: messages become data/{train,valid,test}.jsonl."""
        from sosie.importing.run import prepare_imported

        options = options or self._settings("prepare", settings.Prepare, changes)
        return prepare_imported(self.workspace, options, report)

    @private
    def plan(
        self,
        model: str | None = None,
        hardware: str = "auto",
        data: PathLike | None = None,
        options: settings.Train | None = None,
        report: Report = silent,
        **changes: Any,
    ) -> "Plan":
        """What training would do, why, how long, how much memory. Needs no torch."""
        from sosie.models import catalogue
        from sosie.models.hardware import hardware as machine
        from sosie.train.plan import count_dialogues
        from sosie.train.planner import make_plan

        options = options or self._settings("train", settings.Train, changes)
        base = catalogue.find(model or options.model or "vigostral")
        own = own_dialogues(self.workspace, "train", missing_ok=True)
        counts = count_dialogues(read_told(Path(data), report) if data else own)
        return make_plan(base, machine(hardware), counts, options)

    @writing
    def train(
        self,
        /,
        data: PathLike | None = None,
        name: str | None = None,
        resume: str | None = None,
        options: settings.Train | None = None,
        agree: Callable[[str], bool] = lambda question: False,
        report: Report = silent,
        **changes: Any,
    ) -> "Trained":
        """An adapter that writes like the person, in runs/NAME/double.

        The dialogues are those of data/, or of `data`, any OpenAI `messages` file. `agree` is asked before a
        model is downloaded. `resume` names the run to go on with; an empty name means the newest.
        """
        from sosie.train.run import train_double

        options = options or self._settings("train", settings.Train, changes)
        return train_double(self.workspace, _path(data), name, resume, options, agree, report)

    @private
    def mask_preview(
        self,
        data: PathLike | None = None,
        options: settings.Train | None = None,
        count: int = 3,
        report: Report = silent,
    ) -> "list[list[Span]]":
        """What training would learn of the first dialogues, piece by piece: learnt, context or special."""
        from sosie.models.mask_preview import previews

        options = options or self._settings("train", settings.Train)
        dialogues = read_told(Path(data), report) if data else own_dialogues(self.workspace, "train")
        return previews(dialogues[:count], options.model or "mini", options.max_tokens)

    @writing
    def evaluate(
        self,
        /,
        double: str | None = None,
        held: PathLike | None = None,
        learnt: PathLike | None = None,
        against: str | None = None,
        options: settings.Evaluate | None = None,
        report: Report = silent,
        base: str | None = None,
        **changes: Any,
    ) -> "Scores":
        """Does it write like the person, does it copy, does it leak, what has it forgotten? -> report.html

        `held` and `learnt` name files of dialogues in place of the folder's own, for a double trained on a
        file; `against` another run that was evaluated, to be drawn beside.
        """
        from sosie.evaluate.run import evaluate_double

        options = options or self._settings("evaluate", settings.Evaluate, changes)
        files = _path(held), _path(learnt)
        return evaluate_double(self.workspace, double, *files, against, options, report, base)

    @writing
    def arena(
        self,
        /,
        doubles: Sequence[str] = (),
        held: PathLike | None = None,
        options: settings.Arena | None = None,
        report: Report = silent,
        base: str | None = None,
        **changes: Any,
    ) -> "Game":
        """The blind game, ready to be played against these doubles or models; else the newest double."""
        from sosie.arena.run import open_game

        options = options or self._settings("arena", settings.Arena, changes)
        return open_game(self.workspace, doubles, _path(held), options, report, base)

    @writing
    def judge(
        self,
        server: "Server",
        double: str | None = None,
        held: PathLike | None = None,
        seed: int = 7,
        report: Report = silent,
        base: str | None = None,
    ) -> "Judged":
        """A model as the game's only rater, that must first tell the person from others."""
        from sosie.arena.run import judge_double

        return judge_double(self.workspace, server, double, _path(held), seed, report, base)

    @writing
    def tally(self, seed: int = 7) -> "Scoreboard":
        """What the votes of the blind game say so far. NothingToDo where nobody has played."""
        from sosie.arena.run import count_votes

        return count_votes(self.workspace, seed)

    @private
    def open_engine(self, double: str | None = None, base: str | None = None) -> "Engine":
        """What answers for a double or a model: turns in, text out (engines/base.py)."""
        from sosie.engines.base import open_engine
        from sosie.models.doubles import find_double

        return open_engine(find_double(self.workspace, double, base) or str(double))

    def open(self, double: str | None = None, base: str | None = None) -> "ChatModel":
        """The same, to talk to from Python: `.answer("salut")`, `.stream(...)`, `.chat()`."""
        from sosie.engines.chat_model import ChatModel

        return ChatModel(self.open_engine(double, base))

    @writing
    def export(
        self,
        kind: str,
        double: str | None = None,
        to: PathLike | None = None,
        model: str | None = None,
        passphrase: str = "",
        report: Report = silent,
        base: str | None = None,
    ) -> "Exported":
        """A double, or what is needed to make one elsewhere, as files in `to`; nothing is sent.

        `model` and `passphrase` are for kits: what would be trained there, and what seals the dialogues.
        """
        from sosie.export.base import Order, export

        train = self._settings("train", settings.Train, {"model": model} if model else {})
        evaluate = self._settings("evaluate", settings.Evaluate)
        order = Order(self.workspace, double, train, evaluate, passphrase, base)
        return export(kind, order, _path(to) or self.workspace.out, report)

    @writing
    def unpack(self, kit: PathLike, passphrase: str = "", report: Report = silent) -> int:
        """Open in this folder what `export` packed for another machine; how many dialogues to learn."""
        from sosie.export import training_kit

        return training_kit.unpack_kit(Path(kit), self.workspace, passphrase)

    def _settings(self, verb: str, model: type[Settings], changes: dict[str, Any] | None = None) -> Settings:
        """The verb's table of sosie.toml, with these changes. BadSettings names what is wrong."""
        return settings_file.load(self.workspace.settings, verb, model, changes)


def _path(given: PathLike | None) -> Path | None:
    return Path(given) if given else None

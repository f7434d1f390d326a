"""The verbs of Project that talk to a double, and measure it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sosie.api.folder import Folder, PathLike, as_path
from sosie.core import settings
from sosie.core.errors import BadSettings
from sosie.core.progress import Report, silent
from sosie.core.writing import private, writing

if TYPE_CHECKING:
    from sosie.arena.game import Game
    from sosie.arena.judge import Judged
    from sosie.arena.judge_client import Server
    from sosie.arena.scoreboard import Scoreboard
    from sosie.engines.base import Engine
    from sosie.engines.chat_model import ChatModel
    from sosie.evaluate.scores import Scores


class MeasuringVerbs(Folder):
    """Methods of Project: talking, evaluation, the blind game."""

    @private
    def open_engine(
        self,
        double: str | None = None,
        engine: str | None = None,
        base: str | None = None,
        circle: str | None = None,
        **options: Any,
    ) -> "Engine":
        """What answers for a double, a model or an address: turns in, text out (engines/base.py).

        `engine`: "local" (transformers), "mlx" or "gguf" (llama.cpp); None: what suits it. `options` are the
        engine's; of an address: key, elsewhere (True where private text may leave this machine). `circle`: of
        those that the double learnt, the one to write as to, by its name or a word of it.
        """
        from sosie.engines.base import open_engine
        from sosie.models.doubles import find_double

        found = find_double(self.workspace, double, base)
        if circle is not None and not found:
            raise BadSettings("Seul un double entraîné a des cercles.", "Enlevez --circle.")
        return open_engine(found.in_circle(circle) if found else str(double), engine, **options)

    def open(
        self, double: str | None = None, engine: str | None = None, base: str | None = None, **options: Any
    ) -> "ChatModel":
        """The same, to talk to from Python: `.answer("salut")`, `.stream(...)`, `.chat()`."""
        from sosie.engines.chat_model import ChatModel

        return ChatModel(self.open_engine(double, engine, base, **options))

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
        files = as_path(held), as_path(learnt)
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
        return open_game(self.workspace, doubles, as_path(held), options, report, base)

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

        return judge_double(self.workspace, server, double, as_path(held), seed, report, base)

    @writing
    def tally(self, seed: int = 7) -> "Scoreboard":
        """What the votes of the blind game say so far. NothingToDo where nobody has played."""
        from sosie.arena.run import count_votes

        return count_votes(self.workspace, seed)

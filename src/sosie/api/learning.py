"""The verbs of Project that make a double, and take it elsewhere."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.api.folder import Folder, PathLike, as_path
from sosie.core import settings
from sosie.core.jsonl import own_dialogues, read_told
from sosie.core.progress import Report, silent
from sosie.core.writing import private, writing

if TYPE_CHECKING:
    from sosie.export.base import Exported
    from sosie.export.verify import Verified
    from sosie.models.mask_preview import Span
    from sosie.nanochat.train import Taught
    from sosie.train.ladder import Rung
    from sosie.train.plan import Counts, Plan
    from sosie.train.run import Trained


class LearningVerbs(Folder):
    """Methods of Project: what training would do, training, what leaves."""

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
        from sosie.train.ladder import recommended
        from sosie.train.planner import make_plan

        options = options or self._settings("train", settings.Train, changes)
        named = model or options.model
        base = catalogue.find(named) if named else recommended(self.ladder(hardware, data, options))
        return make_plan(base, machine(hardware), self._counts(data, report), options)

    @private
    def ladder(
        self,
        hardware: str = "auto",
        data: PathLike | None = None,
        options: settings.Train | None = None,
        model: str | None = None,
    ) -> "tuple[Rung, ...]":
        """The bases that suit this machine and these dialogues, the best first: what `train` chooses from.

        With `model`, that one alone stands first.
        """
        from sosie.models import catalogue
        from sosie.models.hardware import hardware as machine
        from sosie.train.ladder import NOMINAL, make_ladder, make_rung

        options = options or self._settings("train", settings.Train, {})
        here, counts = machine(hardware), self._counts(data)
        ladder = make_ladder(here, counts, options, as_path(data))
        if model is None:
            return ladder
        named = make_rung(catalogue.find(model), here, counts if counts.dialogues else NOMINAL, options)
        return (named, *(rung for rung in ladder if rung.model != named.model))

    def _counts(self, data: PathLike | None, report: Report = silent) -> "Counts":
        """The counts of the dialogues to learn; of none where there are none yet."""
        from sosie.train.plan import count_dialogues

        own = own_dialogues(self.workspace, "train", missing_ok=True)
        return count_dialogues(read_told(Path(data), report) if data else own)

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
        update: bool = False,
        **changes: Any,
    ) -> "Trained":
        """An adapter that writes like the person, in runs/NAME/double.

        The dialogues are those of data/, or of `data`, any OpenAI `messages` file. `agree` is asked before a
        model is downloaded. `resume` names the run to go on with; an empty name means the newest. With
        `update` the newest double goes on with what was added since; it stays, and a new one is made.
        """
        from sosie.train.run import train_double
        from sosie.train.run_folder import learning

        options = options or self._settings("train", settings.Train, changes)
        where = self.workspace, as_path(data)
        with learning(self.workspace, report):
            return train_double(*where, name, resume, options, agree, report, update)

    @writing
    def train_nanochat(
        self,
        /,
        data: PathLike | None = None,
        base: PathLike | None = None,
        name: str | None = None,
        resume: str | None = None,
        options: settings.Nanochat | None = None,
        report: Report = silent,
        **changes: Any,
    ) -> "Taught":
        """A nanochat of one's own, in runs/NAME/double: from nothing, or from a `base` that nanochat made.

        The dialogues and `resume` are as for `train`; each step is explained in the events.
        """
        from sosie.nanochat.train import train_nanochat
        from sosie.train.run_folder import learning

        options = options or self._settings("nanochat", settings.Nanochat, changes)
        where = as_path(data), as_path(base)
        with learning(self.workspace, report):
            return train_nanochat(self.workspace, *where, name, resume, options, report)

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
    def export(
        self,
        kind: str,
        double: str | None = None,
        to: PathLike | None = None,
        model: str | None = None,
        passphrase: str = "",
        weights: str | None = None,
        report: Report = silent,
        base: str | None = None,
        agree: Callable[[str], bool] = lambda question: False,
        repository: str = "",
        dry_run: bool = False,
        knowingly: bool = False,
    ) -> "Exported":
        """A double, or what is needed to make one elsewhere, as files in `to`.

        `model` and `passphrase` are for kits: what would be trained there, and what seals the dialogues;
        `weights` for gguf and ollama (f32, f16, q8_0, q4_k_m, q4_0) and merged (f32, bf16, f16). `agree` is
        asked before words that were said are written in a skill or for nanochat, and before hub sends: to
        `repository`, never in a `dry_run`, and what copies, leaks or was not measured only if `knowingly`.
        """
        from sosie.arena.run import keep_rates
        from sosie.export.base import Order, export

        keep_rates(self.workspace)
        train = self._settings("train", settings.Train, {"model": model} if model else {})
        evaluate = self._settings("evaluate", settings.Evaluate)
        order = Order(
            self.workspace,
            double,
            train,
            evaluate,
            passphrase,
            weights or "",
            base,
            agree,
            repository,
            dry_run,
            knowingly,
        )
        return export(kind, order, as_path(to) or self.workspace.out, report)

    def verify(self, export: PathLike) -> "Verified":
        """Whether what `export` wrote is still that; writes nothing."""
        from sosie.export.verify import verify

        secret = self.workspace.private / "secret"
        return verify(Path(export), secret.read_bytes() if secret.is_file() else b"")

    @writing
    def unpack(self, kit: PathLike, passphrase: str = "", report: Report = silent) -> int:
        """Open in this folder what `export` packed for another machine; how many dialogues to learn."""
        from sosie.export import training_kit

        return training_kit.unpack_kit(Path(kit), self.workspace, passphrase)

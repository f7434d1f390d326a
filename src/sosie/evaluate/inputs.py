"""A folder and a name become what is examined: the double, what it learnt, what it never saw.

subject(double)                                     ->  Subject   loaded when first asked
of_folder(workspace, run) | of_files(held, learnt)  ->  Data
Evidence(subject, data, options, folder)            ->  what every measure looks at, each thing made once
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

from sosie.core import jsonl
from sosie.core.circles import told
from sosie.core.dialogue import Dialogue
from sosie.core.double import Double
from sosie.core.errors import NothingToDo
from sosie.core.progress import Event, Report, silent
from sosie.core.settings import Evaluate
from sosie.core.workspace import Workspace
from sosie.engines.base import Scorer, open_engine
from sosie.evaluate.collect_answers import Answers, DoubledEngine, Subject, collect_answers, mark_of
from sosie.evaluate.heldout import Context, Held, held_out, interlocutors, typed
from sosie.evaluate.measures.leaks import Secrets
from sosie.evaluate.measures.likeness import FEWEST_OTHERS
from sosie.evaluate.measures.recited import TrainingReplies
from sosie.evaluate.measures.reference import Reference, make_reference
from sosie.evaluate.statistics import FEWEST
from sosie.models.doubles import run_of
from sosie.prepare.review.apply import apply_if_needed
from sosie.style.words import usable
from sosie.train import run_folder
from sosie.train.corrected import corrected


@dataclass(frozen=True, slots=True, repr=False)
class Data:
    """What the double learnt, what it never saw, and all that anybody wrote (for the baseline)."""

    train: Sequence[Dialogue]
    held: Sequence[Dialogue]
    part: str  # test, valid or file
    secrets: Secrets
    around: Sequence[Dialogue] = ()
    warnings: tuple[str, ...] = ()

    def told(self, circles: Sequence[str]) -> "Data":
        """The same, as a double is asked that learnt these circles."""
        train, held = ([told(dialogue, circles) for dialogue in part] for part in (self.train, self.held))
        return replace(self, train=train, held=held)


@dataclass(frozen=True, repr=False)
class Evidence:
    """All that the measures look at; each thing is made once, when it is first asked for."""

    subject: Subject
    data: Data
    options: Evaluate
    folder: Path  # where answers are kept
    report: Report = silent

    @cached_property
    def held(self) -> Held:
        """The contexts to answer. NothingToDo where there is none."""
        held = held_out(self.data.held, self.options.contexts, self.options.seed, self._secret())
        if held.contexts:
            return held
        raise NothingToDo(
            "Aucune réponse de vous n'a été gardée de côté : il n'y a rien à mesurer.",
            "Ajoutez des discussions (sosie import), ou nommez un fichier : sosie evaluate --held FICHIER",
        )

    def _secret(self) -> bytes:
        """That of the project whose run is measured; none elsewhere."""
        runs = self.folder.parent.parent
        return Workspace(runs.parent).secret() if runs.name == "runs" else b""

    @cached_property
    def answers(self) -> Answers:
        """Everybody's answers to them."""
        text = f"Le double et ses rivaux répondent à {len(self.held.contexts)} messages..."
        self.report(Event("answer", text=text))
        return collect_answers(
            self.subject, self.held, self.data.train, self.options, self.folder, self.report
        )

    @cached_property
    def double(self) -> list[str]:
        """What the double answered, `base` what its base did, `truth` what the person had."""
        return self.answers.texts("double")

    @cached_property
    def base(self) -> list[str]:
        return self.answers.texts("base")

    @cached_property
    def truth(self) -> list[str]:
        return self.held.truth

    @cached_property
    def whom(self) -> list[str]:
        return [context.correspondent for context in self.held.contexts]

    @cached_property
    def others(self) -> list[list[str]]:
        return other_people(self.data)

    @cached_property
    def reference(self) -> Reference:
        return make_reference(self.truth, self.others, self.options.seed)

    @cached_property
    def training(self) -> TrainingReplies:
        return TrainingReplies.of([reply for dialogue in self.data.train for reply in dialogue.replies])

    @cached_property
    def learnt(self) -> tuple[Context, ...]:
        """As many contexts of replies that the double was trained on."""
        return held_out(self.data.train, self.options.contexts, self.options.seed).contexts

    @cached_property
    def scorers(self) -> tuple[Scorer, Scorer] | None:
        """The double and its base, where their engine tells how likely a text is."""
        double, base = self.subject.engine, self.subject.base
        return (double, base) if isinstance(double, Scorer) and isinstance(base, Scorer) else None


def other_people(data: Data) -> list[list[str]]:
    """The real other people, where three wrote enough for a baseline; else none: invented ones stand in."""
    wrote = interlocutors(filter(typed, data.around or (*data.train, *data.held)))
    enough = [texts for _, texts in sorted(wrote.items()) if len(usable(texts)) >= FEWEST]
    return enough if len(enough) >= FEWEST_OTHERS else []


def subject(double: Double, report: Report = silent) -> Subject:
    """A double to be asked and measured."""

    def opening() -> DoubledEngine:
        report(Event("load"))
        return cast(DoubledEngine, open_engine(double))

    base = mark_of(double.base, double.revision)
    return Subject(
        name=run_of(double).name,
        base_name=double.base,
        sampling=double.sampling,
        weights=f"{double.adapter_sha256} {base}",
        base_weights=base,
        opening=opening,
    )


def of_files(held: Sequence[Dialogue], learnt: Sequence[Dialogue]) -> Data:
    """For a double that was trained on a file: its private strings are those of the file, not yet masked."""
    return Data(learnt, held, "file", Secrets.of(learnt))


def of_folder(workspace: Workspace, run: Path) -> Data:
    """data/{train,test}.jsonl; the part that validated the training where there is no test."""
    apply_if_needed(workspace)
    parts = {name: workspace.data / f"{name}.jsonl" for name in ("train", "valid", "test")}
    train, valid, test = (list(jsonl.read(path)) if path.is_file() else [] for path in parts.values())
    train = with_corrections(workspace, run, train, valid)
    if not (test or valid):
        raise NothingToDo(
            "Il n'y a pas ici de réponses gardées de côté pour mesurer.",
            "Faites d'abord sosie prepare, ou nommez-les : sosie evaluate --held FICHIER --learnt FICHIER",
        )
    return Data(
        train=train,
        held=test or valid,
        part="test" if test else "valid",
        secrets=Secrets.open(workspace),
        around=(*train, *valid, *test),
        warnings=tuple(doubts(run, train, valid, test)),
    )


def with_corrections(
    workspace: Workspace, run: Path, train: list[Dialogue], valid: list[Dialogue]
) -> list[Dialogue]:
    """What a run learnt: the person's corrections too, where it went on from another double with them."""
    more = corrected(workspace)
    if not more:
        return train
    whole = [*train, *more]
    plan = run_folder.read_plan(run) if (run / run_folder.PLAN).is_file() else {}
    return whole if plan.get("data_sha256") == run_folder.fingerprint(whole, valid) else train


def doubts(
    run: Path, train: Sequence[Dialogue], valid: Sequence[Dialogue], test: Sequence[Dialogue]
) -> list[str]:
    """Why what is measured here may flatter."""
    found = []
    if not test:
        found.append(
            "Pas de « data/test.jsonl » : mesuré sur la part qui a servi à s'arrêter, ce qui flatte un peu."
        )
    plan = run_folder.read_plan(run) if (run / run_folder.PLAN).is_file() else {}
    if plan.get("data_sha256") not in (None, run_folder.fingerprint(train, valid)):
        found.append(
            "Ce double n'a pas appris les dialogues de ce dossier tels qu'ils sont maintenant : il a pu lire "
            "ce qui sert ici à mesurer."
        )
    return found

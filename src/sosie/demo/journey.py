"""The whole journey on the bundled export, with the embedded model or another: what `sosie demo` shows.

choose(« luth-0.6b », agree)     the model, once it is clear that it can be had
journey(folder, model)           ->  Demo(imported, prepared, trained, seconds, answers, likeness)
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sosie.demo
from sosie.api import Project
from sosie.core import settings
from sosie.core.counted import counted
from sosie.core.dialogue import Turn
from sosie.core.progress import Event, Report, silent
from sosie.models import catalogue, hub
from sosie.models.catalogue import Base
from sosie.sources.summary import inspect
from sosie.train.choose_model import question
from sosie.train.inputs import with_card
from sosie.train.ladder import PREVIEW

if TYPE_CHECKING:
    from sosie.evaluate.measures.likeness import LikenessAndBase
    from sosie.importing.run import Imported
    from sosie.prepare.pipeline import Prepared
    from sosie.train.run import Trained

BRIEFLY = settings.Evaluate(rivals=False, generations=100, attacks=False, forgetting=False)


@counted
@dataclass(frozen=True, slots=True)
class Demo:
    """The journey's figures, before and after."""

    model: str
    imported: "Imported"
    prepared: "Prepared"
    trained: "Trained"
    seconds: float
    answers: tuple[tuple[str, str, str], ...]  # question, the base model's answer, the double's
    likeness: "LikenessAndBase"


def choose(model: str, agree: Callable[[str], bool], report: Report = silent) -> Base:
    """The model of that name; mini if its weights are not here and the download is declined.

    UnknownModel before anything is read, where it does not exist or no network answers.
    """
    report(Event("load"))
    base = with_card(catalogue.find(model))
    if base.local:
        return base
    hub.check_network(base)
    if agree(question(base)):
        return base
    report(Event("plan", text=f"Sans lui, la démonstration se fait avec {PREVIEW}."))
    return catalogue.find(PREVIEW)


def journey(
    folder: Path,
    model: str = PREVIEW,
    report: Report = silent,
    after: Callable[[Any], None] = lambda result: None,
) -> Demo:
    """`after` is given each step's result as soon as it is there: Summary, Imported, Prepared, StyleCard,
    Trained."""
    start = time.monotonic()
    project = Project(folder)
    after(inspect(sosie.demo.EXPORT, report=report))
    after(imported := project.import_([sosie.demo.EXPORT], me=[sosie.demo.ME], report=report))
    after(prepared := project.prepare(report=report))
    after(project.style(report)[0])
    after(trained := project.train(options=settings.Train(model=model), report=report))
    report(Event("load"))
    answers = ask(project.open_engine(str(trained.double)), sosie.demo.questions(), report)
    likeness = project.evaluate(options=BRIEFLY, report=report).likeness
    name = catalogue.find(model).name
    return Demo(name, imported, prepared, trained, time.monotonic() - start, answers, likeness)


def ask(engine: Any, questions: Sequence[str], report: Report = silent) -> tuple[tuple[str, str, str], ...]:
    """The same questions to the base model and to its double: (question, before, after)."""
    report(Event("answer", text="Les mêmes questions, avant et après l'entraînement..."))
    asked = [(Turn("user", question),) for question in questions]
    seeds = range(1, len(questions) + 1)  # one for all would begin all answers alike
    before, after = (view.answers(asked, engine.sampling, seeds) for view in (engine.base, engine))
    return tuple(zip(questions, before, after, strict=True))

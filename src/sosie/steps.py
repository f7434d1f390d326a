"""What sosie can do: one short function per verb. This is the public Python API.

    from sosie import Workspace, import_, prepare, train, open_engine
    work = Workspace(Path("moi"))
    import_(work, [Path("Discussion WhatsApp avec Malo.zip")], me=["Léa"])
    prepare(work)
    double = train(work, model="mini").double

Every function takes an optional `report`, which hears of progress, and raises SosieError where the user can
do something about it. Nothing here prints.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core import jsonl, settings
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.double import Double
from sosie.core.errors import NothingToDo
from sosie.core.errors import SosieError as SosieError
from sosie.core.progress import Event, Report, silent
from sosie.core.workspace import Workspace

if TYPE_CHECKING:
    from sosie.engines.base import Engine
    from sosie.evaluate.likeness import Likeness
    from sosie.models.catalogue import Base
    from sosie.models.mask import Span
    from sosie.prepare.pipeline import Prepared
    from sosie.sources.tally import Tally
    from sosie.train.plan import Plan
    from sosie.train.run import Trained


def inspect(path: Path, source: str | None = None, texts: bool = False, report: Report = silent) -> "Tally":
    """What an export holds: who, how much, when, and what was left out. Writes nothing."""
    from sosie.sources.base import read_export
    from sosie.sources.tally import tally

    return tally(read_export(path, source), texts=texts, report=report)


@dataclass(frozen=True, slots=True)
class Imported:
    """`added` and `already_there` count messages; `me` are the owner's names."""

    added: int
    already_there: int
    conversations: int
    me: tuple[str, ...]
    reason: str  # how « me » was decided, in French


def import_(
    workspace: Workspace,
    exports: Sequence[Path],
    me: Sequence[str] = (),
    source: str | None = None,
    report: Report = silent,
) -> Imported:
    """Bring exports into the folder, once. Who « me » is must be clear before anything is kept."""
    from sosie.prepare.identity import authors, find_me
    from sosie.sources import shelf
    from sosie.sources.base import read_export

    hints = (*settings.load(workspace.settings, "import", settings.Import).me, *me)
    new = (read_export(path, source) for path in exports)
    identity = find_me(authors(chain(shelf.imported(workspace), chain.from_iterable(new))), hints)
    added = shelf.add(workspace, exports, source=source, report=report)
    names = tuple(sorted(identity.names))
    settings.remember_me(workspace.settings, names)
    return Imported(added.added, added.already_there, added.conversations, names, identity.reason)


def prepare(
    workspace: Workspace, options: settings.Prepare = settings.Prepare(), report: Report = silent
) -> "Prepared":
    """Sessions, turns, privacy, dedupe, quality, split: the shelf becomes data/{train,valid,test}.jsonl."""
    from sosie.prepare import pipeline
    from sosie.prepare.identity import authors, find_me
    from sosie.prepare.privacy import Vault
    from sosie.sources import shelf

    hints = settings.load(workspace.settings, "import", settings.Import).me
    identity = find_me(authors(shelf.imported(workspace)), hints)
    vault = Vault.open(workspace)
    prepared = pipeline.prepare(shelf.imported(workspace, report), identity, options, vault, report)
    pipeline.write(prepared, workspace, vault)
    return prepared


def plan(
    workspace: Workspace,
    model: str | None = None,
    hardware: str = "auto",
    data: Path | None = None,
    options: settings.Train = settings.Train(),
    report: Report = silent,
) -> "Plan":
    """What training would do, why, how long, how much memory. Needs no torch."""
    from sosie.models import catalogue
    from sosie.models.hardware import hardware as machine
    from sosie.train.plan import count, make_plan

    base = catalogue.find(model or options.model or "vigostral")
    dialogues = read_told(data, report) if data else own_dialogues(workspace, "train", missing_ok=True)
    return make_plan(base, machine(hardware), count(dialogues), options)


def train(
    workspace: Workspace,
    data: Path | None = None,
    name: str | None = None,
    resume: str | None = None,
    options: settings.Train = settings.Train(),
    agree: Callable[[str], bool] = lambda question: False,
    report: Report = silent,
) -> "Trained":
    """An adapter that writes like the person, in runs/NAME/double.

    `agree` is asked before a model is downloaded. Data of one's own is taken from data/, else from `data`,
    any OpenAI `messages` file, of which a share is then kept for validation. `resume` names the run to go on
    with; an empty name means the newest.
    """
    from sosie.train import run

    # A run taken up again keeps its own model: there is nothing to choose, nor to ask.
    base = choose_model(workspace, options.model, agree, report) if resume is None else None
    learn, valid = (
        run.keep_some_for_validation(read_told(data, report), options)
        if data
        else (own_dialogues(workspace, "train"), own_dialogues(workspace, "valid"))
    )
    named = name or f"{datetime.now():%Y%m%d-%H%M%S}-{base.name if base else 'reprise'}"
    folder = workspace.run(named)
    return run.train(learn, valid, base, options, folder, report, resume=resume)


def mask(
    workspace: Workspace, data: Path | None = None, options: settings.Train = settings.Train(), count: int = 3
) -> "list[list[Span]]":
    """What training would learn of the first dialogues, sign by sign: learnt, context or special."""
    from sosie.models import catalogue
    from sosie.models.load import load_tokenizer
    from sosie.models.mask import spans
    from sosie.models.windows import examples

    dialogues = read_told(data, silent) if data else own_dialogues(workspace, "train")
    base = catalogue.find(options.model or "mini")
    tokenizer, template = load_tokenizer(base)
    length = options.max_tokens or (base.card.context if base.card else 1024)
    return [
        spans(example, tokenizer)
        for dialogue in dialogues[:count]
        for example in examples(dialogue.turns, tokenizer, template, length)
    ]


def choose_model(
    workspace: Workspace, model: str | None, agree: Callable[[str], bool], report: Report
) -> "Base":
    """The model that was named; else Vigostral where it fits and is here or agreed to; else mini."""
    from sosie.models import catalogue
    from sosie.models.hardware import hardware as machine
    from sosie.train.plan import count, make_plan

    if model:
        return catalogue.find(model)
    base = catalogue.find("vigostral")
    outline = make_plan(base, machine("auto"), count(own_dialogues(workspace, "train", missing_ok=True)))
    if not outline.fits:
        why = "Vigostral (7 milliards de paramètres) ne tient pas sur cette machine"
    elif base.local or agree("Vigostral n'est pas sur cette machine. Le télécharger (14,5 Go) ?"):
        return base
    else:
        why = "Vigostral n'est pas sur cette machine"
    report(
        Event(
            "plan",
            text=f"{why} : sosie prend mini, son petit modèle embarqué (un aperçu, pas un vrai double).",
        )
    )
    return catalogue.find("mini")


def own_dialogues(workspace: Workspace, part: str, missing_ok: bool = False) -> list[Dialogue]:
    """data/PART.jsonl of the folder."""
    path = workspace.data / f"{part}.jsonl"
    if path.is_file():
        return list(jsonl.read(path))
    if missing_ok:
        return []
    raise NothingToDo(
        "Il n'y a pas encore de dialogues ici.", "Faites d'abord : sosie import, puis sosie prepare"
    )


def read_told(path: Path, report: Report) -> list[Dialogue]:
    """A `messages` file; each line that could not be used is told by its number."""
    from sosie.core.errors import BadData

    complaints: list[tuple[int, str]] = []
    dialogues = list(jsonl.read(path, lambda line, reason: complaints.append((line, reason))))
    tell_left_out(path, complaints, report)
    if not dialogues:
        raise BadData(
            f"« {path.name} » n'a aucun dialogue utilisable.",
            'Attendu : une ligne JSON par dialogue, {"messages": [{"role": ..., "content": ...}]}',
        )
    return dialogues


def tell_left_out(path: Path, complaints: Sequence[tuple[int, str]], report: Report) -> None:
    """The lines of a file that could not be used, by number: the first five, and how many more."""
    for line, reason in complaints[:5]:
        report(Event("warning", text=f"{path.name}, ligne {line} : {reason} ; laissée de côté."))
    if len(complaints) > 5:
        report(Event("warning", text=f"… et {len(complaints) - 5} autres lignes laissées de côté."))


def likeness(
    given: Path, truth: Path, others: Sequence[Path] = (), seed: int = 7, report: Report = silent
) -> "Likeness":
    """How close files of replies are to a person's: 0 as any other person's, 100 as their own."""
    from sosie.evaluate.likeness import likeness as measure
    from sosie.evaluate.replies import read_replies

    def read(path: Path) -> list[str]:
        complaints: list[tuple[int, str]] = []
        replies = read_replies(path, lambda line, reason: complaints.append((line, reason)))
        tell_left_out(path, complaints, report)
        return replies

    return measure(read(given), read(truth), [read(path) for path in others], seed)


def open_engine(workspace: Workspace, double: str | None = None) -> "Engine":
    """Something that answers: the folder's newest double, or the double, run, model or address named."""
    from sosie.engines.base import open_engine as engine

    if double is None:
        return engine(Double.read(workspace.latest_double()))
    named = workspace.run(double) / "double"
    return engine(Double.read(named) if named.is_dir() else double)


@dataclass(frozen=True, slots=True)
class Demo:
    """The journey's figures, before and after."""

    imported: Imported
    prepared: "Prepared"
    trained: "Trained"
    seconds: float
    answers: tuple[tuple[str, str, str], ...]  # question, the base model's answer, the double's


def demo(folder: Path, report: Report = silent, after: Callable[[Any], None] = lambda result: None) -> Demo:
    """The whole journey on the bundled export with the embedded model.

    `after` is given each step's result as soon as it is there: Tally, Imported, Prepared, Trained.
    """
    import time

    import sosie.demo

    start = time.monotonic()
    workspace = Workspace(folder)
    after(inspect(sosie.demo.EXPORT, report=report))
    after(imported := import_(workspace, [sosie.demo.EXPORT], me=[sosie.demo.ME], report=report))
    after(prepared := prepare(workspace, report=report))
    after(trained := train(workspace, options=settings.Train(model="mini"), report=report))
    answers = ask(open_engine(workspace, str(trained.double)), sosie.demo.questions(), report)
    return Demo(imported, prepared, trained, time.monotonic() - start, answers)


def ask(engine: Any, questions: Sequence[str], report: Report = silent) -> tuple[tuple[str, str, str], ...]:
    """The same questions to the base model and to its double: (question, before, after)."""
    report(Event("answer", text="Les mêmes questions, avant et après l'entraînement..."))
    told = []
    for number, question in enumerate(questions, 1):
        sampling = replace(engine.sampling, seed=number)  # one seed for all would begin all answers alike
        (before,), (after,) = (
            view.answers([(Turn("user", question),)], sampling) for view in (engine.base, engine)
        )
        told.append((question, before, after))
        report(Event("answer", done=number, total=len(questions)))
    return tuple(told)

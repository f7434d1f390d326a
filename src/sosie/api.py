"""What sosie can do: one short function per verb. This is the public Python API.

    from sosie import Workspace, import_, prepare, train, open_engine
    work = Workspace(Path("moi"))
    import_(work, [Path("Discussion WhatsApp avec Malo.zip")], me=["Léa"])
    prepare(work)
    double = train(work, model="mini").double

Every function takes an optional `report`, which hears of progress, and raises SosieError where the user can
do something about it. Nothing here prints.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core import settings, settings_file
from sosie.core.counted import counted
from sosie.core.dialogue import Turn
from sosie.core.double import Double
from sosie.core.errors import NothingToDo
from sosie.core.errors import SosieError as SosieError
from sosie.core.jsonl import own_dialogues, read_told, tell_left_out
from sosie.core.progress import Event, Report, silent
from sosie.core.workspace import Workspace
from sosie.core.writing import private, writing

if TYPE_CHECKING:
    from sosie.arena.game import Game
    from sosie.arena.judge import Judged
    from sosie.arena.judge_client import Server
    from sosie.arena.scoreboard import Scoreboard
    from sosie.engines.base import Engine
    from sosie.evaluate.measures.likeness import Likeness, LikenessAndBase
    from sosie.evaluate.scores import Scores
    from sosie.export.base import Exported
    from sosie.importing.new_messages import Added
    from sosie.models.mask_preview import Span
    from sosie.prepare.owner_questions import Alias
    from sosie.prepare.pipeline import Prepared
    from sosie.sources.files.subset import UnreadFile
    from sosie.sources.summary import Summary
    from sosie.train.plan import Plan
    from sosie.train.run import Trained


@private
def inspect(path: Path, source: str | None = None, texts: bool = False, report: Report = silent) -> "Summary":
    """What a path holds, one export or several: who, how much, when, what was left out. Writes nothing."""
    from sosie.sources.mixed_exports import MixedExports
    from sosie.sources.summary import summarise

    return summarise(MixedExports(path, source), texts=texts, report=report)


@counted
@dataclass(frozen=True, slots=True)
class Imported:
    """`added` and `already_there` count messages; `me` are the owner's names."""

    added: int
    already_there: int
    conversations: int
    me: tuple[str, ...]
    reason: str  # how « me » was decided, in French
    by_source: Mapping[str, "Added"] = field(default_factory=dict)  # what each app brought
    unread: "tuple[UnreadFile, ...]" = ()  # files that nobody read, and why
    attached: int = 0  # photos and the like beside the messages of a mix
    questions: "tuple[Alias, ...]" = ()  # who else may be me: nobody was there to answer
    unclear: Mapping[str, int] = field(default_factory=dict)  # threads of two where nobody is me, by app


@writing
def import_(
    workspace: Workspace,
    exports: Sequence[Path],
    me: Sequence[str] = (),
    source: str | None = None,
    report: Report = silent,
    agree: "Callable[[Alias], bool] | None" = None,
) -> Imported:
    """Bring exports into the folder, once. Who « me » is must be clear before anything is kept.

    `agree` is asked about each name that may be the user's in another app; without it they are only told.
    """
    from sosie.importing import store
    from sosie.prepare.owner import Authors, find_me
    from sosie.prepare.owner_questions import propose, unclear

    said = settings_file.load(workspace.settings, "import", settings.Import)
    hints, answers, authors = tuple(dict.fromkeys((*said.me, *me))), dict(said.aliases), Authors()
    with store.one_at_a_time(workspace, report):
        import_plan = store.plan_import(workspace, exports, source, report, authors.watch)
        identity = find_me(authors, hints, answers)
        while agree and (asked := propose(authors, identity, answers)):
            answers[asked[0].key] = agree(asked[0])
            identity = find_me(authors, hints, answers)
        store.keep(workspace, import_plan.new)
        settings_file.remember_me(workspace.settings, tuple(sorted(identity.given)), answers)
    return Imported(
        import_plan.total.added,
        import_plan.total.already_there,
        import_plan.total.conversations,
        tuple(sorted(identity.names)),
        identity.reason,
        import_plan.by_source,
        import_plan.unread,
        import_plan.attached,
        propose(authors, identity, answers),
        unclear(authors, identity),
    )


@writing
def prepare(
    workspace: Workspace, options: settings.Prepare = settings.Prepare(), report: Report = silent
) -> "Prepared":
    """Sessions, turns, privacy, dedupe, quality, split: the store becomes data/{train,valid,test}.jsonl."""
    from sosie.importing import store
    from sosie.prepare import pipeline
    from sosie.prepare.owner import authors, find_me
    from sosie.prepare.pseudonymise import Vault

    said = settings_file.load(workspace.settings, "import", settings.Import)
    identity = find_me(authors(store.imported(workspace)), said.me, said.aliases)
    vault = Vault.open(workspace)
    prepared = pipeline.prepare(store.imported(workspace, report), identity, options, vault, report)
    pipeline.write(prepared, workspace, vault, report)
    return prepared


@private
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
    from sosie.train.plan import count
    from sosie.train.planner import make_plan

    base = catalogue.find(model or options.model or "vigostral")
    dialogues = read_told(data, report) if data else own_dialogues(workspace, "train", missing_ok=True)
    return make_plan(base, machine(hardware), count(dialogues), options)


@writing
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
    from sosie.train.choose_model import choose_model

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


@private
def mask(
    workspace: Workspace, data: Path | None = None, options: settings.Train = settings.Train(), count: int = 3
) -> "list[list[Span]]":
    """What training would learn of the first dialogues, sign by sign: learnt, context or special."""
    from sosie.models import catalogue
    from sosie.models.load import load_tokenizer
    from sosie.models.mask_preview import spans
    from sosie.models.truncation import examples

    dialogues = read_told(data, silent) if data else own_dialogues(workspace, "train")
    base = catalogue.find(options.model or "mini")
    tokenizer, template = load_tokenizer(base)
    length = options.max_tokens or (base.card.context if base.card else 1024)
    return [
        spans(example, tokenizer)
        for dialogue in dialogues[:count]
        for example in examples(dialogue.turns, tokenizer, template, length)
    ]


def likeness(
    given: Path, truth: Path, others: Sequence[Path] = (), seed: int = 7, report: Report = silent
) -> "Likeness":
    """How close files of replies are to a person's: 0 as any other person's, 100 as their own."""
    from sosie.evaluate.measures.likeness import likeness as measure
    from sosie.evaluate.replies import read_replies

    def read(path: Path) -> list[str]:
        complaints: list[tuple[int, str]] = []
        replies = read_replies(path, lambda line, reason: complaints.append((line, reason)))
        tell_left_out(path, complaints, report)
        return replies

    return measure(read(given), read(truth), [read(path) for path in others], seed)


@writing
def arena(
    workspace: Workspace,
    doubles: Sequence[str] = (),
    duels: int = 60,
    held: Path | None = None,
    seed: int = 7,
    report: Report = silent,
) -> "Game":
    """The blind game, ready to be played against these doubles or models (else the newest double).

    `held` names a file of dialogues in place of the folder's own, for a double that was trained on a file.
    """
    from sosie.arena.contexts import game_contexts, player
    from sosie.arena.game import make_game
    from sosie.arena.players import answered

    contexts, drawn = game_contexts(workspace, held, report)
    players = [player(workspace, named) for named in dict.fromkeys(doubles or (None,))]
    return make_game(*answered(players, contexts, duels, drawn, report), seed)


@writing
def judge(
    workspace: Workspace,
    server: "Server",
    double: str | None = None,
    held: Path | None = None,
    seed: int = 7,
    report: Report = silent,
) -> "Judged":
    """A model that the user named, as the game's only rater. It must first tell the person from others."""
    from sosie.arena import judge as bench
    from sosie.arena.contexts import game_contexts, player
    from sosie.arena.players import answered
    from sosie.evaluate.heldout import interlocutors
    from sosie.evaluate.personas import baseline_people

    contexts, drawn = game_contexts(workspace, held, report)
    players = [player(workspace, double)]
    asked, said = answered(players, contexts, bench.EXAMPLES + bench.MOST, drawn, report)
    (given,) = said.values()
    around = [talk for part in ("train", "valid", "test") for talk in own_dialogues(workspace, part, True)]
    others = [] if held else list(interlocutors(around).values())
    truth, turns = [context.reply for context in asked], [context.turns for context in asked]
    return bench.judge(server, truth, given, turns, others or baseline_people(200), seed, report)


@writing
def tally(workspace: Workspace, seed: int = 7) -> "Scoreboard":
    """What the votes of the blind game say so far. NothingToDo where nobody has played."""
    from sosie.arena.scoreboard import scoreboard
    from sosie.arena.votes import Votes

    nobody = NothingToDo("Personne n'a encore joué ici.", "Ouvrez une partie : sosie arena")
    if not workspace.arena.is_file():
        raise nobody
    with Votes(workspace.arena) as votes:
        given = votes.all()
    if not given:
        raise nobody
    return scoreboard(given, seed=seed)


@writing
def evaluate(
    workspace: Workspace,
    double: str | None = None,
    held: Path | None = None,
    learnt: Path | None = None,
    against: str | None = None,
    options: settings.Evaluate = settings.Evaluate(),
    report: Report = silent,
) -> "Scores":
    """Does it write like the person, does it copy, does it leak, what has it forgotten? -> report.html

    `held` and `learnt` name files of dialogues in place of the folder's own, for a double that was trained on
    a file; `against` another run that was evaluated, to be drawn beside.
    """
    from sosie.evaluate import inputs, score_store, suite

    manifest = inputs.own_double(workspace, double)
    folder = inputs.measured_in(workspace, manifest)
    data = (
        inputs.of_files(read_told(held, report), read_told(learnt, report) if learnt else [])
        if held
        else inputs.of_folder(workspace, inputs.run_of(manifest))
    )
    for text in data.warnings:
        report(Event("warning", text=text))
    other = None
    if against:
        rival = inputs.own_double(workspace, against)
        other = score_store.evaluated(inputs.measured_in(workspace, rival), against)
    scores = suite.evaluate(inputs.subject(manifest, report), data, folder, options, report, other)
    score_store.page(scores, other)
    return scores


@private
def open_engine(workspace: Workspace, double: str | None = None) -> "Engine":
    """Something that answers: the folder's newest double, or the double, run, model or address named."""
    from sosie.engines.base import open_engine as engine

    if double is None:
        return engine(Double.read(workspace.latest_double()))
    named = workspace.run(double) / "double"
    return engine(Double.read(named) if named.is_dir() else double)


@writing
def export(
    workspace: Workspace,
    kind: str,
    double: str | None = None,
    to: Path | None = None,
    model: str | None = None,
    passphrase: str = "",
    report: Report = silent,
) -> "Exported":
    """A double, or what is needed to make one elsewhere, as files in `to`; nothing is sent.

    `model` and `passphrase` are for kits: what would be trained there, and what seals the dialogues.
    """
    from sosie.export.base import Order
    from sosie.export.base import export as write

    train = settings_file.load(workspace.settings, "train", settings.Train)
    if model:
        train = train.model_copy(update={"model": model})
    measure = settings_file.load(workspace.settings, "evaluate", settings.Evaluate)
    return write(kind, Order(workspace, double, train, measure, passphrase), to or workspace.out, report)


@writing
def unpack(workspace: Workspace, valise: Path, passphrase: str = "", report: Report = silent) -> int:
    """Open in this folder what `export` packed for another machine; how many dialogues there are to learn."""
    from sosie.export import training_kit as packed

    return packed.unpack(valise, workspace, passphrase)


@counted
@dataclass(frozen=True, slots=True)
class Demo:
    """The journey's figures, before and after."""

    imported: Imported
    prepared: "Prepared"
    trained: "Trained"
    seconds: float
    answers: tuple[tuple[str, str, str], ...]  # question, the base model's answer, the double's
    likeness: "LikenessAndBase"


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
    briefly = settings.Evaluate(rivals=False, generations=100, attacks=False, forgetting=False)
    likeness = evaluate(workspace, options=briefly, report=report).likeness
    return Demo(imported, prepared, trained, time.monotonic() - start, answers, likeness)


def ask(engine: Any, questions: Sequence[str], report: Report = silent) -> tuple[tuple[str, str, str], ...]:
    """The same questions to the base model and to its double: (question, before, after)."""
    report(Event("answer", text="Les mêmes questions, avant et après l'entraînement..."))
    asked = [(Turn("user", question),) for question in questions]
    seeds = range(1, len(questions) + 1)  # one for all would begin all answers alike
    before, after = (view.answers(asked, engine.sampling, seeds) for view in (engine.base, engine))
    return tuple(zip(questions, before, after, strict=True))

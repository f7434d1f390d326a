"""Questions for what a person said alone: the conductor of this wing.

    texts -> masked, cut into pieces -> a question each, from the user's server -> rules -> generated.jsonl

The next `prepare` weaves them into what is learnt (prepare/generated.py). What was answered is kept at once
(store.py): a run that is stopped, by its budget, its server or a kill, goes on where it was.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue
from sosie.core.drafts import data_alone
from sosie.core.french_text import decimal, plural
from sosie.core.jsonl import own_dialogues
from sosie.core.progress import Agree, Event, Report, silent
from sosie.core.settings import Enrich
from sosie.core.workspace import Workspace, closed_folder
from sosie.engines.openai_client import OpenAIClient
from sosie.enrich.asking import Asking
from sosie.enrich.budget import Bill
from sosie.enrich.judge import INVENTED, Judge, histogram
from sosie.enrich.judge_server import ServerJudge, Verdicts
from sosie.enrich.monologues import Gathered, Piece, gather
from sosie.enrich.questions import QUESTIONS, WITH_JUDGE, question_in, sent_bytes
from sosie.enrich.store import Answers, PaidAnswer, alone
from sosie.enrich.templates import read_templates
from sosie.importing import store
from sosie.prepare.generated import read_generated, set_aside, write_generated
from sosie.prepare.pseudonymise import hide

BELOW = "note sous le seuil"
NOT_RECOGNISED = "le juge n'y reconnaît pas la réponse"


@counted
@dataclass(frozen=True, slots=True)
class Enriched:
    """What was made of how many pieces, and what it took."""

    pieces: int
    dialogues: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    tokens: int = 0  # paid in this run
    foreseen: int = 0  # tokens of this run, as told once the first answers were there
    foreseen_first: int = 0  # the same, before any
    cost: float | None = None  # in euros, where a price was given
    scores: tuple[int, ...] = ()  # how many in each tenth from 0 to 1, those below the threshold too
    left: int = 0  # pieces without an answer yet
    left_out: dict[str, int] = field(default_factory=dict)  # texts that are not asked about
    stopped: str = ""  # why not all were asked about, in French

    def to_json(self) -> dict[str, Any]:
        """What `sosie enrich --json` prints."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def enrich(
    workspace: Workspace,
    files: Sequence[Path],
    options: Enrich,
    key: str = "",
    elsewhere: bool = False,
    agree: Agree = lambda question: False,
    report: Report = silent,
    preview: bool = False,
) -> Enriched:
    """Ask, judge, keep. Without a server nothing is sent or written: what there would be to ask is counted.

    `elsewhere`: the server may be on another machine; then a budget is set, or `agree` is asked. With
    `preview` the questions are asked and kept, and data/generated.jsonl stays as it is.
    """
    templates = read_templates(Path(options.templates) if options.templates else None)
    reader = WITH_JUDGE if options.judge else QUESTIONS
    client = OpenAIClient(options.server, key, elsewhere, recipient=reader) if options.server else None
    free = client is not None and not client.warning
    bill = Bill(options.budget, options.price_in, options.price_out, free)
    with ExitStack() as held:
        with store.one_at_a_time(workspace, report):  # first this, then ours: in the order of a removal
            if client:
                held.enter_context(alone(workspace))
            found = gather(workspace, files, options.min_words, report)
            if client:  # no mask leaves that the vault would not remember
                with data_alone(workspace, report), found.vault.saved(workspace, strings=False):
                    pass
        if client is None:
            sizes = [sent_bytes(templates.question(piece.text)) for piece in found.pieces]
            foreseen, pieces = sum(bill.foresee_all(sizes)), len(found.pieces)
            return Enriched(pieces, foreseen=foreseen, left=pieces, left_out=found.left_out)
        names_stay = found.names.mode == "keep"
        asking = Asking(client, templates, Answers(workspace), bill, agree, names_stay, report)
        verdicts: Verdicts = {}
        try:
            stopped = asking.ask_all(found.pieces)
            if options.judge:
                asked = [dialogue for _, dialogue in judge_all(found, asking.answer_to).dialogues]
                known = own_dialogues(workspace, "train", missing_ok=True)
                server = ServerJudge(asking, templates, options.seed, report)
                verdicts = server.verdicts(asked, [*set_aside(known)])
        finally:  # what was paid is kept, also where the user stopped it
            judged = judge_all(found, asking.answer_to, options.threshold, verdicts)
            if not preview:
                keep_dialogues(workspace, found.pieces, judged, report)
    return Enriched(
        len(found.pieces),
        len(judged.dialogues),
        dict((judged.refused + asking.failed).most_common()),
        bill.tokens,
        asking.foreseen,
        asking.foreseen_first,
        bill.cost(bill.read, bill.written),
        tuple(histogram(judged.scores)),
        len(found.pieces) - len(judged.answered),
        found.left_out,
        stopped,
    )


@counted
@dataclass(slots=True)
class Judged:
    """The dialogues with their scores, why others are none, the scores of all that no rule refused."""

    dialogues: list[tuple[float, Dialogue]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    scores: list[float] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)  # the ids of the pieces


def judge_all(
    found: Gathered,
    answer_to: Callable[[Piece], PaidAnswer | None],
    threshold: float = 0.0,
    verdicts: Verdicts | None = None,
) -> Judged:
    """Every answer there is, by the rules, and by the server's verdicts where there are some."""
    rules, judged = Judge([piece.text for piece in found.pieces]), Judged()
    for piece in found.pieces:
        if (answer := answer_to(piece)) is None:
            continue
        judged.answered.add(piece.origin.id)
        question = question_in(answer.text)
        reason = rules.reason(question, piece.text)
        if not reason and hide(question, found.vault, names=found.names) != question:
            reason = INVENTED
        verdict = (verdicts or {}).get(piece.origin.id, 1.0)
        reason = reason or NOT_RECOGNISED * (not verdict)
        if not reason:
            score = round(rules.score(question, piece.text) * (1 + verdict) / 2, 3)
            judged.scores.append(score)
            reason = BELOW * (score < threshold)
            judged.dialogues += [] if reason else [(score, piece.asked(question))]
        judged.refused += Counter({reason: 1}) if reason else Counter()
    return judged


def keep_dialogues(workspace: Workspace, pieces: Sequence[Piece], judged: Judged, report: Report) -> None:
    """data/generated.jsonl: these, and those of earlier runs that no piece of this one replaces."""
    if not judged.answered:
        return
    if below := judged.refused[BELOW]:
        told = f"Sous le seuil : {plural(below, 'dialogue')} sur {decimal(len(judged.scores), 0)}. "
        report(Event("warning", text=told + "Rien ne s'en perd : un seuil plus bas les reprend."))
    ids = {piece.origin.id for piece in pieces}
    texts = {(piece.origin.conversation, piece.origin.replies) for piece in pieces}

    def stays(old: Dialogue) -> bool:
        if old.origin.id in ids:
            return old.origin.id not in judged.answered
        return (old.origin.conversation, old.origin.replies) not in texts

    old = [pair for pair in read_generated(workspace) if stays(pair[1])]
    closed_folder(workspace.data)
    write_generated(workspace, [*judged.dialogues, *old])

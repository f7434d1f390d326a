"""A model as judge, optional: which of two answers did the person write?

It is shown eight of the person's real replies, the context and the two answers, twice, in both orders; where
it changes its mind it is a tie, which counts as half. Temperature 0; the model's own name is kept.

A judge is used only if it can judge this person: first it must tell their real replies from other people's
replies (moved into the same contexts) in 75 % of cases. Published judges prefer neat text, the opposite of
somebody who chats: the figure is an indication, the blind game with friends is the measure.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from sosie.arena.game import EMPTY, shown, shown_context
from sosie.arena.judge_client import Server
from sosie.core.counted import counted
from sosie.core.dialogue import Turn
from sosie.core.errors import BadData
from sosie.core.progress import Event, Report, silent
from sosie.evaluate.statistics import SEED, wilson
from sosie.style.words import usable

EXAMPLES = 8
FEWEST = 30  # pairs
MOST = 100  # pairs of each kind: 400 questions in all
CALIBRATED = 0.75
LETTER = re.compile(r"\b([AB])\b")

ASK = """Voici {count} messages écrits par une même personne :
{examples}

Dans une autre conversation, on lui a dit :
{context}

Deux réponses, dont une seule est la sienne :
A : {left}
B : {right}

Laquelle a-t-elle écrite ? Regardez la façon d'écrire, pas le sujet. Répondez par une seule lettre, A ou B."""


@dataclass(frozen=True, slots=True)
class Share:
    """Of `n` pairs: how often, with Wilson's interval. A tie counts as half."""

    value: float | None
    low: float
    high: float
    n: int
    ties: int


@counted
@dataclass(frozen=True, slots=True)
class Judged:
    model: str
    usable: bool
    reason: str  # why it was refused, in French
    calibration: Share  # real against another person's: how often it finds the real one
    fooled: Share | None  # real against the model's: how often it takes the model's; None where refused
    seed: int = SEED

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@counted
@dataclass(frozen=True, slots=True)
class Pair:
    context: Sequence[Turn]
    real: str
    other: str


@dataclass(frozen=True, slots=True)
class Judgement:
    found: float  # 1 the real reply, 0 the other one, 0.5 a tie
    model: str


def judge(
    server: Server,
    truth: Sequence[str],
    given: Sequence[str],
    contexts: Sequence[Sequence[Turn]],
    others: Sequence[Sequence[str]],
    seed: int = SEED,
    report: Report = silent,
) -> Judged:
    """`truth` and `given` answer the same `contexts`; `others` are other people's replies, a list each."""
    if not len(truth) == len(given) == len(contexts):
        raise BadData("Les réponses à juger ne vont pas par deux.", "Il en faut une vraie par contexte.")
    if server.warning:
        report(Event("warning", text=server.warning))
    chance = Random(f"{seed}/judge")
    order = chance.sample(range(len(truth)), len(truth))
    taken = [place for place in order if usable([truth[place]])][:EXAMPLES]
    judged = [place for place in order if place not in taken][:MOST]
    strangers = [reply for replies in others for reply in replies if shown(reply) != EMPTY]
    if len(strangers) < FEWEST or len(judged) < FEWEST:
        why = f"il faut {FEWEST + EXAMPLES} vraies réponses, et {FEWEST} d'autres personnes"
        return Judged("", False, f"Juge non calibré : {why}.", share([]), None, seed)
    examples = [truth[place] for place in taken]
    known = [Pair(contexts[place], truth[place], chance.choice(strangers)) for place in judged]
    judgements = _judge_pairs(server, examples, known, report, "Le juge s'étalonne sur d'autres personnes")
    calibration = share([one.found for one in judgements])
    model = next((one.model for one in judgements if one.model), "")
    if calibration.value is None or calibration.value < CALIBRATED:
        return Judged(model, False, _why(calibration), calibration, None, seed)
    wanted = [Pair(contexts[place], truth[place], given[place]) for place in judged]
    judgements = _judge_pairs(server, examples, wanted, report, "Le juge compare la personne et le double")
    return Judged(model, True, "", calibration, share([1 - one.found for one in judgements]), seed)


def _judge_pairs(
    server: Server, examples: Sequence[str], pairs: Sequence[Pair], report: Report, text: str
) -> list[Judgement]:
    """One for each pair of which the two replies differ."""
    different = [pair for pair in pairs if shown(pair.real) != shown(pair.other)]
    report(Event("judge", total=len(different), text=f"{text}..."))
    judgements = []
    for number, pair in enumerate(different, 1):
        judgements.append(_judge_pair(server, examples, pair))
        report(Event("judge", done=number, total=len(different)))
    return judgements


def _judge_pair(server: Server, examples: Sequence[str], pair: Pair) -> Judgement:
    """Both orders: what is not said twice is a tie."""
    first = server.ask(question(examples, pair.context, pair.real, pair.other))
    second = server.ask(question(examples, pair.context, pair.other, pair.real))
    verdict = {("A", "B"): 1.0, ("B", "A"): 0.0}.get((letter(first.text), letter(second.text)), 0.5)
    return Judgement(verdict, first.model)


def question(examples: Sequence[str], context: Sequence[Turn], left: str, right: str) -> str:
    """What the judge reads."""
    speaker = {"user": "l'autre", "assistant": "la personne"}
    return ASK.format(
        count=len(examples),
        examples="\n".join(f"- {shown(text)}" for text in examples),
        context="\n".join(f"{speaker[turn.role]} : {turn.text}" for turn in shown_context(context)),
        left=shown(left),
        right=shown(right),
    )


def letter(text: str) -> str:
    """« A », « Réponse : B. » -> the letter; nothing where the judge says neither, or both."""
    found = set(LETTER.findall(text))
    return found.pop() if len(found) == 1 else ""


def share(points: Sequence[float]) -> Share:
    value = sum(points) / len(points) if points else None
    return Share(value, *wilson(sum(points), len(points)), n=len(points), ties=points.count(0.5))


def _why(found: Share) -> str:
    share, low, high = (f"{100 * (part or 0):.0f}" for part in (found.value, found.low, found.high))
    return (
        f"Ce juge ne sait pas reconnaître la personne : {share}\u202f% contre des inconnus "
        f"(entre {low} et {high}, {found.n} paires), il en faut {100 * CALIBRATED:.0f}\u202f%."
    )

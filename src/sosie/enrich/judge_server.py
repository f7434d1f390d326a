"""The server as a second judge, where the user wants one: of two texts, which one answers the question?

It reads a question and two texts, the person's and another of theirs, in both orders; where it changes its
mind it is a tie. It is believed only if it first tells real replies from others, in the person's own
exchanges, in 75 % of cases; otherwise that is said, and the rules alone decide.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue
from sosie.core.errors import NoRoom, SosieError
from sosie.core.french_text import percent, plural
from sosie.core.progress import Event, Report, silent
from sosie.enrich.asking import Asking, Messages
from sosie.enrich.templates import Templates
from sosie.style.words import count_words

MOST_KNOWN, FEWEST_KNOWN = 20, 12  # real exchanges that it is tried on
CALIBRATED = 0.75
_MOST_WRITTEN = 8  # tokens of its answer
FEWEST_WORDS = 3  # of a question and of a reply that can be told from another
LETTER = re.compile(r"\b([AB])\b")

Verdicts = dict[str, float]  # by dialogue: 1 its answer was recognised, 0.5 a tie, 0 the other was taken


class ServerJudge:
    """Asks through `asking`, which counts, keeps, and stops at the budget."""

    def __init__(self, asking: Asking, templates: Templates, seed: int, report: Report = silent) -> None:
        self._asking, self._templates, self._report = asking, templates, report
        self._chance = Random(f"{seed}/enrich")

    def verdicts(self, dialogues: Sequence[Dialogue], known: Sequence[Dialogue]) -> Verdicts:
        """Of `dialogues`, as far as it got; none where it does not know `known` from others."""
        found: Verdicts = {}
        tried, wanted = self._pairs(_exchanges(known)), self._pairs(_exchanges(dialogues, 1))
        if len(tried) < FEWEST_KNOWN:
            told = f"Juge non étalonné : il faut {FEWEST_KNOWN} de vos échanges, il y en a {len(tried)}."
            self._report(Event("warning", text=f"{told} Les règles décident seules."))
            return found
        tried = tried[:MOST_KNOWN]
        try:
            requests = [one for pair in (*tried, *wanted) for one in self._both_orders(pair)]
            self._asking.expect(requests, _MOST_WRITTEN)
            if self._is_calibrated(tried):
                for number, pair in enumerate(wanted):
                    found[pair.about] = self._judge(pair)
                    self._report(Event("judge", done=number + 1, total=len(wanted)))
        except NoRoom:
            raise
        except SosieError as error:
            self._report(Event("warning", text=f"Le juge s'est arrêté : {error.message}"))
        return found

    def _pairs(self, exchanges: Iterable[tuple[str, str, str]]) -> list["Pair"]:
        """In a disorder that is always the same, each with the reply of the next one."""
        there = [*exchanges]
        self._chance.shuffle(there)
        others = [*there[1:], *there[:1]]
        pairs = (Pair(*one, two[1]) for one, two in zip(there, others, strict=True))
        return [pair for pair in pairs if pair.own != pair.other]

    def _is_calibrated(self, tried: Sequence["Pair"]) -> bool:
        share = sum(map(self._judge, tried)) / len(tried)
        told = f"Le juge reconnaît vos vraies réponses : {percent(share)} de {plural(len(tried), 'échange')}"
        if share < CALIBRATED:
            told = f"{told}, il en faut {percent(CALIBRATED)}. Les règles décident seules"
        self._report(Event("warning" if share < CALIBRATED else "text", text=f"{told}."))
        return share >= CALIBRATED

    def _judge(self, pair: "Pair") -> float:
        """What is not said in both orders is a tie."""
        first, second = (self._letter(messages, pair.about) for messages in self._both_orders(pair))
        return {("A", "B"): 1.0, ("B", "A"): 0.0}.get((first, second), 0.5)

    def _both_orders(self, pair: "Pair") -> tuple[Messages, Messages]:
        ask = self._templates.judgement
        return ask(pair.question, pair.own, pair.other), ask(pair.question, pair.other, pair.own)

    def _letter(self, messages: Messages, about: str) -> str:
        found = set(LETTER.findall(self._asking.ask(messages, about, _MOST_WRITTEN).text))
        return found.pop() if len(found) == 1 else ""


@counted
@dataclass(frozen=True, slots=True)
class Pair:
    """`other` is the person's own too, to another question."""

    question: str
    own: str
    about: str  # the id of the dialogue
    other: str


def _exchanges(dialogues: Iterable[Dialogue], fewest: int = FEWEST_WORDS) -> Iterator[tuple[str, str, str]]:
    """What was asked, what the person said to it, and the dialogue: the first of each that says enough."""
    for dialogue in dialogues:
        for one, two in pairwise(dialogue.turns):
            if one.role == "user" and min(count_words(one.text), count_words(two.text)) >= fewest:
                yield one.text, two.text, dialogue.origin.id
                break

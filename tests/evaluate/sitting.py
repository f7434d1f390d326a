"""Doubles without weights: whoever answers with lines given in advance, and the data that they learnt."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from random import Random

from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.sampling import Sampling
from sosie.core.settings import Evaluate
from sosie.engines.base import Loss, TextStream, Usage
from sosie.evaluate.collect_answers import Subject
from sosie.evaluate.inputs import Data
from sosie.evaluate.measures.leaks import Secrets
from sosie.evaluate.measures.memorisation import RUN
from sosie.evaluate.measures.verbatim import words_of
from sosie.evaluate.personas import BASELINE, dialogues, replies
from sosie.models.template import Example

PERSON, LEARN, HELD, SAID = 30, 1, 2, 3
COUNT = 120


class Reciter:
    """Answers each question with one of its lines, drawn by the seed. `base` has lines of its own."""

    name, portrait, sampling = "reciter", "", Sampling()

    def __init__(self, lines: Sequence[str], base: "Reciter | None" = None) -> None:
        self.lines, self.base = lines, base
        self.asked = 0
        self.stop_at: int | None = None

    def answers(
        self, many_turns: Sequence[Sequence[Turn]], sampling: Sampling, seeds: Sequence[int] = ()
    ) -> list[str]:
        if self.stop_at is not None and self.asked >= self.stop_at:
            raise KeyboardInterrupt
        self.asked += len(many_turns)
        return [Random(seed).choice(self.lines) for seed in seeds or range(len(many_turns))]

    def tokens(self, text: str) -> int:
        return len(text.split())


class Answering(Reciter):
    """Answers in what the person says to that very question elsewhere."""

    def answers(
        self, many_turns: Sequence[Sequence[Turn]], sampling: Sampling, seeds: Sequence[int] = ()
    ) -> list[str]:
        seeds = seeds or range(len(many_turns))
        return [
            Random(seed).choice(said_to().get(turns[-1].text, self.lines))
            for turns, seed in zip(many_turns, seeds, strict=True)
        ]


@lru_cache(maxsize=1)
def said_to() -> dict[str, list[str]]:
    """{question: the person's answers to it}, none of them learnt nor held out."""
    kept, found = set(faithful_in(dialogues(PERSON, 3000, SAID))), {}
    for talk in dialogues(PERSON, 3000, SAID):
        if talk.replies[0] in kept:
            found.setdefault(talk.turns[0].text, []).append(talk.replies[0])
    return found


class Letters:
    """Examples of letters, a token each: of a dialogue, its replies are learnt."""

    def text(self, text: str) -> Example:
        ids = tuple(map(ord, text))
        return Example(ids, (True,) * len(ids), 0)

    def dialogue(self, turns: Sequence[Turn], most: int) -> list[Example]:
        spoken = [turn for turn in turns if turn.role != "system"]
        pairs = [(ord(letter), turn.role == "assistant") for turn in spoken for letter in turn.text]
        ids, learn = zip(*pairs, strict=True)
        return [Example(ids[:most], learn[:most], 0)]

    def reply(self, turns: Sequence[Turn], reply: str, before: int, most: int) -> Example:
        return self.text(reply)


class Scoring(Reciter):
    """A reciter that has losses too: made up, and the same everywhere."""

    framing = Letters()

    def stream(self, turns: Sequence[Turn], sampling: Sampling) -> TextStream:
        yield from self.answers([turns], sampling, [0])
        return Usage()

    def close(self) -> None:
        """Nothing to give back."""

    def losses(self, examples: Iterable[Example]) -> list[Loss]:
        share = 1.0 if self.base is None else 0.9
        return [
            Loss(share * sum(2 + id_ % 7 for id_, yes in pairs if yes), sum(example.learn))
            for example in examples
            for pairs in [list(zip(example.ids, example.learn, strict=True))]
        ]

    def foreseen(self, examples: Iterable[Example]) -> list[list[bool]]:
        return [
            [bool(id_ % 23) for id_, yes in zip(example.ids, example.learn, strict=True) if yes]
            for example in examples
        ]


def full() -> tuple[Subject, Data, Evaluate]:
    """An evaluation in which each measure has something to say: two correspondents, two circles, three other
    people, a secret told, replies recited, faults of French, an engine that scores."""
    secret = Dialogue(
        (Turn("user", "ton numéro ?"), Turn("assistant", "c'est le 06 12 34 56 78")),
        Origin(replies=(("m1",),)),
    )
    told, at = data(secrets=Secrets.of([secret])), datetime(2026, 5, 2, tzinfo=UTC)
    held = [
        replace(
            talk,
            origin=Origin(
                correspondents=(f"[AMI_{1 + (place >= 100)}]",),
                first=at,
                circle=("tutoiement", "vouvoiement")[place >= COUNT // 2],
            ),
        )
        for place, talk in enumerate(told.held)
    ]
    left_out = [replace(held[0], origin=Origin(**{why: True})) for why in ("generated", "transcribed")]
    train = [
        replace(talk, origin=Origin(replies=((f"t{place}",),) * len(talk.replies)))
        for place, talk in enumerate(told.train)
    ]
    others = [
        Dialogue((Turn("user", text), Turn("assistant", "ok")), Origin(correspondents=(f"[AMI_{number}]",)))
        for number in BASELINE[:3]
        for text in replies(number, 60)
    ]
    lines = [*faithful()[:150], *parrot()[:30], "appelle le 06.12.34.56.78", "ou le 06 98 76 54 32"]
    lines += 6 * [
        "[AMI_1] : salut",
        "[INST] ok",
        "ok " * 13,
        "",
        "ouiiii",
        "where are you going tonight my friend",
    ]
    lines += 3 * ["tu viens ?", "vous venez ?", "vous allez bien ?", "mot " * 300]
    double = Scoring(lines, Scoring(replies(PERSON, 300, 9, strength=0.0)))
    return (
        Subject("essai", "mini", Sampling(), "weights", "base weights", lambda: double),
        replace(told, train=train, held=[*held, *left_out], around=others, warnings=("À lire prudemment.",)),
        Evaluate(contexts=COUNT),
    )


def data(held: Sequence[Dialogue] | None = None, secrets: Secrets | None = None) -> Data:
    learnt = dialogues(PERSON, 300, LEARN)
    return Data(
        train=learnt,
        held=dialogues(PERSON, COUNT, HELD) if held is None else held,
        part="test",
        secrets=secrets or Secrets.of(learnt),
    )


def subject(lines: Sequence[str], opened: Callable[[Reciter], None] = lambda engine: None) -> Subject:
    """A double that says these lines, over a base that is nobody in particular."""

    def opening() -> Reciter:
        engine = Reciter(lines, Reciter(replies(PERSON, 300, 9, strength=0.0)))
        opened(engine)
        return engine

    return Subject("essai", "mini", Sampling(), "weights", "base weights", opening)


def faithful() -> list[str]:
    """New replies of the person's own, without those that chance made again of the same eight words."""
    return faithful_in(dialogues(PERSON, 400, SAID))


def faithful_in(talks: Sequence[Dialogue]) -> list[str]:
    learnt = {run for dialogue in data().train for reply in dialogue.replies for run in runs(reply)}
    return [reply for talk in talks for reply in talk.replies if not runs(reply) & learnt]


def runs(reply: str) -> set[tuple[str, ...]]:
    said = words_of(reply)
    return {said[at : at + RUN] for at in range(len(said) - RUN + 1)} or {said}


def parrot() -> list[str]:
    """The training replies, word for word."""
    return [reply for dialogue in data().train for reply in dialogue.replies if len(reply.split()) >= 4]

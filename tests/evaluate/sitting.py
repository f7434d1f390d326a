"""Doubles without weights: whoever answers with lines given in advance, and the data that they learnt."""

from collections.abc import Callable, Sequence
from random import Random

from sosie.core.dialogue import Dialogue, Turn
from sosie.core.double import Sampling
from sosie.evaluate.interview import Subject
from sosie.evaluate.measures.leaks import Secrets
from sosie.evaluate.measures.memorisation import RUN
from sosie.evaluate.measures.verbatim import words_of
from sosie.evaluate.personas import dialogues, replies
from sosie.evaluate.suite import Data

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
        return [Random(seed).choice(self.lines) for seed in seeds]


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
    learnt = {run for dialogue in data().train for reply in dialogue.replies for run in runs(reply)}
    return [reply for reply in replies(PERSON, 400, SAID) if not runs(reply) & learnt]


def runs(reply: str) -> set[tuple[str, ...]]:
    said = words_of(reply)
    return {said[at : at + RUN] for at in range(len(said) - RUN + 1)} or {said}


def parrot() -> list[str]:
    """The training replies, word for word."""
    return [reply for dialogue in data().train for reply in dialogue.replies if len(reply.split()) >= 4]

"""Do the answers answer? Each is held to its own message and to those of others: what is left is no chance.

    shared words   share of the answers that have a content word of their message, less the share that have
                   one of any other message
    foreseen       nats a token by which the base model foresees an answer better after its own message than
                   after another's

Both for the model and for the person: where the person's own answers show nothing, nothing can be asked of
the model's. Intervals: half-samples of messages without replacement, as for R.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sosie.core.dialogue import Turn
from sosie.engines.base import Scorer
from sosie.evaluate.heldout import Context
from sosie.evaluate.measures.attacks import BEFORE, CONTEXT
from sosie.evaluate.measures.reference import background_space
from sosie.evaluate.measures.unknown_words import plain_words
from sosie.evaluate.statistics import FEWEST, SEED, TAILS, halves

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

STEM, LETTERS_OF_CONTENT = 5, 4  # letters of a word that are compared; of the shortest that is


MOST_FORESEEN = 100  # messages: each is read four times by the model


@dataclass(frozen=True, slots=True)
class Excess:
    """What a model's answers have more with their own message than with others, beside the person's."""

    value: float | None
    low: float | None
    high: float | None
    own: float | None
    own_low: float | None
    own_high: float | None
    lag_low: float | None  # of the person's less the model's
    chance: float | None  # what any message gives; None where it means nothing
    n: int

    @property
    def is_off(self) -> bool:
        """The person surely answers what is said to them; the model surely less, and perhaps not at all."""
        return (self.own_low or 0) > 0 and (self.lag_low or 0) > 0 and (self.low or 0) <= 0


NOTHING = Excess(None, None, None, None, None, None, None, None, 0)


def shared_words(
    given: Sequence[str], truth: Sequence[str], asked: Sequence[str], seed: int = SEED
) -> Excess:
    """`given[i]` and `truth[i]` both answer asked[i]."""
    import numpy as np

    if len(asked) < FEWEST:
        return NOTHING
    questions = [content(text) for text in asked]
    rows, chances = [], []
    for side in (given, truth):
        answers = [content(text) for text in side]
        meets = np.array([[not answer.isdisjoint(question) for question in questions] for answer in answers])
        elsewhere = (meets.sum(axis=1) - meets.diagonal()) / (len(asked) - 1)
        rows.append(meets.diagonal() - elsewhere)
        chances.append(float(elsewhere.mean()))
    return excess(rows[0], rows[1], chances[0], seed)


def content(text: str) -> set[str]:
    """The beginnings of the words that say what is talked about."""
    common = background_space().kept
    return {
        word[:STEM] for word in plain_words(text) if len(word) >= LETTERS_OF_CONTENT and word not in common
    }


def foreseen(base: Scorer, contexts: Sequence[Context], given: Sequence[str], seed: int = SEED) -> Excess:
    """The other message of each is that of half the list further on: not of the same conversation."""
    import numpy as np

    if len(contexts) < FEWEST:
        return NOTHING
    every = -(-len(contexts) // MOST_FORESEEN)
    contexts, given = contexts[::every], given[::every]
    asked = [context.asked for context in contexts]
    others = [*asked[len(asked) // 2 :], *asked[: len(asked) // 2]]
    rows = []
    for replies in (given, [context.reply for context in contexts]):
        sides = [
            base.losses(
                base.framing.reply((Turn("user", question),), reply or " ", BEFORE, CONTEXT)
                for question, reply in zip(questions, replies, strict=True)
            )
            for questions in (asked, others)
        ]
        rows.append(np.array([after.mean - mine.mean for mine, after in zip(*sides, strict=True)]))
    return excess(rows[0], rows[1], None, seed)


def excess(given: "Numbers", truth: "Numbers", chance: float | None, seed: int) -> Excess:
    import numpy as np

    chosen = halves(len(given), np.random.default_rng(seed))

    def ends(rows: "Numbers") -> tuple[float, float]:
        low, high = np.quantile(chosen @ rows / chosen.sum(axis=1), TAILS)
        return float(low), float(high)

    (low, high), (own_low, own_high), (lag_low, _) = map(ends, (given, truth, truth - given))
    return Excess(
        value=float(given.mean()),
        low=low,
        high=high,
        own=float(truth.mean()),
        own_low=own_low,
        own_high=own_high,
        lag_low=lag_low,
        chance=chance,
        n=len(given),
    )

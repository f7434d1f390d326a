"""Few-shot prompting: a portrait and a few of the person's own exchanges in the prompt, on any engine.

    system     Tu écris des messages courts : 6 mots le plus souvent. Tu tutoies...
    user       tu viens ?                   an own exchange
    assistant  bah jsp, faut voir
    ...                                     ... and others
    user       on mange quoi ce soir ?      the conversation itself

The cheap rival of a trained double, and what answers where none was trained: the examples are then the
exchanges nearest to the last message. Where the context is short, the engine leaves out the oldest turns: the
examples go first, and the conversation stays.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from sosie.core.dialogue import Dialogue, Turn
from sosie.core.errors import NothingToDo
from sosie.core.progress import Report, silent
from sosie.core.sampling import Sampling
from sosie.core.workspace import Workspace
from sosie.engines.base import Doubled, Engine, TextStream
from sosie.recall.own_words import Passage, nearest_exchanges, sample_own_words
from sosie.style.portrait import portrait
from sosie.style.profile import profile

if TYPE_CHECKING:
    from sosie.recall.dense import Dense

Exchange = tuple[Turn, Turn]  # what was said to the person, and what they answered
PORTRAYED = 2_000  # replies of which a portrait is made
LONGEST_QUESTION = 200  # letters of a question, of which the end is kept; the person's own words stay whole


class FewShotEngine:
    """An engine with examples in its prompt. The portrait replaces any system text."""

    def __init__(self, engine: Engine, portrait: str, examples: Iterable[Exchange] = ()) -> None:
        self.engine = engine
        self.portrait = portrait
        self.sampling = engine.sampling
        self.examples = tuple(turn for exchange in examples for turn in exchange)
        self.name = f"{engine.name} + {len(self.examples) // 2} exemples"

    def turns(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """The turns with the portrait and the examples in front."""
        return (*self._system(), *self.examples, *(turn for turn in turns if turn.role != "system"))

    def _system(self) -> tuple[Turn, ...]:
        return (Turn("system", self.portrait),) if self.portrait else ()

    def stream(self, turns: Sequence[Turn], sampling: Sampling) -> TextStream:
        return self.engine.stream(self.turns(turns), sampling)

    def answers(
        self, many_turns: Sequence[Sequence[Turn]], sampling: Sampling, seeds: Sequence[int] = ()
    ) -> list[str]:
        return self.engine.answers([self.turns(turns) for turns in many_turns], sampling, seeds)

    def tokens(self, text: str) -> int:
        return self.engine.tokens(text)

    def close(self) -> None:
        self.engine.close()


class UntrainedDouble(FewShotEngine):
    """A model that was never trained, with the portrait and the exchanges nearest to the last message.

    Half of the examples are the same for every message: they show the manner, and the engine reads them once.
    `used` are the nearest of the last answer.
    """

    def __init__(
        self,
        engine: Engine,
        portrait: str,
        examples: Iterable[Exchange],
        nearest: Callable[[str], Sequence[Passage]],
    ) -> None:
        super().__init__(engine, portrait, examples)
        self.name = f"{engine.name}, sans entraînement"
        self.used: tuple[Passage, ...] = ()
        self._nearest = nearest

    @property
    def base(self) -> Engine:
        """The model alone."""
        return self.engine

    def stream(self, turns: Sequence[Turn], sampling: Sampling) -> TextStream:
        """What cannot be found again is told as the answer's own error, when it is read."""
        return (yield from super().stream(turns, sampling))

    def turns(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """The system text given, or else the portrait; the examples, the nearest last; the conversation."""
        asked = next((turn.text for turn in reversed(turns) if turn.role == "user"), "")
        self.used = tuple(self._nearest(asked))
        nearest = (turn for passage in reversed(self.used) for turn in exchange_of(passage))
        system = tuple(turn for turn in turns if turn.role == "system") or self._system()
        return (*system, *self.examples, *nearest, *(turn for turn in turns if turn.role != "system"))


def open_untrained(
    engine: Engine,
    workspace: Workspace,
    name: str = "",
    mask: Callable[[str], str] = str,
    count: int = 20,
    report: Report = silent,
    dense: "Dense | None" = None,
) -> UntrainedDouble:
    """A model with what the person wrote in this folder; of a double, its base.

    `mask` hides in a message what is hidden in the folder's dialogues, so that it finds them; with `dense`,
    by meaning too, once `report` has heard of the vectors made for that. NothingToDo where there are none.
    """
    sample = typed_sample(workspace)
    examples = [exchange_of(passage) for passage in sample if passage.asked][: count // 2]

    def nearest(asked: str) -> tuple[Passage, ...]:
        return nearest_exchanges(workspace, mask(asked), count - count // 2, dense=dense)

    if dense and examples:  # now, and not before the first answer
        nearest_exchanges(workspace, examples[0][0].text, 1, report, dense)
    model = engine.base if isinstance(engine, Doubled) else engine
    return UntrainedDouble(model, portrait_of(sample, name), examples, nearest)


def typed_sample(workspace: Workspace) -> tuple[Passage, ...]:
    """What the person typed, as much as a portrait takes. NothingToDo where there is nothing."""
    if sample := sample_own_words(workspace, PORTRAYED):
        return sample
    raise NothingToDo(
        "Aucun message d'ici n'a été tapé par vous.", "Faites d'abord : sosie import, puis sosie prepare"
    )


def portrait_of(sample: Sequence[Passage], name: str = "") -> str:
    return portrait(profile([passage.said for passage in sample]), name)


def exchange_of(passage: Passage) -> Exchange:
    return Turn("user", passage.asked[-LONGEST_QUESTION:]), Turn("assistant", passage.said)


def sample_exchanges(dialogues: Iterable[Dialogue], count: int, seed: int = 7) -> list[Exchange]:
    """A random sample of `count` of the person's own exchanges; the first five of twenty are those of five.

    Generated and transcribed dialogues are left out: the words there are not the person's way of writing.
    """
    found = [
        (Turn("user", asked.text[-LONGEST_QUESTION:]), answered)
        for dialogue in dialogues
        if not (dialogue.origin.generated or dialogue.origin.transcribed)
        for asked, answered in pairwise(dialogue.turns)
        if asked.role == "user" and answered.role == "assistant"
    ]
    return Random(seed).sample(found, len(found))[:count]

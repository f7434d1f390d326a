"""Few-shot prompting: a portrait and a few of the person's own exchanges in the prompt, on any engine.

    system     Tu écris des messages courts : 6 mots le plus souvent. Tu tutoies...
    user       tu viens ?                   an own exchange
    assistant  bah jsp, faut voir
    ...                                     ... and others
    user       on mange quoi ce soir ?      the conversation itself

The cheap rival of a trained double. Where the context is short, the engine leaves out the oldest turns: the
examples go first, and the conversation stays.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from random import Random

from sosie.core.dialogue import Dialogue, Turn
from sosie.core.sampling import Sampling
from sosie.engines.base import Engine, TextStream

Exchange = tuple[Turn, Turn]  # what was said to the person, and what they answered
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
        system = (Turn("system", self.portrait),) if self.portrait else ()
        return (*system, *self.examples, *(turn for turn in turns if turn.role != "system"))

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

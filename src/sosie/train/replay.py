"""Against forgetting: plain French of our own, learnt beside the person's words, and held to the base.

 share 0.2     a step = a group of the person's dialogues + a few exchanges of neutral.txt
               so that over an epoch 20 % of what is learnt are our words
 their loss    how unexpected they are, and how far what the base would have said has moved (net.held_back)

Without the second a long run, which reads the file often, learns it by heart, and forgets the rest of French
all the more: a share of 0.5 made neutral French 21 % harder for mini on a long voice.

Which exchanges is a function of (seed, step) alone: the file is shuffled, read to its end, shuffled again.
None of them is ever in the validation replies, nor in what is counted as the person's.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sosie.core.dialogue import Dialogue, Role, Turn
from sosie.train.pack import learnt, steps_an_epoch

if TYPE_CHECKING:
    import torch

    from sosie.models.template import Example
    from sosie.train.plan import Plan

TEXT = Path(__file__).with_name("replay.txt")
AHEAD = 8  # steps whose exchanges the base reads in one pass: so few tokens cost nearly as much alone
ROLES: tuple[Role, Role] = ("user", "assistant")


@lru_cache(maxsize=1)
def exchanges() -> tuple[Dialogue, ...]:
    """« question | réponse | question | réponse » -> a Dialogue a line."""
    lines = TEXT.read_text(encoding="utf-8").splitlines()
    return tuple(_dialogue(line) for line in lines if line and not line.startswith("#"))


def _dialogue(line: str) -> Dialogue:
    texts = line.split(" | ")
    return Dialogue(tuple(Turn(ROLES[place % 2], text) for place, text in enumerate(texts)))


@dataclass(frozen=True, slots=True)
class MixIn:
    """The exchanges as this model reads them, and how many of them an epoch of `steps` takes."""

    examples: tuple["Example", ...] = ()
    an_epoch: int = 0
    steps: int = 1
    seed: int = 0

    def beside(self, step: int) -> "list[Example]":
        """What is learnt in this step besides the person's group; they are spread evenly."""
        first, last = (self.an_epoch * number // self.steps for number in (step, step + 1))
        return [self.examples[self._number(place)] for place in range(first, last)]

    def _number(self, place: int) -> int:
        reading, place = divmod(place, len(self.examples))
        return _shuffled(len(self.examples), self.seed, reading)[place]


@lru_cache(maxsize=2)
def _shuffled(count: int, seed: int, reading: int) -> tuple[int, ...]:
    order = list(range(count))
    random.Random(f"neutral/{seed}/{reading}").shuffle(order)
    return tuple(order)


def mix_in(own: Sequence["Example"], neutral: Sequence["Example"], plan: "Plan") -> MixIn:
    """The plan's share of the learnt tokens, as a number of exchanges an epoch; none where the share is 0."""
    steps = steps_an_epoch(len(own), plan.settings.group)
    if not plan.settings.neutral or not neutral:
        return MixIn(steps=steps)
    mean = sum(len(learnt(example)) for example in neutral) / len(neutral)
    wanted = (
        plan.settings.neutral / (1 - plan.settings.neutral) * sum(len(learnt(example)) for example in own)
    )
    return MixIn(tuple(neutral), max(1, round(wanted / mean)), steps, plan.settings.seed)


class Said:
    """What the base alone says in the exchanges of each step, which `ask` finds out for AHEAD steps at once.

    They are the same steps wherever a run is taken up again: the same rows, and so the same numbers.
    """

    def __init__(
        self,
        mixed: MixIn,
        share: "Callable[[Sequence[Example]], Sequence[Example]]",
        ask: "Callable[[Sequence[Example]], list[torch.Tensor]]",
        steps: int,
    ) -> None:
        """`share` gives this process's of a step's; `ask`, what the base says in each (`Net.before`)."""
        self._mixed, self._share, self._ask, self._steps = mixed, share, ask, steps
        self._known: dict[int, list[torch.Tensor]] = {}

    def at(self, step: int) -> "list[torch.Tensor]":
        """In each exchange of this step that is this process's, in order."""
        if step not in self._known:
            first = step - step % AHEAD
            near = range(first, min(first + AHEAD, self._steps))
            sets = {number: self._share(self._mixed.beside(number)) for number in near}
            said = iter(self._ask([example for examples in sets.values() for example in examples]))
            self._known = {number: [next(said) for _ in examples] for number, examples in sets.items()}
        return self._known[step]

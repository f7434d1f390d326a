"""Replay data against forgetting: plain French of our own, learnt beside the person's dialogues, with a
penalty for moving away from the base.

 share 0.2     a step = a group of the person's dialogues + a few exchanges of replay.txt,
               so that over an epoch 20 % of the targets are replay data (the setting `neutral`)
 their loss    cross-entropy, and the divergence from the base (forward.replay_loss)

Without the divergence a long run, which repeats the file often, memorises it and forgets the rest of French
all the more: a share of 0.5 made neutral French 21 % harder for mini on a long voice.

The exchanges of a step are a function of (seed, step) alone: the file is shuffled, read to its end, shuffled
again. None of them is ever in the validation replies, nor in what is counted as the person's.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sosie.core.dialogue import Dialogue, Role, Turn
from sosie.train.pack import steps_per_epoch, target_positions

if TYPE_CHECKING:
    import torch

    from sosie.models.template import Example
    from sosie.train.plan import Plan

_TEXT = Path(__file__).with_name("replay.txt")
KL_WEIGHT = 0.5  # of the divergence from the base: 1 forgot hardly less, and learnt less
LOOKAHEAD_STEPS = 8  # whose exchanges the base reads in one pass: so few tokens cost nearly as much alone
REFERENCE_BYTES = 128e6  # of what it says of them, at most, unless one step's takes more
_ROLES: tuple[Role, Role] = ("user", "assistant")


@lru_cache(maxsize=1)
def replay_dialogues() -> tuple[Dialogue, ...]:
    """The exchanges of replay.txt: a line « question | réponse | question | réponse » is a Dialogue."""
    lines = _TEXT.read_text(encoding="utf-8").splitlines()
    return tuple(_dialogue(line) for line in lines if line and not line.startswith("#"))


def _dialogue(line: str) -> Dialogue:
    texts = line.split(" | ")
    return Dialogue(tuple(Turn(_ROLES[index % 2], text) for index, text in enumerate(texts)))


@dataclass(frozen=True, slots=True)
class Replay:
    """The rendered exchanges, and how many of them an epoch of `steps` takes."""

    examples: tuple["Example", ...] = ()
    per_epoch: int = 0
    steps: int = 1
    seed: int = 0

    def at_step(self, step: int) -> "list[Example]":
        """The exchanges of this step; they are spread evenly over the epoch."""
        first, last = (self.per_epoch * number // self.steps for number in (step, step + 1))
        return [self.examples[self._number(index)] for index in range(first, last)]

    def _number(self, index: int) -> int:
        pass_number, index = divmod(index, len(self.examples))
        return _shuffled(len(self.examples), self.seed, pass_number)[index]


def lookahead_steps(targets: float, numbers: int) -> int:
    """As many as REFERENCE_BYTES hold of steps with so many replay targets, of so many numbers each: one to
    LOOKAHEAD_STEPS."""
    return int(min(LOOKAHEAD_STEPS, max(1.0, REFERENCE_BYTES / max(1.0, targets * numbers * 4))))


@lru_cache(maxsize=2)
def _shuffled(count: int, seed: int, pass_number: int) -> tuple[int, ...]:
    order = list(range(count))
    random.Random(f"neutral/{seed}/{pass_number}").shuffle(order)
    return tuple(order)


def plan_replay(learn: Sequence["Example"], examples: Sequence["Example"], plan: "Plan") -> Replay:
    """The plan's share of replay targets, as a number of exchanges per epoch; none if the share is 0."""
    steps = steps_per_epoch(len(learn), plan.settings.group)
    if not plan.settings.neutral or not examples:
        return Replay(steps=steps)
    mean = sum(len(target_positions(example)) for example in examples) / len(examples)
    share = plan.settings.neutral
    wanted = share / (1 - share) * sum(len(target_positions(example)) for example in learn)
    return Replay(tuple(examples), max(1, round(wanted / mean)), steps, plan.settings.seed)


class BaseReference:
    """What the base says of the exchanges of each step, computed `lookahead` steps at once.

    Wherever a run is resumed, the same steps are computed together: the same rows, and so the same numbers.
    """

    def __init__(
        self,
        replay: Replay,
        local: "Callable[[Sequence[Example]], Sequence[Example]]",
        compute: "Callable[[Sequence[Example]], list[torch.Tensor]]",
        steps: int,
        lookahead: int,
    ) -> None:
        """`local` gives the examples of this process; `compute` is `ForwardModel.base_reference`."""
        self._replay, self._local, self._compute = replay, local, compute
        self._steps, self._lookahead = steps, lookahead
        self._cache: dict[int, list[torch.Tensor]] = {}

    def at_step(self, step: int) -> "list[torch.Tensor]":
        """What it says of the exchanges of this step that are this process's, in order."""
        if step not in self._cache:
            self._cache = {}  # before the next are made
            first = step - step % self._lookahead
            steps = range(first, min(first + self._lookahead, self._steps))
            per_step = {number: self._local(self._replay.at_step(number)) for number in steps}
            together = [example for examples in per_step.values() for example in examples]
            said = iter(self._compute(together))
            self._cache = {number: [next(said) for _ in local] for number, local in per_step.items()}
        return self._cache[step]

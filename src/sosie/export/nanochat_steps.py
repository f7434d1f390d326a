"""What nanochat's `chat_sft` does with so many rows, counted before it is run.

It stops once its rows have been packed into batches, the last of which is never learnt; without
--num-iterations its schedule follows the rows packed, which pass their own number: the last step is then
taken backwards. Both are counted here by packing as it does: the longest conversation that fits, out of a
hundred, rows of `length` + 1 tokens.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BUFFER = 100  # conversations to choose from
SHUFFLE = 42
WARMDOWN = 0.5  # the share of the schedule in which the learning rate falls


@dataclass(frozen=True, slots=True)
class Batches:
    """`length`: tokens of a row; `rows`: of a batch; `tokens`: of a step, all its batches together."""

    length: int = 2048
    rows: int = 32
    tokens: int = 524_288

    @property
    def a_step(self) -> int:
        return max(1, self.tokens // (self.rows * self.length))


@dataclass(frozen=True, slots=True)
class Steps:
    """`last`: by what the learning rate is multiplied at the last step; below 0 it unlearns. 0 steps: 1.0."""

    count: int
    last: float = 1.0


def count_steps(lengths: Sequence[int], batches: Batches, iterations: int = -1) -> Steps:
    """`lengths`: of the conversations, in tokens; `iterations`: --num-iterations, where it is given."""
    packed = packed_by_batch(shuffled(lengths), batches)
    steps = fetched = 0  # a step is taken where the batches fetched before it did not reach the end
    while packed[fetched] < len(lengths) and not 0 < iterations <= fetched + 1:
        steps += 1
        fetched = steps * batches.a_step
    progress = (fetched + 1) / iterations if iterations > 0 else packed[fetched] / len(lengths)
    return Steps(steps, multiplier(progress) if steps else 1.0)


def shuffled(lengths: Sequence[int]) -> list[int]:
    """In the order in which it reads them: of its task, then of its mixture of tasks."""
    order = list(range(len(lengths)))
    random.Random(SHUFFLE).shuffle(order)
    inside = np.random.default_rng(SHUFFLE).permutation(len(lengths))
    return [lengths[inside[at]] for at in order]


def packed_by_batch(lengths: Sequence[int], batches: Batches) -> list[int]:
    """How many conversations the first batches have taken, up to the batch that a last step waits for."""
    buffer: list[int] = []
    cursor = taken = 0
    told: list[int] = []
    while not told or told[-1] < len(lengths) or (len(told) - 1) % batches.a_step:
        for _ in range(batches.rows):
            room = batches.length + 1
            while room > 0:
                while len(buffer) < BUFFER:
                    buffer.append(lengths[cursor % len(lengths)])
                    cursor += 1
                fits = max((length for length in buffer if length <= room), default=0)
                if not fits:
                    break
                buffer.remove(fits)
                room -= fits
                taken += 1
        told.append(taken)
    return told


def multiplier(progress: float) -> float:
    """Of the learning rate: 1, then down to 0 at the end, and below past it."""
    return 1.0 if progress <= 1 - WARMDOWN else (1 - progress) / WARMDOWN

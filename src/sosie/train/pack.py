"""Sequence packing: the dialogues of one optimiser step share a row, and none attends to another.

 three dialogues        a a a a   b b   c c c
 one row                a a a a b b c c c          no token is padding
 positions              0 1 2 3 0 1 0 1 2          they restart: that is how the model separates the dialogues
 targets                . . x x . x . x x          only these positions get logits

transformers (5.10 and later) sees from the restarting positions, where no attention mask is given, that a row
is packed, and keeps its parts apart with any attention, « sdpa » included. Packing changes no gradient: it is
one forward where there would be many.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapreplace
from math import ceil
from typing import TYPE_CHECKING

from sosie.core.counted import counted

if TYPE_CHECKING:
    import torch

    from sosie.models.template import Example

GROUP_SIZE = 8
MANY_DIALOGUES = 80  # sixty steps in six passes; below, halving the group was better on both voices tried


@counted
@dataclass(frozen=True, slots=True)
class Pack:
    """One row: `ids`, their `positions`, and the `targets`: the places in the row of the tokens to learn.

    `numbers` are those of the examples in it, in order, `lengths` their lengths, and `targets_each` how many
    targets each of them has.
    """

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    targets: tuple[int, ...]
    numbers: tuple[int, ...]
    lengths: tuple[int, ...]
    targets_each: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """A pack as tensors. Shapes: ids and positions (1, tokens), predicting and target_ids (targets,)."""

    ids: "torch.Tensor"
    positions: "torch.Tensor"
    predicting: "torch.Tensor"  # the places whose logits predict the targets: one before each
    target_ids: "torch.Tensor"  # the ids to predict
    lengths: tuple[int, ...]  # of the dialogues in the row


def pack(examples: Sequence["Example"], length: int) -> list[Pack]:
    """The examples in rows of at most `length` tokens: few, and even, as the longest sets the peak of memory.

    An example longer than that has a row of its own.
    """
    lengths = [len(example.ids) for example in examples]
    for count in range(min(ceil(sum(lengths) / length), len(lengths)), len(lengths) + 1):
        rows = even_rows(lengths, count)
        if all(len(row) == 1 or sum(lengths[number] for number in row) <= length for row in rows):
            break
    return [_row(examples, sorted(row)) for row in rows]


def even_rows(lengths: Sequence[int], count: int) -> list[list[int]]:
    """The numbers of `lengths` in `count` rows, the longest first, each into the emptiest (Graham, 1969)."""
    rows: list[list[int]] = [[] for _ in range(count)]
    filled = [(0, row) for row in range(count)]  # a heap: already in order
    for number in sorted(range(len(lengths)), key=lambda n: -lengths[n]):
        taken, row = filled[0]
        rows[row].append(number)
        heapreplace(filled, (taken + lengths[number], row))
    return rows


def target_positions(example: "Example") -> list[int]:
    """The positions of an example's targets. Nothing precedes its first token, which cannot be predicted."""
    return [position for position, learn in enumerate(example.learn) if learn and position]


def _row(examples: Sequence["Example"], numbers: Sequence[int]) -> Pack:
    ids: list[int] = []
    positions: list[int] = []
    targets: list[int] = []
    targets_each: list[int] = []
    for number in numbers:
        example = examples[number]
        found = target_positions(example)
        targets += [len(ids) + position for position in found]
        targets_each.append(len(found))
        ids += example.ids
        positions += range(len(example.ids))
    lengths = tuple(len(examples[number].ids) for number in numbers)
    return Pack(tuple(ids), tuple(positions), tuple(targets), tuple(numbers), lengths, tuple(targets_each))


def collate(row: Pack, device: "torch.device | str" = "cpu") -> Batch:
    """The pack as tensors on the model's device."""
    import torch

    targets = torch.tensor(row.targets, dtype=torch.long)
    ids = torch.tensor([row.ids])
    positions = torch.tensor([row.positions])
    return Batch(
        ids=ids.to(device),
        positions=positions.to(device),
        predicting=(targets - 1).to(device),
        target_ids=ids[0, targets].to(device),
        lengths=row.lengths,
    )


@lru_cache(maxsize=2)
def groups(count: int, size: int, seed: int, epoch: int) -> tuple[tuple[int, ...], ...]:
    """The numbers 0 to count-1, shuffled, in groups of about `size` that differ by one at most.

    A function of (seed, epoch) alone, so that a resumed run goes on with the same groups.

        groups(10, 4, seed=7, epoch=0)  ->  ((8, 2, 6), (3, 4, 7, 9), (1, 0, 5))
    """
    order = list(range(count))
    random.Random(f"{seed}/{epoch}").shuffle(order)
    number = steps_per_epoch(count, size)
    cuts = [round(count * part / number) for part in range(number + 1)]
    return tuple(tuple(order[start:end]) for start, end in zip(cuts, cuts[1:], strict=False))


def default_group_size(dialogues: int) -> int:
    """How many dialogues make a step: fewer if there would be too few steps to learn."""
    return GROUP_SIZE if dialogues >= MANY_DIALOGUES else GROUP_SIZE // 2


def steps_per_epoch(count: int, size: int) -> int:
    """The number of groups in an epoch."""
    return -(-count // size)


def count_windows(lengths: Iterable[int], length: int) -> int:
    """About how many examples dialogues of these lengths make, if none may be longer than `length`.

    models/truncation.py repeats up to half a window of context: each window after the first brings a half.
    """
    half = max(length // 2, 1)
    return sum(1 + max(0, -(-(size - length) // half)) for size in lengths)

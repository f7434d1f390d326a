"""Examples to packs to batches: the dialogues of one optimisation step share a row, and none sees another.

 three dialogues        a a a a   b b   c c c
 one row                a a a a b b c c c          no token is padding
 positions              0 1 2 3 0 1 0 1 2          they restart: that is how the model tells them apart
 targets                . . x x . x . x x          only these places get scores

transformers (5.10 and later) sees from the restarting positions, where no attention mask is given, that a row
is packed, and keeps its parts apart with any attention, « sdpa » included. Packing changes no gradient: it is
one forward where there would be many.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sosie.core.counted import counted

if TYPE_CHECKING:
    import torch

    from sosie.models.template import Example

GROUP = 8
MANY_DIALOGUES = 80  # sixty steps in six passes; below, halving the group was better on both voices tried


@counted
@dataclass(frozen=True, slots=True)
class Pack:
    """One row: `ids` and their `positions`, and the `targets`, the places in the row whose token is learnt.

    `numbers` says which of the examples given are in it, in order, `lengths` how long each is, and `learnt`
    how many of the targets are its own.
    """

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    targets: tuple[int, ...]
    numbers: tuple[int, ...]
    lengths: tuple[int, ...]
    learnt: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """A pack as tensors. Shapes: ids and positions (1, tokens), before and wanted (targets,)."""

    ids: "torch.Tensor"
    positions: "torch.Tensor"
    before: "torch.Tensor"  # the places that foresee: one before each target
    wanted: "torch.Tensor"  # the ids to foresee
    lengths: tuple[int, ...]  # of the dialogues in the row


def pack(examples: Sequence["Example"], length: int) -> list[Pack]:
    """The examples in as few rows of at most `length` tokens as first fit finds, the longest placed first.

    An example longer than that has a row of its own.
    """
    rows: list[list[int]] = []
    sizes: list[int] = []
    for number in sorted(range(len(examples)), key=lambda n: -len(examples[n].ids)):
        size = len(examples[number].ids)
        place = next((row for row, taken in enumerate(sizes) if taken + size <= length), len(rows))
        if place == len(rows):
            rows.append([])
            sizes.append(0)
        rows[place].append(number)
        sizes[place] += size
    return [_row(examples, sorted(numbers)) for numbers in rows]


def learnt(example: "Example") -> list[int]:
    """The places of an example's targets. Its first token follows nothing: nobody could foresee it."""
    return [place for place, learn in enumerate(example.learn) if learn and place]


def _row(examples: Sequence["Example"], numbers: Sequence[int]) -> Pack:
    ids: list[int] = []
    positions: list[int] = []
    targets: list[int] = []
    each: list[int] = []
    for number in numbers:
        example = examples[number]
        places = learnt(example)
        targets += [len(ids) + place for place in places]
        each.append(len(places))
        ids += example.ids
        positions += range(len(example.ids))
    lengths = tuple(len(examples[number].ids) for number in numbers)
    return Pack(tuple(ids), tuple(positions), tuple(targets), tuple(numbers), lengths, tuple(each))


def collate(row: Pack, device: "torch.device | str" = "cpu") -> Batch:
    """The pack on the model's device."""
    import torch

    targets = torch.tensor(row.targets, dtype=torch.long)
    ids = torch.tensor([row.ids])
    positions = torch.tensor([row.positions])
    return Batch(
        ids=ids.to(device),
        positions=positions.to(device),
        before=(targets - 1).to(device),
        wanted=ids[0, targets].to(device),
        lengths=row.lengths,
    )


@lru_cache(maxsize=2)
def groups(count: int, size: int, seed: int, epoch: int) -> tuple[tuple[int, ...], ...]:
    """The numbers 0 to count-1, shuffled, in groups of about `size` that differ by one at most.

    A function of (seed, epoch) alone, so that a run taken up again knows where it was.

        groups(10, 4, seed=7, epoch=0)  ->  ((8, 2, 6), (3, 4, 7, 9), (1, 0, 5))
    """
    order = list(range(count))
    random.Random(f"{seed}/{epoch}").shuffle(order)
    number = steps_an_epoch(count, size)
    cuts = [round(count * part / number) for part in range(number + 1)]
    return tuple(tuple(order[start:end]) for start, end in zip(cuts, cuts[1:], strict=False))


def usual_group(dialogues: int) -> int:
    """How many dialogues make a step: fewer where there would be too few steps to learn by."""
    return GROUP if dialogues >= MANY_DIALOGUES else GROUP // 2


def steps_an_epoch(count: int, size: int) -> int:
    """How many groups an epoch has."""
    return -(-count // size)


def windows(lengths: Iterable[int], length: int) -> int:
    """About how many examples dialogues of these lengths make, when none may be longer than `length`.

    models/template repeats up to half a window of context, so each window after the first brings half of it.
    """
    half = max(length // 2, 1)
    return sum(1 + max(0, -(-(size - length) // half)) for size in lengths)

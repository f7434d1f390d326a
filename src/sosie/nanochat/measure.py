"""What is measured on dialogues that are never learnt: bits a byte of all, nats a target of the replies."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sosie.models.nanochat.model import NanochatModel
from sosie.models.nanochat.vocabulary import Vocabulary
from sosie.nanochat.fit import Measure, loss_sum
from sosie.nanochat.rows import IGNORED, Batch

if TYPE_CHECKING:
    from torch import Tensor


def bits_per_byte(rows: Sequence[Batch], vocabulary: Vocabulary) -> Measure:
    """A measure that no tokenizer flatters: a special token counts no byte."""
    import torch

    lengths = torch.tensor(vocabulary.token_bytes())
    bytes_ = sum(int(lengths[targets_of(batch)].sum()) for batch in rows)
    return lambda model: nats(model, rows) / math.log(2) / max(1, bytes_)


def nats_a_target(rows: Sequence[Batch]) -> Measure:
    targets = sum(batch.learnt for batch in rows)
    return lambda model: nats(model, rows) / max(1, targets)


def nats(model: NanochatModel, rows: Sequence[Batch]) -> float:
    import torch

    with torch.no_grad():
        return sum(float(loss_sum(model, batch)) for batch in rows)


def targets_of(batch: Batch) -> "Tensor":
    return batch.targets[batch.targets != IGNORED]

"""How long training should take, as a range: what is not known makes it wide.

 arithmetic      operations a token, over the rate that the machine keeps up
 passes          each row reads all the weights two or three times, and a pass in AHEAD for neutral French
 tolls           a row in a block costs something whatever its length: Python and launches

Added, as they hardly overlap here. Not known: the rate that the machine really sustains (`Machine.spread`),
and the number of tokens as long as no tokenizer has counted them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sosie.models.catalogue import ModelCard
from sosie.models.hardware import Machine
from sosie.train import memory_estimate
from sosie.train.replay import AHEAD

if TYPE_CHECKING:
    from sosie.train.memory_estimate import Row, Weights
    from sosie.train.plan import Counts

GPU_SHARE = 0.6  # of the card's rate that a step reaches
BLOCK_SECONDS = 0.002
NEUTRAL_PASSES = 1.5  # the base, whose scores it is held to, goes over it too, forward only
ESTIMATED = 1.25  # tokens, by which factor letters are wrong: measured on transcribed speech, 0.8 to 1.3


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds: the likely figure, and the range that it lies in."""

    likely: float
    low: float
    high: float


def predict(
    card: ModelCard,
    machine: Machine,
    weights: "Weights",
    row: "Row",
    counts: "Counts",
    rank: int,
    steps: int,
    epochs: float,
    neutral: float = 0.0,
) -> Duration:
    """All steps of a run, none saved by an early stop. `neutral`: the share mixed in.

    A token costs 4 operations a weight that it meets (forward, and backward through frozen weights), 6 where
    checkpointing computes the forward twice, and 6 a weight that is learnt.
    """
    if not counts.lengths:
        return Duration(0.0, 0.0, 0.0)
    gpu = machine.gpu_memory_bytes > 0
    linear = memory_estimate.linear_parameters(card)
    met = linear + counts.learnt_share * card.vocabulary * card.hidden
    mean = counts.tokens / len(counts.lengths)
    attention = 6 * mean * card.layers * card.heads * card.head_dim
    token = (
        (6 if row.checkpointing else 4) * met + 6 * memory_estimate.lora_parameters(card, rank) + attention
    )
    tokens = epochs * counts.tokens * (1 + NEUTRAL_PASSES * neutral / (1 - neutral))
    arithmetic = tokens * token / (machine.flops * (GPU_SHARE if gpu else 1))
    rows = max(steps, tokens / row.tokens)
    unpacked = 4.5 * linear if weights.bits in (4, 8) else weights.bytes
    passes = rows * ((3 if row.checkpointing else 2) + (neutral > 0) / AHEAD) * unpacked / machine.bandwidth
    likely = arithmetic + passes + rows * card.layers * BLOCK_SECONDS
    wide = machine.spread * (1.0 if counts.exact else ESTIMATED)
    return Duration(round(likely, 1), round(likely / wide, 1), round(likely * wide, 1))

"""Estimate of the training time, as a range that uncertainty widens.

 arithmetic      operations per token, over the rate that the machine sustains
 numbers         on a CPU, those that autograd keeps: several small operations make and read each of them
 passes          each row reads all the weights two or three times, once in `lookahead` steps for replay
 overhead        a fixed cost of a row in a block, whatever its length: Python and kernel launches

They are added, as they hardly overlap here. Uncertain: the rate that the machine really sustains
(`Machine.spread`), and the number of tokens until a tokenizer has counted them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sosie.models.card import ModelCard
from sosie.models.hardware import CPU_BF16_GAIN, Machine
from sosie.train import memory_estimate
from sosie.train.replay import LOOKAHEAD_STEPS

if TYPE_CHECKING:
    from sosie.train.memory_estimate import BaseWeights, Row
    from sosie.train.plan import Counts

GPU_SHARE = 0.6  # of the card's rate that a step reaches
BLOCK_SECONDS = 0.002
NUMBER_SECONDS = 2.75e-9  # of a core: SmolLM2, Qwen 0.5B and Gemma 270M (benchmarks/results/bf16-*.json)
REPLAY_PASSES = 1.5  # the base reads replay data too, forward only
ESTIMATED = 1.25  # the error of tokens estimated from letters: measured on transcribed speech, 0.8 to 1.3


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds: the likely figure, and the range that it lies in."""

    likely: float
    low: float
    high: float


def predict(
    card: ModelCard,
    machine: Machine,
    weights: "BaseWeights",
    row: "Row",
    counts: "Counts",
    rank: int,
    steps: int,
    epochs: float,
    replay_share: float = 0.0,
    lookahead: int = LOOKAHEAD_STEPS,
) -> Duration:
    """The time of all steps of a run, without an early stop. `replay_share`: of replay data in the targets.

    A token costs 4 operations per frozen weight (forward, and backward through it), 6 if checkpointing
    computes the forward twice, and 6 per trainable weight.
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
    tokens = epochs * counts.tokens * (1 + REPLAY_PASSES * replay_share / (1 - replay_share))
    gain = GPU_SHARE if gpu else CPU_BF16_GAIN if machine.bf16 and weights.dtype == "bfloat16" else 1
    arithmetic = tokens * token / (machine.flops * gain)
    numbers = 0.0 if gpu else tokens * kept_numbers(card, weights, row, counts)
    rows = max(steps, tokens / (row.tokens if card.family.packs else mean))
    unpacked = 4.5 * linear if weights.bits in (4, 8) else weights.bytes
    reads = (3 if row.checkpointing else 2) + (replay_share > 0) / lookahead
    passes = rows * reads * unpacked / machine.bandwidth
    small = numbers * NUMBER_SECONDS / machine.cores
    likely = arithmetic + small + passes + rows * card.layers * BLOCK_SECONDS
    wide = machine.spread * (1.0 if counts.exact else ESTIMATED)
    return Duration(round(likely, 1), round(likely / wide, 1), round(likely * wide, 1))


def kept_numbers(card: ModelCard, weights: "BaseWeights", row: "Row", counts: "Counts") -> float:
    """The activations and logits of a token, those that are computed twice counted twice."""
    kept = memory_estimate.row_bytes(
        card,
        1,
        weights.size,
        gpu=False,
        dropout=True,
        checkpointing=False,
        learnt_share=counts.learnt_share,
        attended=memory_estimate.attended_tokens(counts.lengths),
    )
    return (1 + 0.5 * row.checkpointing) * kept / weights.size + counts.learnt_share * card.vocabulary

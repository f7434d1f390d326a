"""Machine, model and data to a plan that fits, each choice with its reason. Needs no torch.

 counts + card + machine  ->  bits, row length, checkpointing  ->  steps, memory, time  ->  Plan

Exact: the parameters learnt and the adapter's bytes, for the shapes of models/shapes.py; the steps, once a
tokenizer has counted. Predicted, and called so: tokens before that, memory (footprint.py) and time
(duration.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any, NoReturn

from sosie.core.dialogue import Dialogue
from sosie.core.errors import UnknownModel
from sosie.core.settings import Train
from sosie.models.catalogue import Base, ModelCard
from sosie.models.hardware import Machine
from sosie.models.lora_targets import targets
from sosie.train import memory_estimate, time_estimate
from sosie.train.pack import learnt, steps_an_epoch, usual_group, windows
from sosie.train.plan_reasons import reasons
from sosie.train.replay import AHEAD
from sosie.train.schedule import warm_steps

if TYPE_CHECKING:
    from sosie.models.template import Example

FORMAT = 1
# Measured on French: 3.1 to 4.0 letters a token and 2 signs a turn for mini, 2.6 to 3.3 and 4 for Mistral.
LETTERS_A_TOKEN = 3.1
SIGNS_A_TURN = 3
ENOUGH_REPLIES = 100
NEUTRAL_TOKENS = 1.5  # to each that is learnt, in an exchange of neutral.txt
CLIP = 1.0  # of the gradient's norm
ROW_TOKENS = {False: 2048, True: 4096}  # at most, without and with a GPU
# (parameters up to, rate, alpha): small models take larger steps (mini: benchmarks/voices.py); 2e-4 is the
# usage for 7B (QLoRA, arXiv 2305.14314, appendix B).
STEPS = ((100e6, 2e-3, 64.0), (1e9, 5e-4, 32.0), (float("inf"), 2e-4, 32.0))
BEARABLE_SECONDS = 2 * 3600  # without a GPU


@dataclass(frozen=True, slots=True)
class Counts:
    """What there is to learn from. `lengths`: tokens of each dialogue, or of each example once rendered."""

    dialogues: int
    replies: int
    words: int  # in the replies
    lengths: tuple[int, ...]
    learnt_tokens: int
    exact: bool = False  # a tokenizer counted

    @property
    def tokens(self) -> int:
        return sum(self.lengths)

    @property
    def learnt_share(self) -> float:
        return self.learnt_tokens / self.tokens if self.tokens else 0.5


def learnt_beside(counts: Counts, group: int, neutral: float) -> float:
    """Neutral tokens that a step learns, in the mean."""
    steps = max(1, len(counts.lengths) / group)
    return neutral / (1 - neutral) * counts.learnt_tokens / steps


def fullest(counts: Counts, group: int, neutral: float) -> int:
    """Tokens of the fullest group, with the neutral French that goes along with each."""
    beside = NEUTRAL_TOKENS * learnt_beside(counts, group, neutral)
    return sum(sorted(counts.lengths)[-group:]) + round(beside)


def count(dialogues: Iterable[Dialogue]) -> Counts:
    """Counts with tokens estimated from letters."""
    replies = words = learnt_tokens = 0
    lengths: list[int] = []
    for dialogue in dialogues:
        sizes = [ceil(len(turn.text) / LETTERS_A_TOKEN) for turn in dialogue.turns]
        lengths.append(1 + sum(sizes) + SIGNS_A_TURN * len(sizes))
        replies += len(dialogue.replies)
        words += sum(len(reply.split()) for reply in dialogue.replies)
        own = (size for size, turn in zip(sizes, dialogue.turns, strict=True) if turn.role == "assistant")
        learnt_tokens += sum(size + 1 for size in own)
    return Counts(len(lengths), replies, words, tuple(lengths), learnt_tokens)


def count_examples(counts: Counts, examples: Sequence["Example"]) -> Counts:
    """The same data, its tokens counted."""
    lengths = tuple(len(example.ids) for example in examples)
    targets = sum(len(learnt(example)) for example in examples)
    return replace(counts, lengths=lengths, learnt_tokens=targets, exact=True)


@dataclass(frozen=True, slots=True)
class Plan:
    """What training will do. Memory and time are predictions.

    `peak_memory_bytes` means what `Trained.peak_memory_bytes` measures: the most that the model, its adapter
    and the training add to a process that has imported its libraries; on a GPU, what is allocated there.
    """

    model: str
    bits: int  # of the base's weights: 32, 16, 8 or 4
    dtype: str  # of the arithmetic
    rank: int
    alpha: float
    dropout: float
    targets: tuple[str, ...]
    trainable_parameters: int
    adapter_bytes: int
    learning_rate: float
    group: int  # dialogues a step
    epochs: float  # at most
    patience: int
    steps: int  # at most
    warm_steps: int
    clip: float
    pack_tokens: int  # of a row, at most
    max_tokens: int  # of an example, at most
    checkpointing: bool
    seed: int
    peak_memory_bytes: int
    train_seconds: float  # likely, without an early stop
    fits_memory: bool
    fits: bool  # in memory, and in two hours where there is no GPU
    enough_data: bool
    dora: bool = False
    rslora: bool = False
    neftune: float = 0.0
    schedule: str = "cosine"
    neutral: float = 0.0  # share of neutral turns mixed in
    train_seconds_low: float = 0.0  # the range that the likely figure lies in
    train_seconds_high: float = 0.0
    reasons: tuple[str, ...] = ()

    @property
    def epochs_begun(self) -> int:
        return ceil(self.epochs)

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self)}


def make_plan(base: Base, machine: Machine, counts: Counts, options: Train = Train()) -> Plan:
    """The plan for this model, machine and data. UnknownModel where the model's shape is not known yet."""
    card = base.card or unknown(base)
    weights = memory_estimate.choose_weights(card, machine, options.rank, options.bits)
    room = memory_estimate.room(machine)
    context = min(card.context, options.max_tokens or card.context)
    group = options.group or usual_group(len(counts.lengths))
    fixed = memory_estimate.fixed_bytes(card, machine, weights.bits, options.rank, dora=options.dora)
    fixed += memory_estimate.said_bytes(card, AHEAD * learnt_beside(counts, group, options.neutral))
    row = memory_estimate.choose_row(
        card,
        weights,
        room - fixed,
        ROW_TOKENS[machine.gpu_memory_bytes > 0],
        dropout=options.dropout > 0,
        learnt_share=counts.learnt_share,
        longest=min(context, max(counts.lengths, default=0)),
        filled=fullest(counts, group, options.neutral),
        holes=memory_estimate.holes(card, machine),
    )
    max_tokens = min(context, row.tokens)
    number = len(counts.lengths) if counts.exact else windows(counts.lengths, max_tokens)
    steps = ceil(options.epochs * steps_an_epoch(number, group))
    training = fixed + row.bytes
    # What loading takes beyond that are pages of a file, which the machine takes back where it needs them.
    peak = max(training, min(room, memory_estimate.loading_bytes(card, machine, weights.bits)))
    time = time_estimate.predict(
        card, machine, weights, row, counts, options.rank, steps, options.epochs, options.neutral
    )
    plan = Plan(
        model=base.name,
        bits=weights.bits,
        dtype=weights.dtype,
        rank=options.rank,
        alpha=options.alpha or usual_alpha(card),
        dropout=options.dropout,
        targets=targets(card),
        trainable_parameters=memory_estimate.lora_parameters(card, options.rank, dora=options.dora),
        adapter_bytes=memory_estimate.adapter_bytes(card, options.rank, weights.dtype, dora=options.dora),
        learning_rate=options.learning_rate or usual_rate(card),
        group=group,
        epochs=options.epochs,
        patience=options.patience,
        steps=steps,
        warm_steps=warm_steps(steps),
        clip=CLIP,
        pack_tokens=row.tokens,
        max_tokens=max_tokens,
        checkpointing=row.checkpointing,
        seed=options.seed,
        peak_memory_bytes=round(peak),
        train_seconds=time.likely,
        train_seconds_low=time.low,
        train_seconds_high=time.high,
        fits_memory=peak <= room,
        fits=peak <= room and (machine.gpu_memory_bytes > 0 or time.likely <= BEARABLE_SECONDS),
        enough_data=counts.replies >= ENOUGH_REPLIES,
        dora=options.dora,
        rslora=options.rslora,
        neftune=options.neftune,
        schedule=options.schedule,
        neutral=options.neutral,
    )
    return replace(plan, reasons=tuple(reasons(plan, card, machine, counts, weights, options)))


def unknown(base: Base) -> NoReturn:
    if base.local:
        raise UnknownModel(
            f"Le modèle « {base.name} » est d'une forme que sosie ne connaît pas.",
            "Prenez un modèle du catalogue, ou un de la famille de Llama, Mistral, Qwen, Gemma ou GPT-2.",
        )
    raise UnknownModel(
        f"La taille de « {base.name} » n'est pas connue tant qu'il n'est pas sur cette machine.",
        f"Téléchargez-le d'abord (hf download {base.where}), ou prenez un modèle du catalogue.",
    )


def usual_rate(card: ModelCard) -> float:
    """The learning rate for a model of this size."""
    return next(rate for most, rate, _ in STEPS if card.parameters < most)


def usual_alpha(card: ModelCard) -> float:
    """The scale of LoRA for a model of this size."""
    return next(alpha for most, _, alpha in STEPS if card.parameters < most)

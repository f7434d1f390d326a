"""The planner: machine, model and data to a plan that fits, each choice with its reason. Needs no torch.

 counts + card + machine  ->  bits, row length, checkpointing  ->  steps, memory, time  ->  Plan

Exact: the trainable parameters and the adapter's bytes, for the families of models/families; the steps,
once a tokenizer has counted. Predicted, and called so: tokens before that, memory (memory_estimate.py) and
time (time_estimate.py).
"""

from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import NoReturn

from sosie.core.errors import UnknownModel
from sosie.core.settings import Train
from sosie.models.card import ModelCard
from sosie.models.catalogue import Base, hub_snapshot
from sosie.models.gguf.naming import begins_as_one
from sosie.models.gguf.reading import GgufFile
from sosie.models.gguf.shape import not_learnt
from sosie.models.hardware import SMALL_MODEL, Machine
from sosie.models.unsuitable import unknown_family
from sosie.train import memory_estimate, time_estimate
from sosie.train.memory_estimate import BaseWeights, Row
from sosie.train.pack import count_windows, default_group_size, steps_per_epoch
from sosie.train.plan import LONGEST_ROW, Counts, Plan, Resolved
from sosie.train.plan_reasons import reasons
from sosie.train.replay import lookahead_steps
from sosie.train.schedule import warm_steps

ENOUGH_REPLIES = 100
REPLAY_TOKENS = 1.5  # of an exchange of replay.txt, for each of its targets
CLIP = 1.0  # of the gradient's norm
ROW_TOKENS = {False: 2048, True: LONGEST_ROW}  # at most, without and with a GPU
# (parameters up to, learning rate, alpha): small models take larger steps (mini: benchmarks/voices.py); 2e-4
# is usual for 7B (QLoRA, arXiv 2305.14314, appendix B).
RATES = ((100e6, 2e-3, 64.0), (1e9, 5e-4, 32.0), (float("inf"), 2e-4, 32.0))
CHOSEN = ("model", "bits", "alpha", "learning_rate", "group", "max_tokens")  # unless asked for
BEARABLE_SECONDS = 2 * 3600  # without a GPU


def replay_tokens_a_step(counts: Counts, group: int, share: float) -> float:
    """The mean number of replay targets in a step."""
    steps = max(1, len(counts.lengths) / group)
    return share / (1 - share) * counts.learnt_tokens / steps


def largest_group_tokens(counts: Counts, group: int, share: float) -> int:
    """The tokens of the largest group, replay data included."""
    replayed = REPLAY_TOKENS * replay_tokens_a_step(counts, group, share)
    return sum(sorted(counts.lengths)[-group:]) + round(replayed)


def make_plan(base: Base, machine: Machine, counts: Counts, options: Train = Train()) -> Plan:
    """The plan for this model, machine and data. UnknownModel where the model's shape is not known yet."""
    card = base.card or refuse_unknown_shape(base)
    weights = memory_estimate.choose_weights(card, machine, options.rank, options.bits)
    room, gpu = memory_estimate.usable_bytes(machine), machine.gpu_memory_bytes > 0
    context = min(card.context, options.max_tokens or card.context)
    group = options.group or default_group_size(len(counts.lengths))
    fixed = memory_estimate.constant_bytes(card, machine, weights.bits, options.rank, dora=options.dora)
    replayed = replay_tokens_a_step(counts, group, options.neutral)
    numbers = memory_estimate.reference_numbers(card, machine)
    lookahead = lookahead_steps(replayed, numbers)
    fixed += lookahead * replayed * numbers * 4
    if not gpu:
        most = counts.learnt_share * largest_group_tokens(counts, group, options.neutral)
        fixed += memory_estimate.head_bytes(card, weights, most, replayed)
    row, keeps_memory = row_in_memory(card, machine, weights, fixed, counts, options, group, context)
    max_tokens = min(context, row.tokens)
    number = len(counts.lengths) if counts.exact else count_windows(counts.lengths, max_tokens)
    steps = ceil(options.epochs * steps_per_epoch(number, group))
    # Beyond that, loading takes pages of a file, which the machine takes back when it needs them.
    peak = max(fixed + row.bytes, min(room, memory_estimate.loading_bytes(card, machine, weights.bits)))
    time = time_estimate.predict(
        card, machine, weights, row, counts, options.rank, steps, options.epochs, options.neutral, lookahead
    )
    settings = Resolved(
        **options.model_dump(exclude=set(CHOSEN)),
        model=base.name,
        bits=weights.bits,
        alpha=options.alpha or usual_alpha(card),
        learning_rate=options.learning_rate or usual_rate(card),
        group=group,
        max_tokens=max_tokens,
    )
    plan = Plan(
        settings=settings,
        dtype=weights.dtype,
        targets=card.targets,
        trainable_parameters=memory_estimate.lora_parameters(card, options.rank, dora=options.dora),
        adapter_bytes=memory_estimate.adapter_bytes(card, options.rank, weights.dtype, dora=options.dora),
        steps=steps,
        warm_steps=warm_steps(steps),
        clip=CLIP,
        pack_tokens=row.tokens if card.family.packs else 1,
        checkpointing=row.checkpointing,
        keeps_memory=keeps_memory,
        lookahead=lookahead,
        peak_memory_bytes=round(peak),
        train_seconds=time.likely,
        train_seconds_low=time.low,
        train_seconds_high=time.high,
        fits_memory=peak <= room,
        fits=peak <= room and (gpu or time.likely <= BEARABLE_SECONDS),
        enough_data=counts.replies >= ENOUGH_REPLIES,
    )
    return replace(plan, reasons=tuple(reasons(plan, card, machine, counts, weights, options)))


def row_in_memory(
    card: ModelCard,
    machine: Machine,
    weights: BaseWeights,
    fixed: float,
    counts: Counts,
    options: Train,
    group: int,
    context: int,
) -> tuple[Row, bool]:
    """The rows that fit beside the `fixed` bytes, and whether freed memory may be kept for the next step."""
    room, gpu = memory_estimate.usable_bytes(machine), machine.gpu_memory_bytes > 0
    longest = min(context, max(counts.lengths, default=0))
    for keeps_memory in (not gpu and card.parameters >= SMALL_MODEL, False):
        row = memory_estimate.choose_row(
            card,
            weights,
            memory_estimate.row_room(machine, weights, room - fixed),
            ROW_TOKENS[gpu],
            gpu=gpu,
            dropout=options.dropout > 0,
            learnt_share=counts.learnt_share,
            longest=longest,
            filled=largest_group_tokens(counts, group, options.neutral) if card.family.packs else longest,
            attended=memory_estimate.attended_tokens(counts.lengths),
            fragmentation=memory_estimate.fragmentation(card, machine, keeps_memory),
        )
        if memory_estimate.SPARE * (fixed + row.bytes) <= room:
            break
    return row, keeps_memory


def refuse_unknown_shape(base: Base) -> NoReturn:
    here = Path(base.where)
    if begins_as_one(here):
        raise not_learnt(GgufFile.read(here))
    if base.local:
        unknown_family(here if here.is_absolute() else hub_snapshot(base.where) or here, base.name)
    raise UnknownModel(
        f"La taille de « {base.name} » n'est pas connue tant qu'il n'est pas sur cette machine.",
        f"Téléchargez-le d'abord (hf download {base.where}), ou prenez un modèle du catalogue.",
    )


def usual_rate(card: ModelCard) -> float:
    """The learning rate for a model of this size."""
    return next(rate for most, rate, _ in RATES if card.parameters < most)


def usual_alpha(card: ModelCard) -> float:
    """The scale of LoRA for a model of this size."""
    return next(alpha for most, _, alpha in RATES if card.parameters < most)

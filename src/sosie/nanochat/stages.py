"""The two stages: a base that reads plain texts, then the person's replies; and the steps of each."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from sosie.core.dialogue import Dialogue
from sosie.core.progress import Report
from sosie.core.settings import Nanochat
from sosie.core.workspace import whole
from sosie.models.nanochat.model import NanochatModel
from sosie.nanochat.fit import Progress, Stage, fit, loss_sum
from sosie.nanochat.measure import bits_per_byte, nats_a_target
from sosie.nanochat.rows import (
    Batch,
    example_rows,
    group_batches,
    plain_texts,
    stream_batches,
    stream_rows,
    to_examples,
    to_stream,
)
from sosie.nanochat.start import Start
from sosie.train.pack import steps_per_epoch

if TYPE_CHECKING:
    from torch import Tensor

ROWS, GROUP = 8, 8  # of a step: rows of plain text; dialogues
MEASURES = 20  # of a stage
BASE_RATE = 4e-3
# (parameters up to, learning rate of the replies): a large model moves less.
REPLY_RATES = ((10e6, 5e-4), (100e6, 2e-4), (float("inf"), 1e-4))
BASE_SHARE, REPLY_SHARE = 0.6, 0.3  # of the minutes; the rest is the vocabulary, the lesson, the disk
OVERHEAD = 1.4  # of a step, over its forward and backward: the optimiser, the mean, the measures
TIMED = 2  # steps


@dataclass(frozen=True)
class Learnt:
    """The best weights of a stage, and how it went."""

    state: "dict[str, Tensor]"
    progress: Progress

    def model(self, start: Start) -> NanochatModel:
        return NanochatModel(start.model.config, start.model.era, self.state)


@dataclass(frozen=True, slots=True)
class Room:
    """Where a stage keeps its checkpoint, and how many steps were planned for it."""

    checkpoint: Path

    def steps(self, plan: Callable[[], int]) -> int:
        """As planned now, or as they were where the stage is taken up again."""
        path = self.checkpoint.with_suffix(".steps")
        if not path.is_file():
            with whole(path) as draft:
                draft.write_text(str(plan()), encoding="ascii")
        return int(path.read_text(encoding="ascii"))


def learn_base(
    start: Start,
    texts: Sequence[str],
    held: Sequence[Dialogue],
    options: Nanochat,
    room: Room,
    report: Report,
) -> Learnt:
    """Every token of the texts is a target. Measured in bits a byte on the dialogues held out."""
    length = start.model.config.sequence_len
    stream = to_stream(texts, start.tokenizer)
    batches = stream_batches(stream, min(length, len(stream) - 1), ROWS, options.seed)
    wanted = ceil(options.passes * len(stream) / (ROWS * length))
    minutes = BASE_SHARE * options.minutes
    steps = room.steps(lambda: min(wanted, affordable(start.model, batches(0), minutes)))
    stage = Stage("base", steps, BASE_RATE, max(1, steps // MEASURES), options.patience)
    rows = stream_rows(to_stream(plain_texts(held), start.tokenizer), length, ROWS)
    measure = bits_per_byte(rows, start.vocabulary)
    return Learnt(*fit(start.model, stage, batches, measure, report, room.checkpoint))


def learn_replies(
    start: Start,
    learn: Sequence[Dialogue],
    held: Sequence[Dialogue],
    options: Nanochat,
    room: Room,
    report: Report,
    share: float = 1.0,
) -> Learnt:
    """Only the person's replies are targets. `share` of the minutes may be taken."""
    length = start.model.config.sequence_len
    examples = to_examples(learn, start.tokenizer, length)
    batches = group_batches(examples, GROUP, options.seed)
    wanted = ceil(options.epochs * steps_per_epoch(len(examples), GROUP))
    steps = room.steps(lambda: min(wanted, affordable(start.model, batches(0), share * options.minutes)))
    parameters = sum(tensor.numel() for tensor in start.model.parameters())
    rate = options.learning_rate or next(rate for most, rate in REPLY_RATES if parameters <= most)
    stage = Stage("sft", steps, rate, max(1, steps // MEASURES), options.patience)
    held_out = to_examples(held, start.tokenizer, length)
    rows = [example_rows(held_out[at : at + GROUP]) for at in range(0, len(held_out), GROUP)]
    return Learnt(*fit(start.model, stage, batches, nats_a_target(rows), report, room.checkpoint))


def affordable(model: NanochatModel, batch: Batch, minutes: float) -> int:
    """How many such steps so many minutes of computing allow, by the time that some take; at least one."""
    weights = model.parameters()
    for tensor in weights:
        tensor.requires_grad_(True)
    clock = time.process_time if model.device.type == "cpu" else time.perf_counter
    began = clock()
    for _ in range(TIMED):
        loss_sum(model, batch).backward()  # type: ignore[no-untyped-call]
        bool(weights[0].grad is not None and weights[0].grad.sum())  # a GPU is waited for
    seconds = OVERHEAD * (clock() - began) / TIMED
    for tensor in weights:
        tensor.grad = None
    return max(1, int(60 * minutes / seconds))

"""The training loop: one group of dialogues, one forward, one optimiser step.

 group of dialogues -> packs -> logits at the targets only -> mean nats per target -> gradients
                                                              -> clipped -> AdamW -> Event("step")
After each epoch the loss on the validation replies is measured; the best adapter is kept, and a few epochs
without progress end the run. What is measured, sampled and kept is never the adapter of one step but the mean
of the last ones (TrainingState.mean): with few dialogues the steps are noisy, and their mean is better.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any

from sosie.core.errors import BadSettings
from sosie.core.progress import Event, Report
from sosie.train import lora
from sosie.train.checkpoint import Checkpoints, Progress, TrainingState
from sosie.train.distributed import SINGLE, ProcessGroup
from sosie.train.dropout import quick_dropout
from sosie.train.forward import Forward, backward_group, count_targets, open_accelerator, open_forward
from sosie.train.interrupt import interrupt_flag
from sosie.train.memory_meter import trim_freed_memory
from sosie.train.neftune import embedding_noise
from sosie.train.oom_fallback import OomFallback
from sosie.train.pack import Pack, groups, steps_per_epoch
from sosie.train.packed_attention import attend_by_dialogue
from sosie.train.replay import BaseReference, plan_replay
from sosie.train.schedule import rate_share

if TYPE_CHECKING:
    import torch
    from accelerate import Accelerator

    from sosie.models.template import Example
    from sosie.train.plan import Plan

MEAN_EPOCHS, MEAN_STEPS = 2, 32  # that the mean remembers, whichever is less: a longer memory lags behind


@dataclass(frozen=True, slots=True)
class Fitted:
    """The outcome of a fit. The model now has its best adapter."""

    progress: Progress
    stopped_early: bool


def fit(
    model: Any,
    learn: Sequence["Example"],
    valid: Sequence["Example"],
    plan: "Plan",
    report: Report,
    checkpoints: Checkpoints,
    on_epoch: Callable[[int], None] = lambda epoch: None,
    replay_examples: Sequence["Example"] = (),
    processes: ProcessGroup = SINGLE,
) -> Fitted:
    """Train the adapter that is on `model`, from the newest checkpoint if there is one.

    `on_epoch` hears the number of each epoch that ends; `replay_examples` are mixed in as planned. Same
    examples, plan and machine: same adapter, bit for bit on a CPU, however often the run was killed. Several
    processes share each group: the same adapter up to rounding, and the same in all of them.
    """
    accelerator, training, weights = open_training(model, plan, processes)
    with (
        attend_by_dialogue(training.model, longest_example(learn, valid, replay_examples)) as per_dialogue,
        embedding_noise(training.model, plan.settings.neftune) as noise,
        quick_dropout(training.model),
        interrupt_flag() as interrupted,
    ):
        forward = open_forward(accelerator, training.model, per_dialogue, noise)
        fallback = OomFallback(training.model, plan, report, training.shrink_rank, processes)
        replay = plan_replay(learn, replay_examples, plan)
        of_base = partial(fallback.run, forward.base_reference)
        base = BaseReference(replay, processes.local_examples, of_base, plan.steps, plan.lookahead)
        if not checkpoints.resume(training):
            training.progress = Progress(valid_before=mean_loss(forward, valid, fallback, report))
        clock = Clock(training.progress)
        while not is_over(training.progress, plan):
            step = training.progress.step
            epoch, numbers, closes = next_group(step, len(learn), plan)
            group, replayed = [learn[number] for number in numbers], replay.at_step(step)
            reference = base.at_step(step)
            set_learning_rate(training.optimiser, plan, step)
            processes.seed_step(plan.settings.seed, step)
            work = partial(backward_group, forward, reference=reference, targets=count_targets(group))
            local = [*processes.local_examples(group), *processes.local_examples(replayed)]
            loss = processes.all_reduce_sum(fallback.run(work, local), weights)
            norm = float(accelerator.clip_grad_norm_(weights, plan.clip))
            if not is_finite(loss, norm, training.scaler):
                raise diverged(step, numbers, checkpoints.folder.parent.name, plan.settings.learning_rate)
            training.optimiser.step()
            training.optimiser.zero_grad()
            training.progress = clock.stepped(training.progress, loss, group)
            training.average(most=mean_length(len(learn), plan))
            report(clock.event(training.progress, plan, len(replayed)))
            if closes:
                trim_freed_memory()
                with training.with_mean_weights(), accelerator.autocast():
                    validate(forward, training, valid, fallback, plan, epoch + 1, report)
                    on_epoch(epoch + 1)
            stop, due = processes.all_reduce_max(interrupted(), checkpoints.due())
            if closes or stop or due:
                processes.on_main(lambda: checkpoints.save(training))
            if stop:
                raise KeyboardInterrupt
    lora.set_adapter(training.model, training.best)
    return Fitted(training.progress, stopped_early=training.progress.step < plan.steps)


def open_training(
    model: Any, plan: "Plan", processes: ProcessGroup
) -> "tuple[Accelerator, TrainingState, list[torch.nn.Parameter]]":
    """The accelerator, the state with AdamW without weight decay, and the adapter's weights."""
    import torch

    weights = list(lora.trainable_weights(model).values())
    processes.shard(model, weights)
    accelerator = open_accelerator(model, plan.dtype)
    model = accelerator.prepare_model(model, device_placement=False, evaluation_mode=True)  # no DDP around it
    fused = model.device.type == "cpu" or None  # a third of the time there; elsewhere torch chooses
    adam = torch.optim.AdamW(weights, weight_decay=0.0, fused=fused)
    optimiser = accelerator.prepare_optimizer(adam, False)
    return accelerator, TrainingState(model, optimiser, accelerator.scaler), weights


def mean_length(count: int, plan: "Plan") -> int:
    """The number of steps in the running mean of the weights, for `count` examples."""
    return min(MEAN_EPOCHS * steps_per_epoch(count, plan.settings.group), MEAN_STEPS)


def longest_example(*sets: Sequence["Example"]) -> int:
    return max(len(example.ids) for examples in sets for example in examples)


def next_group(step: int, count: int, plan: "Plan") -> tuple[int, tuple[int, ...], bool]:
    """The epoch, the numbers of the group's examples, and whether this step closes the epoch or the run."""
    steps = steps_per_epoch(count, plan.settings.group)
    epoch, index = divmod(step, steps)
    closes = index + 1 == steps or step + 1 == plan.steps
    return epoch, groups(count, plan.settings.group, plan.settings.seed, epoch)[index], closes


def is_over(progress: Progress, plan: "Plan") -> bool:
    """Whether all steps are done, or `patience` epochs brought no better validation loss."""
    return progress.step >= plan.steps or 0 < plan.settings.patience <= progress.stale


def set_learning_rate(optimiser: Any, plan: "Plan", step: int) -> None:
    for group in optimiser.param_groups:
        group["lr"] = plan.settings.learning_rate * rate_share(
            step, plan.steps, plan.warm_steps, plan.settings.schedule
        )


def mean_loss(
    forward: Forward, examples: Sequence["Example"], fallback: OomFallback, report: Report
) -> float | None:
    """Mean nats per target with the adapter as it is, without dropout. None where there is no example."""
    import torch

    def sum_over(rows: Sequence[Pack]) -> float:
        loss_sum = 0.0
        for done, row in enumerate(rows, 1):
            loss_sum += forward.loss_sum(row)
            report(Event("measure", done=done, total=len(rows)))
        return loss_sum

    targets = count_targets(examples)
    if not targets:
        return None
    forward.model.eval()
    with torch.no_grad():
        return (
            fallback.processes.all_reduce_sum(
                fallback.run(sum_over, fallback.processes.local_examples(examples))
            )
            / targets
        )


def validate(
    forward: Forward,
    training: TrainingState,
    valid: Sequence["Example"],
    fallback: OomFallback,
    plan: "Plan",
    epoch: int,
    report: Report,
) -> None:
    """Measure the validation loss, and keep a copy of the adapter if it is the best so far or cannot be
    measured."""
    loss = mean_loss(forward, valid, fallback, report)
    facts: dict[str, Any] = {"loss": training.progress.loss_last}
    if loss is not None:
        training.progress = training.progress.validated(loss)
        facts |= {"valid_loss": loss, "valid_loss_before": training.progress.valid_before}
        facts["best"] = training.progress.stale == 0
    if facts.get("best", True):
        training.best = lora.copy_adapter(training.model)
    report(Event("epoch", done=epoch, total=plan.epochs_begun, facts=facts))


def is_finite(loss: float, norm: float, scaler: Any) -> bool:
    """Whether the loss and its gradient are numbers.

    With a gradient scaler an infinite gradient is how the scale is found: it skips such a step itself.
    """
    return isfinite(loss) and (scaler is not None or isfinite(norm))


def diverged(step: int, numbers: Sequence[int], run: str, rate: float) -> BadSettings:
    """The error, with the group's examples, and how to go on from the last checkpoint."""
    listed = ", ".join(str(number + 1) for number in numbers[:5]) + ("…" if len(numbers) > 5 else "")
    return BadSettings(
        f"L'entraînement a divergé au pas {step + 1} (exemples n° {listed}) : la perte n'est plus un nombre.",
        f"Continuez moins vite : sosie train --resume {run} --learning-rate {rate / 4:.1g}",
    )


class Clock:
    """Speed and remaining time, measured since this process began or resumed the run."""

    def __init__(self, progress: Progress) -> None:
        self._from = progress
        self._started = time.monotonic()

    def stepped(self, progress: Progress, loss: float, group: Sequence["Example"]) -> Progress:
        """The progress after one more step."""
        tokens = sum(len(example.ids) for example in group)
        return progress.stepped(loss, tokens, count_targets(group), self._from.seconds + self._elapsed())

    def event(self, progress: Progress, plan: "Plan", replayed: int = 0) -> Event:
        """`replayed`: the replay exchanges of this step, which no other count includes."""
        elapsed = max(self._elapsed(), 1e-9)
        left = elapsed / (progress.step - self._from.step) * (plan.steps - progress.step)
        facts = {
            "loss": progress.loss_last,
            "tokens_per_second": (progress.tokens - self._from.tokens) / elapsed,
            "seconds_left": left,
            **({"neutral": replayed} if plan.settings.neutral else {}),
        }
        return Event("step", done=progress.step, total=plan.steps, facts=facts)

    def _elapsed(self) -> float:
        return time.monotonic() - self._started

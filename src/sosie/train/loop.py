"""The steps, from first to last: one group of dialogues, one forward, one step.

 group of dialogues -> packs -> scores of the learnt places only -> mean nats a learnt token -> gradients
                                                                    -> clipped -> AdamW -> Event("step")
After each epoch the validation replies are measured; the best adapter is the one that is kept, and a few
epochs without progress end the run. Measured, heard and kept is never the adapter of one step but the mean of
the last ones (Training.mean): with few dialogues, steps are noisy and the mean of them is better.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any

from sosie.core.errors import BadSettings
from sosie.core.progress import Event, Report
from sosie.train import lora
from sosie.train.checkpoint import Checkpoints, Progress, Training
from sosie.train.distributed import ALONE, Together
from sosie.train.dropout import quick_dropout
from sosie.train.forward import Net, count_targets, learn_group, open_accelerator
from sosie.train.neftune import noise
from sosie.train.oom_fallback import Ladder
from sosie.train.pack import Pack, groups, steps_an_epoch
from sosie.train.packed_attention import by_dialogue
from sosie.train.replay import Said, mix_in
from sosie.train.schedule import rate

if TYPE_CHECKING:
    from sosie.models.template import Example
    from sosie.train.plan import Plan

ECHO_SECONDS = 1.0  # in which a launcher may repeat a Ctrl-C
MEAN_EPOCHS, MEAN_STEPS = 2, 32  # that the mean remembers, whichever is less: a longer memory lags behind


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was done. The model now has its best adapter."""

    progress: Progress
    stopped_early: bool


def fit(
    model: Any,
    learn: Sequence["Example"],
    valid: Sequence["Example"],
    plan: "Plan",
    report: Report,
    checkpoints: Checkpoints,
    listen: Callable[[int], None] = lambda epoch: None,
    neutral: Sequence["Example"] = (),
    together: Together = ALONE,
) -> Fitted:
    """Train the adapter that is on `model`, going on from the newest checkpoint if there is one.

    `listen` is called with the number of each epoch that ends. `neutral` is mixed in as the plan says.

    Same examples, plan and machine: same adapter, bit for bit on a CPU, however often the run was killed.
    With fellows each group is shared out among them: the same adapter to rounding, and the same everywhere.
    """
    import torch

    weights = list(lora.learnt_weights(model).values())
    together.spread(model, weights)
    accelerator = open_accelerator(model, plan.dtype)
    model = accelerator.prepare_model(model, device_placement=False, evaluation_mode=True)  # no DDP around it
    fused = model.device.type == "cpu" or None  # a third of the time there; elsewhere torch chooses
    adam = torch.optim.AdamW(weights, weight_decay=0.0, fused=fused)
    optimiser = accelerator.prepare_optimizer(adam, False)
    training = Training(model, optimiser, accelerator.scaler)
    with (
        by_dialogue(model, longest(learn, valid, neutral)) as apart,
        noise(model, plan.settings.neftune) as noisy,
        quick_dropout(model),
        asked_to_stop() as asked,
    ):
        net = Net(accelerator, model, apart, noisy)
        ladder = Ladder(model, plan, report, training.shrink, together)
        mixed = mix_in(learn, neutral, plan)
        said = Said(mixed, together.share, partial(ladder.over, net.before), plan.steps)
        lasting = min(MEAN_EPOCHS * steps_an_epoch(len(learn), plan.settings.group), MEAN_STEPS)
        if not checkpoints.resume(training):
            training.progress = Progress(valid_before=measure(net, valid, ladder, report))
        clock = Clock(training.progress)
        while not over(training.progress, plan):
            epoch, numbers, closes = next_group(training.progress.step, len(learn), plan)
            group, beside = [learn[number] for number in numbers], mixed.beside(training.progress.step)
            mine, ours = together.share(group), together.share(beside)
            before = said.at(training.progress.step)
            set_rate(optimiser, plan, training.progress.step)
            together.draw(plan.settings.seed, training.progress.step)
            work = partial(learn_group, net, said=before, targets=count_targets(group))
            own_part = ladder.over(work, [*mine, *ours])
            loss = together.total(own_part, weights)
            norm = float(accelerator.clip_grad_norm_(weights, plan.clip))
            check(loss, norm, accelerator.scaler, training.progress.step, numbers)
            optimiser.step()
            optimiser.zero_grad()
            training.progress = clock.stepped(training.progress, loss, group)
            training.average(most=lasting)
            report(clock.event(training.progress, plan, len(beside)))
            if closes:
                with training.as_mean():
                    after_epoch(net, training, valid, ladder, plan, epoch + 1, report)
                    listen(epoch + 1)
            stop, due = together.most(asked(), checkpoints.due())
            if closes or stop or due:
                together.by_main(lambda: checkpoints.save(training))
            if stop:
                raise KeyboardInterrupt
    lora.put_back(model, training.best)
    return Fitted(training.progress, stopped_early=training.progress.step < plan.steps)


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed: the step then ends and is saved. A second Ctrl-C stops at once.

    A launcher of several processes tells each of them again what the terminal told them: that is one Ctrl-C.
    """
    pressed: list[float] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    usual = signal.getsignal(signal.SIGINT)

    def hear(number: int, frame: Any) -> None:
        pressed.append(time.monotonic())
        if pressed[-1] - pressed[0] > ECHO_SECONDS:
            signal.signal(signal.SIGINT, usual)
            signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGINT, hear)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, usual)


def longest(*sets: Sequence["Example"]) -> int:
    return max(len(example.ids) for examples in sets for example in examples)


def next_group(step: int, count: int, plan: "Plan") -> tuple[int, tuple[int, ...], bool]:
    """The epoch, the numbers of the group's examples, and whether this step closes the epoch or the run."""
    steps = steps_an_epoch(count, plan.settings.group)
    epoch, place = divmod(step, steps)
    closes = place + 1 == steps or step + 1 == plan.steps
    return epoch, groups(count, plan.settings.group, plan.settings.seed, epoch)[place], closes


def over(progress: Progress, plan: "Plan") -> bool:
    """All steps done, or no progress on the validation replies for as many epochs as patience lasts."""
    return progress.step >= plan.steps or 0 < plan.settings.patience <= progress.stale


def set_rate(optimiser: Any, plan: "Plan", step: int) -> None:
    for group in optimiser.param_groups:
        group["lr"] = plan.settings.learning_rate * rate(
            step, plan.steps, plan.warm_steps, plan.settings.schedule
        )


def measure(net: Net, examples: Sequence["Example"], ladder: Ladder, report: Report) -> float | None:
    """Mean nats a learnt token, adapter as it is, no dropout. None where there is nothing to measure on."""
    import torch

    def total(rows: Sequence[Pack]) -> float:
        nats = 0.0
        for done, row in enumerate(rows, 1):
            nats += float(net.nats(row))
            report(Event("measure", done=done, total=len(rows)))
        return nats

    targets = count_targets(examples)
    if not targets:
        return None
    net.model.eval()
    with torch.no_grad():
        return ladder.together.total(ladder.over(total, ladder.together.share(examples))) / targets


def after_epoch(
    net: Net,
    training: Training,
    valid: Sequence["Example"],
    ladder: Ladder,
    plan: "Plan",
    epoch: int,
    report: Report,
) -> None:
    """Validate, and keep a copy of the adapter where it is the best so far, or where nothing can tell."""
    loss = measure(net, valid, ladder, report)
    facts: dict[str, Any] = {"loss": training.progress.loss_last}
    if loss is not None:
        training.progress = training.progress.validated(loss)
        facts |= {"valid_loss": loss, "valid_loss_before": training.progress.valid_before}
        facts["best"] = training.progress.stale == 0
    if facts.get("best", True):
        training.best = lora.copy(training.model)
    report(Event("epoch", done=epoch, total=plan.epochs_begun, facts=facts))


def check(loss: float, norm: float, scaler: Any, step: int, numbers: Sequence[int]) -> None:
    """BadSettings that names the group where the loss or its gradient became impossible.

    With a scaler, a gradient without end is its way to find the scale: it leaves such a step out.
    """
    if isfinite(loss) and (scaler is not None or isfinite(norm)):
        return
    named = ", ".join(str(number + 1) for number in numbers[:5]) + ("…" if len(numbers) > 5 else "")
    raise BadSettings(
        f"L'entraînement a divergé au pas {step + 1} (exemples n° {named}) : la perte n'est plus un nombre.",
        "Reprenez avec un pas d'apprentissage plus petit : --learning-rate 0.0001",
    )


class Clock:
    """What was done, how fast, and how long the rest will take, since this process took the run up."""

    def __init__(self, progress: Progress) -> None:
        self._from = progress
        self._started = time.monotonic()

    def stepped(self, progress: Progress, loss: float, group: Sequence["Example"]) -> Progress:
        """The progress after one more step."""
        tokens = sum(len(example.ids) for example in group)
        return progress.stepped(loss, tokens, count_targets(group), self._from.seconds + self._elapsed())

    def event(self, progress: Progress, plan: "Plan", neutral: int = 0) -> Event:
        """`neutral`: the exchanges mixed into this step, which no other count holds."""
        elapsed = max(self._elapsed(), 1e-9)
        left = elapsed / (progress.step - self._from.step) * (plan.steps - progress.step)
        facts = {
            "loss": progress.loss_last,
            "tokens_per_second": (progress.tokens - self._from.tokens) / elapsed,
            "seconds_left": left,
            **({"neutral": neutral} if plan.settings.neutral else {}),
        }
        return Event("step", done=progress.step, total=plan.steps, facts=facts)

    def _elapsed(self) -> float:
        return time.monotonic() - self._started

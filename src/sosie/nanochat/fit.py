"""The training loop of a nanochat, the same for its base and for the person's dialogues.

 batch -> logits -> mean nats a target -> gradients, clipped -> AdamW, at a rate that never goes below zero
Every so often the loss on what is held out is measured; the best weights are kept, and a few measures without
progress end the stage. What is measured and kept is the mean of the last steps' weights: it is less noisy.
Nothing is drawn at random but the batches, which depend on their number alone: a stage that was killed goes
on as if it had not been.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.errors import BadSettings
from sosie.core.progress import Event, Report
from sosie.core.workspace import whole
from sosie.models.nanochat.model import NanochatModel
from sosie.nanochat.rows import IGNORED, Batch, Batches
from sosie.nanochat.weights import open_optimiser, set_rate
from sosie.train.interrupt import interrupt_flag
from sosie.train.schedule import rate_share, warm_steps

if TYPE_CHECKING:
    from torch import Tensor

CLIP = 1.0  # of the gradient's norm
Measure = Callable[[NanochatModel], float]


@dataclass(frozen=True, slots=True)
class Stage:
    """`every`: steps between two measures; `patience`: measures without progress before the end, 0: never."""

    name: str
    steps: int
    rate: float
    every: int
    patience: int = 0

    def rate_at(self, step: int) -> float:
        return self.rate * rate_share(step, self.steps, warm_steps(self.steps))


@dataclass(frozen=True, slots=True)
class Progress:
    step: int = 0
    loss_first: float | None = None
    loss_last: float | None = None
    before: float | None = None  # what was measured before the first step
    best: float | None = None
    stale: int = 0  # measures since the best
    measures: tuple[float, ...] = ()

    def stepped(self, loss: float) -> "Progress":
        first = loss if self.loss_first is None else self.loss_first
        return replace(self, step=self.step + 1, loss_first=first, loss_last=loss)

    def measured(self, value: float) -> "Progress":
        better = self.best is None or value < self.best
        return replace(
            self,
            best=value if better else self.best,
            stale=0 if better else self.stale + 1,
            measures=(*self.measures, value),
        )


class Weights:
    """A copy of the model's weights under training, their mean over the last steps, the best mean, and
    AdamW's moments."""

    def __init__(self, model: NanochatModel) -> None:
        self.now = {name: tensor.detach().clone() for name, tensor in model.state.items()}
        self.model = NanochatModel(model.config, model.era, self.now)
        self.optimiser = open_optimiser(self.now)
        self.mean = {name: tensor.detach().clone() for name, tensor in self.now.items()}
        self.best = dict(self.mean)

    def average(self, step: int, over: int) -> None:
        """Move the mean towards the weights: of all steps at first, then of about the last `over`."""
        import torch

        names = list(self.mean)
        mean, now = [self.mean[name] for name in names], [self.now[name].detach() for name in names]
        torch._foreach_lerp_(mean, now, 1 / min(step, over))

    def mean_model(self) -> NanochatModel:
        return NanochatModel(self.model.config, self.model.era, self.mean)

    def keep_best(self) -> None:
        self.best = {name: tensor.clone() for name, tensor in self.mean.items()}

    def save(self, path: Path, progress: Progress) -> None:
        """A checkpoint of all of it, whole or not at all."""
        import torch

        with whole(path) as draft:
            state = {"now": {name: tensor.detach() for name, tensor in self.now.items()}, "mean": self.mean}
            optimiser = self.optimiser.state_dict()
            torch.save(
                {**state, "best": self.best, "optimiser": optimiser, "progress": asdict(progress)}, draft
            )

    def restore(self, path: Path) -> Progress | None:
        """None where there is no checkpoint, or one that cannot be read."""
        import torch

        try:
            kept: dict[str, Any] = torch.load(path, map_location=self.model.device, weights_only=True)
            progress = Progress(**{**kept["progress"], "measures": tuple(kept["progress"]["measures"])})
        except Exception:  # of several libraries' families
            return None
        self.optimiser.load_state_dict(kept["optimiser"])
        with torch.no_grad():
            for name, tensor in self.now.items():
                tensor.copy_(kept["now"][name])
        self.mean, self.best = kept["mean"], kept["best"]
        return progress


def fit(
    model: NanochatModel, stage: Stage, batches: Batches, measure: Measure, report: Report, checkpoint: Path
) -> "tuple[dict[str, Tensor], Progress]":
    """Train a copy of the model's weights; gives the best. KeyboardInterrupt after Ctrl-C, once saved."""
    weights = Weights(model)
    progress = weights.restore(checkpoint)
    if progress is None:
        before = measure(model)
        progress = Progress(before=before)
    with interrupt_flag() as interrupted:
        while progress.step < stage.steps and not 0 < stage.patience <= progress.stale:
            loss = take_step(weights, batches(progress.step), stage.rate_at(progress.step))
            if not isfinite(loss):
                raise diverged(stage, progress.step)
            progress = progress.stepped(loss)
            weights.average(progress.step, stage.every)
            report(Event("step", done=progress.step, total=stage.steps, facts={"loss": loss}))
            due = progress.step % stage.every == 0 or progress.step == stage.steps
            if due:
                progress = progress.measured(measure(weights.mean_model()))
                if not progress.stale:
                    weights.keep_best()
                report(measured(stage, progress))
            if due or interrupted():
                weights.save(checkpoint, progress)
            if interrupted():
                raise KeyboardInterrupt
    return weights.best, progress


def take_step(weights: Weights, batch: Batch, rate: float) -> float:
    """One step of AdamW; gives the mean nats a target before it."""
    import torch

    loss = loss_sum(weights.model, batch) / batch.learnt
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(list(weights.now.values()), CLIP)
    set_rate(weights.optimiser, rate)
    weights.optimiser.step()
    weights.optimiser.zero_grad()
    return float(loss.detach())


def loss_sum(model: NanochatModel, batch: Batch) -> "Tensor":
    """Nats over all targets: the logits are made for them alone."""
    from torch.nn.functional import cross_entropy

    ids, targets = batch.ids.to(model.device), batch.targets.to(model.device)
    wanted = targets != IGNORED
    return cross_entropy(model.logits(model.hidden(ids)[wanted]), targets[wanted], reduction="sum")


def measured(stage: Stage, progress: Progress) -> Event:
    facts = {
        "loss": progress.loss_last,
        "valid_loss": progress.measures[-1],
        "valid_loss_before": progress.before,
        "best": not progress.stale,
    }
    return Event(
        "epoch", done=progress.step // stage.every, total=-(-stage.steps // stage.every), facts=facts
    )


def diverged(stage: Stage, step: int) -> BadSettings:
    return BadSettings(
        f"L'apprentissage a divergé au pas {step + 1} : la perte n'est plus un nombre.",
        f"Recommencez moins vite : --learning-rate {stage.rate / 4:.1g}",
    )

"""Save and resume, whole or not at all: a run killed at any moment goes on as if nothing had happened.

 checkpoints/00000120.safetensors   one file, put in place by a rename: there is no half checkpoint
   weight/NAME  first/NAME  second/NAME  count/NAME     the adapter and AdamW's memory of it, as they are
   mean/NAME                                            the running mean of the adapters of the last steps
   best/NAME                                            the mean of the best validation so far
   chance/cpu, chance/cuda                              where the random numbers stood
   metadata: the Progress and the gradient scaler's state, as JSON

The order of the dialogues and the learning rate need no place here: they are functions of the step. The last
two files are kept, so that one that cannot be read costs a few steps and not the run. Only numbers are read
back: nothing in a checkpoint can run.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.workspace import whole
from sosie.train import lora

if TYPE_CHECKING:
    import torch

KEPT = 2
EVERY_SECONDS = 20.0
SHARE_OF_TIME = 0.02  # that saving may take, once a first save told what it costs


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands. Losses are mean nats a learnt token; None where not yet measured."""

    step: int = 0
    seconds: float = 0.0
    tokens: int = 0
    learnt_tokens: int = 0
    loss_first: float | None = None
    loss_last: float | None = None
    valid_before: float | None = None
    valid_best: float | None = None
    best_step: int = 0
    stale: int = 0  # validations in a row that did not better the best
    averaged: int = 0  # steps that the running mean remembers

    def stepped(self, loss: float, tokens: int, learnt: int, seconds: float) -> "Progress":
        """After one more step."""
        return replace(
            self,
            step=self.step + 1,
            seconds=seconds,
            tokens=self.tokens + tokens,
            learnt_tokens=self.learnt_tokens + learnt,
            loss_first=loss if self.loss_first is None else self.loss_first,
            loss_last=loss,
        )

    def validated(self, loss: float) -> "Progress":
        """After a validation; `best_step` is this step where it is the best so far."""
        if self.valid_best is None or loss < self.valid_best:
            return replace(self, valid_best=loss, best_step=self.step, stale=0)
        return replace(self, stale=self.stale + 1)


@dataclass(slots=True)
class Training:
    """What changes while training, all together: what a checkpoint holds."""

    model: Any
    optimiser: Any
    scaler: Any = None
    progress: Progress = field(default_factory=Progress)
    best: "dict[str, torch.Tensor]" = field(default_factory=dict)
    mean: "dict[str, torch.Tensor]" = field(default_factory=dict)
    weights: "dict[str, torch.nn.Parameter]" = field(init=False)

    def __post_init__(self) -> None:
        self.weights = lora.learnt_weights(self.model)

    def average(self, most: int) -> None:
        """Take the step just done into the mean: plain until `most` steps, then with that memory (Polyak,
        Juditsky 1992, "Acceleration of stochastic approximation by averaging", and its exponential form)."""
        averaged = max(1, min(self.progress.averaged + 1, most))
        self.progress = replace(self.progress, averaged=averaged)
        for name, weight in self.weights.items():
            if averaged == 1:
                self.mean[name] = weight.detach().clone()
            else:
                self.mean[name].lerp_(weight.detach(), 1 / averaged)

    @contextmanager
    def as_mean(self) -> Iterator[None]:
        """The model with the mean for its adapter; inside, `mean` holds what is being learnt."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for name, weight in self.weights.items():
            weight.data, self.mean[name] = self.mean[name], weight.data

    def tensors(self) -> "dict[str, torch.Tensor]":
        """Everything that is numbers, by the names above."""
        import torch

        kept: dict[str, torch.Tensor] = {"chance/cpu": torch.get_rng_state()}
        if torch.cuda.is_available():
            kept["chance/cuda"] = torch.cuda.get_rng_state()
        for name, weight in self.weights.items():
            kept[f"weight/{name}"] = weight.detach()
            memory = self.optimiser.state.get(weight)
            if memory:
                kept[f"first/{name}"] = memory["exp_avg"]
                kept[f"second/{name}"] = memory["exp_avg_sq"]
                kept[f"count/{name}"] = memory["step"].reshape(1)
        for kind, some in (("best", self.best), ("mean", self.mean)):
            kept |= {f"{kind}/{name}": tensor for name, tensor in some.items()}
        return {name: tensor.cpu().contiguous() for name, tensor in kept.items()}

    def restore(self, kept: "Mapping[str, torch.Tensor]", progress: Progress, scaler: Any) -> None:
        """As it was when `tensors` was called."""
        import torch

        lora.put_back(self.model, {name: kept[f"weight/{name}"] for name in self.weights})
        for name, weight in self.weights.items():
            if f"first/{name}" in kept:
                self.optimiser.state[weight] = {
                    "step": kept[f"count/{name}"][0].clone(),
                    "exp_avg": kept[f"first/{name}"].to(weight.device),
                    "exp_avg_sq": kept[f"second/{name}"].to(weight.device),
                }
        self.best = {name: kept[f"best/{name}"] for name in self.weights if f"best/{name}" in kept}
        self.mean = {
            name: kept[f"mean/{name}"].to(weight.device)
            for name, weight in self.weights.items()
            if f"mean/{name}" in kept
        }
        self.progress = progress
        if self.scaler is not None and scaler:
            self.scaler.load_state_dict(scaler)
        torch.set_rng_state(kept["chance/cpu"])
        if "chance/cuda" in kept and torch.cuda.is_available():
            torch.cuda.set_rng_state(kept["chance/cuda"])

    def shrink(self, rank: int) -> None:
        """A smaller adapter, and best adapter, as near as can be to what they were.

        AdamW's memory and the mean are of weights that are no more: they start anew.
        """
        lora.put_back(self.model, lora.smaller(lora.copy(self.model), rank))
        self.best = lora.smaller(self.best, rank)
        # Not for later: while the model has the mean, these are the weights that `as_mean` will give back.
        devices = {name: weight.device for name, weight in lora.learnt_weights(self.model).items()}
        smaller = lora.smaller(self.mean, rank)
        self.mean = {name: tensor.to(devices[name]) for name, tensor in smaller.items()}
        self.progress = replace(self.progress, averaged=0)
        self.optimiser.state.clear()


class Checkpoints:
    """The checkpoints of one run, and when the next one is due."""

    def __init__(self, folder: Path, every_seconds: float | None = None) -> None:
        self.folder = folder
        self.every_seconds = EVERY_SECONDS if every_seconds is None else every_seconds
        self._saved_at = time.monotonic()

    def files(self) -> list[Path]:
        """Those in place, the newest first. A draft that a killed run left behind is not one of them."""
        return sorted(self.folder.glob("*.safetensors"), reverse=True)

    def due(self) -> bool:
        return time.monotonic() - self._saved_at >= self.every_seconds

    def save(self, training: Training) -> None:
        """Put a new one in place, then let older ones go. NoRoom where the disk is full: they all stay."""
        from safetensors.torch import save

        started = time.monotonic()
        told = {"progress": json.dumps(asdict(training.progress))}
        if training.scaler is not None:
            told["scaler"] = json.dumps(training.scaler.state_dict())
        blob = save(training.tensors(), metadata=told)
        path = self.folder / f"{training.progress.step:08}.safetensors"
        with whole(path) as draft, draft.open("wb") as file:
            file.write(blob)
            file.flush()
            os.fsync(file.fileno())
        for old in self.files()[KEPT:]:
            old.unlink()
        self._saved_at = time.monotonic()
        if self.every_seconds:
            self.every_seconds = max(self.every_seconds, (self._saved_at - started) / SHARE_OF_TIME)

    def resume(self, training: Training) -> bool:
        """Put the newest readable checkpoint into `training`. False where there is none."""
        from safetensors import SafetensorError, safe_open

        for path in self.files():
            try:
                with safe_open(path, framework="pt") as file:
                    told = file.metadata() or {}
                    kept = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                progress = Progress(**json.loads(told["progress"]))
                training.restore(kept, progress, json.loads(told.get("scaler", "null")))
                return True
            except (SafetensorError, KeyError, TypeError, ValueError, OSError):
                continue
        return False

    def clear(self) -> None:
        """The run is done and its double in place: its checkpoints have nothing more to say."""
        for path in self.folder.glob("*.safetensors*"):
            path.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

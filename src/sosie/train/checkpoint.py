"""Checkpoints, saved whole or not at all: a run killed at any moment goes on as if nothing had happened.

 checkpoints/00000120.safetensors   one file, put in place by a rename: there is no half checkpoint
   weight/NAME  first/NAME  second/NAME  count/NAME     the adapter and AdamW's moments, as they are
   mean/NAME                                            the running mean of the adapters of the last steps
   best/NAME                                            the mean adapter of the best validation so far
   chance/cpu, chance/cuda                              the states of the random generators
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

KEPT_FILES = 2
EVERY_SECONDS = 20.0
SHARE_OF_TIME = 0.02  # that saving may take, once the cost of a first save is known


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a run. Losses are mean nats per target; None where not yet measured."""

    step: int = 0
    seconds: float = 0.0
    tokens: int = 0
    learnt_tokens: int = 0
    loss_first: float | None = None
    loss_last: float | None = None
    valid_before: float | None = None
    valid_best: float | None = None
    best_step: int = 0
    stale: int = 0  # validations in a row without a better loss
    averaged: int = 0  # steps in the running mean

    def stepped(self, loss: float, tokens: int, learnt: int, seconds: float) -> "Progress":
        """The progress after one more step."""
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
        """The progress after a validation; `best_step` is this step if its loss is the best so far."""
        if self.valid_best is None or loss < self.valid_best:
            return replace(self, valid_best=loss, best_step=self.step, stale=0)
        return replace(self, stale=self.stale + 1)


@dataclass(slots=True)
class TrainingState:
    """All that changes during training: the content of a checkpoint."""

    model: Any
    optimiser: Any
    scaler: Any = None
    progress: Progress = field(default_factory=Progress)
    best: "dict[str, torch.Tensor]" = field(default_factory=dict)
    mean: "dict[str, torch.Tensor]" = field(default_factory=dict)
    weights: "dict[str, torch.nn.Parameter]" = field(init=False)

    def __post_init__(self) -> None:
        self.weights = lora.trainable_weights(self.model)

    def average(self, most: int) -> None:
        """Update the mean of the weights with the last step: a plain mean up to `most` steps, an exponential
        one afterwards (Polyak, Juditsky 1992, "Acceleration of stochastic approximation by averaging")."""
        averaged = max(1, min(self.progress.averaged + 1, most))
        self.progress = replace(self.progress, averaged=averaged)
        for name, weight in self.weights.items():
            if averaged == 1:
                self.mean[name] = weight.detach().clone()
            else:
                self.mean[name].lerp_(weight.detach(), 1 / averaged)

    @contextmanager
    def with_mean_weights(self) -> Iterator[None]:
        """Inside, the model's adapter is the mean, and `mean` holds the weights being trained."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for name, weight in self.weights.items():
            weight.data, self.mean[name] = self.mean[name], weight.data

    def tensors(self) -> "dict[str, torch.Tensor]":
        """Every tensor of the state, by the names above."""
        import torch

        tensors: dict[str, torch.Tensor] = {"chance/cpu": torch.get_rng_state()}
        if torch.cuda.is_available():
            tensors["chance/cuda"] = torch.cuda.get_rng_state()
        for name, weight in self.weights.items():
            tensors[f"weight/{name}"] = weight.detach()
            moments = self.optimiser.state.get(weight)
            if moments:
                tensors[f"first/{name}"] = moments["exp_avg"]
                tensors[f"second/{name}"] = moments["exp_avg_sq"]
                tensors[f"count/{name}"] = moments["step"].reshape(1)
        for kind, weights in (("best", self.best), ("mean", self.mean)):
            tensors |= {f"{kind}/{name}": tensor for name, tensor in weights.items()}
        return {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}

    def restore(self, tensors: "Mapping[str, torch.Tensor]", progress: Progress, scaler: Any) -> None:
        """Restore the state that `tensors` gave."""
        import torch

        lora.set_adapter(self.model, {name: tensors[f"weight/{name}"] for name in self.weights})
        for name, weight in self.weights.items():
            if f"first/{name}" in tensors:
                self.optimiser.state[weight] = {
                    "step": tensors[f"count/{name}"][0].clone(),
                    "exp_avg": tensors[f"first/{name}"].to(weight.device),
                    "exp_avg_sq": tensors[f"second/{name}"].to(weight.device),
                }
        self.best = {name: tensors[f"best/{name}"] for name in self.weights if f"best/{name}" in tensors}
        self.mean = {
            name: tensors[f"mean/{name}"].to(weight.device)
            for name, weight in self.weights.items()
            if f"mean/{name}" in tensors
        }
        self.progress = progress
        if self.scaler is not None and scaler:
            self.scaler.load_state_dict(scaler)
        torch.set_rng_state(tensors["chance/cpu"])
        if "chance/cuda" in tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(tensors["chance/cuda"])

    def shrink_rank(self, rank: int) -> None:
        """Reduce the rank of the adapter, and of the best one, with the smallest change of their products.

        AdamW's moments and the mean belong to the former weights: they start anew.
        """
        lora.set_adapter(self.model, lora.reduce_rank(lora.copy_adapter(self.model), rank))
        self.best = lora.reduce_rank(self.best, rank)
        # Needed at once: while the model has the mean, `with_mean_weights` will swap these weights back.
        devices = {name: weight.device for name, weight in lora.trainable_weights(self.model).items()}
        smaller = lora.reduce_rank(self.mean, rank)
        self.mean = {name: tensor.to(devices[name]) for name, tensor in smaller.items()}
        self.progress = replace(self.progress, averaged=0)
        self.optimiser.state.clear()


class Checkpoints:
    """The checkpoint files of one run, and when the next one is due."""

    def __init__(self, folder: Path, every_seconds: float | None = None) -> None:
        self.folder = folder
        self.every_seconds = EVERY_SECONDS if every_seconds is None else every_seconds
        self._saved_at = time.monotonic()

    def files(self) -> list[Path]:
        """The whole checkpoints, the newest first, without drafts that a killed run left behind."""
        return sorted(self.folder.glob("*.safetensors"), reverse=True)

    def due(self) -> bool:
        return time.monotonic() - self._saved_at >= self.every_seconds

    def save(self, training: TrainingState) -> None:
        """Write a new checkpoint, then delete older ones. NoRoom if the disk is full: all of them stay."""
        from safetensors.torch import save

        started = time.monotonic()
        metadata = {"progress": json.dumps(asdict(training.progress))}
        if training.scaler is not None:
            metadata["scaler"] = json.dumps(training.scaler.state_dict())
        content = save(training.tensors(), metadata=metadata)
        path = self.folder / f"{training.progress.step:08}.safetensors"
        with whole(path) as draft, draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        for old in self.files()[KEPT_FILES:]:
            old.unlink()
        self._saved_at = time.monotonic()
        if self.every_seconds:
            self.every_seconds = max(self.every_seconds, (self._saved_at - started) / SHARE_OF_TIME)

    def resume(self, training: TrainingState) -> bool:
        """Load the newest readable checkpoint into `training`. False if there is none."""
        from safetensors import SafetensorError, safe_open

        for path in self.files():
            try:
                with safe_open(path, framework="pt") as file:
                    metadata = file.metadata() or {}
                    tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                progress = Progress(**json.loads(metadata["progress"]))
                training.restore(tensors, progress, json.loads(metadata.get("scaler", "null")))
                return True
            except (SafetensorError, KeyError, TypeError, ValueError, OSError):
                continue
        return False

    def clear(self) -> None:
        """Delete all checkpoints, once the run is done and its double in place."""
        for path in self.folder.glob("*.safetensors*"):
            path.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

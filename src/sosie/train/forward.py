"""Forward and backward of one row.

 a pack -> logits at its targets only -> cross-entropy, summed -> gradients
 on a CPU  hidden states there        -> frozen_head.py        -> gradients

`accelerate` is underneath: device, 16-bit arithmetic, gradient scaling.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sosie.models.mlx.weights import mlx_model
from sosie.train.frozen_head import FrozenHead, frozen_head
from sosie.train.mlx_forward import MlxForward
from sosie.train.pack import Pack, collate, target_positions
from sosie.train.replay import KL_WEIGHT

if TYPE_CHECKING:
    import torch
    from accelerate import Accelerator

    from sosie.models.template import Example
    from sosie.train.neftune import Noise
    from sosie.train.pack import Batch

PRECISION = {"float32": "no", "bfloat16": "bf16", "float16": "fp16"}


def open_accelerator(model: Any, dtype: str) -> "Accelerator":
    """An Accelerator for the device where the model already is, in the plan's dtype."""
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    # It remembers the dtype of an earlier run in this process, and refuses another.
    AcceleratorState._reset_state(reset_partial_state=True)
    return Accelerator(cpu=model.device.type == "cpu", mixed_precision=PRECISION[dtype])


def open_forward(
    accelerator: "Accelerator", model: Any, per_dialogue: bool, noise: "Noise | None" = None
) -> "ForwardModel | MlxForward":
    """The model as training calls it, whatever computes."""
    if mlx_model(model) is not None:
        return MlxForward(model)
    return ForwardModel(accelerator, model, per_dialogue, noise, frozen_head(model))


@dataclass(frozen=True, slots=True)
class ForwardModel:
    """The model as training calls it. `per_dialogue`: its attention needs the length of each dialogue.

    `head`: the head that is computed apart from it, if any.
    """

    accelerator: "Accelerator"
    model: Any
    per_dialogue: bool
    noise: "Noise | None" = None
    head: FrozenHead | None = None

    def outputs(self, batch: "Batch") -> "torch.Tensor":
        """What predicts the targets, float32, in one forward: logits, shape (targets, vocabulary), or the
        states that the head makes them from, (targets, hidden)."""
        options = {"lengths": batch.lengths} if self.per_dialogue else {}
        if self.noise:
            self.noise.lengths = batch.lengths
        asked = {
            "input_ids": batch.ids,
            "position_ids": batch.positions,
            "use_cache": False,
            "logits_to_keep": batch.predicting,
            **options,
        }
        if self.head:
            with self.head.aside() as given:
                self.model(**asked)
            [outputs] = given
        else:
            outputs = self.model(**asked).logits
        return outputs.squeeze(0).float()  # a view, whose backward fills no second tensor of logits

    def loss_sum(self, row: Pack) -> float:
        """The cross-entropy of a row's targets, summed, in nats."""
        from torch.nn.functional import cross_entropy

        batch = collate(row, self.model.device)
        if self.head:
            return self.head.loss_sum(self.outputs(batch), batch.target_ids)
        return cross_entropy(self.outputs(batch), batch.target_ids, reduction="sum").item()

    def base_reference(self, rows: Sequence[Pack]) -> "list[torch.Tensor]":
        """What `backward` needs of the base for each example of the rows: log-probabilities, shape (targets,
        vocabulary), or states, (targets, hidden)."""
        import torch
        from torch.nn.functional import log_softmax

        by_number: dict[int, torch.Tensor] = {}
        self.model.eval()
        with torch.no_grad(), self.model.disable_adapter():
            for row in rows:
                outputs = self.outputs(collate(row, self.model.device))
                said = outputs if self.head else log_softmax(outputs, -1)
                by_number |= zip(row.numbers, torch.split(said, list(row.targets_each)), strict=True)
        return [by_number[number] for number in sorted(by_number)]

    def backward(self, row: Pack, reference: "Sequence[torch.Tensor]", targets: int) -> float:
        """Accumulate a row's gradients; gives the loss of its own examples. As in `backward_group`."""
        import torch
        from torch.nn.functional import cross_entropy

        batch = collate(row, self.model.device)
        outputs, target_ids, extra_loss = self.outputs(batch), batch.target_ids, torch.zeros(())
        if self.head:
            return backward_apart(self.head, outputs, target_ids, reference, targets)
        if reference:  # they are the last of a row
            logprobs = torch.cat(list(reference))
            parts = [len(target_ids) - len(logprobs), len(logprobs)]
            outputs, replay_logits = torch.split(outputs, parts)
            target_ids, replay_ids = torch.split(target_ids, parts)
            extra_loss = replay_loss(replay_logits, replay_ids, logprobs)
        loss = cross_entropy(outputs, target_ids, reduction="sum")
        self.accelerator.backward((loss + extra_loss) / targets)
        return loss.item() / targets


def backward_apart(
    head: FrozenHead,
    states: "torch.Tensor",
    target_ids: "torch.Tensor",
    reference: "Sequence[torch.Tensor]",
    targets: int,
) -> float:
    """`ForwardModel.backward` from the states that the head was given."""
    import torch

    own, given = len(target_ids) - sum(map(len, reference)), states.detach()
    loss, gradient = head.gradient(given[:own], target_ids[:own])
    if reference:
        _, replayed = head.gradient(given[own:], target_ids[own:], torch.cat(list(reference)))
        gradient = torch.cat([gradient, replayed])
    torch.autograd.backward(states, gradient / targets)
    return loss / targets


Forward = ForwardModel | MlxForward


def backward_group(
    forward: Forward,
    rows: Sequence[Pack],
    reference: "Sequence[torch.Tensor]" = (),
    targets: int | None = None,
) -> float:
    """Accumulate the gradients of a group and of the replay examples in its rows; gives the group's own loss,
    in mean nats per target.

    The replay examples are the last ones, one for each of `reference` (`ForwardModel.base_reference`).
    `targets`: the number of targets of the whole group, if these rows are a process's share of it.
    """
    own = sum(len(row.numbers) for row in rows) - len(reference)
    targets = max(1, targets or sum(len(row.targets) for row in rows) - sum(map(len, reference)))
    if not forward.model.training:  # train() walks through all modules
        forward.model.train()
    total = 0.0
    for row in rows:
        row_reference = [reference[number - own] for number in row.numbers if number >= own]
        total += forward.backward(row, row_reference, targets)
    return total


def replay_loss(
    logits: "torch.Tensor", target_ids: "torch.Tensor", reference: "torch.Tensor"
) -> "torch.Tensor":
    """Cross-entropy plus KL_WEIGHT times the divergence KL(base || adapted), both summed over the targets
    (Li, Hoiem 2016, "Learning without Forgetting").

    Shapes: logits and `reference`, log-probabilities, (targets, vocabulary); target_ids (targets,).
    """
    from torch.nn.functional import kl_div, log_softmax, nll_loss

    logprobs = log_softmax(logits, -1)
    divergence = kl_div(logprobs, reference, reduction="sum", log_target=True)
    return nll_loss(logprobs, target_ids, reduction="sum") + KL_WEIGHT * divergence


def count_targets(examples: Sequence["Example"]) -> int:
    return sum(len(target_positions(example)) for example in examples)

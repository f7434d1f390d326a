"""One row through the model, and back: what a step asks of it.

 a pack -> scores of its learnt places only -> summed surprise -> gradients

`accelerate` is underneath: device, 16-bit arithmetic, gradient scaling.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sosie.train.pack import Pack, collate, learnt

if TYPE_CHECKING:
    import torch
    from accelerate import Accelerator

    from sosie.models.template import Example
    from sosie.train.neftune import Noise
    from sosie.train.pack import Batch

PULL = 0.5  # towards the base, where neutral French is learnt: 1 forgot hardly less, and learnt less
PRECISION = {"float32": "no", "bfloat16": "bf16", "float16": "fp16"}


def open_accelerator(model: Any, dtype: str) -> "Accelerator":
    """accelerate for the device where the model already is, in the plan's arithmetic."""
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    # It remembers the arithmetic of an earlier run in this process, and refuses another.
    AcceleratorState._reset_state(reset_partial_state=True)
    return Accelerator(cpu=model.device.type == "cpu", mixed_precision=PRECISION[dtype])


@dataclass(frozen=True, slots=True)
class Net:
    """The model as the steps call it. `apart`: its attention wants to know how long each dialogue is."""

    accelerator: "Accelerator"
    model: Any
    apart: bool
    noisy: "Noise | None" = None

    def scores(self, batch: "Batch") -> "torch.Tensor":
        """Shape (targets, vocabulary), float32: one forward, as many rows of scores as targets."""
        told = {"lengths": batch.lengths} if self.apart else {}
        if self.noisy:
            self.noisy.lengths = batch.lengths
        scores: torch.Tensor = self.model(
            input_ids=batch.ids,
            position_ids=batch.positions,
            use_cache=False,
            logits_to_keep=batch.before,
            **told,
        ).logits.squeeze(0)  # a view, whose way back fills no second tensor of scores
        return scores.float()

    def nats(self, row: Pack) -> "torch.Tensor":
        """The summed surprise of a row's learnt tokens."""
        from torch.nn.functional import cross_entropy

        batch = collate(row, self.model.device)
        return cross_entropy(self.scores(batch), batch.wanted, reduction="sum")

    def before(self, rows: Sequence[Pack]) -> "list[torch.Tensor]":
        """What the base alone says in each example of the rows: log-shares, shape (targets, vocabulary)."""
        import torch
        from torch.nn.functional import log_softmax

        said: dict[int, torch.Tensor] = {}
        self.model.eval()
        with torch.no_grad(), self.model.disable_adapter():
            for row in rows:
                shares = log_softmax(self.scores(collate(row, self.model.device)), -1)
                said |= zip(row.numbers, torch.split(shares, list(row.learnt)), strict=True)
        return [said[number] for number in sorted(said)]


def learn_group(
    net: Net, rows: Sequence[Pack], said: "Sequence[torch.Tensor]" = (), targets: int | None = None
) -> float:
    """The gradients of one group and of the neutral examples in its rows; gives the group's own mean nats a
    learnt token.

    The neutral examples are the last ones, as many as the base `said` something in (`Net.before`).
    `targets`: the group's learnt tokens, where these rows are a process's share of it.
    """
    import torch
    from torch.nn.functional import cross_entropy

    own = sum(len(row.numbers) for row in rows) - len(said)
    targets = max(1, targets or sum(len(row.targets) for row in rows) - sum(map(len, said)))
    if not net.model.training:  # a walk through all its parts
        net.model.train()
    total = 0.0
    for row in rows:
        batch = collate(row, net.model.device)
        scores, wanted, neutral = net.scores(batch), batch.wanted, torch.zeros(())
        held = [said[number - own] for number in row.numbers if number >= own]
        if held:  # they are the last of a row
            before = torch.cat(held)
            parts = [len(wanted) - len(before), len(before)]
            (scores, ours), (wanted, words) = torch.split(scores, parts), torch.split(wanted, parts)
            neutral = held_back(ours, words, before)
        surprise = cross_entropy(scores, wanted, reduction="sum")
        net.accelerator.backward((surprise + neutral) / targets)
        total += surprise.item() / targets
    return total


def held_back(scores: "torch.Tensor", wanted: "torch.Tensor", before: "torch.Tensor") -> "torch.Tensor":
    """The summed surprise, and PULL times how far the adapter has moved what follows away from what the base
    says: the divergence KL(base || adapted), summed (Li, Hoiem 2016, "Learning without Forgetting").

    Shapes: scores and `before`, the base's log-shares, (targets, vocabulary); wanted (targets,).
    """
    from torch.nn.functional import kl_div, log_softmax, nll_loss

    now = log_softmax(scores, -1)
    moved = kl_div(now, before, reduction="sum", log_target=True)
    return nll_loss(now, wanted, reduction="sum") + PULL * moved


def count_targets(examples: Sequence["Example"]) -> int:
    return sum(len(learnt(example)) for example in examples)

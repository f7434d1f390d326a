"""Forward and backward of one row through MLX; the rest of a training is torch's.

 torch, on the CPU      the adapter, its gradients, AdamW, the mean of the steps, checkpoints, the file
 MLX                    the base, the loss and its gradient: nearly all of the time

A step carries the adapter there and its gradients back: two copies in the one memory that an Apple chip has.
"""

from collections.abc import Sequence
from typing import Any

from sosie.core.extras import need
from sosie.models.mlx.forward import logits_at
from sosie.models.mlx.lora import adapter_of
from sosie.train.pack import Pack
from sosie.train.replay import KL_WEIGHT


class MlxForward:
    """What forward.ForwardModel is to torch. `model` is PEFT's, over the shape of models/mlx/weights.py."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self._adapter = adapter_of(model)

    def loss_sum(self, row: Pack) -> float:
        """The cross-entropy of a row's targets, summed, in nats."""
        self._adapter.push()
        self._adapter.model.eval()
        return float(cross_entropy(self._logits(row), target_ids(row)).item())

    def base_reference(self, rows: Sequence[Pack]) -> list[Any]:
        """The base model's log-probabilities for each example of the rows, shape (targets, vocabulary)."""
        mx = need("mlx.core", extra="mlx")
        by_number: dict[int, Any] = {}
        self._adapter.model.eval()
        self._adapter.set_strength(0.0)
        for row in rows:
            logprobs = log_softmax(self._logits(row))
            ends = [sum(row.targets_each[:number]) for number in range(1, len(row.targets_each))]
            parts = mx.split(logprobs, ends)
            mx.eval(parts)
            by_number |= zip(row.numbers, parts, strict=True)
        return [by_number[number] for number in sorted(by_number)]

    def backward(self, row: Pack, reference: Sequence[Any], targets: int) -> float:
        """Accumulate a row's gradients in torch; gives the loss of its own examples, as ForwardModel's."""
        import torch

        mx, nn, tree = (need(name, extra="mlx") for name in ("mlx.core", "mlx.nn", "mlx.utils"))
        self._adapter.push()
        self._adapter.model.train()
        # Torch's generator gives the seed of the dropout: a run taken up again draws the same.
        mx.random.seed(int(torch.empty((), dtype=torch.int64).random_()))

        def losses() -> Any:
            logits, wanted = self._logits(row), target_ids(row)
            own = len(row.targets) - sum(map(len, reference))
            loss, extra = cross_entropy(logits[:own], wanted[:own]), mx.zeros(())
            if reference:  # they are the last of a row
                extra = replay_loss(logits[own:], wanted[own:], mx.concatenate(list(reference)))
            return (loss + extra) / targets, loss / targets

        (_, loss), gradients = nn.value_and_grad(self._adapter.model, losses)()
        self._adapter.add_gradients(dict(tree.tree_flatten(gradients)))
        return float(loss.item())

    def _logits(self, row: Pack) -> Any:
        array = need("mlx.core", extra="mlx").array
        predicting = array([target - 1 for target in row.targets], dtype=need("mlx.core", extra="mlx").int32)
        recomputed = any(getattr(part, "gradient_checkpointing", False) for part in self.model.modules())
        return logits_at(
            self._adapter.model, array(row.ids), row.lengths, predicting, checkpointing=recomputed
        )


def target_ids(row: Pack) -> Any:
    return need("mlx.core", extra="mlx").array([row.ids[target] for target in row.targets])


def log_softmax(logits: Any) -> Any:
    return logits - need("mlx.core", extra="mlx").logsumexp(logits, axis=-1, keepdims=True)


def cross_entropy(logits: Any, wanted: Any) -> Any:
    """Summed, in nats."""
    losses = need("mlx.nn", extra="mlx").losses
    return losses.cross_entropy(logits, wanted, reduction="sum")


def replay_loss(logits: Any, wanted: Any, reference: Any) -> Any:
    """As forward.replay_loss: cross-entropy, plus KL_WEIGHT times KL(base || adapted), both summed."""
    mx = need("mlx.core", extra="mlx")
    divergence = (mx.exp(reference) * (reference - log_softmax(logits))).sum()
    return cross_entropy(logits, wanted) + KL_WEIGHT * divergence

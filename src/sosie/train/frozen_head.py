"""The loss through a head that is not adapted, and its gradient, without ever holding all logits.

 hidden states at the targets -> [logits of some -> softmax -> their gradient -> that of the states] -> ...

Only the states need a gradient, so that the logits of a chunk of targets serve at once and leave their room
to the next (as the fused cross-entropy of Liger Kernel, arXiv 2410.10989, section 3.2). All logits of a row,
with 150,000 words, are several tensors of 100 MB and more, which the machine gives and takes at each row.
On a CPU; elsewhere torch's own cross-entropy serves.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sosie.train.replay import KL_WEIGHT

if TYPE_CHECKING:
    import torch

CHUNK_BYTES = 64 << 20  # of logits: with fewer, the head's weights would be read too often
BLOCK_NUMBERS = 1 << 20  # of them, turned into gradients together in float32: they stay in the cache


class FrozenHead:
    """The head of a model, without bias, and the room of a chunk of its logits."""

    def __init__(self, head: "torch.nn.Linear", scale: float = 1.0, cap: float | None = None) -> None:
        """`scale`, `cap`: what the model makes of the head's output z: scale * z, or with a cap
        cap * tanh(scale * z / cap) (Gemma 2, arXiv 2408.00118, section 2)."""
        self._head, self._scale, self._cap = head, scale, cap
        self._weight = head.weight.detach()  # (vocabulary, hidden)
        self._chunk = max(1, CHUNK_BYTES // (len(self._weight) * self._weight.itemsize))  # targets
        self._rooms: dict[str, torch.Tensor] = {}

    @contextmanager
    def aside(self) -> "Iterator[list[torch.Tensor]]":
        """Within it, the model computes no logits; gives the states that its head was given."""
        given: list[torch.Tensor] = []
        forward = self._head.forward

        def keep(states: "torch.Tensor") -> "torch.Tensor":
            given.append(states)
            return states

        self._head.forward = keep  # type: ignore[assignment, method-assign]
        try:
            yield given
        finally:
            self._head.forward = forward  # type: ignore[method-assign]

    def loss_sum(self, states: "torch.Tensor", target_ids: "torch.Tensor") -> float:
        """The cross-entropy, summed, in nats. Shapes: (targets, hidden), (targets,)."""
        return self.gradient(states, target_ids)[0]

    def gradient(
        self, states: "torch.Tensor", target_ids: "torch.Tensor", base_states: "torch.Tensor | None" = None
    ) -> "tuple[float, torch.Tensor]":
        """The cross-entropy, summed, in nats, and the gradient of the states, float32.

        With the base's states, it is the gradient of that loss plus KL_WEIGHT times KL(base || adapted), as
        forward.replay_loss.
        """
        import torch

        loss, gradient = 0.0, torch.empty_like(states, dtype=torch.float32)
        for start in range(0, len(states), self._chunk):
            some = slice(start, start + self._chunk)
            scores = self._scores(states[some], "adapted")
            base = None if base_states is None else self._scores(base_states[some], "base")
            loss += self._to_gradient(scores, target_ids[some], base)
            gradient[some] = scores @ self._weight
        return loss, gradient

    def _scores(self, states: "torch.Tensor", room: str) -> "torch.Tensor":
        """What the head makes of a chunk, in this room, shape (targets, vocabulary)."""
        import torch

        weight, count = self._weight, len(states)
        if room not in self._rooms or len(self._rooms[room]) < count:
            self._rooms[room] = weight.new_empty(count, len(weight))
        return torch.mm(states.to(weight.dtype), weight.T, out=self._rooms[room][:count])

    def _to_gradient(
        self, scores: "torch.Tensor", target_ids: "torch.Tensor", base: "torch.Tensor | None"
    ) -> float:
        """Turn the head's output into its gradient, in place; gives the cross-entropy, summed."""
        loss, rows = 0.0, max(1, BLOCK_NUMBERS // scores.shape[1])
        for start in range(0, len(scores), rows):
            some = slice(start, start + rows)
            block, ids = scores[some].float(), target_ids[some, None]  # itself, of a model in float32
            slope = self._to_logits(block)
            loss += softmax_(block, ids)
            if base is not None:
                theirs = base[some].float()
                self._to_logits(theirs)
                softmax_(theirs, ids)
                block.mul_(1 + KL_WEIGHT).sub_(theirs, alpha=KL_WEIGHT)
            block.scatter_add_(1, ids, block.new_full(ids.shape, -1.0))
            scores[some] = block.mul_(slope)
        return loss

    def _to_logits(self, scores: "torch.Tensor") -> "torch.Tensor | float":
        """Turn the head's output into logits, in place; gives their slope."""
        if self._scale != 1:
            scores.mul_(self._scale)
        if not self._cap:
            return self._scale
        scores.div_(self._cap).tanh_()
        slope = self._scale * (1 - scores**2)
        scores.mul_(self._cap)
        return slope


def softmax_(logits: "torch.Tensor", target_ids: "torch.Tensor") -> float:
    """The softmax of each row, in place; gives the summed cross-entropy of the targets, (rows, 1)."""
    logits.sub_(logits.amax(1, keepdim=True))
    at_targets = logits.gather(1, target_ids)
    total = logits.exp_().sum(1, keepdim=True)
    logits.div_(total)
    return float((total.log() - at_targets).double().sum())


def frozen_head(model: Any) -> FrozenHead | None:
    """The head of a model on a CPU; None for one of another kind, or that is adapted or shared out."""
    import torch

    head, config = model.get_output_embeddings(), model.config.get_text_config()
    plain = (
        type(head) is torch.nn.Linear
        and head.bias is None
        and type(head.weight.data) is torch.Tensor
        and head.weight.device.type == "cpu"
        and not head.weight.requires_grad
    )
    if not plain:
        return None
    # Cohere's logits are multiplied, Granite's divided.
    scale = getattr(config, "logit_scale", 1.0) / getattr(config, "logits_scaling", 1.0)
    return FrozenHead(head, scale, getattr(config, "final_logit_softcapping", None))

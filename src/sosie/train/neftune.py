"""NEFTune: a little noise on the embeddings during training, against memorisation.

 embedding  +  uniform(-1, 1) * alpha / sqrt(L d)      L tokens of the dialogue, d the width
                                                       (Jain et al. 2023, arXiv 2310.05914, algorithm 1)

In a packed row, L is the length of each dialogue: packing changes nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


class Noise:
    """The forward hook. `lengths` is set before each forward; in evaluation mode there is no noise."""

    def __init__(self, alpha: float) -> None:
        self.alpha = alpha
        self.lengths: Sequence[int] = ()

    def __call__(self, module: Any, _: Any, embedded: "torch.Tensor") -> "torch.Tensor":
        """Shape (1, tokens, width), of one row."""
        import torch

        if not module.training:
            return embedded
        lengths = torch.tensor(self.lengths, device=embedded.device)
        bound = self.alpha / (lengths * embedded.shape[-1]).sqrt()
        bound = bound.repeat_interleave(lengths)[None, :, None].to(embedded.dtype)
        return embedded + torch.empty_like(embedded).uniform_(-1, 1) * bound


@contextmanager
def embedding_noise(model: Any, alpha: float) -> Iterator[Noise | None]:
    """The hook on the model's embedding until the block ends; None, and no hook, if alpha is 0."""
    if not alpha:
        yield None
        return
    hook = Noise(alpha)
    handle = model.get_input_embeddings().register_forward_hook(hook)
    try:
        yield hook
    finally:
        handle.remove()

"""LoRA's dropout on a CPU, five times as fast as torch's, which generates one number after another there.

 a seed from torch's generator -> 16 bits of SFC64 per value -> kept or not -> times 1 / (1 - p)

Each linear layer has its own dropout: torch's took a sixth of a small model's step. What the backward pass
needs of it is a byte a value, and a 16-bit input stays one: peft would make a float32 copy of each, which
autocast then makes 16 bits again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

ODDS = 2**16  # p is rounded to a whole number of them


@contextmanager
def quick_dropout(model: Any) -> Iterator[None]:
    """Replace the dropout of the adapter's layers, if the model is on a CPU, until the block ends."""
    from peft.helpers import disable_input_dtype_casting
    from torch.nn import Dropout

    layers = [layer for name, layer in model.named_modules() if ".lora_dropout." in name]
    on_cpu = model.device.type == "cpu"
    replaced: list[Any] = [layer for layer in layers if isinstance(layer, Dropout) and on_cpu]
    for layer in replaced:
        layer.forward = MethodType(numpy_dropout, layer)
    try:
        with disable_input_dtype_casting(model, active=on_cpu):
            yield
    finally:
        for layer in replaced:
            del layer.forward


def numpy_dropout(layer: Any, values: "torch.Tensor") -> "torch.Tensor":
    """The values, of any shape, after dropout; unchanged in evaluation mode."""
    from torch.autograd.graph import saved_tensors_hooks

    if not layer.training:
        return values
    kept, scale = keep_mask(values.shape, layer.p), kept_scale(layer.p)

    def scaled() -> "torch.Tensor":
        return kept.to(values.dtype).mul_(scale)

    with saved_tensors_hooks(lambda mask: None, lambda nothing: scaled()):
        return values * scaled()


def keep_mask(shape: "torch.Size", p: float) -> "torch.Tensor":
    """A mask of this shape, false with probability p.

    Torch's generator gives the seed: restored to a state, it gives the same mask again.
    """
    import numpy as np
    import torch

    seed, dropped = int(torch.empty((), dtype=torch.int64).random_()), round(p * ODDS)
    random = np.random.SFC64(seed).random_raw(-(-shape.numel() // 4)).view(np.uint16)[: shape.numel()]
    return torch.from_numpy(random >= dropped).view(shape)


def kept_scale(p: float) -> float:
    """What a kept value is multiplied by, so that the mean stays."""
    return ODDS / max(1, ODDS - round(p * ODDS))

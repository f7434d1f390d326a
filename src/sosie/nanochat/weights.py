"""The weights of a nanochat that is trained here: drawn for a new one, and how fast each kind may move.

What a layer adds begins at zero: a new model begins as its embeddings alone.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sosie.models.nanochat.era import NanochatConfig, tensor_shapes

if TYPE_CHECKING:
    from torch import Tensor

ADDS = ("c_proj", "value_embeds", "gate", "lambda")  # zero at first
EMBEDDINGS = ("wte", "value_embeds")
FASTER = {"embedding": 6.0, "number": 3.0, "matrix": 1.0}  # times the learning rate
BETAS = (0.9, 0.95)


def new_weights(config: NanochatConfig, seed: int) -> "dict[str, Tensor]":
    """Weights for each tensor of era E: normal, of the size that keeps a signal's size."""
    import torch

    chance = torch.Generator().manual_seed(seed)
    weights = {}
    for name, shape in tensor_shapes(config).items():
        if name == "resid_lambdas":
            weights[name] = torch.ones(shape)
        elif any(part in name for part in ADDS):
            weights[name] = torch.zeros(shape)
        else:
            size = 1.0 if "wte" in name else 0.01 if "lm_head" in name else shape[-1] ** -0.5
            weights[name] = size * torch.randn(shape, generator=chance)
    return weights


def kind_of(name: str, tensor: "Tensor") -> str:
    if any(part in name for part in EMBEDDINGS):
        return "embedding"
    return "number" if tensor.dim() == 1 else "matrix"


def open_optimiser(weights: "Mapping[str, Tensor]") -> Any:
    """AdamW over all of them, by kind; `set_rate` says the learning rate of each step."""
    import torch

    kinds: dict[str, list[Tensor]] = {}
    for name, tensor in weights.items():
        tensor.requires_grad_(True)
        kinds.setdefault(kind_of(name, tensor), []).append(tensor)
    groups = [{"params": tensors, "faster": FASTER[kind]} for kind, tensors in kinds.items()]
    return torch.optim.AdamW(groups, lr=0.0, betas=BETAS, weight_decay=0.0, fused=True)


def set_rate(optimiser: Any, rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate * group["faster"]

"""Adapters that began by changing their base: what they add, said over the base as it was published.

PiSSA (arXiv 2404.02948) and OLoRA (arXiv 2406.01775) begin with B0 A0 drawn from a weight W, which they take
away from it, s being the scale of LoRA:

 trained   W - s B0 A0 + s B A    =    W + s [B, -B0] [A; A0]      the same, of twice the rank

so W stays what it was, and the « base » view is the base. PiSSA's quick form has chance in it: it is read
nearly, and told so. CorDA, LoftQ and LoRA-GA also change their base, from data or bits that are not in the
folder: they are refused. The other initialisations leave it, and are not run.
"""

import logging
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sosie.core.errors import BadData
from sosie.core.extras import need
from sosie.models.adapter_faults import DOWN, PREFIX, UP

if TYPE_CHECKING:
    import torch

log = logging.getLogger("sosie.models")
UNDONE = {"pissa": "PiSSA", "olora": "OLoRA"}
LOST = {"corda": "CorDA", "loftq": "LoftQ", "lora_ga": "LoRA-GA"}
Tensors = dict[str, "torch.Tensor"]


def over_published_base(
    model: Any, config: dict[str, Any], tensors: Tensors
) -> tuple[dict[str, Any], Tensors]:
    """The settings and tensors of the same adapter for the base as published, perhaps of twice the rank.

    BadData where they cannot be known from the folder.
    """
    begun = config.get("init_lora_weights")
    config = {**config, "init_lora_weights": True}
    kind = begun.partition("_niter_")[0] if isinstance(begun, str) else ""
    if kind in LOST:
        raise lost(LOST[kind])
    if kind not in UNDONE:
        return config, tensors
    if kind != begun:
        log.warning("Cet adaptateur a changé son modèle au hasard (%s) : il est lu à peu près.", begun)
    changed, layers = dict(tensors), dict(model.named_modules())
    for name in tensors:
        if name.endswith(DOWN):
            module = name.removesuffix(DOWN)
            layer = layers[module.removeprefix(PREFIX)]
            taken = taken_away(layer, kind, config, len(tensors[name]), module)
            for end, axis, more in ((DOWN, 0, taken[0]), (UP, 1, -taken[1])):
                here = tensors[module + end]
                changed[module + end] = need("torch", extra="train").cat([here, more.to(here)], axis)
    return twice_the_rank(config), changed


def taken_away(
    layer: Any, kind: str, config: Mapping[str, Any], rank: int, module: str
) -> "tuple[torch.Tensor, torch.Tensor]":
    """(A0, B0) of a layer: what was taken from its weight is their product, times the scale."""
    torch = need("torch", extra="train")
    weight = getattr(layer, "weight", None)
    if weight is None or weight.dim() != 2 or not weight.is_floating_point():
        raise lost(UNDONE[kind])
    weight = weight.detach().float()
    weight = weight.T if config.get("fan_in_fan_out") else weight
    if kind == "olora":
        up, down = torch.linalg.qr(weight)
        return down[:rank], up[:, :rank]
    up, values, down = torch.linalg.svd(weight, full_matrices=False)
    return down[:rank] * (values[:rank] / scale(config, rank, module))[:, None], up[:, :rank]


def scale(config: Mapping[str, Any], rank: int, module: str) -> float:
    """What PEFT multiplies an adapter by in this layer."""
    patterns: Mapping[str, float] = config.get("alpha_pattern") or {}
    from peft.utils.other import get_pattern_key

    alpha = patterns.get(get_pattern_key(list(patterns), module), config.get("lora_alpha", 8))
    return float(alpha) / (math.sqrt(rank) if config.get("use_rslora") else rank)


def twice_the_rank(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings at which twice the rank has the same scale."""
    more = math.sqrt(2) if config.get("use_rslora") else 2
    ranks, alphas = (config.get(f"{name}_pattern") or {} for name in ("rank", "alpha"))
    return {
        **config,
        "r": 2 * config.get("r", 8),
        "lora_alpha": more * config.get("lora_alpha", 8),
        "rank_pattern": {name: 2 * rank for name, rank in ranks.items()},
        "alpha_pattern": {name: more * alpha for name, alpha in alphas.items()},
    }


def lost(kind: str) -> BadData:
    return BadData(
        f"Cet adaptateur ({kind}) a changé son modèle de départ, d'une façon que ses fichiers ne disent pas.",
        "Enregistrez-le de nouveau comme LoRA ordinaire, là où il a été appris : save_pretrained(..., "
        "path_initial_model_for_weight_conversion=...).",
    )

"""LoRA adapters to train: PEFT's LoRA on every linear layer, written as PEFT's own two files.

 y = W x  +  (alpha / r) B A x        W is frozen; A (r, in) and B (out, r) are trained, in float32

Weights are written as safetensors only: a file of numbers, which cannot run anything.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.double import ADAPTER
from sosie.core.errors import UnknownModel
from sosie.core.extras import need
from sosie.core.french_text import number
from sosie.models.adapter import CONFIG, peft_name

if TYPE_CHECKING:
    import torch

    from sosie.train.plan import Plan

A, B = ".lora_A.", ".lora_B."  # in the names of weights


def add_adapter(model: Any, plan: "Plan") -> Any:
    """The model with a new adapter: B is zero, so it answers as before. A is random, by torch's seed."""
    peft = need("peft", extra="train")
    config = peft.LoraConfig(
        r=plan.settings.rank,
        lora_alpha=plan.settings.alpha,
        lora_dropout=plan.settings.dropout,
        use_dora=plan.settings.dora,
        use_rslora=plan.settings.rslora,
        target_modules=list(plan.targets) or "all-linear",
        fan_in_fan_out=any(type(layer).__name__ == "Conv1D" for layer in model.modules()),  # GPT-2's
        bias="none",
        task_type="CAUSAL_LM",
    )
    adapted = peft.get_peft_model(model, config)
    if plan.checkpointing:
        enable_checkpointing(adapted)
    return adapted


def check_whole(model: Any, plan: "Plan") -> None:
    """UnknownModel unless the adapter has as many parameters as planned: it would be partial."""
    if (learnt := count_trainable(model)) != plan.trainable_parameters:
        raise UnknownModel(
            f"« {plan.settings.model} » n'a pas les couches attendues : {number(learnt)} paramètres seraient "
            f"appris, au lieu de {number(plan.trainable_parameters)}.",
            "Prenez un modèle du catalogue ; celui-ci ne serait appris qu'en partie.",
        )


def enable_checkpointing(adapted: Any) -> None:
    """Activation checkpointing: the layers' activations are computed again in the backward pass."""
    adapted.enable_input_require_grads()
    base = adapted.get_base_model()
    # transformers' newer name of the same method, where it exists
    kind = "activation" if hasattr(base, "activation_checkpointing_enable") else "gradient"
    getattr(base, f"{kind}_checkpointing_enable")({"use_reentrant": False})


def trainable_weights(model: Any) -> "dict[str, torch.nn.Parameter]":
    """The trainable weights, by name."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def count_trainable(model: Any) -> int:
    """The number of trainable parameters."""
    return sum(weight.numel() for weight in trainable_weights(model).values())


def copy_adapter(model: Any) -> "dict[str, torch.Tensor]":
    """A copy of the adapter on the CPU, by the names of `trainable_weights`."""
    return {name: weight.detach().cpu().clone() for name, weight in trainable_weights(model).items()}


def set_adapter(model: Any, adapter: "Mapping[str, torch.Tensor]") -> None:
    """Set the adapter's weights to a copy of earlier ones, with the rank that they have.

    The parameters stay the same objects, so that the optimiser need not know that their shape changed.
    """
    for name, weight in trainable_weights(model).items():
        weight.grad = None
        weight.data = adapter[name].to(weight.device, weight.dtype, copy=True)
    _set_rank(model, next(len(tensor) for name, tensor in adapter.items() if A in name))


def adapter_rank(model: Any) -> int:
    """The current rank of the model's adapter."""
    return int(model.peft_config["default"].r)


def adapter_figures(model: Any) -> dict[str, Any]:
    """The plan's figures about the adapter, as it is now."""
    alpha = model.peft_config["default"].lora_alpha
    return {"rank": adapter_rank(model), "alpha": alpha, "trainable_parameters": count_trainable(model)}


def _set_rank(model: Any, rank: int) -> None:
    """Set PEFT's own settings to the rank of the weights. The factor of B A stays the same."""
    settings = model.peft_config["default"]
    if rank == settings.r:
        return
    share = rank / settings.r
    settings.lora_alpha *= share**0.5 if settings.use_rslora else share
    settings.r = rank
    for layer in model.modules():
        if "default" in getattr(layer, "lora_A", ()):
            layer.r["default"], layer.lora_alpha["default"] = rank, settings.lora_alpha
            layer.lora_A["default"].out_features = layer.lora_B["default"].in_features = rank


def reduce_rank(adapter: "Mapping[str, torch.Tensor]", rank: int) -> "dict[str, torch.Tensor]":
    """The adapter of this rank whose products B A are nearest to the larger one's. DoRA's norms stay."""
    reduced = dict(adapter)
    for name in adapter:
        if A in name:
            name_b = name.replace(A, B)
            reduced[name], reduced[name_b] = _truncate_product(adapter[name], adapter[name_b], rank)
    return reduced


def _truncate_product(a: "torch.Tensor", b: "torch.Tensor", rank: int) -> "tuple[torch.Tensor, torch.Tensor]":
    """A (rank, in) and B (out, rank): the truncated SVD of B A, its nearest approximation of this rank
    (Eckart, Young 1936, "The approximation of one matrix by another of lower rank").

    The singular values are those of the core (r, r) between the orthonormal parts of B and of A. They go
    into B: where B is zero, as at the first step, A keeps directions to learn in.
    """
    import torch
    from torch.nn.functional import pad

    left, upper = torch.linalg.qr(b.cpu().double())
    right, lower = torch.linalg.qr(a.cpu().double().T)
    u, sizes, v = torch.linalg.svd(upper @ lower.T, full_matrices=False)
    new_a, new_b = v[:rank] @ right.T, left @ (u[:, :rank] * sizes[:rank])
    missing = rank - len(new_a)  # of a layer that is narrower than the rank
    new_a, new_b = pad(new_a, (0, 0, 0, missing)), pad(new_b, (0, missing))
    return new_a.to(a.dtype).contiguous(), new_b.to(b.dtype).contiguous()


def write_adapter(model: Any, folder: Path, base: str, dtype: str) -> None:
    """Write adapter_model.safetensors and adapter_config.json. `base` is the base's name, never a path.

    A float32 base gets a float32 file; any other a float16 one, half the size and finer than bfloat16 here.
    """
    import torch
    from safetensors.torch import save

    file_dtype = torch.float32 if dtype == "float32" else torch.float16
    adapter = copy_adapter(model)
    tensors = {peft_name(name): weight.to(file_dtype).contiguous() for name, weight in adapter.items()}
    (folder / ADAPTER).write_bytes(save(tensors, metadata={"format": "pt"}))
    settings = model.peft_config["default"].to_dict()
    settings |= {"base_model_name_or_path": base, "inference_mode": True}
    settings["target_modules"] = sorted(settings["target_modules"])
    text = json.dumps(settings, indent=2, sort_keys=True, default=_as_json)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")


def _as_json(value: Any) -> Any:
    """A set as a sorted list; an enumeration's member as its value."""
    return sorted(value) if isinstance(value, set | frozenset) else str(getattr(value, "value", value))

"""Adapters put on, counted and kept: PEFT's LoRA on every linear layer, in PEFT's own two files.

 y = W x  +  (alpha / r) B A x        W stays as it is; A (r, in) and B (out, r) are learnt, in float32

Only safetensors are written: a file that holds numbers and cannot run anything.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.double import ADAPTER
from sosie.core.extras import need
from sosie.models.adapter import CONFIG, file_name

if TYPE_CHECKING:
    import torch

    from sosie.train.plan import Plan

A, B = ".lora_A.", ".lora_B."  # in the names of weights


def put_on(model: Any, plan: "Plan") -> Any:
    """The model with a fresh adapter: B is zero, so it answers as before. A is drawn from torch's seed."""
    peft = need("peft", extra="train")
    settings = peft.LoraConfig(
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
    adapted = peft.get_peft_model(model, settings)
    if plan.checkpointing:
        recompute(adapted)
    return adapted


def recompute(adapted: Any) -> None:
    """Keep no activation of the layers: they are computed again on the way back."""
    adapted.enable_input_require_grads()
    base = adapted.get_base_model()
    # the newer name of the same thing, where it is known
    named = "activation" if hasattr(base, "activation_checkpointing_enable") else "gradient"
    getattr(base, f"{named}_checkpointing_enable")({"use_reentrant": False})


def learnt_weights(model: Any) -> "dict[str, torch.nn.Parameter]":
    """What training changes, by name."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def count(model: Any) -> int:
    """How many numbers are learnt."""
    return sum(weight.numel() for weight in learnt_weights(model).values())


def copy(model: Any) -> "dict[str, torch.Tensor]":
    """The adapter as it is now, on the CPU, by the names of `learnt_weights`."""
    return {name: weight.detach().cpu().clone() for name, weight in learnt_weights(model).items()}


def put_back(model: Any, adapter: "Mapping[str, torch.Tensor]") -> None:
    """The adapter as it was when copied, of the rank that it then had.

    The parameters stay the same objects, so that an optimiser need not know that their shape changed.
    """
    for name, weight in learnt_weights(model).items():
        weight.grad = None
        weight.data = adapter[name].to(weight.device, weight.dtype, copy=True)
    _tell_rank(model, next(len(tensor) for name, tensor in adapter.items() if A in name))


def rank(model: Any) -> int:
    """Of the adapter that is on the model now."""
    return int(model.peft_config["default"].r)


def figures(model: Any) -> dict[str, Any]:
    """What a plan says of an adapter, as it is now."""
    settings = model.peft_config["default"]
    return {"rank": rank(model), "alpha": settings.lora_alpha, "trainable_parameters": count(model)}


def _tell_rank(model: Any, rank: int) -> None:
    """PEFT's own figures, at the rank of the weights. What multiplies B A stays what it was."""
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


def smaller(adapter: "Mapping[str, torch.Tensor]", rank: int) -> "dict[str, torch.Tensor]":
    """The adapter of this rank whose products B A are nearest to the larger one's. DoRA's norms stay."""
    kept = dict(adapter)
    for name in adapter:
        if A in name:
            other = name.replace(A, B)
            kept[name], kept[other] = _nearest(adapter[name], adapter[other], rank)
    return kept


def _nearest(a: "torch.Tensor", b: "torch.Tensor", rank: int) -> "tuple[torch.Tensor, torch.Tensor]":
    """A (rank, in) and B (out, rank): B A cut after its first singular values, the nearest of this rank
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


def write(model: Any, folder: Path, base: str, dtype: str) -> None:
    """adapter_model.safetensors and adapter_config.json. `base` is the base model's name, never a path.

    A float32 base gets float32; any other float16: half the size, and finer than bfloat16 on such numbers.
    """
    import torch
    from safetensors.torch import save

    kept = torch.float32 if dtype == "float32" else torch.float16
    tensors = {file_name(name): weight.to(kept).contiguous() for name, weight in copy(model).items()}
    (folder / ADAPTER).write_bytes(save(tensors, metadata={"format": "pt"}))
    settings = model.peft_config["default"].to_dict()
    settings |= {"base_model_name_or_path": base, "inference_mode": True}
    settings["target_modules"] = sorted(settings["target_modules"])
    text = json.dumps(settings, indent=2, sort_keys=True, default=_plain)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    """Sets in order; names of kinds as their words."""
    return sorted(value) if isinstance(value, set | frozenset) else str(getattr(value, "value", value))

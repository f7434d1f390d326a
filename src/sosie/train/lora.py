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

if TYPE_CHECKING:
    import torch

    from sosie.train.plan import Plan

CONFIG = "adapter_config.json"


def put_on(model: Any, plan: "Plan") -> Any:
    """The model with a fresh adapter: B is zero, so it answers as before. A is drawn from torch's seed."""
    peft = need("peft", extra="train")
    settings = peft.LoraConfig(
        r=plan.rank,
        lora_alpha=plan.alpha,
        lora_dropout=plan.dropout,
        use_dora=plan.dora,
        use_rslora=plan.rslora,
        target_modules=list(plan.targets) or "all-linear",
        bias="none",
        task_type="CAUSAL_LM",
    )
    adapted = peft.get_peft_model(model, settings)
    for layer in adapted.modules():
        # On a CPU bitsandbytes 0.50 repacks 4-bit weights when evaluated: no gradient passes after that.
        if hasattr(layer, "support_avx512bf16_for_cpu"):
            layer.support_avx512bf16_for_cpu = False
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
    """The adapter as it was when copied."""
    import torch

    with torch.no_grad():
        for name, weight in learnt_weights(model).items():
            weight.copy_(adapter[name])


def write(model: Any, folder: Path, base: str, dtype: str) -> None:
    """adapter_model.safetensors and adapter_config.json. `base` is the base model's name, never a path.

    A float32 base gets float32; any other float16: half the size, and finer than bfloat16 on such numbers.
    """
    import torch
    from safetensors.torch import save

    kept = torch.float32 if dtype == "float32" else torch.float16
    tensors = {_file_name(name): weight.to(kept).contiguous() for name, weight in copy(model).items()}
    (folder / ADAPTER).write_bytes(save(tensors, metadata={"format": "pt"}))
    settings = model.peft_config["default"].to_dict()
    settings |= {"base_model_name_or_path": base, "inference_mode": True}
    settings["target_modules"] = sorted(settings["target_modules"])
    text = json.dumps(settings, indent=2, sort_keys=True, default=_plain)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")


def _file_name(name: str) -> str:
    """PEFT's name in the file: without the adapter's own, and DoRA's norms without « .weight »."""
    return name.replace(".default.", ".").replace(".lora_magnitude_vector.weight", ".lora_magnitude_vector")


def _plain(value: Any) -> Any:
    """Sets in order; names of kinds as their words."""
    return sorted(value) if isinstance(value, set | frozenset) else str(getattr(value, "value", value))

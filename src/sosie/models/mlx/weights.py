"""A model whose weights MLX holds, in the shape of transformers' own model.

 config.json -> transformers' model, of weights that take no memory     names and shapes, for PEFT
 weights     -> mlx-lm's model, as its attribute `mlx`                  what computes

PEFT puts its adapter on the first, on the CPU: it is made, checked, optimised, saved and read as any other.
The second has the same adapter in MLX's own LoRA layers (models/mlx/lora.py).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from sosie.core.extras import need
from sosie.models import hub, quantised, quantised_cache
from sosie.models.catalogue import Base
from sosie.models.mlx.choice import VARIABLE, UnsuitedToMlx, config_in, obstacles

BY_TORCH = f"Sans --engine mlx ni {VARIABLE}, sosie calcule par torch."


def load_mlx(base: Base, dtype: Any, folder: Path, bits: int | None = None) -> quantised.LoadedWeights:
    """The model with the weights of its own files, in this dtype of torch. UnsuitedToMlx where MLX cannot."""
    need("mlx", extra="mlx")
    utils = need("mlx_lm.utils", extra="mlx")
    for why in (*refused_weights(base, bits), *obstacles(config_in(folder))):
        raise UnsuitedToMlx(f"« {base.name} » ne va pas à MLX : {why}.", BY_TORCH)
    shape = shape_of(folder, dtype)
    shape.mlx, _ = utils.load_model(folder, lazy=True, model_config=resolved(shape.config))
    set_dtype(shape.mlx, str(dtype).removeprefix("torch."))
    revision = "" if Path(base.where).is_absolute() else folder.name
    return quantised.LoadedWeights(shape, folder, quantised_cache.Origin(base.where, revision))


def refused_weights(base: Base, bits: int | None) -> Iterator[str]:
    """What keeps MLX from a base's weights, in French."""
    if bits in (4, 8):
        yield f"les poids en {bits} bits de bitsandbytes ne sont pas les siens"
    if hub.weights_format(base) != "safetensors":
        yield "ses poids ne sont pas en .safetensors"


def mlx_model(model: Any) -> Any:
    """mlx-lm's model behind transformers' or PEFT's; None of a model that torch computes."""
    return getattr(model.get_base_model() if hasattr(model, "get_base_model") else model, "mlx", None)


def shape_of(folder: Path, dtype: Any) -> Any:
    """transformers' model of this config, to read: each weight is one number, seen in its shape."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(str(folder), **quantised.SAFELY)
    maker: Any = AutoModelForCausalLM
    with torch.device("meta"):
        model = maker.from_config(config, dtype=dtype)
    for module in model.modules():
        for name, weight in module.named_parameters(recurse=False):
            seen = torch.zeros((), dtype=dtype).expand(weight.shape)
            setattr(module, name, torch.nn.Parameter(seen, requires_grad=False))
    model.forward = _refuse
    return model.eval()


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise AssertionError("torch was asked to compute what MLX computes")


def resolved(config: Any) -> dict[str, Any]:
    """A config as mlx-lm reads it: what a file leaves out is transformers' default, not mlx-lm's.

    Nor does mlx-lm read transformers' `rope_parameters`, of most models: its own angles would take over. A
    sliding window is left out: whoever reads keeps within it.
    """
    rope = config.rope_parameters
    scaled = None if rope["rope_type"] == "default" else {**rope, "type": rope["rope_type"]}
    own = {"rope_theta": rope["rope_theta"], "rope_scaling": scaled, "layer_types": None}
    return {**config.to_dict(), **own}


def set_dtype(model: Any, dtype: str) -> None:
    """The weights in this dtype, in memory."""
    mx = need("mlx.core", extra="mlx")
    model.set_dtype(getattr(mx, dtype))
    mx.eval(model.parameters())

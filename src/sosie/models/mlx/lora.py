"""PEFT's adapter in MLX's LoRA layers, and back.

 PEFT    lora_A (r, in)     lora_B (out, r)     alpha / r, or what `use_rslora` makes of it
 MLX     lora_a (in, r)     lora_b (r, out)     scale

Both hold float32 numbers; a transposition changes none of them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sosie.core.extras import need
from sosie.models.mlx.choice import UnsuitedToMlx
from sosie.models.mlx.weights import BY_TORCH, mlx_model

PREFIX = "base_model.model."  # of PEFT's names
PLAIN, WHOLE = "Linear", "ModulesToSaveWrapper"  # PEFT's classes: a layer with a LoRA, one learnt whole


class MlxAdapter:
    """The adapter that is on PEFT's model, put on MLX's too: `push` copies the weights there."""

    def __init__(self, adapted: Any) -> None:
        """UnsuitedToMlx for what is more than LoRA on linear layers."""
        self.learnt = peft_layers(adapted)  # PEFT's layers
        refuse_variants(adapted, self.learnt.values())
        self.model = mlx_model(adapted)
        self._layers = put_layers(self.model, self.learnt)
        self.push()

    def push(self) -> None:
        """The weights as torch has them now."""
        for path, layer in self._layers.items():
            learnt = self.learnt[path]
            layer.lora_a = to_mlx(learnt.lora_A["default"].weight)
            layer.lora_b = to_mlx(learnt.lora_B["default"].weight)
        self.set_strength(1.0)

    def set_strength(self, strength: float) -> None:
        """The adapter's part in every layer, in times of what was learnt; at 0, none."""
        for path, layer in self._layers.items():
            layer.scale = strength * self.learnt[path].scaling["default"]

    def add_gradients(self, gradients: Mapping[str, Any]) -> None:
        """Add MLX's gradients, by the paths of its weights, to those of torch."""
        for path, learnt in self.learnt.items():
            for name, part in (("lora_a", learnt.lora_A), ("lora_b", learnt.lora_B)):
                weight, gradient = part["default"].weight, to_torch(gradients[f"{path}.{name}"])
                weight.grad = gradient if weight.grad is None else weight.grad.add_(gradient)


def adapter_of(adapted: Any) -> MlxAdapter:
    """The one adapter of the model: a second one's layers would take the place of the first one's."""
    shape = adapted.get_base_model()
    known = getattr(shape, "mlx_adapter", None)
    if known is None or known.learnt != peft_layers(adapted):
        known = shape.mlx_adapter = MlxAdapter(adapted)
    return known


def peft_layers(adapted: Any) -> dict[str, Any]:
    """PEFT's layers with a LoRA, by their path in the model."""
    layers = {name: module for name, module in adapted.named_modules() if hasattr(module, "lora_A")}
    return {name.removeprefix(PREFIX): module for name, module in layers.items()}


def refuse_variants(adapted: Any, layers: Iterable[Any]) -> None:
    """UnsuitedToMlx for DoRA, biases, added tokens or layers that were learnt whole."""
    whole = any(type(module).__name__ == WHOLE for module in adapted.modules())
    words = adapted.get_input_embeddings().weight.shape[0]
    held = mlx_model(adapted).model.embed_tokens.weight.shape[0]
    plain = all(
        type(layer).__name__ == PLAIN and not any((*layer.use_dora.values(), *layer.lora_bias.values()))
        for layer in layers
    )
    if whole or words != held or not plain:
        raise UnsuitedToMlx(
            "MLX ne lit que des couches LoRA simples : cet adaptateur en a d'autres.", BY_TORCH
        )


def put_layers(model: Any, learnt: Mapping[str, Any]) -> dict[str, Any]:
    """MLX's LoRA layers over the model's linear layers, the only weights that are trained; by path."""
    lora, tree = need("mlx_lm.tuner.lora", extra="mlx"), need("mlx.utils", extra="mlx")
    modules = dict(model.named_modules())
    layers = {}
    for path, layer in learnt.items():
        linear = getattr(modules[path], "linear", modules[path])  # an adapter that was there before goes
        dropout = getattr(layer.lora_dropout["default"], "p", 0.0)
        layers[path] = lora.LoRALinear.from_base(linear, r=layer.r["default"], dropout=dropout)
    model.update_modules(tree.tree_unflatten([*layers.items()]))
    model.freeze()
    for layer in layers.values():
        layer.unfreeze(keys=["lora_a", "lora_b"], recurse=False)
    return layers


def to_mlx(weight: Any) -> Any:
    """A matrix of torch, transposed, in MLX."""
    return need("mlx.core", extra="mlx").array(weight.detach().float().numpy().T)


def to_torch(array: Any) -> Any:
    """A matrix of MLX, transposed, in torch."""
    import numpy as np
    import torch

    return torch.from_numpy(np.array(array)).T.contiguous()  # a fused AdamW takes no other

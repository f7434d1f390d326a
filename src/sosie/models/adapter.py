"""An adapter's two files put on a model, every number in its place or not at all.

 adapter_config.json + adapter_model.safetensors + model  ->  PEFT's model, in evaluation mode

PEFT itself only warns where a file's names do not meet the model's, and goes on with a fresh adapter, one
that says nothing. Here it is an error. Names are taken as any tool writes them:

 base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight              PEFT's own
 base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight      the name of the adapter left in
 base_model.model._orig_mod.model.layers.0...  module.base_model.model...    compiled, or in several processes
 base_model.model.model.language_model.layers.0...                           a model that also sees

Where embeddings were saved too (new signs), the model's own are replaced: its « base » view then has them.
"""

import re
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.double import ADAPTER
from sosie.core.extras import need
from sosie.core.given import object_in
from sosie.core.lora_settings import obeyed

if TYPE_CHECKING:
    import torch

CONFIG = "adapter_config.json"
WRAPPED = re.compile(r"\A(?:module\.)+|(?:_orig_mod|_\w+_wrapped_module|language_model)\.")
MOST_ADDED = 1 << 16  # signs
ADAPTED = re.compile(r"(?:base_model\.model\.)?(.+)\.lora_(?:embedding_)?A(?:\.weight)?\Z")
LAYER = re.compile(r"\.(\d+)\.")
EMBEDDINGS = re.compile(r"(?:embed_tokens|lm_head)(?:\.base_layer)?\.weight\Z")


def put_on(model: Any, folder: Path) -> Any:
    """The model with the folder's adapter on. ValueError or RuntimeError where they do not go together."""
    try:
        return _put_on(model, folder).eval()
    except (AttributeError, LookupError, TypeError, ImportError, AssertionError) as error:
        raise ValueError(f"PEFT: {error}") from error  # of settings that are not what they should be


def _put_on(model: Any, folder: Path) -> Any:
    peft = need("peft", extra="train")
    told = obeyed(object_in(folder / CONFIG))
    tensors = read(folder / ADAPTER)
    if "target_modules" not in told and "target_parameters" not in told:
        told["target_modules"] = adapted_modules(tensors)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # about how it was begun
        settings = peft.LoraConfig(**told)
    settings.inference_mode = True
    layers = [int(number) for name in tensors for number in LAYER.findall(name)]
    if (
        sum(max(0, end - begin) for begin, end in settings.layer_replication or ())
        > max(layers, default=0) + 1
    ):
        raise ValueError("more layers than numbers")  # seen before they are made
    ranks = {len(tensor) for name, tensor in tensors.items() if ".lora_A." in name}
    if not settings.rank_pattern and ranks - {settings.r}:  # seen before a wrong one fills the memory
        raise ValueError(f"rank {settings.r} is said, {max(ranks)} is there")
    make_room(model, tensors)
    with warnings.catch_warnings(action="ignore"):  # about merging it later, about unused patterns
        adapted = peft.PeftModelForCausalLM(model, settings)
        found = peft.set_peft_model_state_dict(adapted, tensors)
    if lost := [*found.unexpected_keys, *(name for name in found.missing_keys if "lora_" in name)]:
        raise ValueError(f"{len(lost)} tensors have no place, {lost[0]} first")
    return adapted


def adapted_modules(tensors: Iterable[str]) -> list[str]:
    """The modules that have a LoRA, from the names of its tensors."""
    return sorted({found[1] for name in tensors if (found := ADAPTED.match(name))})


def read(path: Path) -> "dict[str, torch.Tensor]":
    """The tensors of an adapter's file, by PEFT's names. ValueError where it is not whole."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    return {file_name(WRAPPED.sub("", name)): tensor for name, tensor in tensors.items()}


def file_name(name: str) -> str:
    """PEFT's name in the file: without that of the adapter or of a copied layer."""
    name = name.replace(".default.", ".").replace(".modules_to_save.", ".")
    return name.replace(".lora_magnitude_vector.weight", ".lora_magnitude_vector")


def make_room(model: Any, tensors: "dict[str, torch.Tensor]") -> None:
    """As many embeddings in the model as the adapter's file has, if it has any: signs may have been added."""
    own = model.get_input_embeddings().weight.shape
    shapes = {tuple(tensor.shape) for name, tensor in tensors.items() if EMBEDDINGS.search(name)}
    if len(shapes) == 1 and (shape := shapes.pop()) != own:
        size, width = shape
        if width != own[1] or size > own[0] + MOST_ADDED:
            raise ValueError(f"embeddings of {size} times {width}")
        model.resize_token_embeddings(size, mean_resizing=False)

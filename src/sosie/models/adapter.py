"""Load an adapter's two files onto a model, every tensor in its place or not at all.

 adapter_config.json + adapter_model.safetensors + model  ->  PEFT's model, in evaluation mode

PEFT itself only warns if a file's names do not match the model's, and goes on with a new adapter, which does
nothing. Here it is an error. Names are taken as any tool writes them:

 base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight              PEFT's own
 base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight      the name of the adapter left in
 base_model.model._orig_mod.model.layers.0...  module.base_model.model...    compiled, or in several processes
 base_model.model.model.language_model.layers.0...                           a model that also sees

If embeddings were saved too (new tokens), they replace the model's own: its « base » view then has them.
"""

import logging
import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.double import ADAPTER
from sosie.core.extras import need
from sosie.core.given import object_in
from sosie.core.lora_settings import obeyed
from sosie.models.adapter_faults import changes_nothing, refuse_misfit, refuse_non_finite
from sosie.models.changed_base import over_published_base

if TYPE_CHECKING:
    import torch

log = logging.getLogger("sosie.models")
CONFIG = "adapter_config.json"
WRAPPED = re.compile(r"\A(?:module\.)+|(?:_orig_mod|_\w+_wrapped_module|language_model)\.")
MOST_ADDED_TOKENS = 1 << 16
ADAPTED = re.compile(r"(?:base_model\.model\.)?(.+)\.lora_(?:embedding_)?A(?:\.weight)?\Z")
LAYER = re.compile(r"\.(\d+)\.")
EMBEDDINGS = re.compile(r"(?:embed_tokens|lm_head)(?:\.base_layer)?\.weight\Z")


def load_adapter(model: Any, folder: Path) -> Any:
    """The model with the folder's adapter. ValueError or RuntimeError if they do not match."""
    try:
        with without_bitsandbytes():
            return _load_adapter(model, folder).eval()
    except (AttributeError, LookupError, TypeError, ImportError, AssertionError) as error:
        raise ValueError(f"PEFT: {error}") from error  # of settings that are not what they should be


@contextmanager
def without_bitsandbytes() -> Iterator[None]:
    """Let PEFT find none where nobody has imported it, as no weight is then quantised: its import takes a
    fifth of a chat's start."""
    if "bitsandbytes" in sys.modules:
        yield
        return
    sys.modules["bitsandbytes"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["bitsandbytes"]
        if found := sys.modules.get("peft.import_utils"):  # where it noted that there was none
            found.is_bnb_available.cache_clear()
            found.is_bnb_4bit_available.cache_clear()


def _load_adapter(model: Any, folder: Path) -> Any:
    peft = need("peft", extra="train")
    config = obeyed(object_in(folder / CONFIG))
    tensors = read_tensors(folder / ADAPTER)
    refuse_non_finite(tensors)
    if changes_nothing(tensors):
        log.warning("Cet adaptateur ne change rien à son modèle : ce qu'il ajoute est nul.")
    if "target_modules" not in config and "target_parameters" not in config:
        config["target_modules"] = adapted_modules(tensors)
    layers = [int(number) for name in tensors for number in LAYER.findall(name)]
    replicated = sum(max(0, end - begin) for begin, end in config.get("layer_replication") or ())
    if replicated > max(layers, default=0) + 1:
        raise ValueError("more layers than numbers")  # seen before they are made
    if not replicated:  # seen before a wrong rank fills the memory
        refuse_misfit(model, tensors, config.get("r", 8), config.get("rank_pattern"))
    config, tensors = over_published_base(model, config, tensors)
    lora = peft.LoraConfig(**config)
    lora.inference_mode = True
    resize_embeddings(model, tensors)
    with warnings.catch_warnings(action="ignore"):  # about merging it later, about unused patterns
        adapted = peft.PeftModelForCausalLM(model, lora)
        loaded = peft.set_peft_model_state_dict(adapted, tensors)
    if lost := [*loaded.unexpected_keys, *(name for name in loaded.missing_keys if "lora_" in name)]:
        raise ValueError(f"{len(lost)} tensors have no place, {lost[0]} first")
    return adapted


def adapted_modules(tensors: Iterable[str]) -> list[str]:
    """The modules that have a LoRA, from the names of its tensors."""
    return sorted({found[1] for name in tensors if (found := ADAPTED.match(name))})


def read_tensors(path: Path) -> "dict[str, torch.Tensor]":
    """The tensors of an adapter's file, by PEFT's names. ValueError if the file is damaged."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    return {peft_name(WRAPPED.sub("", name)): tensor for name, tensor in tensors.items()}


def peft_name(name: str) -> str:
    """PEFT's name of a tensor in the file: without the adapter's name or a copied layer's."""
    name = name.replace(".default.", ".").replace(".modules_to_save.", ".")
    return name.replace(".lora_magnitude_vector.weight", ".lora_magnitude_vector")


def resize_embeddings(model: Any, tensors: "dict[str, torch.Tensor]") -> None:
    """Resize the model's embeddings to those of the adapter's file, if any: tokens may have been added."""
    shape_now = model.get_input_embeddings().weight.shape
    shapes = {tuple(tensor.shape) for name, tensor in tensors.items() if EMBEDDINGS.search(name)}
    if len(shapes) == 1 and (shape := shapes.pop()) != shape_now:
        size, width = shape
        if width != shape_now[1] or size > shape_now[0] + MOST_ADDED_TOKENS:
            raise ValueError(f"embeddings of {size} times {width}")
        model.resize_token_embeddings(size, mean_resizing=False)

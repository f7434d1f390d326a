"""A quantised base, in 4 or 8 bits: made tensor by tensor the first time, then read from the cache.

 original files, mapped -> one tensor -> 4 bits -> let go -> the next        (transformers and bitsandbytes)
 the whole in 4 bits    -> written to the cache (models/quantised_cache.py) -> the next time read from there

NF4 with its constants quantised too (QLoRA, arXiv 2305.14314, section 3), or LLM.int8 (arXiv 2208.07339).
Embeddings, head and norms stay in 16 bits, and every layer computes in the one dtype that was asked for.
The cache is a comfort: where it fails, a line says so and the original is used.
"""

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from sosie.core.extras import need
from sosie.core.workspace import cache_home
from sosie.models import hub, quantised_cache
from sosie.models.card import WeightsFormat
from sosie.models.catalogue import Base, has_weights, hub_snapshot
from sosie.models.gguf import dequantised
from sosie.models.quantised_cache import CacheEntry, Origin
from sosie.models.text_backbone import loading_class

Bits = Literal[4, 8]
WORTH_BYTES = 200_000_000  # of original weights: below, quantising again takes less than a second
SHARD = "1GB"  # of a file in the cache: what writing it holds in memory beside the model
COPIED = ("*token*", "*.jinja", "vocab.json", "merges.txt", "generation_config.json")
SAFELY: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
OUT_OF_MEMORY = (
    *("out of memory", "allocate memory"),
    *("unable to allocate", "attempting to allocate", "insufficient memory"),  # MLX's
)
GOES_ON = "rien n'est perdu, il sera refait la prochaine fois."

log = logging.getLogger("sosie.models")


@dataclass(frozen=True, slots=True)
class LoadedWeights:
    """A model with its weights. `folder` holds its tokenizer; `origin` identifies the weights."""

    model: Any
    folder: Path
    origin: Origin


def load_quantised(
    base: Base,
    bits: Bits,
    dtype: Any,
    device: str,
    original: Callable[[], Path],
    revision: str = "",
    keep: bool | None = None,
) -> LoadedWeights:
    """The base in `bits`, computing in `dtype`, for training and for answering alike.

    `original` finds, or fetches, the folder of the model's own files; it is called only where the cache does
    not have them. `keep`: whether to keep the result on disk; by default where the model is large enough.
    """
    need("bitsandbytes", extra="qlora")
    entry = quantised_cache.find_entry(origin_of(base, revision), bits)
    if entry and (opened := load_from_cache(entry, device)):
        return set_compute_dtype(opened, dtype)
    folder = original()
    opened = LoadedWeights(
        quantise(folder, hub.weights_format(base), bits, device), folder, origin_of(base, revision)
    )
    if entry:  # not sooner: what failed might have been this machine, and not the entry
        quantised_cache.drop_entry(entry)
    size = sum(path.stat().st_size for path in folder.glob(f"*.{hub.weights_format(base)}"))
    if size >= WORTH_BYTES if keep is None else keep:
        write_to_cache(opened, base.name, bits, size)
    return set_compute_dtype(opened, dtype)


def quantised_bits(bits: int) -> Bits | None:
    """The bits for `load_quantised`: None for 16 and 32, which are not quantised."""
    return 4 if bits == 4 else 8 if bits == 8 else None


def origin_of(base: Base, revision: str = "") -> Origin:
    """What the base's weights are, as far as this machine can tell."""
    here = Path(base.where)
    if dequantised.is_gguf(here):
        return dequantised.origin_of(here)
    if here.is_absolute():
        return Origin(
            base.where,
            files=quantised_cache.weight_files(here) if has_weights(here, hub.weights_format(base)) else (),
        )
    revision = revision or (base.card.revision if base.card else "")
    found = hub_snapshot(base.where, hub.weights_format(base), revision)
    return Origin(base.where, found.name if found else revision)


def quantise(folder: Path, kind: WeightsFormat, bits: Bits, device: str) -> Any:
    """The model whose own files are in `folder`; each tensor is read, quantised and let go."""
    import torch
    import transformers

    config = transformers.AutoConfig.from_pretrained(str(folder), **SAFELY)
    half = torch.float16 if config.dtype == torch.float16 else torch.bfloat16
    return loading_class(config).from_pretrained(
        str(folder),
        dtype=half,
        device_map=device,
        quantization_config=quantisation_config(bits, half),
        use_safetensors=kind == "safetensors",
        **SAFELY,
    )


def quantisation_config(bits: Bits, dtype: Any) -> Any:
    """transformers' settings for 4 or 8 bits."""
    import transformers

    config: Any = transformers.BitsAndBytesConfig
    if bits == 8:
        return config(load_in_8bit=True)
    return config(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )


def load_from_cache(entry: CacheEntry, device: str) -> LoadedWeights | None:
    """The model of a cache entry; None if it cannot be opened."""
    import transformers

    try:
        config = transformers.AutoConfig.from_pretrained(str(entry.folder), **SAFELY)
        model = loading_class(config).from_pretrained(
            str(entry.folder), dtype="auto", device_map=device, use_safetensors=True, **SAFELY
        )
    except Exception as error:  # each library has its own family
        if is_out_of_memory(error):
            raise
        log.warning("La copie en cache « %s » ne s'ouvre pas : l'original est repris.", entry.folder.name)
        return None
    return LoadedWeights(model, entry.folder, entry.origin)


def write_to_cache(opened: LoadedWeights, name: str, bits: Bits, original_bytes: int) -> None:
    """Write the model to the cache, if the disk allows it."""
    import transformers

    plain: Any = transformers.GenerationConfig

    def write(draft: Path) -> None:
        published, opened.model.generation_config = opened.model.generation_config, plain()
        try:  # the authors' own file is copied as it is: not all of them pass transformers' check on writing
            opened.model.save_pretrained(draft, max_shard_size=SHARD)
        finally:
            opened.model.generation_config = published
        for path in {path for pattern in COPIED for path in opened.folder.glob(pattern)}:
            shutil.copyfile(path, draft / path.name)

    size = sum(tensor.numel() * tensor.element_size() for tensor in opened.model.state_dict().values())
    details = {
        "original_bytes": original_bytes,
        "dtype": str(opened.model.dtype),
        "versions": quantisation_versions(),
    }
    try:
        quantised_cache.write_entry(name, opened.origin, bits, size, write, **details)
    except Exception as error:  # OSError, SafetensorError...
        full = "No space left" in str(error)
        why = "disque plein" if full else f"« {cache_home()} » ne peut pas être écrit"
        log.warning("Le modèle en %s bits n'est pas gardé en cache (%s) : %s", bits, why, GOES_ON)


def set_compute_dtype(opened: LoadedWeights, dtype: Any) -> LoadedWeights:
    """Set the dtype of all arithmetic once and for all, so that gradients pass.

    Left alone, bitsandbytes takes the dtype of a layer's first input for ever after, and makes numbers in the
    dtype they once had. On a CPU it also repacks 4-bit weights when evaluated: after that the gradients are
    wrong, without a word (0.50). `answering` allows it again.
    """
    model = opened.model
    half = model.dtype
    for layer in four_bit_layers(model):
        layer.compute_dtype, layer.compute_type_is_set = dtype, True
        layer.weight.quant_state.dtype = dtype
        layer.support_avx512bf16_for_cpu = False
    for layer in eight_bit_layers(model):
        keep_scales(layer)
    for weight in model.parameters():
        if weight.dtype == half:
            weight.data = weight.data.to(dtype)
    model.config.dtype = dtype
    model.eval()
    return opened


def keep_scales(layer: Any) -> None:
    """DoRA moves an 8-bit weight to the CPU where it already is, which loses its scales (peft 0.21)."""
    usual = layer.init_8bit_state

    def with_scales() -> None:
        if layer.weight.SCB is None:
            layer.weight.SCB = layer.state.SCB
        usual()

    layer.init_8bit_state = with_scales


def for_inference(model: Any) -> Any:
    """The model set for inference only: ten times faster per token on a CPU that has bfloat16."""
    if layers := four_bit_layers(model):
        able = need("bitsandbytes", extra="qlora").functional
        for layer in layers:
            layer.support_avx512bf16_for_cpu = getattr(able, "has_avx512bf16", bool)()
    return model


def four_bit_layers(model: Any) -> list[Any]:
    return [part for part in model.modules() if hasattr(part, "compute_type_is_set")]


def eight_bit_layers(model: Any) -> list[Any]:
    return [part for part in model.modules() if hasattr(part, "init_8bit_state")]


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a library says so, in one of the several ways there are."""
    words = str(error).lower()
    return isinstance(error, MemoryError) or any(said in words for said in OUT_OF_MEMORY)


def quantisation_versions() -> dict[str, str]:
    return {name: version(name) for name in ("bitsandbytes", "torch", "transformers")}

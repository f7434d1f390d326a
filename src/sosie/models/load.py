"""A base model, from disk to memory.

    load(find("mini"))                      Loaded(model, tokenizer, template, base, revision)
    load(find("vigostral"), bits=4)         the same in 4 bits (models/quantised.py), from the cache if it can
    load_double(Double.read(folder))        the same with an adapter (models/load_double.py)

Weights are safetensors; a catalogue model that was only published as .bin is read by torch's restricted
reader. No model brings code of its own. Nothing is downloaded unless `allow_download` says so.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sosie.core.errors import NoRoom, SosieError, UnknownModel
from sosie.core.extras import need
from sosie.core.french_text import size
from sosie.core.given import object_in, refuse_boundless, refuse_odd
from sosie.core.sampling import Sampling
from sosie.models import hub, quantised, quantised_cache
from sosie.models.catalogue import Base, has_weights, hub_snapshot
from sosie.models.gguf import dequantised
from sosie.models.gguf.naming import begins_as_one
from sosie.models.gguf.reading import GgufFile
from sosie.models.hardware import cpu_dtype, has_bf16_units
from sosie.models.mlx.weights import load_mlx
from sosie.models.quantised import Bits, is_out_of_memory
from sosie.models.template import Template, template_for
from sosie.models.text_backbone import loading_class, text_backbone
from sosie.models.tokenizer_files import tokenizer_of

# oneDNN, which multiplies bfloat16 on a processor, keeps code and memory for each shape that it met: 1,024 of
# them grew SmolLM2's training from 2.8 GB to 6. A step's own, for each of its rows, are some 50.
ONEDNN_SHAPES = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128")
PUBLISHED = ("temperature", "top_p", "min_p", "repetition_penalty")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model ready to use: `model` is transformers' (or PEFT's, for a double), in evaluation mode."""

    model: Any
    tokenizer: Any
    template: Template
    base: Base
    revision: str = ""  # the hub's commit, where the weights came from there
    sampling: Sampling = Sampling()  # its authors', not that of its doubles


def load(
    base: Base,
    *,
    device: str = "auto",
    dtype: str | None = None,
    bits: Bits | None = None,
    allow_download: bool = False,
    revision: str = "",
    keep: bool | None = None,
    backend: Literal["torch", "mlx"] = "torch",
) -> Loaded:
    """The weights and tokenizer of a base model.

    device  "auto": the GPU where there is one; else a name that torch knows
    dtype   None: bfloat16 where the GPU, or the processor for a model that is not small, has it; else float32
            on a processor, float16 on a GPU
    bits    4 (NF4) or 8 by bitsandbytes, computing in `dtype`; from the cache where it has them
    keep    whether a model in 4 or 8 bits goes to the cache; None: where it is large enough to be worth it
    backend what computes; MLX (models/mlx) takes neither `bits` nor `device`

    UnknownModel where the weights are missing or cannot be used, NoRoom where memory is too small.
    """
    os.environ.setdefault(*ONEDNN_SHAPES)  # read once, at the first product
    torch, transformers = need("torch", extra="train"), need("transformers", extra="train")
    device = best_device(torch) if device == "auto" else device
    parameters = base.card.parameters if base.card else 0
    kind = getattr(torch, dtype or best_dtype(torch, device, parameters))
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()  # what is wrong with a file, we say

    def original() -> Path:
        return model_folder(base, revision, allow_download)

    with _load_errors(base):
        if backend == "mlx":
            opened = load_mlx(base, kind, original(), bits)
        elif bits:
            opened = quantised.load_quantised(base, bits, kind, device, original, revision, keep)
        else:
            opened = as_published(base, kind, device, original())
        tokenizer = tokenizer_of(base, opened.folder)
    template, sampling = template_for(base, tokenizer), published_sampling(opened.folder)
    model = text_backbone(opened.model)
    return Loaded(model, tokenizer, template, base, opened.origin.revision, sampling)


def as_published(base: Base, dtype: Any, device: str, folder: Path) -> quantised.LoadedWeights:
    """The model with the weights of its own files."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(str(folder), **quantised.SAFELY)
    safetensors = hub.weights_format(base) == "safetensors"
    model = loading_class(config).from_pretrained(
        str(folder), dtype=dtype, use_safetensors=safetensors, **quantised.SAFELY
    )
    revision = "" if Path(base.where).is_absolute() else folder.name
    return quantised.LoadedWeights(
        model.to(device).eval(), folder, quantised_cache.Origin(base.where, revision)
    )


def published_sampling(folder: Path) -> Sampling:
    """The sampling of a model's generation_config.json; our default if it has nothing usable."""
    try:
        settings = object_in(folder / "generation_config.json")
        given: dict[str, Any] = {
            name: float(settings[name]) for name in PUBLISHED if settings.get(name) is not None
        }
        return Sampling(**given)
    except (OSError, ValueError, TypeError, AttributeError):
        return Sampling()


def load_tokenizer(base: Base) -> tuple[Any, Template]:
    """A model's tokenizer and template, without its weights in memory."""
    if begins_as_one(Path(base.where)):
        tokenizer = GgufFile.read(Path(base.where)).tokenizer()
        return tokenizer, template_for(base, tokenizer)
    folder = tokenizer_folder(base)
    with _load_errors(base):
        tokenizer = tokenizer_of(base, folder)
    return tokenizer, template_for(base, tokenizer)


def tokenizer_folder(base: Base) -> Path:
    """A folder with the model's tokenizer: its own, else what the cache keeps of it."""
    try:
        return model_folder(base)
    except UnknownModel:
        if entry := quantised_cache.find_entry(quantised.origin_of(base)):
            return entry.folder
        raise


def model_folder(base: Base, revision: str = "", allow_download: bool = False) -> Path:
    """Where a model's files lie on this machine; UnknownModel where they do not and must not be fetched.

    transformers is always given a folder: with a hub id it asks the hub about adapters, even with
    `local_files_only`.
    """
    here = Path(base.where)
    if dequantised.is_gguf(here):
        return dequantised.folder_of(here)
    if here.is_absolute():
        if not has_weights(here, hub.weights_format(base)):
            raise UnknownModel(
                f"Il n'y a pas de poids (.safetensors) dans « {base.name} », ou pas tous.",
                "Copiez le dossier du modèle en entier.",
            )
        refuse_odd(here)
        refuse_boundless(here)
        return here
    revision = revision or (base.card.revision if base.card else "")
    found = hub_snapshot(base.where, hub.weights_format(base), revision)
    if found is None and not allow_download:
        raise _missing(base, revision)
    return found or hub.fetch_weights(base, revision)


def best_device(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def best_dtype(torch: Any, device: str, parameters: int = 0) -> str:
    if device == "cpu":
        return cpu_dtype(parameters, has_bf16_units())
    return "bfloat16" if device.startswith("cuda") and torch.cuda.is_bf16_supported(False) else "float16"


def _missing(base: Base, revision: str) -> UnknownModel:
    weight = f" ({size(base.card.bytes)})" if base.card else ""
    which = f" --revision {revision}" if revision else ""
    return UnknownModel(
        f"Les poids de « {base.name} » ne sont pas sur cette machine.",
        f"Téléchargez-les une fois{weight} : hf download {base.where}{which}",
    )


@contextmanager
def _load_errors(base: Base) -> Iterator[None]:
    """Raise a SosieError for whatever the libraries raise while a model is read."""
    try:
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            yield
    except SosieError:
        raise
    except (MemoryError, RuntimeError) as error:
        if is_out_of_memory(error):
            raise NoRoom(
                f"Le modèle « {base.name} » ne tient pas dans la mémoire.",
                "Fermez d'autres programmes, ou prenez un modèle plus petit : --model mini",
            ) from None
        raise _unusable(base) from error
    except Exception as error:  # each library has its own family: OSError, SafetensorError, ValueError...
        raise _unusable(base) from error


def _unusable(base: Base) -> UnknownModel:
    return UnknownModel(
        f"Le modèle « {base.name} » ne peut pas être chargé.",
        "Ses fichiers sont incomplets ou d'une sorte inconnue ; avec --debug, la cause est dite.",
    )

"""A base model or a double, from disk to memory.

    load(find("mini"))                      Loaded(model, tokenizer, template, base, revision)
    load(find("vigostral"), bits=4)         the same in 4 bits (models/quantised.py), from the cache if it can
    load_double(Double.read(folder))        the same, with the adapter on, in the bits it was learnt on

Weights are safetensors; a catalogue model that was only published as .bin is read by torch's restricted
reader. No model brings code of its own. Nothing is downloaded unless `allow_download` says so.
"""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sosie.core.double import ADAPTER, Double, Sampling
from sosie.core.errors import BadData, NoRoom, SosieError, UnknownModel
from sosie.core.extras import need
from sosie.core.french_text import size
from sosie.core.given import object_in, refuse_boundless, refuse_odd
from sosie.core.lora_settings import shown
from sosie.models import hub, quantised, quantised_cache, sentencepiece_tokenizer
from sosie.models.adapter import put_on
from sosie.models.catalogue import Base, find, snapshot, whole_weights
from sosie.models.hardware import hardware
from sosie.models.quantised import Bits, memory_is_full
from sosie.models.template import TEMPLATES, Template, template_for
from sosie.models.text_backbone import words_only
from sosie.models.tokenizer_limits import refuse_boundless_tokenizer

TOKENIZER = "tokenizer.json"
GPT2_FILES = ("vocab.json", "merges.txt")
DRAWN = {  # usable from, to
    "temperature": (0.0, 2.0),
    "top_p": (0.01, 1.0),
    "min_p": (0.0, 1.0),
    "repetition_penalty": (0.5, 2.0),
}
COPY = "Copiez le dossier du double en entier."
SPARE_SIGNS = 64  # that a tokenizer may have beyond its model, and that nobody writes
USABLE = 0.85  # of the memory there is


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model ready to use: `model` is transformers' (or PEFT's, for a double), in evaluation mode."""

    model: Any
    tokenizer: Any
    template: Template
    base: Base
    revision: str = ""  # the hub's commit, where the weights came from there
    sampling: Sampling = Sampling()  # how its authors draw its words, not those of its doubles


def load(
    base: Base,
    *,
    device: str = "auto",
    dtype: str | None = None,
    bits: Bits | None = None,
    allow_download: bool = False,
    revision: str = "",
    keep: bool | None = None,
) -> Loaded:
    """The weights and tokenizer of a base model.

    device  "auto": the GPU where there is one; else a name that torch knows
    dtype   None: float32 on a CPU, bfloat16 where the GPU has it, else float16
    bits    4 (NF4) or 8 by bitsandbytes, computing in `dtype`; from the cache where it has them
    keep    whether a model in 4 or 8 bits goes to the cache; None: where it is large enough to be worth it

    UnknownModel where the weights are missing or cannot be used, NoRoom where memory is too small.
    """
    torch, transformers = need("torch", extra="train"), need("transformers", extra="train")
    device = best_device(torch) if device == "auto" else device
    kind = getattr(torch, dtype or best_dtype(torch, device))
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()  # what is wrong with a file, we say

    def original() -> Path:
        return folder_of(base, revision, allow_download)

    with _told(base):
        if bits:
            opened = quantised.load(base, bits, kind, device, original, revision, keep)
        else:
            opened = as_published(base, kind, device, original())
        tokenizer = _tokenizer(base, opened.folder)
    template, sampling = template_for(base, tokenizer), sampling_of(opened.folder)
    model = words_only(opened.model)
    return Loaded(model, tokenizer, template, base, opened.origin.revision, sampling)


def as_published(base: Base, dtype: Any, device: str, folder: Path) -> quantised.Opened:
    """The model with the weights of its own files."""
    from transformers import AutoModelForCausalLM

    maker: Any = AutoModelForCausalLM
    safetensors = hub.kind(base) == "safetensors"
    model = maker.from_pretrained(str(folder), dtype=dtype, use_safetensors=safetensors, **quantised.SAFELY)
    revision = "" if Path(base.where).is_absolute() else folder.name
    return quantised.Opened(model.to(device).eval(), folder, quantised_cache.Origin(base.where, revision))


def sampling_of(folder: Path) -> Sampling:
    """What a model's generation_config.json says of drawing words; ours where it says nothing usable."""
    try:
        told = object_in(folder / "generation_config.json")
        given: dict[str, Any] = {name: float(told[name]) for name in DRAWN if told.get(name) is not None}
    except (OSError, ValueError, TypeError, AttributeError):
        return Sampling()
    usable = all(low <= given[name] <= high for name, (low, high) in DRAWN.items() if name in given)
    return Sampling(**given) if usable else Sampling()


def load_tokenizer(base: Base) -> tuple[Any, Template]:
    """A model's tokenizer and template, without its weights in memory."""
    folder = files_of(base)
    with _told(base):
        tokenizer = _tokenizer(base, folder)
    return tokenizer, template_for(base, tokenizer)


def files_of(base: Base) -> Path:
    """A folder with the model's tokenizer: its own, else what the cache keeps of it."""
    try:
        return folder_of(base)
    except UnknownModel:
        if kept := quantised_cache.find(quantised.origin_of(base)):
            return kept.folder
        raise


def folder_of(base: Base, revision: str = "", allow_download: bool = False) -> Path:
    """Where a model's files lie on this machine; UnknownModel where they do not and must not be fetched.

    transformers is always given a folder: with a hub id it asks the hub about adapters, even when it is told
    to use local files only.
    """
    here = Path(base.where)
    if here.is_absolute():
        if not whole_weights(here, hub.kind(base)):
            raise UnknownModel(
                f"Il n'y a pas de poids (.safetensors) dans « {base.name} », ou pas tous.",
                "Copiez le dossier du modèle en entier.",
            )
        refuse_odd(here)
        refuse_boundless(here)
        return here
    revision = revision or (base.card.revision if base.card else "")
    found = snapshot(base.where, hub.kind(base), revision)
    if found is None and not allow_download:
        raise _missing(base, revision)
    return found or hub.weights(base, revision)


def load_double(double: Double, *, base: Base | None = None, **options: Any) -> Loaded:
    """The double's base with its adapter on, the tokenizer and the template that it was made with.

    `base` replaces the one the manifest names (a folder that moved); `options` as in `load`, `bits` those it
    was learnt on where bitsandbytes is here. BadData where the adapter is missing, is not the one that the
    manifest describes, or does not fit the base.
    """
    folder = double.folder
    if folder is None:
        raise BadData("Ce double n'a pas de dossier.", "Lisez-le d'abord avec Double.read(dossier).")
    refuse_odd(folder)
    check_adapter(double, folder)
    if double.template not in TEMPLATES:
        raise BadData(
            f"Ce double a un format de conversation inconnu : « {shown(double.template)} ».",
            "Mettez sosie à jour.",
        )
    base = base or find(double.base)
    if "bits" not in options:
        options = as_learnt(double, base) | options
    loaded = load(base, revision=double.revision, **options)
    try:
        model = quantised.answering(put_on(loaded.model, folder))
    except (RuntimeError, ValueError, KeyError, OSError, TypeError):
        raise BadData(
            f"L'adaptateur de ce double ne va pas avec le modèle « {loaded.base.name} ».",
            "Vérifiez sur quel modèle il a été appris, ou refaites-le : sosie train",
        ) from None
    tokenizer = loaded.tokenizer
    if (folder / TOKENIZER).is_file():
        try:
            tokenizer = read_tokenizer(folder)
        except Exception:  # of several libraries' families
            raise BadData("Le tokenizer de ce double ne peut pas être lu.", COPY) from None
        if len(tokenizer) > model.get_input_embeddings().num_embeddings + SPARE_SIGNS:
            raise BadData(f"Le tokenizer de ce double n'est pas celui de « {loaded.base.name} ».", COPY)
    return replace(loaded, model=model, tokenizer=tokenizer, template=TEMPLATES[double.template])


def as_learnt(double: Double, base: Base) -> dict[str, Any]:
    """The bits that the double was learnt on; without bitsandbytes 32 or 16, whichever fits in memory."""
    if double.bits not in (4, 8):
        return {}
    if find_spec("bitsandbytes"):
        return {"bits": double.bits}
    machine, parameters = hardware(), base.card.parameters if base.card else 0
    room = USABLE * (machine.gpu_memory_bytes or machine.memory_bytes)
    if 2 * parameters > room:
        raise NoRoom(
            f"Ce double a été appris en {double.bits} bits ; autrement, « {base.name} » demande "
            f"{2 * parameters / 1e9:.0f} Go de mémoire.",
            'Installez bitsandbytes : pip install -c constraints.txt -e ".[qlora]"',
        )
    tight = not machine.gpu_memory_bytes and 4 * parameters > room
    return {"dtype": "bfloat16"} if tight else {}


def check_adapter(double: Double, folder: Path) -> None:
    """BadData unless the adapter is there, in safetensors, and is the very one of the manifest."""
    missing = [name for name in (ADAPTER, "adapter_config.json") if not (folder / name).is_file()]
    if missing:
        raise BadData(f"Il manque « {missing[0]} » à ce double.", COPY)
    if double.adapter_sha256 and sha256(folder / ADAPTER) != double.adapter_sha256:
        raise BadData(
            "L'adaptateur de ce double n'est pas celui que décrit son « double.json ».",
            "Le fichier est abîmé ou a été remplacé : reprenez une copie saine.",
        )


def sha256(path: Path) -> str:
    """What identifies a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_tokenizer(folder: Path) -> Any:
    """The tokenizer of a folder: its tokenizer.json as it is, else GPT-2's two files, else SentencePiece's.

    AutoTokenizer is not asked: for a Llama or Mistral it builds its own from parts of the file, and
    « deux  espaces » gets other ids than those the model learnt with.
    """
    if (folder / TOKENIZER).is_file():
        from transformers import PreTrainedTokenizerFast

        refuse_boundless_tokenizer(folder / TOKENIZER)
        return PreTrainedTokenizerFast.from_pretrained(str(folder))
    if all((folder / name).is_file() for name in GPT2_FILES):
        from transformers import GPT2Tokenizer

        return GPT2Tokenizer.from_pretrained(str(folder))
    file = sentencepiece_tokenizer.find(folder)
    if file is None:
        raise UnknownModel(
            f"Il n'y a pas de tokenizer dans « {folder.name} ».",
            "Il faut « tokenizer.json » ou un fichier SentencePiece « tokenizer.model ».",
        )
    return sentencepiece_tokenizer.convert(file)


def _tokenizer(base: Base, folder: Path) -> Any:
    """Mistral's first tokenizer comes from its package where the model's folder has none."""
    if base.card and base.card.template in ("mistral", "vigostral") and not (folder / TOKENIZER).is_file():
        vocabulary = sentencepiece_tokenizer.find(folder) or sentencepiece_tokenizer.mistral_v1()
        return sentencepiece_tokenizer.convert(vocabulary)
    return read_tokenizer(folder)


def best_device(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def best_dtype(torch: Any, device: str) -> str:
    if device == "cpu":
        return "float32"
    return "bfloat16" if device.startswith("cuda") and torch.cuda.is_bf16_supported(False) else "float16"


def _missing(base: Base, revision: str) -> UnknownModel:
    weight = f" ({size(base.card.bytes)})" if base.card else ""
    which = f" --revision {revision}" if revision else ""
    return UnknownModel(
        f"Les poids de « {base.name} » ne sont pas sur cette machine.",
        f"Téléchargez-les une fois{weight} : hf download {base.where}{which}",
    )


@contextmanager
def _told(base: Base) -> Iterator[None]:
    """What the libraries raise while a model is read, as one sentence."""
    try:
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            yield
    except SosieError:
        raise
    except (MemoryError, RuntimeError) as error:
        if memory_is_full(error):
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

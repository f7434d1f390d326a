"""A double, from disk to memory: its base, its adapter on it, its tokenizer and template."""

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, Double
from sosie.core.errors import BadData, NoRoom, UnknownModel
from sosie.core.extras import install_line
from sosie.core.given import refuse_odd
from sosie.core.lora_settings import shown
from sosie.models import quantised
from sosie.models.adapter import load_adapter
from sosie.models.adapter_faults import Misfit, fault_of, is_pointer
from sosie.models.catalogue import Base, find
from sosie.models.hardware import hardware
from sosie.models.load import Loaded, load
from sosie.models.template import TEMPLATES
from sosie.models.tokenizer_files import TOKENIZER, read_tokenizer

COPY_AGAIN = "Copiez le dossier du double en entier."
SPARE_TOKENS = 64  # unused ones, that a tokenizer may have beyond its model
USABLE_MEMORY = 0.85  # of the memory there is


def load_double(
    double: Double, *, base: Base | None = None, load: Callable[..., Loaded] = load, **options: Any
) -> Loaded:
    """The double's base with its adapter on, the tokenizer and the template that it was made with.

    `base` replaces the one the manifest names (a folder that moved), `load` is what reads it; `options` as in
    `load`, `bits` those it was learnt on where bitsandbytes is here. BadData where the adapter is missing, is
    not the one that the manifest describes, or does not fit the base.
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
    base = base or base_of(double)
    if "bits" not in options:
        options = learnt_precision(double, base) | options
    loaded = load(base, revision=double.revision, **options)
    try:
        model = quantised.for_inference(load_adapter(loaded.model, folder))
    except (RuntimeError, ValueError, KeyError, OSError, TypeError) as error:
        why = f" : {error}" if isinstance(error, Misfit) else ""
        raise BadData(
            f"L'adaptateur de ce double ne va pas avec le modèle « {loaded.base.name} »{why}.",
            "Donnez le modèle sur lequel il a été appris : --base DOSSIER",
        ) from None
    tokenizer = loaded.tokenizer
    if (folder / TOKENIZER).is_file():
        try:
            tokenizer = read_tokenizer(folder)
        except Exception:  # of several libraries' families
            raise BadData("Le tokenizer de ce double ne peut pas être lu.", COPY_AGAIN) from None
        if len(tokenizer) > model.get_input_embeddings().num_embeddings + SPARE_TOKENS:
            raise BadData(f"Le tokenizer de ce double n'est pas celui de « {loaded.base.name} ».", COPY_AGAIN)
    return replace(loaded, model=model, tokenizer=tokenizer, template=TEMPLATES[double.template])


def base_of(double: Double) -> Base:
    """The model that the double was learnt on. UnknownModel where its folder is no longer there."""
    try:
        return find(double.base)
    except UnknownModel:
        raise UnknownModel(
            f"Le modèle de départ de ce double, « {Path(double.base).name} », n'est pas là où il le dit.",
            "Donnez son dossier : --base DOSSIER",
        ) from None


def learnt_precision(double: Double, base: Base) -> dict[str, Any]:
    """The bits that the double was learnt on; without bitsandbytes 32 or 16, whichever fits in memory."""
    if double.bits not in (4, 8):
        return {}
    if find_spec("bitsandbytes"):
        return {"bits": double.bits}
    machine, parameters = hardware(), base.card.parameters if base.card else 0
    room = USABLE_MEMORY * (machine.gpu_memory_bytes or machine.memory_bytes)
    if 2 * parameters > room:
        raise NoRoom(
            f"Ce double a été appris en {double.bits} bits ; autrement, « {base.name} » demande "
            f"{2 * parameters / 1e9:.0f} Go de mémoire.",
            install_line("qlora"),
        )
    tight = not machine.gpu_memory_bytes and 4 * parameters > room
    return {"dtype": "bfloat16"} if tight else {}


def check_adapter(double: Double, folder: Path) -> None:
    """BadData unless the adapter is there, in safetensors, and is the very one of the manifest."""
    missing = [name for name in (ADAPTER, "adapter_config.json") if not (folder / name).is_file()]
    if missing:
        raise BadData(f"Il manque « {missing[0]} » à ce double.", COPY_AGAIN)
    if double.adapter_sha256 and sha256_of(folder / ADAPTER) != double.adapter_sha256:
        if is_pointer(folder / ADAPTER):
            raise fault_of(folder / ADAPTER)
        raise BadData(
            "L'adaptateur de ce double n'est pas celui que décrit son « double.json ».",
            "Le fichier est abîmé ou a été remplacé : reprenez une copie saine.",
        )

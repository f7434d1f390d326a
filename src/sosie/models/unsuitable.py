"""Models that cannot become a double, refused with the true reason before anything of them is loaded.

 an adapter alone            its base is not in it
 weights in FP8, GPTQ...     nothing can be learnt over them; bitsandbytes' 4 and 8 bits are ours
 no writer                   an embedding model, one that only sees, one that translates
 layers unknown to sosie     it would be learnt in part (`unknown_family`)

config.json alone is read: enough for a model that is still on the hub.
"""

import re
from pathlib import Path
from typing import Any, NoReturn

from sosie.core.errors import UnknownModel
from sosie.core.given import object_in

OURS = ("bitsandbytes",)
WRITERS = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
EMBEDDING_FILES = ("modules.json", "config_sentence_transformers.json")
OTHERS = "Prenez un modèle du catalogue (sosie plan les montre), ou un autre modèle de conversation."


def refuse_unsuitable(folder: Path, name: str) -> None:
    """UnknownModel if what lies in this folder cannot become a double, whatever its weights are."""
    if (folder / "adapter_config.json").is_file() and not (folder / "config.json").is_file():
        raise UnknownModel(
            f"« {name} » est un adaptateur, pas un modèle : il lui faut son modèle de base.",
            "Donnez ce modèle de base : --model MODÈLE ; ou parlez-lui : sosie chat --double DOSSIER",
        )
    try:
        config = object_in(folder / "config.json")
    except (OSError, ValueError):
        return  # told by whoever reads it
    refuse_foreign_weights(config, name)
    if any((folder / file).is_file() for file in EMBEDDING_FILES):
        raise UnknownModel(f"« {name} » compare des textes (embeddings) et n'en écrit pas.", OTHERS)
    refuse_no_writer(config, name)


def refuse_foreign_weights(config: dict[str, Any], name: str) -> None:
    """UnknownModel if the weights are published in a format over which nothing can be learnt."""
    quantised = config.get("quantization_config")
    told = quantised.get("quant_method") if isinstance(quantised, dict) else quantised
    kind = plain_word(told)
    if quantised and told and kind not in OURS:
        raise UnknownModel(
            f"Les poids de « {name} » sont publiés en {kind.upper()} : rien ne peut s'y apprendre.",
            "Prenez ses poids en 16 bits (souvent le même nom, suivi de -BF16), ou un modèle du catalogue.",
        )


def refuse_no_writer(config: dict[str, Any], name: str) -> None:
    """UnknownModel if the architecture is none that continues a text."""
    named = config.get("architectures")
    kind = plain_word(named[0]) if isinstance(named, list) and named else ""
    if config.get("is_encoder_decoder"):
        raise UnknownModel(
            f"« {name} » transforme un texte en un autre ({kind}), il ne converse pas.", OTHERS
        )
    if kind and not kind.endswith(WRITERS):
        raise UnknownModel(f"« {name} » n'est pas fait pour écrire ({kind}).", OTHERS)


def unknown_family(folder: Path, name: str) -> NoReturn:
    """UnknownModel for a model whose layers sosie does not know."""
    try:
        config = object_in(folder / "config.json")
        text = config.get("text_config")
        kind = plain_word((text if isinstance(text, dict) else config).get("model_type"))
    except (OSError, ValueError):
        kind = "?"
    raise UnknownModel(
        f"« {name} » est de la famille « {kind} », dont sosie ne connaît pas toutes les couches : il ne "
        "serait appris qu'en partie.",
        "Prenez un modèle du catalogue, ou un de la famille de Llama, Mistral, Qwen, Gemma, LFM2 ou GPT-2.",
    )


def plain_word(given: Any) -> str:
    """A word of somebody else's file, fit for a sentence; « ? » for anything else."""
    return given if isinstance(given, str) and re.fullmatch(r"[\w.+-]{1,60}", given) else "?"

"""Files of a model's or adapter's folder that somebody else made, before a library opens them.

refuse_odd(folder)                   BadData for a pipe or a device: opening one may never end
object_in(folder / "config.json")    the object that a file is; ValueError where it is anything else
"""

import json
import stat
from pathlib import Path
from typing import Any

from sosie.core.errors import BadData, UnknownModel

MB = 1 << 20
LARGEST = 64 * MB  # of a file that is no weights
LAYERS, MOST_LAYERS = ("num_hidden_layers", "n_layer", "num_layers"), 1000
TEXTS = frozenset({".json", ".jinja", ".txt", ".model"})


def refuse_odd(folder: Path) -> None:
    """Only files and folders are in it, and what is text is of a size that text has."""
    for path in (*folder.iterdir(), *folder.glob("additional_chat_templates/*")):
        try:
            found = path.stat()
        except OSError:  # a link to nothing: a library sees nothing either
            continue
        text = path.suffix in TEXTS
        if not stat.S_ISREG(found.st_mode) and (text or not stat.S_ISDIR(found.st_mode)):
            raise BadData(f"« {path.name} » n'est pas un fichier.", "Copiez le dossier tel qu'il a été fait.")
        if text and found.st_size > LARGEST:
            raise BadData(f"« {path.name} » est d'une taille démesurée.", "Reprenez-le de son auteur.")


def refuse_boundless(folder: Path) -> None:
    """A model of a million layers is built for hours before anybody sees that it has no weights; one that is
    falsely said to be quantised fails at its first word."""
    try:
        told = object_in(folder / "config.json")
    except (OSError, ValueError):
        return  # told by whoever reads it
    refuse_false_bits(folder, told)
    words = told.get("text_config")
    for shape in (told, words if isinstance(words, dict) else {}):
        if any(isinstance(most := shape.get(name), int) and most > MOST_LAYERS for name in LAYERS):
            raise UnknownModel(
                f"Le modèle « {folder.name} » dit avoir plus de couches qu'aucun modèle.",
                "Reprenez « config.json » de son auteur.",
            )


def refuse_false_bits(folder: Path, told: dict[str, Any]) -> None:
    """UnknownModel where config.json says bitsandbytes, and the weights beside it are as they always were."""
    said = told.get("quantization_config")
    if not isinstance(said, dict) or said.get("quant_method", "bitsandbytes") != "bitsandbytes":
        return
    heads = [header(path) for path in folder.glob("*.safetensors")]
    if heads and not any(mark in head for head in heads for mark in (b".quant_state.", b".absmax", b".SCB")):
        raise UnknownModel(
            f"Le modèle « {folder.name} » dit être quantifié (bitsandbytes), et ses poids ne le sont pas.",
            "Enlevez « quantization_config » de son « config.json », ou reprenez le dossier de son auteur.",
        )


def header(path: Path) -> bytes:
    """The beginning of a safetensors file, where its tensors are named."""
    with path.open("rb") as file:
        return file.read(min(int.from_bytes(file.read(8), "little"), LARGEST))


def object_in(path: Path, most: int = LARGEST) -> dict[str, Any]:
    """FileNotFoundError where there is no such file."""
    if not path.is_file():
        raise FileNotFoundError(path.name)
    if path.stat().st_size > most:
        raise ValueError("size")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError("depth") from error
    if not isinstance(told, dict):
        raise ValueError("kind")
    return told

"""What is wrong with an adapter's files or numbers, in a sentence that names it.

fault_of(folder / ADAPTER)          BadData: a pointer of git-lfs, a web page, cut, a renamed .bin...
refuse_non_finite(tensors)          BadData: NaN
refuse_misfit(model, tensors, r)    Misfit: of another size, depth or rank than the model
"""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.errors import BadData
from sosie.core.french_text import size
from sosie.core.tensors import MOST_HEADER

if TYPE_CHECKING:
    import torch

POINTER = b"version https://git-lfs"
PICKLES = (b"PK\3\4", b"\x80\2")  # how torch's own files begin
COPY_FOLDER = "Copiez en entier le dossier que l'outil d'entraînement a écrit."
SAVE_AGAIN = "Enregistrez-le de nouveau en safetensors avec l'outil qui l'a fait (safe_serialization=True)."
PREFIX, DOWN, UP = "base_model.model.", ".lora_A.weight", ".lora_B.weight"


class Misfit(ValueError):
    """An adapter of another model; the message is the end of a French sentence."""


def fault_of(path: Path) -> BadData:
    """The error for a file that should have been read."""
    with path.open("rb") as file:
        begun = file.read(64)
    name, on_disk = f"« {path.name} »", path.stat().st_size
    if begun.startswith(POINTER):
        return BadData(
            f"{name} n'est qu'un renvoi de git-lfs : son contenu n'a pas été téléchargé.",
            "Téléchargez-le là d'où vient le dossier : git lfs pull",
        )
    if begun.lstrip()[:1] == b"<":
        return BadData(f"{name} est une page web.", "Téléchargez le fichier lui-même, et non sa page.")
    if begun.startswith(PICKLES):
        return BadData(f"{name} est un fichier de torch (.bin, .pt) que l'on a renommé.", SAVE_AGAIN)
    if not begun.strip(b"\0"):
        return BadData(f"{name} est vide.", COPY_FOLDER)
    if (announced := announced_bytes(path)) > on_disk:
        return BadData(
            f"{name} est coupé : il en manque {size(announced - on_disk)} sur {size(announced)}.", COPY_FOLDER
        )
    return BadData(f"{name} est abîmé, ou n'est pas ce qu'il dit être.", COPY_FOLDER)


def is_pointer(path: Path) -> bool:
    """Whether git-lfs left only the name of the file that should be here."""
    with path.open("rb") as file:
        return file.read(len(POINTER)) == POINTER


def announced_bytes(path: Path) -> int:
    """How long a safetensors file says it is; 0 where it says nothing that can be read."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > MOST_HEADER:
                return 0
            text = file.read(length)
        if len(text) < length:
            return 8 + int(length)
        ends = (told["data_offsets"][1] for name, told in json.loads(text).items() if name != "__metadata__")
        return 8 + int(length) + max(map(int, ends), default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, struct.error, RecursionError):
        return 0


def refuse_non_finite(tensors: "Mapping[str, torch.Tensor]") -> None:
    """BadData where a number is none: every answer would be."""
    if any(not tensor.isfinite().all() for tensor in tensors.values()):
        raise BadData(
            "Cet adaptateur contient des nombres infinis ou qui n'en sont pas (NaN) : son entraînement a "
            "divergé.",
            "Prenez un point de reprise plus ancien, ou refaites-le avec un pas d'apprentissage plus petit.",
        )


def changes_nothing(tensors: "Mapping[str, torch.Tensor]") -> bool:
    """Whether all that is added to the model is zero."""
    plain = all(name.endswith((DOWN, UP)) for name in tensors)
    return plain and not any(bool(tensor.any()) for name, tensor in tensors.items() if name.endswith(UP))


def refuse_misfit(model: Any, tensors: "Mapping[str, torch.Tensor]", rank: int, ranks: Any) -> None:
    """Misfit where the layers named are not the model's, or not of its sizes, or not of the rank told.

    `ranks`: whether some layers are told to have another rank.
    """
    layers = dict(model.named_modules())
    for name, down in tensors.items():
        if not name.endswith(DOWN):
            continue
        where = name.removesuffix(DOWN).removeprefix(PREFIX)
        up = tensors.get(name.removesuffix(DOWN) + UP)
        layer = layers.get(where.replace(".base_layer", ""))  # of a module with two adapted parameters
        if layer is None:
            raise Misfit(f"il est fait pour une couche que ce modèle n'a pas, « {where[-60:]} »")
        if up is None or down.dim() != 2 or up.dim() != 2 or up.shape[1] != down.shape[0]:
            raise Misfit("ses nombres sont dépareillés")
        if not ranks and len(down) != rank:
            raise Misfit(f"il dit être de rang {rank}, ses nombres sont de rang {len(down)}")
        own = getattr(layer, "in_features", None), getattr(layer, "out_features", None)
        found = down.shape[1], up.shape[0]
        if None not in own and found != own:
            raise Misfit(
                f"« {where[-60:]} » y est de {own[0]} sur {own[1]}, et pour lui de {found[0]} sur {found[1]}"
            )

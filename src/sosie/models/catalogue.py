"""The models that can be named: the catalogue's, a folder, or any of the hub.

    find("mini")               Base("mini", ".../sosie/models/mini", card, local=True)
    find("vigostral")          Base("vigostral", "bofenghuang/vigostral-7b-chat", card, local=False)
    find("./mon-modele")       Base("mon-modele", "/.../mon-modele", the card that its config.json gives)
    find("Qwen/Qwen3-0.6B")    Base("Qwen3-0.6B", "Qwen/Qwen3-0.6B", None, local=False)

Looks at this machine's disk only; imports nothing heavy.
"""

import json
import os
import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal

from sosie.core.errors import UnknownModel

HERE = Path(__file__).parent
MINI = HERE / "mini"
HUB_ID = re.compile(r"[\w-][\w.-]*/[\w.-]+")
Weights = Literal["safetensors", "bin"]
STEMS: dict[Weights, str] = {"safetensors": "model", "bin": "pytorch_model"}


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What must be known of a model before it is loaded."""

    name: str
    layers: int
    hidden: int
    mlp: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    context: int  # tokens
    tied: bool
    bytes: int  # of the weights' files
    title: str = ""
    hub: str = ""
    revision: str = ""
    licence: str = ""
    template: str = ""  # empty: to be seen from the tokenizer
    languages: tuple[str, ...] = ()
    weights: Weights = "safetensors"
    verified: bool = False

    @property
    def parameters(self) -> int:
        """Weights of a Llama-like model of this shape; a tied embedding once, norms in the attention not."""
        attention = 2 * self.hidden * self.head_dim * (self.heads + self.kv_heads)
        layer = attention + 3 * self.hidden * self.mlp + 2 * self.hidden
        return self.layers * layer + self.hidden * (self.vocabulary * (2 - self.tied) + 1)


@dataclass(frozen=True, slots=True)
class Base:
    """A model to start from. `local`: its weights were on this machine when it was looked for."""

    name: str  # fit for a folder's name
    where: str  # a folder's absolute path, or a hub id
    card: ModelCard | None = None
    local: bool = False

    @property
    def key(self) -> str:
        """What `find` takes to give this model again, on another machine too where that is possible."""
        return self.name if self.name in catalogue() else self.where


@cache
def catalogue() -> dict[str, ModelCard]:
    """Every card of catalogue.toml, by name."""
    tables = tomllib.loads((HERE / "catalogue.toml").read_text(encoding="utf-8"))
    return {
        name: ModelCard(name=name, **{**table, "languages": tuple(table.get("languages", ()))})
        for name, table in tables.items()
    }


def find(what: str) -> Base:
    """The model behind a catalogue name, a folder or a hub id. UnknownModel names the nearest."""
    cards = catalogue()
    if what in cards:
        return _known(cards[what])
    if Path(what).is_dir():
        return _in_folder(Path(what).resolve())
    for card in cards.values():
        if card.hub and card.hub.lower() == what.lower():
            return _known(card)
    if HUB_ID.fullmatch(what):
        folder = snapshot(what)
        known = card_of(folder) if folder else None
        return Base(what.split("/")[1], what, known, local=folder is not None)
    close = get_close_matches(what.lower(), cards, n=1)
    raise UnknownModel(
        f"Il n'y a pas de modèle « {what} ».",
        f"Vouliez-vous dire « {close[0]} » ?"
        if close
        else f"Possibles : {', '.join(cards)}, un dossier, ou un identifiant « auteur/modèle ».",
    )


def _known(card: ModelCard) -> Base:
    if not card.hub:
        return Base(card.name, str(MINI), card, local=whole_weights(MINI))
    return Base(card.name, card.hub, card, local=snapshot(card.hub, card.weights, card.revision) is not None)


def _in_folder(folder: Path) -> Base:
    if not (folder / "config.json").is_file():
        raise UnknownModel(
            f"Il n'y a pas de modèle dans « {folder.name} ».",
            "Il faut un dossier avec « config.json », les poids (.safetensors) et le tokenizer.",
        )
    return Base(folder.name, str(folder), card_of(folder), local=whole_weights(folder))


def whole_weights(folder: Path, kind: Weights = "safetensors") -> bool:
    """Whether the weights are there, every part that their index names."""
    if (folder / f"{STEMS[kind]}.{kind}").is_file():
        return True
    try:
        index = json.loads((folder / f"{STEMS[kind]}.{kind}.index.json").read_text(encoding="utf-8"))
        parts = set(index["weight_map"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return all((folder / part).is_file() for part in parts)


def snapshot(hub: str, kind: Weights = "safetensors", revision: str = "") -> Path | None:
    """The folder where the hub's own cache holds this model with its weights, if it does."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface"))
    cached = Path(os.environ.get("HF_HUB_CACHE", home / "hub")).expanduser()
    kept = cached / f"models--{hub.replace('/', '--')}"
    named = kept / "refs" / "main"
    revision = revision or (named.read_text(encoding="utf-8").strip() if named.is_file() else "")
    folder = kept / "snapshots" / revision
    return folder if revision and whole_weights(folder, kind) else None


def card_of(folder: Path) -> ModelCard | None:
    """The card that a model's own config.json gives; None where it is not of a shape we know."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        config = {**config, **config.get("text_config", {})}
        shape = _shape(config)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    return ModelCard(folder.name, **shape, bytes=size)


_KEYS = {
    "layers": "num_hidden_layers",
    "hidden": "hidden_size",
    "mlp": "intermediate_size",
    "heads": "num_attention_heads",
    "vocabulary": "vocab_size",
    "context": "max_position_embeddings",
}


def _shape(config: dict[str, Any]) -> dict[str, Any]:
    shape: dict[str, Any] = {ours: int(config[theirs]) for ours, theirs in _KEYS.items()}
    shape["kv_heads"] = int(config.get("num_key_value_heads") or shape["heads"])
    shape["head_dim"] = int(config.get("head_dim") or shape["hidden"] // shape["heads"])
    # Left out of a config.json where it is the family's default; only Gemma's default is to tie.
    shape["tied"] = bool(config.get("tie_word_embeddings", str(config["model_type"]).startswith("gemma")))
    return shape

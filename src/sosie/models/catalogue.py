"""The models that can be named: the catalogue's, a folder, or any of the hub.

    find("mini")               Base("mini", ".../sosie/models/mini", card, local=True)
    find("vigostral")          Base("vigostral", "bofenghuang/vigostral-7b-chat", card, local=False)
    find("./mon-modele")       Base("mon-modele", "/.../mon-modele", the card that its config.json gives)
    find("Qwen/Qwen3-0.6B")    Base("Qwen3-0.6B", "Qwen/Qwen3-0.6B", None, local=False)

A model is here also if only the cache has it, in 4 or 8 bits (models/quantised_cache.py).
Looks at this machine's disk only; imports nothing heavy.
"""

import functools
import os
import re
import tomllib
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from sosie.core.errors import UnknownModel
from sosie.core.given import object_in
from sosie.core.sampling import AS_LEARNT, Sampling
from sosie.models import quantised_cache

_HERE = Path(__file__).parent
MINI = _HERE / "mini"
HUB_ID = re.compile(r"[\w-][\w.-]*/[\w.-]+")
WeightsFormat = Literal["safetensors", "bin"]
Family = Literal["llama", "gpt2", "nanochat"]
STEMS: dict[WeightsFormat, str] = {"safetensors": "model", "bin": "pytorch_model"}


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
    weights: WeightsFormat = "safetensors"
    verified: bool = False
    family: Family = "llama"
    sampling: Sampling = AS_LEARNT  # of its doubles; what it does itself is in its generation_config.json

    @property
    def parameters(self) -> int:
        """Weights of a model of this shape; a tied embedding once, norms in the attention not."""
        attention = 2 * self.hidden * self.head_dim * (self.heads + self.kv_heads)
        words = self.hidden * self.vocabulary * (2 - self.tied)
        if self.family == "nanochat":  # two matrices in the mlp, norms that learn nothing
            return self.layers * (attention + 2 * self.hidden * self.mlp) + words
        if self.family == "gpt2":  # biases, norms of two vectors, a vector for each place in the context
            layer = attention + 2 * self.hidden * self.mlp + self.mlp + 9 * self.hidden
            return self.layers * layer + words + self.hidden * (self.context + 2)
        layer = attention + 3 * self.hidden * self.mlp + 2 * self.hidden
        return self.layers * layer + words + self.hidden


@dataclass(frozen=True, slots=True)
class Base:
    """A model to start from. `local`: its weights were here, in some form, when it was looked for."""

    name: str  # fit for a folder's name
    where: str  # a folder's absolute path, or a hub id
    card: ModelCard | None = None
    local: bool = False

    @property
    def key(self) -> str:
        """What `find` takes to give this model again, on another machine too where that is possible."""
        return self.name if self.name in catalogue() else self.where

    @property
    def sampling(self) -> Sampling:
        """The sampling of this model's doubles."""
        return self.card.sampling if self.card else AS_LEARNT


@functools.cache
def catalogue() -> dict[str, ModelCard]:
    """Every card of catalogue.toml, by name."""
    tables = tomllib.loads((_HERE / "catalogue.toml").read_text(encoding="utf-8"))
    return {name: _card(name, table) for name, table in tables.items()}


def _card(name: str, table: dict[str, Any]) -> ModelCard:
    languages, sampling = tuple(table.pop("languages", ())), table.pop("sampling", {})
    return ModelCard(name=name, languages=languages, sampling=replace(AS_LEARNT, **sampling), **table)


def find(what: str) -> Base:
    """The model behind a catalogue name, a folder or a hub id. UnknownModel names the nearest."""
    cards = catalogue()
    if what in cards:
        return _from_card(cards[what])
    if Path(what).is_dir():
        return _in_folder(Path(what).resolve())
    for card in cards.values():
        if card.hub and card.hub.lower() == what.lower():
            return _from_card(card)
    if HUB_ID.fullmatch(what):
        folder = hub_snapshot(what)
        found = card_of(folder) if folder else cached_card(what)
        return Base(what.split("/")[1], what, found, local=bool(folder or cached(what)))
    if Path(what).is_absolute() and cached(what):
        return Base(Path(what).name, what, cached_card(what), local=True)
    close = get_close_matches(what.lower(), cards, n=1)
    raise UnknownModel(
        f"Il n'y a pas de modèle « {what} ».",
        f"Vouliez-vous dire « {close[0]} » ?"
        if close
        else f"Possibles : {', '.join(cards)}, un dossier, ou un identifiant « auteur/modèle ».",
    )


def _from_card(card: ModelCard) -> Base:
    if not card.hub:
        return Base(card.name, str(MINI), card, local=has_weights(MINI))
    here = hub_snapshot(card.hub, card.weights, card.revision) or cached(card.hub, card.revision)
    return Base(card.name, card.hub, card, local=bool(here))


def _in_folder(folder: Path) -> Base:
    if not (folder / "config.json").is_file():
        raise UnknownModel(
            f"Il n'y a pas de modèle dans « {folder.name} ».",
            "Il faut un dossier avec « config.json », les poids (.safetensors) et le tokenizer.",
        )
    if not has_weights(folder) and cached(str(folder)):
        return Base(folder.name, str(folder), cached_card(str(folder)), local=True)
    return Base(folder.name, str(folder), card_of(folder), local=has_weights(folder))


def cached(where: str, revision: str = "") -> quantised_cache.CacheEntry | None:
    """What the cache has of a model whose own files are not here."""
    return quantised_cache.find_entry(quantised_cache.Origin(where, revision))


def cached_card(where: str) -> ModelCard | None:
    """The card of a model that only the cache has."""
    entry = cached(where)
    card = card_of(entry.folder) if entry else None
    return replace(card, name=Path(where).name, bytes=entry.original_bytes) if entry and card else None


def has_weights(folder: Path, kind: WeightsFormat = "safetensors") -> bool:
    """Whether the weights are there, every part that their index names."""
    if (folder / f"{STEMS[kind]}.{kind}").is_file():
        return True
    try:
        index = object_in(folder / f"{STEMS[kind]}.{kind}.index.json")
        parts = set(index["weight_map"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return all((folder / part).is_file() for part in parts)


def hub_snapshot(hub: str, kind: WeightsFormat = "safetensors", revision: str = "") -> Path | None:
    """The folder where the hub's own cache holds this model with its weights, if it does."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface"))
    cached = Path(os.environ.get("HF_HUB_CACHE", home / "hub")).expanduser()
    repository = cached / f"models--{hub.replace('/', '--')}"
    main = repository / "refs" / "main"
    revision = revision or (main.read_text(encoding="utf-8").strip() if main.is_file() else "")
    folder = repository / "snapshots" / revision
    return folder if revision and has_weights(folder, kind) else None


def card_of(folder: Path) -> ModelCard | None:
    """The card that a model's own config.json gives; None where it is not of a shape we know."""
    try:
        config = object_in(folder / "config.json")
        config = {**config, **config.get("text_config", {})}
        shape = _shape(config)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    return ModelCard(folder.name, **shape, bytes=size)


_KEYS: dict[Family, dict[str, str]] = {
    "llama": {
        "layers": "num_hidden_layers",
        "hidden": "hidden_size",
        "mlp": "intermediate_size",
        "heads": "num_attention_heads",
        "vocabulary": "vocab_size",
        "context": "max_position_embeddings",
    },
    "gpt2": {
        "layers": "n_layer",
        "hidden": "n_embd",
        "heads": "n_head",
        "vocabulary": "vocab_size",
        "context": "n_positions",
    },
}
_KEYS["nanochat"] = _KEYS["llama"]


def _shape(config: dict[str, Any]) -> dict[str, Any]:
    kind = str(config["model_type"])
    family: Family = "gpt2" if kind == "gpt2" else "nanochat" if kind == "nanochat" else "llama"
    shape: dict[str, Any] = {ours: int(config[theirs]) for ours, theirs in _KEYS[family].items()}
    if family == "gpt2":
        shape["mlp"] = int(config.get("n_inner") or 4 * shape["hidden"])
    shape["kv_heads"] = int(config.get("num_key_value_heads") or shape["heads"])
    shape["head_dim"] = int(config.get("head_dim") or shape["hidden"] // shape["heads"])
    # Left out of a config.json where it is the family's default: Gemma's and GPT-2's is to tie.
    shape["tied"] = bool(config.get("tie_word_embeddings", kind.startswith(("gemma", "gpt2"))))
    return {**shape, "family": family}

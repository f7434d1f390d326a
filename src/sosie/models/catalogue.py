"""The models that can be named: the catalogue's, a folder, a GGUF file, or any of the hub.

    find("mini")               Base("mini", ".../sosie/models/mini", card, local=True)
    find("vigostral")          Base("vigostral", "bofenghuang/vigostral-7b-chat", card, local=False)
    find("./mon-modele")       Base("mon-modele", "/.../mon-modele", the card that its config.json gives)
    find("q4.gguf")            Base("q4", "/.../q4.gguf", the card that its header gives); "ollama:NAME" too
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
from typing import Any

from sosie.core.errors import UnknownModel
from sosie.core.given import MOST_LAYERS, object_in
from sosie.core.sampling import AS_LEARNT, Sampling
from sosie.models import quantised_cache
from sosie.models.card import ModelCard, WeightsFormat
from sosie.models.families import families, family_of
from sosie.models.gguf import dequantised
from sosie.models.gguf.naming import named
from sosie.models.gguf.reading import GgufFile
from sosie.models.gguf.shape import config_of
from sosie.models.unsuitable import refuse_unsuitable

_HERE = Path(__file__).parent
MINI = _HERE / "mini"
HUB_ID = re.compile(r"[\w-][\w.-]*/[\w.-]+")
STEMS: dict[WeightsFormat, str] = {"safetensors": "model", "bin": "pytorch_model"}


@dataclass(frozen=True, slots=True)
class Base:
    """A model to start from. `local`: its weights were here, in some form, when it was looked for."""

    name: str  # fit for a folder's name
    where: str  # the absolute path of a folder or a GGUF file, or a hub id
    card: ModelCard | None = None
    local: bool = False

    @property
    def key(self) -> str:
        """What `find` takes to give this model again, on another machine too where that is possible."""
        card = catalogue().get(self.name)  # a folder may be called like a model of the catalogue
        return self.name if card and self.where == (card.hub or str(MINI)) else self.where

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
    family = families()[table.pop("family", "llama")]
    languages, sampling = tuple(table.pop("languages", ())), table.pop("sampling", {})
    return ModelCard(
        name=name, family=family, languages=languages, sampling=replace(AS_LEARNT, **sampling), **table
    )


def find(what: str) -> Base:
    """The model behind a catalogue name, a folder, a GGUF or a hub id. UnknownModel names the nearest."""
    cards = catalogue()
    if what in cards:
        return _from_card(cards[what])
    if Path(what).is_absolute() and not Path(what).exists() and cached(what):
        return Base(Path(what).name.removesuffix(".gguf"), what, cached_card(what), local=True)
    if gguf := named(what):
        return _in_gguf(*gguf)
    if Path(what).is_dir():
        return _in_folder(Path(what).resolve())
    for card in cards.values():
        if card.hub and card.hub.lower() == what.lower():
            return _from_card(card)
    if HUB_ID.fullmatch(what):
        folder = hub_snapshot(what)
        if folder:
            refuse_unsuitable(folder, what)
        found = card_of(folder) if folder else cached_card(what)
        return Base(what.split("/")[1], what, found, local=bool(folder or cached(what)))
    close, advised = get_close_matches(what.lower(), cards, n=1), (name for name in cards if cards[name].rank)
    raise UnknownModel(
        f"Il n'y a pas de modèle « {what} ».",
        f"Vouliez-vous dire « {close[0]} » ?"
        if close
        else f"Par exemple : {', '.join(advised)} ; un dossier ; un fichier .gguf ; ou « auteur/modèle ».",
    )


def _from_card(card: ModelCard) -> Base:
    if not card.hub:
        return Base(card.name, str(MINI), card, local=has_weights(MINI))
    here = hub_snapshot(card.hub, card.weights, card.revision) or cached(card.hub, card.revision)
    return Base(card.name, card.hub, card, local=bool(here))


def _in_folder(folder: Path) -> Base:
    refuse_unsuitable(folder, folder.name)
    if not (folder / "config.json").is_file():
        raise UnknownModel(
            f"Il n'y a pas de modèle dans « {folder.name} ».",
            "Il faut un dossier avec « config.json », les poids (.safetensors) et le tokenizer.",
        )
    if not has_weights(folder) and cached(str(folder)):
        return Base(folder.name, str(folder), cached_card(str(folder)), local=True)
    return Base(folder.name, str(folder), card_of(folder), local=has_weights(folder))


def _in_gguf(name: str, file: Path) -> Base:
    """Its card is None where sosie can talk to it, and not learn on it."""
    header = GgufFile.read(file)
    header.check_chat()
    return Base(name, str(file), card_of_gguf(name, header), local=True)


def card_of_gguf(name: str, file: GgufFile) -> ModelCard | None:
    try:
        config = config_of(file)
    except UnknownModel:
        return None
    return card_from(name, config, dequantised.dequantised_bytes(file, config))


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
    """The card that a model's own config.json gives; None where sosie does not know all its layers."""
    try:
        size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
        return card_from(folder.name, text_config(folder), size)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
        return None


def card_from(name: str, config: dict[str, Any], size: int) -> ModelCard | None:
    """The same of a config, for weights of `size` bytes. KeyError, TypeError... where it is not whole."""
    family = family_of(str(config["model_type"]))
    shape = family.shape(config) if family else {}
    if family is None or not 0 < shape["layers"] <= MOST_LAYERS:
        return None
    return ModelCard(name, family=family, **shape, bytes=size)


def text_config(folder: Path) -> dict[str, Any]:
    """A model's config.json, what it says of the text model on top. OSError or ValueError without one."""
    config = object_in(folder / "config.json")
    head = {name: config[name] for name in ("tie_word_embeddings",) if name in config}  # above the text model
    return {**config, **config.get("text_config", {}), **head}

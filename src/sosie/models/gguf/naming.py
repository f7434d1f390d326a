"""A GGUF file by any of its names: its path, or what Ollama calls it.

    named("modele-q4.gguf")          ("modele-q4", /.../modele-q4.gguf)
    named("ollama:qwen2.5:0.5b")     ("qwen2.5-0.5b", /home/lea/.ollama/models/blobs/sha256-...)
    named("mini")                    None: no GGUF

Ollama's files are only read: $OLLAMA_MODELS, else ~/.ollama/models, else where its Linux service keeps them.

 manifests/registry.ollama.ai/library/NAME/TAG      {"layers": [{"mediaType": ...model, "digest": ...}]}
 blobs/sha256-...                                   the GGUF itself
"""

import os
import re
from pathlib import Path
from typing import Any

from sosie.core.errors import BadData, UnknownModel
from sosie.core.given import object_in
from sosie.models.gguf.header import MAGIC

OLLAMA = "ollama:"
SERVICE = Path("/usr/share/ollama/.ollama/models")
HOSTS = ("registry.ollama.ai", "ollama.com")
TREES = ("manifest-v2", "manifests")  # newer versions have the first, and read the second too
NAME = re.compile(r"(?:[\w.-]+/){0,2}[\w.-]+(?::[\w.-]+)?")
LAYER = "application/vnd.ollama.image."
DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


def means_gguf(what: Path | str) -> bool:
    """Whether this is a GGUF's name, be it here or not."""
    return str(what).startswith(OLLAMA) or Path(what).suffix == ".gguf" or begins_as_one(Path(what))


def named(what: Path | str) -> tuple[str, Path] | None:
    """(a name fit for a folder, the file); None where no GGUF is meant.

    UnknownModel where one is meant that is not here, BadData where Ollama's record of it cannot be used.
    """
    if str(what).startswith(OLLAMA):
        name = str(what).removeprefix(OLLAMA)
        return re.sub(r"[^\w.-]", "-", name), in_ollama(name)
    path = Path(what).expanduser()
    if not means_gguf(path) or path.is_dir():
        return None
    if not path.is_file():
        raise UnknownModel(f"Il n'y a pas de fichier « {path.name} ».", "Vérifiez son chemin.")
    return path.stem[:60], path.resolve()


def begins_as_one(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def in_ollama(name: str) -> Path:
    """The weights of a model that Ollama has. UnknownModel with the names that there are."""
    homes = ollama_homes()
    model, _, tag = name.rpartition(":") if ":" in name else (name, "", "latest")
    hosted = [model] if model.count("/") == 2 else [f"{host}/{_in_library(model)}" for host in HOSTS]
    places = [home / tree / each / tag for home in homes for tree in TREES for each in hosted]
    manifest = next((place for place in places if NAME.fullmatch(name) and place.is_file()), None)
    if manifest is None or ".." in name:
        known = ", ".join(sorted(names_in_ollama(homes))[:12])
        raise UnknownModel(
            f"Ollama n'a pas de modèle « {name[:80]} » sur cette machine.",
            f"Il a : {known}." if known else f"Téléchargez-le d'abord : ollama pull {name[:80]}",
        )
    return weights_of(manifest, next(home for home in homes if home in manifest.parents))


def ollama_homes() -> list[Path]:
    told = os.environ.get("OLLAMA_MODELS")
    return [Path(told).expanduser()] if told else [Path("~/.ollama/models").expanduser(), SERVICE]


def _in_library(model: str) -> str:
    return model if "/" in model else f"library/{model}"


def names_in_ollama(homes: list[Path]) -> set[str]:
    """What `ollama:` can be followed by."""
    found = {path for home in homes for tree in TREES for path in home.glob(f"{tree}/*/*/*/*")}
    return {f"{'/'.join(path.parts[-3:-1])}:{path.name}".removeprefix("library/") for path in found}


def weights_of(manifest: Path, home: Path) -> Path:
    """The file of the weights that a manifest names."""
    try:
        layers: list[dict[str, Any]] = object_in(manifest)["layers"]
        by_kind = {layer["mediaType"].removeprefix(LAYER): layer["digest"] for layer in layers}
        digest = DIGEST.fullmatch(by_kind["model"])
        blob = home / "blobs" / f"sha256-{digest[1]}" if digest else home
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        blob, by_kind = home, {}
    if "adapter" in by_kind:
        raise BadData(
            "Ce modèle d'Ollama est un adaptateur posé sur un autre : son GGUF n'est que cet autre.",
            "Donnez le modèle de départ lui-même.",
        )
    if not blob.is_file():
        raise BadData(
            "Ollama n'a pas ce modèle en un fichier GGUF entier.",
            "Téléchargez-le de nouveau (ollama pull), ou donnez un fichier .gguf.",
        )
    return blob

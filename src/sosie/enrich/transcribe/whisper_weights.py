"""Whisper's weights by name: those on this machine, or fetched once the person agreed to their size.

    fetch_whisper("small", agree)  ->  the folder with model.bin, config.json and tokenizer.json

A download that was cut goes on where it was. What arrived is compared with the SHA-256 that the hub gave.
"""

import hashlib
import re
from pathlib import Path

from sosie.core.errors import UnknownModel
from sosie.core.extras import need
from sosie.core.french_text import size
from sosie.core.progress import Agree
from sosie.models.hub import listens

# Where each is on the hub, and its bytes there.
MODELS = {
    "tiny": ("Systran/faster-whisper-tiny", 78_000_000),
    "base": ("Systran/faster-whisper-base", 148_000_000),
    "small": ("Systran/faster-whisper-small", 486_000_000),
    "medium": ("Systran/faster-whisper-medium", 1_530_000_000),
    "large-v3": ("Systran/faster-whisper-large-v3", 3_090_000_000),
    "large-v3-turbo": ("mobiuslabsgmbh/faster-whisper-large-v3-turbo", 1_620_000_000),
}
_FILES = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"]


def fetch_whisper(model: str, agree: Agree) -> Path:
    """UnknownModel where the name is none of ours, the person did not agree, or it cannot be had."""
    if model not in MODELS:
        raise UnknownModel(
            f"Modèle inconnu : « {model} ».", f"Donnez un dossier, ou un de ceux-ci : {', '.join(MODELS)}."
        )
    where, bytes_ = MODELS[model]
    hub = need("huggingface_hub", extra="audio")
    try:
        folder = Path(hub.snapshot_download(where, allow_patterns=_FILES, local_files_only=True))
        if (folder / "model.bin").is_file():  # a download that was killed leaves the folder
            return folder
    except Exception:  # not here: the hub library has several ways to say so
        pass
    if not agree(f"Télécharger le modèle Whisper « {model} », {size(bytes_)} ?"):
        raise UnknownModel(
            f"Le modèle Whisper « {model} » n'est pas sur cette machine, et pèse {size(bytes_)}.",
            "Acceptez de le télécharger, ou donnez son dossier : sosie transcribe --model DOSSIER",
        )
    try:
        if not listens(hub.constants.ENDPOINT):
            raise OSError
        folder = Path(hub.snapshot_download(where, allow_patterns=_FILES))
    except Exception as error:  # no network, a full disk, a cut connection
        raise UnknownModel(
            f"Le modèle Whisper « {model} » n'a pas pu être téléchargé.",
            "Vérifiez la connexion et la place sur le disque, puis recommencez : rien n'est perdu.",
        ) from error
    _check(folder / "model.bin", model)
    return folder


def _check(weights: Path, model: str) -> None:
    """The hub's cache names a large file by the SHA-256 that the hub told. One that is another is removed."""
    blob = weights.resolve()
    if not re.fullmatch("[0-9a-f]{64}", blob.name):
        return
    with blob.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() == blob.name:
            return
    weights.unlink()
    blob.unlink()
    raise UnknownModel(
        f"Le modèle Whisper « {model} » est arrivé abîmé ; sosie l'a retiré.",
        "Recommencez ; si cela se répète, donnez un dossier : sosie transcribe --model DOSSIER",
    )

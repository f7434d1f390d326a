"""Download a model from the hub, or say in a sentence why that failed.

    fetch_config(base)      config.json alone, to know how large the model is before deciding
    fetch_weights(base)     everything a model needs, and nothing that runs

Called only for a model that the person named, or agreed to.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit
from urllib.request import getproxies

from sosie.core.errors import UnknownModel
from sosie.core.extras import need
from sosie.models.card import WeightsFormat
from sosie.models.catalogue import STEMS, Base

PATIENCE = 1.5  # seconds


def weights_format(base: Base) -> WeightsFormat:
    return base.card.weights if base.card else "safetensors"


def fetch_config(base: Base) -> Path:
    """The folder that now holds the model's config.json. UnknownModel where it cannot be had."""
    hub = need("huggingface_hub", extra="train")
    with download_errors(base):
        return Path(hub.hf_hub_download(base.where, "config.json")).parent


def fetch_weights(base: Base, revision: str = "") -> Path:
    """The folder that now holds the model's weights and tokenizer. UnknownModel where they cannot be had."""
    hub = need("huggingface_hub", extra="train")
    files = f"{STEMS[weights_format(base)]}*.{weights_format(base)}"
    tokenizer = ["*token*", "vocab.json", "merges.txt", "*.jinja"]
    wanted = ["config.json", "generation_config.json", *tokenizer, files, f"{files}.index.json"]
    with download_errors(base):
        return Path(hub.snapshot_download(base.where, revision=revision or None, allow_patterns=wanted))


def no_answer(base: Base) -> UnknownModel:
    return UnknownModel(
        f"« {base.where} » n'est pas sur cette machine, et le hub ne répond pas.",
        "Connectez-vous au réseau, ou donnez le dossier du modèle : --model DOSSIER",
    )


def check_network(base: Base) -> None:
    """UnknownModel where the hub does not answer: known in a moment, before anything heavy is loaded."""
    from huggingface_hub import constants

    if not (constants.HF_HUB_OFFLINE or listens(constants.ENDPOINT)):
        raise no_answer(base)


def listens(address: str) -> bool:
    """Whether somebody listens there, within PATIENCE: the library itself tries again for half a minute.

    Behind a proxy only the proxy knows: the answer is yes.
    """
    if getproxies():
        return True
    found = urlsplit(address)
    place = found.hostname or "", found.port or (80 if found.scheme == "http" else 443)
    heard = Event()

    def call() -> None:
        with suppress(OSError), socket.create_connection(place, PATIENCE):
            heard.set()

    asking = Thread(target=call, daemon=True)  # looking for a name cannot be given a limit
    asking.start()
    asking.join(PATIENCE)
    return heard.is_set()


@contextmanager
def download_errors(base: Base) -> Iterator[None]:
    """Raise UnknownModel, with what to do, for each way in which a download fails."""
    from huggingface_hub import errors

    check_network(base)
    try:
        yield
    except errors.GatedRepoError as error:
        raise UnknownModel(
            f"Les auteurs de « {base.where} » demandent d'accepter leurs conditions.",
            f"Acceptez-les sur https://huggingface.co/{base.where}, puis : hf auth login",
        ) from error
    except errors.RepositoryNotFoundError as error:  # also what a private model answers to a stranger
        raise UnknownModel(
            f"Il n'y a pas de modèle « {base.where} » sur le hub, ou il est privé.",
            "Vérifiez le nom ; pour un modèle privé, connectez-vous : hf auth login",
        ) from error
    except (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError) as error:
        raise no_answer(base) from error
    except Exception as error:  # a full disk, a cut connection: the families of several libraries
        raise UnknownModel(
            f"« {base.where} » n'a pas pu être téléchargé.",
            "Vérifiez la connexion et la place sur le disque, puis recommencez : rien n'est perdu.",
        ) from error

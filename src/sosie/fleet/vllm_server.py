"""A vLLM server that the user runs, as it is seen by sosie: it loads an adapter when somebody asks for it.

 VllmServer.at("unix:/run/sosie/vllm.sock", folder)
 LoadedAdapter(server, double).load();  .events({...});  .unload()

vLLM reads an adapter from a folder: its settings, those that are checked here, and a link to its numbers. It
knows the adapter by a digest, so that nobody's name is in its log, and nobody can guess it.

vLLM's key does not close its door: /invocations answers without it, and /metrics names the adapters at work.
A socket in a folder that is closed to others (vllm serve --uds) is the door that holds; on a port, whoever
gets there may talk to any double, and `warning` says it.
"""

import hashlib
import http.client
import json
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Any

from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, Double
from sosie.core.drafts import remove
from sosie.core.errors import BadData, BadSettings, SosieError
from sosie.core.workspace import closed_folder, whole
from sosie.engines.openai_client import OpenAIClient, make_opener
from sosie.engines.recipient import Recipient
from sosie.engines.remote import KEY_VARIABLE
from sosie.models.adapter import CONFIG
from sosie.models.gguf.lora import Lora
from sosie.models.load import model_folder
from sosie.models.load_double import base_of, check_adapter

VLLM = Recipient("serveur vLLM", "toutes les conversations", "--elsewhere")
UNIX, HERE = "unix:", "http://localhost/v1"  # how the address of a socket begins; what it stands for
LOAD, UNLOAD, COMPLETIONS = "/load_lora_adapter", "/unload_lora_adapter", "/completions"
OTHERS = 0o077  # rights of whoever is not the owner
OPEN_DOOR = (
    "Attention : vLLM répond aussi sans clé à qui atteint son adresse, pour le double de chacun. Sur une "
    "machine partagée, lancez-le avec --uds, dans un dossier fermé aux autres."
)


class UnixConnection(http.client.HTTPConnection):
    """HTTP through the socket of a file."""

    def __init__(self, path: str, host: str, **options: Any) -> None:
        super().__init__(host, **options)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class ThroughSocket(urllib.request.HTTPHandler):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(UnixConnection, self._path), request)


class VllmClient(OpenAIClient):
    """What vLLM has beside OpenAI's API."""

    @classmethod
    def at(cls, address: str, key: str, elsewhere: bool) -> "VllmClient":
        if not address.startswith(UNIX):
            return cls(address, key, elsewhere, recipient=VLLM)
        # Of a socket, nothing in the URL but its paths is used.
        return cls(HERE, key, recipient=VLLM, opener=make_opener(ThroughSocket(address.removeprefix(UNIX))))

    def status(self, path: str, body: Mapping[str, Any] | None = None) -> int:
        """That of the answer, whose words are not read."""
        with self._telling():
            try:
                with closing(self._open(path, body)) as answer:
                    return answer.status
            except urllib.error.HTTPError as error:
                error.close()
                return error.code

    def cards(self) -> list[dict[str, Any]]:
        """What it says of each model; of an adapter, with its « parent »."""
        with self._telling(), closing(self._open("/models")) as answer:
            told = self._whole(answer).get("data")
        if not isinstance(told, list) or not all(isinstance(one, dict) and "id" in one for one in told):
            raise self.strange()
        return told


@dataclass(frozen=True)
class VllmServer:
    """`base` is the name of its base, `weights` where it has them from, `folder` where adapters are put."""

    client: VllmClient
    folder: Path
    base: str
    weights: str
    context: int
    warning: str  # to be told; empty for a socket that nobody else may use

    @classmethod
    def at(cls, address: str, folder: Path, elsewhere: bool = False) -> "VllmServer":
        """The server of this address, once it has answered. SosieError where it cannot do what is needed."""
        client = VllmClient.at(address, os.environ.get(KEY_VARIABLE, ""), elsewhere)
        bases = [card for card in client.cards() if not card.get("parent")]
        if not bases or type(bases[0].get("max_model_len")) is not int:
            raise client.strange()
        if client.status(LOAD, {}) == HTTPStatus.NOT_FOUND:
            raise BadSettings(
                "Ce serveur vLLM ne charge pas d'adaptateurs en route.",
                "Relancez-le avec --enable-lora, et VLLM_ALLOW_RUNTIME_LORA_UPDATING=True pour lui.",
            )
        base = bases[0]
        warning = " ".join(filter(None, (client.warning, "" if is_closed(address) else OPEN_DOOR)))
        return cls(client, folder, base["id"], str(base.get("root")), base["max_model_len"], warning)

    def check_base(self, double: Double) -> None:
        """BadData where the double was learnt on another model than the server's."""
        base = base_of(double)
        places = {base.where, str(model_folder(base, double.revision))}
        if not {self.weights, os.path.realpath(self.weights)} & {*places, *map(os.path.realpath, places)}:
            raise BadData(
                "Ce double n'a pas été appris sur le modèle que le serveur vLLM a chargé.",
                f"Il faut lancer vLLM sur « {base.name} ».",
            )


def is_closed(address: str) -> bool:
    """Whether it is a socket that only its owner may use."""
    path = Path(address.removeprefix(UNIX))
    return address.startswith(UNIX) and not all(one.stat().st_mode & OTHERS for one in (path, path.parent))


class LoadedAdapter:
    """An adapter on the server, under a name that its place and its numbers make."""

    def __init__(self, server: VllmServer, double: Double) -> None:
        self.server, self.own = server, double.folder or Path()
        server.check_base(double)
        check_adapter(double, self.own)
        made_of = f"{self.own.absolute()}\0{sha256_of(self.own / ADAPTER)}"
        self.name = "sosie-" + hashlib.sha256(made_of.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        self._folder, self._lock = server.folder / self.name, Lock()

    def load(self) -> None:
        """BadData where vLLM refuses it."""
        with self._lock:  # several of its answers may find the server started anew
            self._load()

    def _load(self) -> None:
        lora = Lora.of(self.own)
        modules = sorted({name.removesuffix(".weight").rpartition(".")[2] for name in lora.pairs})
        settings = {"peft_type": "LORA", "r": lora.rank, "lora_alpha": lora.scale * lora.rank}
        with whole(closed_folder(self._folder) / CONFIG) as draft:
            draft.write_text(json.dumps({**settings, "target_modules": modules}), encoding="utf-8")
        link = self._folder / ADAPTER
        link.unlink(missing_ok=True)
        link.symlink_to((self.own / ADAPTER).absolute())
        place = str(self._folder.absolute())
        asked = {"lora_name": self.name, "lora_path": place, "load_inplace": True}
        if (status := self.server.client.status(LOAD, asked)) != HTTPStatus.OK:
            raise BadData(
                f"Le serveur vLLM n'a pas pris ce double (code {status}).",
                f"Lancez-le avec --enable-lora, --max-lora-rank {lora.rank} au moins, "
                "et le droit de lire les dossiers des personnes.",
            )

    def unload(self) -> None:
        """Also where the server is gone, and the adapter with it."""
        with suppress(SosieError):
            self.server.client.status(UNLOAD, {"lora_name": self.name})
        remove(self._folder)

    def events(self, asked: Mapping[str, Any]) -> Generator[dict[str, Any], None, None]:
        """Those of an answer. A server that was started anew meanwhile is given the adapter once more."""
        begun = False
        try:
            for event in self.server.client.stream(asked, COMPLETIONS):
                begun = True
                yield event
            return
        except SosieError:
            if begun or self.name in self.server.client.models():
                raise
        self.load()
        yield from self.server.client.stream(asked, COMPLETIONS)

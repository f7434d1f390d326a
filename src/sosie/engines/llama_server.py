"""llama.cpp's own HTTP server in this process, on a private port of this machine: token ids in, ids out.

    LlamaServer(model, adapters=[léa], context=4096, slots=2).complete({"prompt": [1, 4, ...]})  ->  events

It is an engine and no face: its chat endpoint reads « <|end|> » in a message as the end of a turn, so nobody
but this file speaks to it (a random key), and only of ids. Its store of old prompts in memory forgets with
which strength of the adapter they were read: it is off; each slot still reuses its own last prompt.
"""

import http.client
import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sosie.core.errors import BadData, NoRoom
from sosie.core.extras import need

TIMEOUT = 600.0  # seconds without a token, on a machine that is very slow


class LlamaServer:
    """BadData where llama.cpp cannot read the model or the adapter."""

    def __init__(self, model: Path, adapters: Sequence[Path], context: int, slots: int = 1) -> None:
        cpp = need("xllamacpp", extra="gguf")
        asked = cpp.CommonParams()
        asked.model.path = str(model)
        asked.port = 0
        asked.n_ctx, asked.n_parallel = context * slots, slots
        asked.cache_ram_mib = 0
        asked.verbosity = -1
        asked.warmup = False
        asked.ui = False
        self._key = secrets.token_hex(16)
        asked.api_keys = [self._key]
        threads = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)
        asked.cpuparams.n_threads = asked.cpuparams_batch.n_threads = threads
        asked.lora_adapters = [cpp.CommonAdapterLoraInfo(str(path), 1.0) for path in adapters]
        try:
            self._server: Any = cpp.Server(asked)
        except MemoryError:
            raise NoRoom("Ce modèle ne tient pas dans la mémoire.", "Prenez-en un plus petit.") from None
        except RuntimeError:
            raise BadData(
                f"llama.cpp ne peut pas lire « {model.name} ».",
                "Le fichier est incomplet, ou d'une sorte que cette version ne connaît pas.",
            ) from None
        self.slots, self.context = slots, context
        self._address = urlsplit(self._server.listening_address).netloc

    def complete(self, asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The events of /completion as they come. Closing this iterator stops the slot."""
        connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT)
        try:
            body = json.dumps({**asked, "stream": True, "return_tokens": True, "cache_prompt": True})
            headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
            connection.request("POST", "/completion", body, headers)
            answer = connection.getresponse()
            if answer.status != HTTPStatus.OK:
                raise BadData(
                    "llama.cpp n'a pas pu répondre à ce message.", "Raccourcissez-le, ou recommencez."
                )
            for line in answer:
                if line.startswith(b"data: "):
                    event = json.loads(line[len(b"data: ") :])
                    yield event
                    if event.get("stop"):
                        return
        finally:
            connection.close()

    def close(self) -> None:
        self._server = None

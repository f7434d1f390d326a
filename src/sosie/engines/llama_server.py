"""llama.cpp's own HTTP server beside this process, on a private port of this machine: ids in, text out.

    LlamaServer(model, adapters=[léa], context=4096, slots=2).complete({"prompt": [1, 4, ...]})  ->  events

It is an engine and no face: its chat endpoint reads « <|end|> » in a message as the end of a turn, so nobody
but this file speaks to it (a random key), and only of ids.
"""

import http.client
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sosie.core.errors import BadData, NoRoom
from sosie.core.extras import need
from sosie.engines.interrupt import interruptible

TIMEOUT = 600.0  # seconds without a token, on a machine that is very slow
CHUNK_BYTES = 1 << 16
KILLED = -9  # as the system does where memory is short


class LlamaServer:
    """BadData where llama.cpp cannot read the model or the adapter, NoRoom where memory is too small.

    `embedding`: it gives vectors of texts and nothing else, pooled as its file says (« own ») or by « mean ».
    """

    def __init__(
        self, model: Path, adapters: Sequence[Path], context: int, slots: int = 1, embedding: str = ""
    ) -> None:
        need("xllamacpp", extra="gguf")
        self.slots, self.context, self._key = slots, context, secrets.token_hex(16)
        asked = {
            "model": str(model),
            "adapters": [*map(str, adapters)],
            "context": context,
            "slots": slots,
            "threads": int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1),
            "key": self._key,
            "embedding": embedding,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sosie.engines.llama_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            address = self._process.stdout.readline()
        except BrokenPipeError:
            address = ""
        if not address:
            status = self._process.wait()
            self.close()
            raise _refusal(model, status)
        self._address = urlsplit(address.strip()).netloc

    @property
    def openai_api(self) -> tuple[str, str]:
        """The address and the key of its OpenAI face: for embeddings, where no text is a turn."""
        return f"http://{self._address}/v1", self._key

    def complete(self, asked: Mapping[str, Any]) -> Generator[dict[str, Any], None, None]:
        """The events of /completion as they come. Closing this generator stops the slot."""
        connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT)
        try:
            body = json.dumps({**asked, "stream": True, "return_tokens": True, "cache_prompt": True})
            headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
            connection.connect()
            with interruptible(connection.sock.fileno()):
                connection.request("POST", "/completion", body, headers)
                answer = connection.getresponse()
                if answer.status != HTTPStatus.OK:
                    raise BadData("llama.cpp n'a pas pu répondre à ce message.", "Raccourcissez-le.")
                for line in lines_of(answer):
                    if line.startswith(b"data: "):
                        event = json.loads(line[len(b"data: ") :])
                        yield event
                        if event.get("stop"):
                            return
        except (OSError, http.client.HTTPException, ValueError):
            raise BadData("llama.cpp s'est arrêté au milieu d'une réponse.", "Rouvrez le modèle.") from None
        finally:
            connection.close()

    def close(self) -> None:
        """The server ends now; closing it twice does nothing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()

    def __del__(self) -> None:
        if hasattr(self, "_process"):
            self.close()


def lines_of(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """The lines of a stream, whole, each time that some have come: `readline` costs as much as a token."""
    kept = b""
    while data := answer.read1(CHUNK_BYTES):
        *lines, kept = (kept + data).split(b"\n")
        yield from lines


def _refusal(model: Path, status: int) -> BadData | NoRoom:
    if status == KILLED:
        return NoRoom("Ce modèle ne tient pas dans la mémoire.", "Prenez-en un plus petit.")
    return BadData(
        f"llama.cpp ne peut pas lire « {model.name} ».",
        "Le fichier est incomplet, ou d'une sorte que cette version ne connaît pas.",
    )

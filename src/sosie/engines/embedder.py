"""The embedding model that the user named: texts in, unit vectors out. None is ever fetched or guessed.

    open_embedder("http://127.0.0.1:11434/v1#bge-m3")      /v1/embeddings of a server
    open_embedder("modeles/e5.gguf"), "ollama:bge-m3"      llama.cpp, in a process of its own

A text too long for the model is cut, by halves: how long is too long, only the model's side knows.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sosie.core.errors import BadSettings
from sosie.core.progress import Event, Report, silent
from sosie.engines.base import is_address
from sosie.engines.llama_server import LlamaServer
from sosie.engines.openai_client import OpenAIClient
from sosie.engines.recipient import Recipient
from sosie.models.gguf.naming import named
from sosie.models.gguf.reading import GgufFile

KEY_VARIABLE = "SOSIE_EMBEDDINGS_KEY"  # of the environment, where the server asks for one
RECIPIENT = Recipient(
    "serveur d'embeddings",
    "vos messages préparés et ce que vous cherchez",
    "« embeddings_elsewhere = true » dans [chat] de sosie.toml",
)
CONTEXT = 512  # tokens, at most: messages are short, and memory grows with it
SHORTEST = 16  # letters that any model can take
PATIENCE = 30.0  # seconds for a question: the server may have to load its model first

Floats = NDArray[np.float32]


class Embedder:
    """One model. SosieError where it gives no vectors, or not a length and numbers that can be compared."""

    def __init__(self, client: OpenAIClient, name: str, server: LlamaServer | None = None) -> None:
        self.name = name
        self._client, self._asking = client, replace(client, timeout=PATIENCE)
        self._server = server  # it ends with this
        self._length = 0

    def query(self, text: str) -> Floats:
        vector: Floats = self._unit_vectors(self._asking, [text])[0]
        return vector

    def passages(self, texts: Sequence[str]) -> Floats:
        return self._unit_vectors(self._client, texts)

    def _unit_vectors(self, client: OpenAIClient, texts: Sequence[str]) -> Floats:
        told = self._embeddings(client, [text if text.strip() else "-" for text in texts])
        try:
            with np.errstate(over="ignore"):
                vectors: Floats = np.array(told, np.float32)
        except (ValueError, TypeError):
            raise client.strange() from None
        if vectors.ndim != 2 or not vectors.size or not np.isfinite(vectors).all():
            raise client.strange()
        self._length = self._length or vectors.shape[1]
        if vectors.shape[1] != self._length:
            raise client.strange()
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors

    def _embeddings(self, client: OpenAIClient, texts: list[str]) -> list[Any]:
        """A list of numbers a text, if the server says what OpenAI's would."""
        told = client.embed(texts)
        if told is None:
            half = len(texts) // 2
            if half:
                return [*self._embeddings(client, texts[:half]), *self._embeddings(client, texts[half:])]
            if len(texts[0]) <= SHORTEST:
                raise client.refuses_texts()
            return self._embeddings(client, [texts[0][: len(texts[0]) // 2]])
        try:
            rows = [row["embedding"] for row in sorted(told["data"], key=lambda row: int(row["index"]))]
        except (KeyError, ValueError, TypeError):
            raise client.strange() from None
        if len(rows) != len(texts):
            raise client.strange()
        return rows


def open_embedder(what: str, key: str = "", elsewhere: bool = False, report: Report = silent) -> Embedder:
    """The model of an address, if private text may go there, or of a GGUF file."""
    if is_address(what):
        client = OpenAIClient(what, key, elsewhere, recipient=RECIPIENT)
        if client.warning:
            report(Event("warning", text=client.warning))
        return Embedder(client, what)
    if (found := named(what)) is None:
        raise BadSettings(
            f"« {what[:80]} » n'est ni une adresse, ni un fichier GGUF.",
            "Exemples pour « embeddings » : http://127.0.0.1:11434/v1#bge-m3, ou un fichier .gguf",
        )
    _, path = found
    file, stat = GgufFile.read(path), path.stat()
    pooled = f"{file.architecture}.pooling_type" in file.keys
    server = LlamaServer(path, [], min(file.context, CONTEXT), embedding="own" if pooled else "mean")
    client = OpenAIClient(*server.openai, recipient=RECIPIENT)
    return Embedder(client, f"{path} {stat.st_size} {stat.st_mtime_ns}", server)

"""The embedding model that the user named: texts in, unit vectors out. None is ever fetched or guessed.

    open_embedder("http://127.0.0.1:11434/v1#bge-m3")      /v1/embeddings of a server
    open_embedder("modeles/e5.gguf"), "ollama:bge-m3"      llama.cpp, in a process of its own

A text too long for the model is cut, by halves: how long is too long, only the model's side knows.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sosie.core.errors import BadSettings
from sosie.core.progress import Event, Report, silent
from sosie.engines.base import is_address
from sosie.engines.llama_server import TIMEOUT, LlamaServer
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
PREFIXES = {  # of a question and of a text: by a word of the name of a model whose card asks for them
    "e5": ("query: ", "passage: "),
    "nomic": ("search_query: ", "search_document: "),
    "embeddinggemma": ("task: search result | query: ", "title: none | text: "),
}
CONTEXT = 512  # tokens, at most: messages are short, and memory grows with it
_SHORTEST = 16  # letters that any model can take
_PATIENCE = 30.0  # seconds for a question: the server may have to load its model first

Floats = NDArray[np.float32]


class Embedder:
    """One model. SosieError where it gives no vectors, or not of one length and finite.

    `name` tells it from others; `title`: what its maker calls it.
    """

    def __init__(
        self, client: OpenAIClient, name: str, title: str, server: LlamaServer | None = None
    ) -> None:
        self.name = name
        words = re.split(r"[^a-z0-9]+", title.lower())
        self._prefixes = next((PREFIXES[word] for word in words if word in PREFIXES), ("", ""))
        self._client, self._asking = client, replace(client, timeout=_PATIENCE)
        self._server = server  # it ends with this
        self._length = 0

    def query(self, text: str) -> Floats:
        vector: Floats = self._unit_vectors(self._asking, [text], self._prefixes[0])[0]
        return vector

    def passages(self, texts: Sequence[str]) -> Floats:
        return self._unit_vectors(self._client, texts, self._prefixes[1])

    def _unit_vectors(self, client: OpenAIClient, texts: Sequence[str], prefix: str) -> Floats:
        told = self._embeddings(client, [prefix + (text if text.strip() else "-") for text in texts])
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                vectors: Floats = np.array(told, np.float32)
                vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        except (ValueError, TypeError):
            raise client.strange() from None
        if vectors.ndim != 2 or not vectors.size or not np.isfinite(vectors).all():
            raise client.strange()
        self._length = self._length or vectors.shape[1]
        if vectors.shape[1] != self._length:
            raise client.strange()
        return vectors

    def _embeddings(self, client: OpenAIClient, texts: list[str]) -> list[Any]:
        """A list of numbers a text, if the server says what OpenAI's would."""
        told = client.embed(texts)
        if told is None:
            half = len(texts) // 2
            if half:
                return [*self._embeddings(client, texts[:half]), *self._embeddings(client, texts[half:])]
            if len(texts[0]) <= _SHORTEST:
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
        return Embedder(client, what, client.model)
    if (found := named(what)) is None:
        raise BadSettings(
            f"« {what[:80]} » n'est ni une adresse, ni un fichier GGUF.",
            "Exemples pour « embeddings » : http://127.0.0.1:11434/v1#bge-m3, ou un fichier .gguf",
        )
    title, path = found
    file, stat = GgufFile.read(path), path.stat()
    pooled = f"{file.architecture}.pooling_type" in file.keys
    server = LlamaServer(path, [], min(file.context, CONTEXT), embedding="own" if pooled else "mean")
    client = OpenAIClient(*server.openai_api, timeout=TIMEOUT, recipient=RECIPIENT)
    return Embedder(client, f"{path} {stat.st_size} {stat.st_mtime_ns}", title, server)

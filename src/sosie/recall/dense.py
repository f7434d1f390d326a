"""Dense retrieval: the person's own words found by meaning, through an embedding model that they named.

    Dense(workspace, open_embedder, mask).nearest(base, mark, "qui a la clé ?")   ->   [412, 97, ...]  ids

data/own_words.db  ->  data/own_vectors.bin (0600): a digest of the data and of the model, 64 letters; then a
vector an exchange, from the most recent back. A vector tells much of its text, so the file follows the rules
of the index (recall/own_words.py): made anew when data/ or the model change, removed with it.

It grows by whole batches: what a killed process leaves is gone on with. The numbers are int8: a quarter of
float32, of which a question reads every byte, and numpy converts them faster than float16; of the ten nearest
of a real model, nine stay. Cosines are of vectors less their mean: those of many models all point one way
(Mu and Viswanath, ICLR 2018).
"""

import fcntl
import math
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from os import fstat
from pathlib import Path
from threading import Lock
from typing import IO, Protocol

import numpy as np
from numpy.typing import NDArray

from sosie.core.errors import SosieError
from sosie.core.progress import Event, Report, silent
from sosie.core.workspace import full_disk_told, whole
from sosie.recall.database import storable

_BATCH = 16  # exchanges embedded at once: a slow machine answers before the connection is given up
NEAREST = (
    20  # that are told: what is in both rankings, and far down in each, would come before the first of one
)
_PATIENCE = 20.0  # seconds of a question for vectors that are missing, where nobody sees their progress
LETTERS, ASKED_LETTERS = 1_000, 200  # of an exchange; of the question in it, its end
_HEADER = 64  # bytes
_CHUNK = 2_048  # vectors that a processor's cache holds as float32
SAMPLE = 4_096  # vectors whose mean is that of all
WIDEST = 8  # standard deviations of a number of a unit vector that int8 spans; what is beyond is cut

Floats = NDArray[np.float32]


class Embedder(Protocol):
    """Texts to unit vectors of one length, a row each. SosieError where the model does not do that."""

    name: str  # tells this model from others

    def passages(self, texts: Sequence[str]) -> Floats: ...

    def query(self, text: str) -> Floats: ...


class Dense:
    """The exchanges of a folder by meaning. `mask` hides in a question what is hidden in data/.

    A model that fails once is left aside as long as this lives: that is told, and nothing else is lost.
    """

    def __init__(self, path: Path, opened: Callable[[Report], Embedder], mask: Callable[[str], str]) -> None:
        self._path, self._opened, self._mask = path, opened, mask
        self._embedder: Embedder | None = None
        self._failed = False
        self._lock = Lock()

    def nearest(self, base: sqlite3.Connection, mark: str, words: str, report: Report = silent) -> list[int]:
        """Ids of the exchanges nearest to these words, of those that have a vector; missing ones are made.

        `base`: the index, made from data/ of this mark. Where nobody listens to their progress, some are
        made now, and others when the next question comes.
        """
        if not words.strip():
            return []
        with self._lock:
            if self._failed:
                return []
            try:
                with full_disk_told():
                    return self._nearest(base, mark, self._question(words), report)
            except SosieError as error:
                why = f"{error.message} {error.mend}"
            except OSError:
                why = f"« {self._path.name} » ne peut pas être lu ou écrit."
            self._failed = True
            report(Event("warning", text=f"{why} Vos messages sont retrouvés par leurs mots seulement."))
            return []

    def _question(self, words: str) -> str:
        """Masked; each line once, since what stands for a name may be there beside it already."""
        return "\n".join(dict.fromkeys(storable(self._mask(words)).splitlines()))[:LETTERS]

    def _nearest(self, base: sqlite3.Connection, mark: str, words: str, report: Report) -> list[int]:
        embedder = self._embedder = self._embedder or self._opened(report)
        asked = embedder.query(words)
        made_from = sha256(repr((mark, embedder.name, len(asked))).encode()).hexdigest().encode()
        (last,) = base.execute("SELECT coalesce(max(id), 0) FROM exchanges").fetchone()
        with _file(self._path, made_from) as file:
            _fill(file, base, last, embedder, len(asked), report)
            count = _rows(file, len(asked))
            if not count:
                return []
            vectors = np.memmap(file, np.int8, "r", _HEADER, (count, len(asked)))
            return [last - int(row) for row in closest(vectors, asked, NEAREST)]


def _file(path: Path, made_from: bytes) -> IO[bytes]:
    """The vectors made from this; others are replaced, never emptied: somebody may be reading them."""
    with suppress(FileNotFoundError):
        file = path.open("r+b")
        if file.read(_HEADER) == made_from:
            return file
        file.close()
    with whole(path) as draft:
        draft.write_bytes(made_from)
        return draft.open("r+b")


def _fill(
    file: IO[bytes], base: sqlite3.Connection, last: int, embedder: Embedder, length: int, report: Report
) -> None:
    """The vectors that are missing, unless another process is at it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    done = first = _rows(file, length)
    begun = time.monotonic()
    end = begun + (_PATIENCE if report is silent else math.inf)
    query = "SELECT asked, said FROM exchanges WHERE id <= ? ORDER BY id DESC LIMIT ?"
    while done < last and time.monotonic() < end:
        texts = [_text(*row) for row in base.execute(query, (last - done, _BATCH))]
        file.seek(_HEADER + done * length)
        file.write(compact(embedder.passages(texts)).tobytes())
        file.flush()
        done += len(texts)
        left = (time.monotonic() - begun) * (last - done) / (done - first)
        report(Event("embed", done, last, {"seconds_left": left}))


def _rows(file: IO[bytes], length: int) -> int:
    return (fstat(file.fileno()).st_size - _HEADER) // length


def _text(asked: str, said: str) -> str:
    return f"{asked[-ASKED_LETTERS:]}\n{said}".strip()[:LETTERS]


def compact(vectors: Floats) -> NDArray[np.int8]:
    """Unit vectors as int8, all on one scale, so that their products with a vector compare as they are."""
    rounded = np.clip(np.rint(vectors * _scale(vectors.shape[1])), -127, 127)
    small: NDArray[np.int8] = rounded.astype(np.int8)
    return small


def _scale(length: int) -> float:
    return 127 * math.sqrt(length) / WIDEST


def closest(vectors: NDArray[np.int8], asked: Floats, count: int) -> NDArray[np.intp]:
    """Rows of the largest cosines with a unit vector, the mean taken off both. Every vector is read."""
    scale = _scale(len(asked))
    mean = vectors[:: len(vectors) // SAMPLE + 1].mean(axis=0, dtype=np.float32) / scale
    with_asked, with_mean = np.empty((2, len(vectors)), np.float32)
    room = np.empty((_CHUNK, len(asked)), np.float32)
    for start in range(0, len(vectors), _CHUNK):
        some = room[: len(vectors) - start]
        some[:] = vectors[start : start + _CHUNK]
        for one, products in ((asked - mean, with_asked), (mean, with_mean)):
            np.dot(some, one / scale, out=products[start : start + _CHUNK])
    lengths = np.sqrt(np.maximum(1 - 2 * with_mean + mean @ mean, 1e-6))  # of unit vectors less their mean
    scores = (with_asked - mean @ (asked - mean)) / lengths
    best = np.argpartition(-scores, count)[:count] if count < len(scores) else np.arange(len(scores))
    return best[np.argsort(-scores[best], kind="stable")]

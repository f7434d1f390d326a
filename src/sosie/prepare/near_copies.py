"""Near-copies: texts that are the same but for a few words, found without comparing each with each.

    index = NearCopies(similarity=80)
    index.add("on se retrouve devant la gare à midi pile", 3)      3: itself
    index.add("on se retrouve devant la mairie à midi pile", 8)    3: the number of the first one

A text is the set of its words and of its pairs of words. Sixty min-wise hashes in twenty bands bring together
those that share most of it (A. Broder, "On the resemblance and containment of documents", 1997; banding:
Leskovec, Rajaraman and Ullman, "Mining of massive datasets", chapter 3): 99.9 % of the pairs of Jaccard index
0.67, 15 % of those of 0.2. Each is then confirmed by its edit distance (rapidfuzz), so that chance adds none.
Of texts that hundreds share, the first ones of each band are compared.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING
from zlib import crc32

from rapidfuzz import fuzz

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

BANDS, ROWS = 20, 3
MOST_IN_A_BAND = 6  # earlier texts compared, for each band


class NearCopies:
    """The texts added so far; `similarity` is the least, in per cent, that makes a near-copy."""

    def __init__(self, similarity: float) -> None:
        self._similarity = similarity
        self._own: dict[str, int] = {}
        self._first: dict[str, int] = {}
        self._bands: dict[int, list[str]] = {}

    def add(self, text: str, number: int) -> int:
        """The number of the first near-copy of a text, which is itself where there is none before it."""
        plain = normalised(text)
        if plain not in self._first:
            places = [self._bands.setdefault(key, []) for key in band_keys(plain)]
            others = {other for place in places for other in place}
            near = [self._own[other] for other in others if self._alike(plain, other)]
            self._own[plain], self._first[plain] = number, min(near, default=number)
            for place in places:
                if len(place) < MOST_IN_A_BAND:
                    place.append(plain)
        return self._first[plain]

    def _alike(self, plain: str, other: str) -> bool:
        return fuzz.ratio(plain, other, score_cutoff=self._similarity) > 0


def normalised(text: str) -> str:
    """The text with one case, one coding of accents and single spaces."""
    plain = text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plain.split())


def band_keys(plain: str) -> Iterator[int]:
    """A number for each band: two texts that share one may be near-copies."""
    import numpy as np

    words = plain.split()
    if not words:
        return iter(())
    single = np.array([crc32(word.encode("utf-8", "surrogatepass")) for word in words], np.uint64)
    pairs = single[:-1] * np.uint64(0x9E3779B97F4A7C15) + single[1:]
    factors, mixers, offsets = hash_family()
    found = np.concatenate((single, pairs))[:, None] * factors
    found = (found >> np.uint64(32)).min(axis=0).reshape(BANDS, ROWS)
    return iter(((found * mixers).sum(axis=1) + offsets).tolist())


@lru_cache(maxsize=1)
def hash_family() -> "tuple[Hashes, Hashes, Hashes]":
    """Odd factors, drawn once and for all: the same export gives the same dialogues."""
    import numpy as np

    chance = Random("min-wise hashes")

    def draw(count: int) -> "Hashes":
        return np.array([chance.getrandbits(64) | 1 for _ in range(count)], np.uint64)

    return draw(BANDS * ROWS), draw(ROWS), draw(BANDS)

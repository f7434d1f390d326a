"""Near-copies: texts that are the same but for a few words, found without comparing each with each.

    first_alike(["on se voit devant la gare à midi", "on se voit devant la mairie à midi", "non"], 80)
    -> [0, 0, 2]        the number of the first text that each one nearly copies, or its own

A text is the set of its words and of its pairs of words. Sixty min-wise hashes in twenty bands bring together
those that share most of it (A. Broder, "On the resemblance and containment of documents", 1997; banding:
Leskovec, Rajaraman and Ullman, "Mining of massive datasets", chapter 3): two bands alike, which 99 % of the
pairs of Jaccard index 0.67 have, and 1 % of those of 0.2. Each is then confirmed by its edit distance
(rapidfuzz), so that chance adds none. Of texts that many share, the first ones of each band are compared.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING
from zlib import crc32

from rapidfuzz import fuzz

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Numbers = NDArray[np.int64]

BANDS, ROWS = 20, 3
BANDS_ALIKE = 2
MOST_IN_A_BAND = 6  # earlier texts compared, for each band
LONGEST_COMPARED = 20_000  # characters: the rest of a book changes nothing
AT_ONCE = 1 << 15  # words hashed at a time: sixteen megabytes


def first_alike(texts: Sequence[str], similarity: float, since: int = 0) -> list[int]:
    """The number of the first text that each one from number `since` on nearly copies; else its own.

    `similarity` is the least, in per cent of the characters, that makes a near-copy.
    """
    plain = [normalised(text)[:LONGEST_COMPARED] for text in texts]
    places: dict[str, int] = {}  # of the first one of each text
    wanted: dict[str, bool] = {}
    for number, text in enumerate(plain):
        places.setdefault(text, number)
        wanted[text] = number >= since
    distinct = [*places]
    first = [*places.values()]
    for later, earlier in likely_pairs(distinct, [*wanted.values()]):
        number = places[distinct[earlier]]
        if number < first[later] and fuzz.ratio(distinct[later], distinct[earlier], score_cutoff=similarity):
            first[later] = number
    found = dict(zip(distinct, first, strict=True))
    return [found[text] if number >= since else number for number, text in enumerate(plain)]


def normalised(text: str) -> str:
    """The text with one case, one coding of accents and single spaces."""
    plain = text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plain.split())


def likely_pairs(texts: Sequence[str], wanted: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """(a text that is wanted, an earlier one) wherever two bands are alike."""
    import numpy as np

    if len(texts) < 2:
        return iter(())
    keys, asked = band_keys(texts), np.array(wanted)
    found = np.concatenate([pairs_in_band(keys[:, band], asked) for band in range(BANDS)])
    found, counts = np.unique(found, return_counts=True)
    later, earlier = np.divmod(found[counts >= BANDS_ALIKE], len(texts))
    return zip(later.tolist(), earlier.tolist(), strict=True)


def pairs_in_band(keys: "Hashes", asked: "NDArray[np.bool_]") -> "Numbers":
    """Pairs of texts of the same key, each as one number: the later text, times all, plus the earlier one."""
    import numpy as np

    order = np.argsort(keys, kind="stable")
    begins = np.r_[True, np.diff(keys[order]) != 0]
    start = np.maximum.accumulate(np.where(begins, np.arange(len(keys)), 0))
    found = []
    for nth in range(MOST_IN_A_BAND):
        place = np.flatnonzero((np.arange(len(keys)) - start > nth) & asked[order])
        found.append(order[place] * len(keys) + order[start[place] + nth])
    return np.concatenate(found)


def band_keys(texts: Sequence[str]) -> "Hashes":
    """A row for each text and a column for each band; two texts alike have many of them in common."""
    import numpy as np

    factors, mixers = hash_family()
    rows = []
    for batch in batches(texts):
        words = [
            [crc32(word.encode("utf-8", "surrogatepass")) for word in text.split() or [""]] for text in batch
        ]
        single = np.array([hash_ for own in words for hash_ in own], np.uint64)
        pairs = single * np.uint64(0x9E3779B97F4A7C15) + np.roll(single, -1)
        starts = np.cumsum([0, *(len(own) for own in words[:-1])])
        pairs[starts[1:] - 1], pairs[-1] = single[starts[1:] - 1], single[-1]  # no pair goes over the end
        least = np.minimum(*(hashes_of(kind, factors, starts) for kind in (single, pairs)))
        rows.append((least.reshape(len(batch), BANDS, ROWS) * mixers).sum(axis=2))
    return np.concatenate(rows)


def hashes_of(words: "Hashes", factors: "Hashes", starts: "Numbers") -> "Hashes":
    """The least hash of each text, by each of the sixty functions."""
    import numpy as np

    return np.minimum.reduceat((words[:, None] * factors) >> np.uint64(32), starts, axis=0)


def batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Some thousands of words at a time."""
    ends, words = [0], 0
    for number, text in enumerate(texts):
        words += text.count(" ") + 1
        if words >= AT_ONCE:
            ends.append(number + 1)
            words = 0
    for start, end in pairwise([*ends, len(texts)]):
        if start < end:
            yield texts[start:end]


@lru_cache(maxsize=1)
def hash_family() -> "tuple[Hashes, Hashes]":
    """Odd factors, drawn once and for all: the same export gives the same dialogues."""
    import numpy as np

    chance = Random("min-wise hashes")

    def draw(count: int) -> "Hashes":
        return np.array([chance.getrandbits(64) | 1 for _ in range(count)], np.uint64)

    return draw(BANDS * ROWS), draw(ROWS)

"""Who shares text with whom: runs of words as 64-bit numbers, in numpy so that 24 M words take seconds.

    words  "Le chat, le chat dort."  ->  le chat le chat dort
    runs of 3  ->  {le chat le, chat le chat, le chat dort}, each as one number

The numbers come from crc32, so that they are the same in every process.
"""

import re
from collections.abc import Iterable
from zlib import crc32

import numpy as np

WORD = re.compile(r"\w+")
MIX = np.uint64(0x9E3779B97F4A7C15)


def words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def plain(text: str) -> str:
    """Two lines with the same plain form are the same line."""
    return " ".join(words(text))


def runs(text: str, length: int) -> np.ndarray:
    """The distinct runs of `length` words of a text, as sorted uint64; empty when it is shorter."""
    numbers = np.array([crc32(word.encode()) for word in words(text)], dtype=np.uint64)
    if len(numbers) < length:
        return np.zeros(0, dtype=np.uint64)
    total = np.zeros(len(numbers) - length + 1, dtype=np.uint64)
    for offset in range(length):  # wrap-around of uint64 is wanted: it is a polynomial hash
        total = (total + numbers[offset : offset + len(total)] + np.uint64(1)) * MIX
        total ^= total >> np.uint64(29)
    return np.unique(total)


def all_runs(texts: Iterable[str], length: int) -> np.ndarray:
    found = [runs(text, length) for text in texts]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.uint64)


def shared(found: np.ndarray, known: np.ndarray) -> int:
    """How many of the runs `found` are in the sorted `known`."""
    if not len(found) or not len(known):
        return 0
    places = np.minimum(np.searchsorted(known, found), len(known) - 1)
    return int((known[places] == found).sum())

"""A tokenizer.json that somebody else made, before the library obeys it: it counts neither memory nor time.

    {"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}     thirty times  ->  a billion letters
    {"a": 4000000000}                                                    in a vocabulary  ->  as many places

Refused with a ValueError: what makes a text much longer before or after it is read, pieces and ids that no
model has. Not covered: regular expressions, which the library itself gives up on.
"""

from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import Any

from sosie.core.given import object_in

MOST_IDS, MOST_ADDED = 1 << 21, 1 << 16
LONGEST_PIECE = 4096  # signs
MOST_GROWTH = 1000.0  # times its length, of a text


def refuse_boundless_tokenizer(path: Path) -> None:
    """ValueError where the file would take all the memory or the time there is."""
    told = object_in(path)
    try:
        vocabulary = told["model"]["vocab"]
        pieces = vocabulary if isinstance(vocabulary, dict) else [piece for piece, _ in vocabulary]
        added = told.get("added_tokens") or []
        ids = [one["id"] for one in added]
        ids += vocabulary.values() if isinstance(vocabulary, dict) else [len(pieces)]
        longest = max((len(piece) for piece in (*pieces, *(one["content"] for one in added))), default=0)
        parts = [growth(told.get(name)) for name in ("normalizer", "pre_tokenizer", "decoder")]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("tokenizer") from error
    if len(added) > MOST_ADDED or longest > LONGEST_PIECE or not all(0 <= id_ < MOST_IDS for id_ in ids):
        raise ValueError("vocabulary")
    if max(parts) > MOST_GROWTH:
        raise ValueError("growth")


def growth(part: Any) -> float:
    """How many times longer a part of a tokenizer may make a text, at most."""
    if isinstance(part, list):
        return prod(map(growth, part))
    if not isinstance(part, dict):
        return 1.0
    if part.get("type") == "Replace":
        found = part["pattern"].get("String") or ""
        return max(1.0, len(part["content"]) / len(found) if found else 1 + len(part["content"]))
    if part.get("type") == "Prepend":
        return 1.0 + len(part["prepend"])
    inner: Iterable[Any] = (value for value in part.values() if isinstance(value, list))
    return prod(map(growth, inner))

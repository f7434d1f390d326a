"""Deduplication: of copies of whole dialogues, only the first is kept.

Two dialogues are copies when every turn has the same role and the same words, whatever the case, the spaces
and the way accents are coded. Near-copies stay.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator

from sosie.core.dialogue import Dialogue
from sosie.prepare.ledger import DropListener, ignore_drops


def without_copies(dialogues: Iterable[Dialogue], on_drop: DropListener = ignore_drops) -> Iterator[Dialogue]:
    """The dialogues without exact copies of earlier ones."""
    seen: set[bytes] = set()
    for dialogue in dialogues:
        key = fingerprint(dialogue)
        if key in seen:
            on_drop("copie exacte d'un autre dialogue", 1)
        else:
            seen.add(key)
            yield dialogue


def fingerprint(dialogue: Dialogue) -> bytes:
    """A digest that is equal for copies only."""
    content = "\0".join(f"{turn.role}\0{normalised(turn.text)}" for turn in dialogue.turns)
    return hashlib.blake2b(content.encode(), digest_size=16).digest()


def normalised(text: str) -> str:
    """The text with one case, one coding of accents and single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())

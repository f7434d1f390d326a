"""Why a dialogue may be worth a look: little to learn from, or something that the person should see."""

import re

from sosie.core.dialogue import Dialogue
from sosie.prepare.review.decisions import Piece
from sosie.prepare.split import lower_words

TAG = re.compile(r"\[[^\W\d_]+_\d+\]")  # what a mask or a pseudonym looks like
FEW_WORDS = 2  # in a reply, on average
STALE = "le texte a changé depuis votre correction"
MANY_TAGS, MANY = 5, "beaucoup de données masquées"


def is_low(dialogue: Dialogue) -> bool:
    """Whether the replies are nearly without words."""
    replies, enough = dialogue.replies, FEW_WORDS * len(dialogue.replies)
    if sum([len(reply.split()) - reply.count("[") for reply in replies]) >= 2 * enough:
        return False  # clear without a look at each word
    return sum(len(lower_words(TAG.sub("", reply))) for reply in replies) < enough


def flags_of(piece: Piece) -> tuple[str, ...]:
    """In French; none for most."""
    found = [STALE] if piece.stale else []
    tags = sum(len(TAG.findall(reply)) for reply in piece.dialogue.replies)
    return (*found, MANY) if tags >= MANY_TAGS else tuple(found)


def masked_spans(text: str) -> list[tuple[int, int]]:
    """Where a text shows what was masked."""
    return [found.span() for found in TAG.finditer(text)]

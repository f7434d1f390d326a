"""Why a dialogue may be worth a look: little to learn from, or something that the person should see."""

import re
from functools import lru_cache

from sosie.core.dialogue import Dialogue
from sosie.prepare.filters import reasons, richness
from sosie.prepare.review.decisions import Piece
from sosie.prepare.sensitive import flags

TAG = re.compile(r"\[[^\W\d_]+_\d+\]")  # what a mask or a pseudonym looks like
LOW = 0.5  # score: replies of one word to little, or what a filter would refuse
STALE = "le texte a changé depuis votre correction"
MANY_TAGS, MANY = 5, "beaucoup de données masquées"
REMEMBERED = 1 << 16  # dialogues


@lru_cache(REMEMBERED)
def is_low(dialogue: Dialogue, judged: bool = False) -> bool:
    """Whether there is little to learn in it. What was `judged` by prepare is refused by no filter."""
    return round(richness(dialogue), 3) < LOW or (not judged and bool(reasons(dialogue)))


def flags_of(piece: Piece) -> tuple[str, ...]:
    """In French; none for most."""
    return (*[STALE] * piece.stale, *_told_by(piece.dialogue))


@lru_cache(REMEMBERED)
def _told_by(dialogue: Dialogue) -> tuple[str, ...]:
    """What its words tell: the categories of the RGPD's article 9 that they touch, and many masks."""
    sensitive = flags("\n".join([turn.text for turn in dialogue.turns]))
    tags = sum(len(TAG.findall(reply)) for reply in dialogue.replies if "[" in reply)
    return (*sensitive, *[MANY] * (tags >= MANY_TAGS))


def masked_spans(text: str) -> list[tuple[int, int]]:
    """Where a text shows a tag."""
    return [found.span() for found in TAG.finditer(text)]

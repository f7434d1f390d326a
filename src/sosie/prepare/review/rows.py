"""What a review shows: rows, filters, pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sosie.core.counted import counted
from sosie.core.dialogue import Turn
from sosie.prepare.review.decisions import Piece
from sosie.prepare.review.doubts import flags_of, is_low

PAGE = 50  # rows
Wanted = Literal["", "open", "keep", "drop", "not_me", "edited"]
STATES: dict[Wanted, Callable[[Piece], bool]] = {
    "": lambda piece: True,
    "open": lambda piece: not piece.state and not piece.edited,
    "keep": lambda piece: piece.state == "keep",
    "drop": lambda piece: piece.dropped,
    "not_me": lambda piece: piece.state == "not_me",
    "edited": lambda piece: piece.edited,
}


@counted
@dataclass(frozen=True, slots=True)
class Filter:
    """What to show; each field narrows it. `text` and `person` are compared without case or accents."""

    text: str = ""
    person: str = ""  # a pseudonym, or the name behind it
    year: int = 0
    low: bool = False  # of little to learn from
    flagged: bool = False
    state: Wanted = ""


ALL = Filter()


@counted
@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One dialogue, or a part of one that was split, as it is decided so far."""

    piece: Piece
    part: str  # train, valid, test; empty for what is in none
    whole: bool = False  # as prepare left it

    @property
    def id(self) -> str:
        return self.piece.id

    @property
    def turns(self) -> tuple[Turn, ...]:
        return self.piece.dialogue.turns

    @property
    def year(self) -> int:
        first = self.piece.dialogue.origin.first
        return first.year if first else 0

    @property
    def text(self) -> str:
        return "\n".join([turn.text for turn in self.turns])

    @property
    def low(self) -> bool:
        return is_low(self.piece.dialogue, judged=self.whole and bool(self.part))

    @property
    def flags(self) -> tuple[str, ...]:
        return flags_of(self.piece)


@counted
@dataclass(frozen=True, slots=True)
class Page:
    rows: tuple[ReviewRow, ...]
    number: int
    total: int  # rows that the filter lets through

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))

"""Short notes packed into windows of 30 seconds: Whisper pays for 30 seconds however little is said.

    [note 1, 4 s] silence [note 2, 6 s] silence [note 3, 11 s]       one call
    words with times  ->  each to the note in which its middle falls

Eight notes one by one made more errors (a model that hears four seconds invents a loop to fill the rest) and
cost several times as much. Where a window comes out as a loop, its notes are heard again one by one: what is
a loop in one note may be six notes that say the same. So is a note that got fewer words in a window, or more,
than anybody says: of notes that are nearly the same, Whisper writes the first and skips the others.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from sosie.core.counted import counted
from sosie.enrich.transcribe.inventions import believed, is_loop
from sosie.enrich.transcribe.recognise import RATE, Recogniser
from sosie.prepare.transcripts import Word

if TYPE_CHECKING:
    from sosie.enrich.transcribe.recognise import Samples

WINDOW = 30.0  # seconds
GAP = 0.5  # seconds of silence between two notes
SLOWEST, FASTEST = 1, 7  # words a second

Key = TypeVar("Key")


@counted
@dataclass(frozen=True, slots=True)
class Utterance(Generic[Key]):
    """What somebody says without a long silence: `start` is where, in seconds of its note."""

    key: Key
    samples: "Samples"
    start: float = 0.0

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE


def pack(pieces: Iterable[Utterance[Key]], packs: bool = True) -> Iterator[list[Utterance[Key]]]:
    """The pieces in order, as many together as a window holds; a longer one is alone."""
    window: list[Utterance[Key]] = []
    filled = 0.0
    for piece in pieces:
        if window and (not packs or filled + piece.seconds > WINDOW):
            yield window
            window, filled = [], 0.0
        window.append(piece)
        filled += piece.seconds + GAP
    if window:
        yield window


def hear(window: Sequence[Utterance[Key]], recogniser: Recogniser, language: str) -> list[list[Word]]:
    """The words of each piece, at their times in its note."""
    segments = recogniser.hear(_joined(window), language)
    alone = len(window) == 1
    if not alone and any(map(is_loop, segments)):
        return [words for piece in window for words in hear([piece], recogniser, language)]
    words = [word for segment in segments if believed(segment) for word in segment.words]
    found = zip(window, _by_piece(words, window), strict=True)
    return [
        said if alone or _is_likely(said, piece) else hear([piece], recogniser, language)[0]
        for piece, said in found
    ]


def _is_likely(said: Sequence[Word], piece: Utterance[Key]) -> bool:
    """Whether somebody says so many words in this time."""
    seconds = max(1.0, piece.seconds)
    return SLOWEST * seconds <= len(said) <= FASTEST * seconds


def _by_piece(words: Iterable[Word], window: Sequence[Utterance[Key]]) -> list[list[Word]]:
    """Each word to the piece in which its middle falls, or that ends nearest before it."""
    found: list[list[Word]] = [[] for _ in window]
    ends = list(_ends(window))
    for word in words:
        middle = (word.start + word.end) / 2
        place = next((n for n, end in enumerate(ends) if middle < end + GAP / 2), len(ends) - 1)
        begun = ends[place] - window[place].seconds
        last = window[place].seconds
        start, end = (
            min(max(time - begun, 0.0), last) + window[place].start for time in (word.start, word.end)
        )
        found[place].append(replace(word, start=round(start, 2), end=round(end, 2)))
    return found


def _joined(window: Sequence[Utterance[Key]]) -> "Samples":
    silence = np.zeros(int(GAP * RATE), dtype=np.float32)
    parts = [part for piece in window for part in (piece.samples, silence)]
    joined: Samples = np.concatenate(parts[:-1])
    return joined


def _ends(window: Sequence[Utterance[Key]]) -> Iterator[float]:
    """Where each piece ends in the window."""
    at = 0.0
    for piece in window:
        yield at + piece.seconds
        at += piece.seconds + GAP


def joined(runs: Iterable[tuple[float, float]], gap: float = 2.0) -> list[tuple[float, float]]:
    """Runs of speech, those with little silence between them as one, up to the length of a window."""
    found: list[tuple[float, float]] = []
    for start, end in runs:
        if found and start - found[-1][1] <= gap and end - found[-1][0] <= WINDOW:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return found

"""A monologue cut where its subject changes: after M. A. Hearst's TextTiling (1997), on stems.

    cut("Hier on a marché... Sinon, pour la voiture...", longest=180)  ->  two slices of it

A piece is a slice of the text, without the white space at its ends: not one letter is changed. A blank line
is a better place than a sentence's end; a mask, or a sentence, is never cut.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from sosie.prepare.language import SMALL_WORDS
from sosie.recall.stems import stem, stems

WHOLE = 60  # words under which a text has one subject
_SHORTEST, _LONGEST = 25, 180  # words of a piece
_AROUND = 45  # words on each side of a gap that are compared
_DEPTH = 0.12  # by how much words must change at a gap, against what is around it
PARAGRAPH = 0.10  # what a blank line adds to that
END = re.compile(r"(?:[.!?…]+[»\"')\]]*|\n)\s*(?=\S)|\n\s*\n")
_WORD = re.compile(r"\w+")
_EMPTY = frozenset(stem(word) for word in SMALL_WORDS["français"].split())


def cut(text: str, shortest: int = _SHORTEST, longest: int = _LONGEST) -> list[str]:
    """The pieces of a text in order; what is shorter than `shortest` words stays with its neighbour."""
    sentences = _sentences(text)
    sizes = [count_words(text[start:end]) for start, end in sentences]
    if sum(sizes) <= max(WHOLE, shortest) or len(sentences) < 2:
        return [text.strip()] if text.strip() else []
    words = [_content(text[start:end]) for start, end in sentences]
    gaps = _depths(words, sizes)
    for gap, (_, end) in enumerate(sentences[:-1]):
        gaps[gap] += PARAGRAPH * ("\n\n" in text[end : sentences[gap + 1][0]])
    cuts = _chosen(gaps, sizes, shortest, longest)
    starts = [0, *(gap + 1 for gap in cuts)]
    ends = [*starts[1:], len(sentences)]
    return [
        text[sentences[first][0] : sentences[last - 1][1]].strip()
        for first, last in zip(starts, ends, strict=True)
    ]


def count_words(text: str) -> int:
    return len(_WORD.findall(text))


def _sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence begins and ends, without white space around it."""
    found, start = [], len(text) - len(text.lstrip())
    for end in END.finditer(text):
        stop = end.start() + len(end[0].rstrip())
        if text[start:stop].strip():
            found.append((start, stop))
            start = end.end()
    if text[start:].strip():
        found.append((start, len(text.rstrip())))
    return found


def _content(sentence: str) -> Counter[str]:
    """The stems that tell of what one speaks."""
    return Counter(one for one in stems(sentence) if one not in _EMPTY and len(one) > 2)


def _depths(words: Sequence[Counter[str]], sizes: Sequence[int]) -> list[float]:
    """At each gap, how much less alike both sides are than at the gaps around it: from 0 to 2."""
    alike = [_alike(*_sides(words, sizes, gap)) for gap in range(len(words) - 1)]
    depths = []
    for gap, here in enumerate(alike):
        left, right = max(alike[: gap + 1]), max(alike[gap:])
        depths.append((left - here + right - here) / 2 if len(alike) > 2 else 0.5 - here)
    return depths


def _sides(
    words: Sequence[Counter[str]], sizes: Sequence[int], gap: int
) -> tuple[Counter[str], Counter[str]]:
    """The stems of about as many words before a gap as after it."""
    before, after = Counter[str](), Counter[str]()
    taken, place = 0, gap
    while place >= 0 and taken < _AROUND:
        before += words[place]
        taken, place = taken + sizes[place], place - 1
    taken, place = 0, gap + 1
    while place < len(words) and taken < _AROUND:
        after += words[place]
        taken, place = taken + sizes[place], place + 1
    return before, after


def _alike(one: Counter[str], two: Counter[str]) -> float:
    """The cosine of two bags of stems."""
    dot = sum(count * two[word] for word, count in one.items())
    norm = math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in two.values()))
    return dot / norm if norm else 0.0


def _chosen(gaps: Sequence[float], sizes: Sequence[int], shortest: int, longest: int) -> list[int]:
    """The gaps to cut at: the deepest first, while both sides are long enough; then where a piece is too
    long, whatever it costs."""
    chosen: list[int] = []

    def smaller_side(gap: int) -> int:
        first = max((one + 1 for one in chosen if one < gap), default=0)
        last = min((one + 1 for one in chosen if one > gap), default=len(sizes))
        return min(sum(sizes[first : gap + 1]), sum(sizes[gap + 1 : last]))

    for gap in sorted(range(len(gaps)), key=lambda one: -gaps[one]):
        if gaps[gap] >= _DEPTH and smaller_side(gap) >= shortest:
            chosen.append(gap)
    while inside := [g for g in _within_long(chosen, sizes, longest) if smaller_side(g) >= shortest]:
        chosen.append(max(inside, key=lambda gap: (round(gaps[gap], 1), smaller_side(gap))))
    return sorted(chosen)


def _within_long(chosen: Sequence[int], sizes: Sequence[int], longest: int) -> Iterator[int]:
    """The gaps inside pieces of more than `longest` words."""
    starts = [0, *(gap + 1 for gap in sorted(chosen)), len(sizes)]
    for first, last in pairwise(starts):
        if sum(sizes[first:last]) > longest:
            yield from range(first, last - 1)

"""Sentences to review: what the law calls special categories of personal data (RGPD, article 9).

    flags("il a commencé la chimio, je prie pour lui")  ->  ("santé", "religion")

A word list of ours, sensitive.txt: a category and its words a line (« fausse-couche »: words in a row). It
shows where to look: it drops nothing, and finds neither what is only hinted at nor who is spoken of.
"""

import re
from functools import cache
from pathlib import Path

from sosie.prepare.names.first_names import spellings

_LEXICON = Path(__file__).with_name("sensitive.txt")
_WORD = re.compile(r"[^\W\d_]+")
_SPACED = bytes(code if _WORD.fullmatch(chr(code)) else ord(" ") for code in range(256))  # letters alone


@cache
def _lexicon() -> dict[str, list[tuple[list[str], str]]]:
    """By their first word, the words that follow it and the category: « fausse » -> ["couche"], « santé »."""
    entries: dict[str, list[tuple[list[str], str]]] = {}
    for line in _LEXICON.read_text(encoding="utf-8").splitlines():
        category, *written = line.split()
        for spelling in (spelling for entry in written for spelling in spellings(entry)):
            first, *rest = spelling.split("-")
            entries.setdefault(first, []).append((rest, category))
    return entries


@cache
def _first_words() -> frozenset[bytes]:
    return frozenset(word.encode("latin-1", "replace") for word in _lexicon())


def _may_tell(text: str) -> bool:
    """Nearly all texts end here. In Latin-1, where words are cut four times faster, they are no fewer."""
    return not _first_words().isdisjoint(text.encode("latin-1", "replace").translate(_SPACED).split())


def flags(text: str) -> tuple[str, ...]:
    """The categories that a text may tell something of, in order of appearance; nearly always none."""
    text = text.lower()
    if not _may_tell(text):
        return ()
    entries, said = _lexicon(), _WORD.findall(text)
    found: dict[str, None] = {}
    for place, word in enumerate(said):
        for rest, category in entries.get(word, ()):
            if said[place + 1 : place + 1 + len(rest)] == rest:
                found[category] = None
    return tuple(found)

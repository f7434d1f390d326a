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


@cache
def _lexicon() -> tuple[dict[str, str], dict[str, list[tuple[tuple[str, ...], str]]]]:
    """{word: category}, and by their first word the rows of words."""
    words: dict[str, str] = {}
    rows: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for line in _LEXICON.read_text(encoding="utf-8").splitlines():
        category, *entries = line.split()
        for spelling in (spelling for entry in entries for spelling in spellings(entry)):
            first, *rest = spelling.split("-")
            if rest:
                rows.setdefault(first, []).append((tuple(rest), category))
            else:
                words[spelling] = category
    return words, rows


@cache
def _first_words() -> frozenset[str]:
    words, rows = _lexicon()
    return frozenset(words).union(rows)


def flags(text: str) -> tuple[str, ...]:
    """The categories that a text may tell something of, in order of appearance; nearly always none."""
    words, rows = _lexicon()
    found: dict[str, None] = {}
    said = _WORD.findall(text.lower())
    if _first_words().isdisjoint(said):
        return ()
    for place, word in enumerate(said):
        if word in words:
            found[words[word]] = None
        for rest, category in rows.get(word, ()):
            if tuple(said[place + 1 : place + 1 + len(rest)]) == rest:
                found[category] = None
    return tuple(found)

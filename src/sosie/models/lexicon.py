"""Lexicon: the words that exist, so that an engine may refuse the others.

models/mini/lexicon.txt.xz    words of French in lower case, sorted, a line each (tools/mini/lexicon.py)
double/words.txt              the person's own that are not French, the same way

Lexicon(["chat", "chien"]).allows("le chi")                 True: « chi » may still become « chien »
Lexicon(["chat", "chien"]).allows("le chi", ended=True)     False
"""

import lzma
import re
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path

LEXICON, OWN_WORDS = "lexicon.txt.xz", "words.txt"
MOST_BYTES = 8 << 20  # of words
LETTERED = re.compile(r"[^\W\d_]+")
NOT_ASCII = "\x80"  # the first character of several bytes
UNFINISHED = "\ufffd"  # what a decoder puts where bytes do not make a character (yet)


class Lexicon:
    """Words in lower case, each a run of letters: « l'été » is two."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = sorted(set(words))

    def __contains__(self, word: str) -> bool:
        return self._at(word) == word

    def __or__(self, words: Iterable[str]) -> "Lexicon":
        return Lexicon((*self.words, *words))

    def allows(self, text: str, ended: bool = False) -> bool:
        """Whether every word of a text is known, and its last one at least begun unless the text has `ended`.

        Half a character may end it (byte-level tokenizers): it begins a letter of the last word, or follows.
        """
        text = text.lower()
        whole = text.rstrip(UNFINISHED)
        half = len(text) > len(whole)
        if len(text) > len(whole) + 1:  # bytes that no character has
            return False
        for found in LETTERED.finditer(whole):
            word = found.group()
            may_go_on = found.end() == len(whole) and not ended
            if word not in self and not (
                may_go_on and self._begins(word + NOT_ASCII if half else word, word)
            ):
                return False
        return True

    def _begins(self, from_: str, start: str) -> bool:
        """Whether a word that begins so comes at or after a place of the alphabet."""
        return self._at(from_).startswith(start)

    def _at(self, word: str) -> str:
        place = bisect_left(self.words, word)
        return self.words[place] if place < len(self.words) else ""


def words_of(text: str) -> list[str]:
    """« J'ai mangé » -> ["j", "ai", "mangé"]"""
    return LETTERED.findall(text.lower())


def lexicon_of(model: Path) -> Lexicon | None:
    """The lexicon that a model's folder brings; None where there is none, or it is damaged."""
    try:
        with lzma.open(model / LEXICON) as file:
            return Lexicon(file.read(MOST_BYTES).decode("utf-8").split())
    except (OSError, ValueError, EOFError, lzma.LZMAError):
        return None


def lexicon_of_double(model: Path, double: Path) -> Lexicon | None:
    """The model's with the person's own words; None where those are not kept (a double of elsewhere, or of an
    older version): without them, what is most the person's would be refused."""
    path = double / OWN_WORDS
    known = lexicon_of(model) if path.is_file() and path.stat().st_size <= MOST_BYTES else None
    return known and known | path.read_text(encoding="utf-8", errors="replace").split()

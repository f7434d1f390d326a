"""Surnames in small letters, as they are after a title: « madame dupont m'a dit », « le docteur nguyen »."""

from functools import cache
from pathlib import Path

from sosie.models import lexicon
from sosie.prepare.names.first_names import bare

# Those that the lexicon holds, since texts are full of them, and that are no word of every day.
_LIST = Path(__file__).with_name("surnames.txt")
FEWEST_LETTERS = 3


@cache
def _listed() -> frozenset[str]:
    """Those that the lexicon may hold too, as texts are full of them, and that are hardly said as words."""
    return frozenset(_LIST.read_text(encoding="utf-8").split())


@cache
def _ordinary_words() -> frozenset[str]:
    """The words of French without their accents, read where a text asks for them; none without its file."""
    known = lexicon.lexicon_of(Path(lexicon.__file__).with_name("mini"))
    return frozenset(map(bare, known.words)) if known else frozenset()


def is_surname(word: str) -> bool:
    """Whether a word in small letters without accents, said after a title, is no word of the language."""
    words = _ordinary_words()
    return word in _listed() or (len(word) >= FEWEST_LETTERS and bool(words) and word not in words)

"""The list of first names of ours: 5,600, with their gender and how far each is a common word.

    first_names.tsv:  Léa<TAB>f     Marine<TAB>f<TAB>soft     Rose<TAB>f<TAB>word     Juste<TAB>m<TAB>rare

    (nothing)   a name wherever it stands
    soft        a name, unless what is around says otherwise: « la marine »
    word        a word, unless what is around says otherwise: « salut rose »
    rare        a word that everybody writes; the name needs more evidence

Names that people in France bear, whatever their origin, and diminutives; written from memory, no copied list.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from unicodedata import combining, normalize

from sosie.core.counted import counted
from sosie.prepare.names.words import BARE_WORDS

_LIST = Path(__file__).with_name("first_names.tsv")
CERTAIN = 9.0
PRIORS = {"": CERTAIN, "soft": 1.0, "word": 0.0, "rare": -0.5}  # against a threshold of 1
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ı": "i", "ł": "l", "ø": "o"})


@counted
@dataclass(frozen=True, slots=True)
class FirstName:
    """What a word may be: whose name (one key for all spellings), and how far it is one by itself."""

    person: str
    gender: str  # f, m, b (both)
    prior: float
    kind: str = "prénom"
    known: bool = False  # the export has told it


@lru_cache(maxsize=1 << 16)
def bare(word: str) -> str:
    """« Éloïse » -> eloise"""
    if word.isascii():
        return word.lower()
    apart = normalize("NFKD", word.lower().translate(_LIGATURES))
    return "".join(sign for sign in apart if not combining(sign))


def spellings(name: str) -> Iterator[str]:
    """The small-letter forms of a name, each accent there or not: « Zoé » is zoé, zoe; never « zôe »."""
    signs = normalize("NFC", name.lower())
    yield from map("".join, product(*(dict.fromkeys((sign, bare(sign))) for sign in signs)))


@cache
def listed() -> dict[str, FirstName]:
    """Every spelling of the listed names."""
    entries: dict[str, FirstName] = {}
    for line in _LIST.read_text(encoding="utf-8").splitlines():
        name, gender, mark = (*line.split("\t"), "")[:3]
        for spelling in spellings(name):
            common = spelling.isascii() and not name.isascii() and spelling in BARE_WORDS
            prior = PRIORS["rare" if common else mark]
            entries.setdefault(spelling, FirstName(bare(name), gender, prior))
    return entries

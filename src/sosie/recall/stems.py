"""A light stemmer of French: what stays of a word without accents, capitals, plurals and common endings.

    stems("Où est l'école ? On y mangeait")  ->  ["ou", "est", "ecol", "mang"]
    stems("ton taf, ta bagnole")             ->  ["ton", "travail", "ta", "voitu"]      synonyms.txt

Words of one letter are left out: they are elisions for the most part. Two words that are not of one family
sometimes share a stem (« fin », « finir »); BM25 bears that better than a word not found.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

_WORD = re.compile(r"\w+")
ENDINGS = re.compile(
    r"(?:issements?|issaient|issait|issant|issons|issent|issez|ements?|ations?|atrices?|ateurs?|euses?|eurs?"
    r"|aient|erons|eront|erais|erait|eriez|erez|erai|eras|era|ions|antes?|ants?|ees?|aux|ent|ais|ait|ons|ait"
    r"|iques?|er|ez|ai|ir|is|it|es|e|i|s|x|r)+\Z"
)
TWICE = re.compile(r"([^\W\d])\1\Z")  # « chienne », « travaillait »
ROOT = 3  # letters that stay


def stems(text: str) -> list[str]:
    """In the order of the text, as often as they come."""
    return [stem(word) for word in _WORD.findall(text) if len(word) > 1]


@lru_cache(maxsize=1 << 17)
def stem(word: str) -> str:
    """« Mangeait » -> « mang »; « bouffait » too."""
    folded, synonyms = fold(word), _synonyms()
    root = _root(folded)
    return synonyms.get(folded.removesuffix("s")) or synonyms.get(root, root)


def _root(folded: str) -> str:
    return folded[:ROOT] + TWICE.sub(r"\1", ENDINGS.sub("", folded[ROOT:]))


@cache
def _synonyms() -> Mapping[str, str]:
    """The root of the first word of each line, by the other words, and by their roots where they are long.

    A root of three letters is that of too many words: « môme » would be one with « moment ».
    """
    lines = (Path(__file__).parent / "synonyms.txt").read_text(encoding="utf-8").splitlines()
    found: dict[str, str] = {}
    for first, *others in (fold(line).split(", ") for line in lines if line[0] != "#"):
        roots = filter(lambda root: len(root) > ROOT, map(_root, others))
        found |= dict.fromkeys((*others, *roots), _root(first))
    return found


def fold(text: str) -> str:
    """« Où est l'ÉTÉ » -> « ou est l'ete »"""
    text = unicodedata.normalize("NFKD", text.lower()).replace("œ", "oe").replace("æ", "ae")
    return "".join(c for c in text if not unicodedata.combining(c))

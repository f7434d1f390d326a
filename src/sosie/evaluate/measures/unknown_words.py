"""Words that nobody writes: neither French, nor said by the person or to them.

    unknown_words(["on va au chabale"], known)  ->  UnknownWords(share=0.25, ...)

A word is a run of letters; « ouiii » is known where « oui » is, laughter and texting always. Tags such as
[AMI_1] are no words. Wilson's interval, each word counted as one trial.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sosie.evaluate.statistics import wilson
from sosie.models.catalogue import MINI
from sosie.models.lexicon import Lexicon, lexicon_of, words_of
from sosie.style.words import ABBREVIATIONS, LAUGHTER, LINK, MASK

STRETCHED = re.compile(r"(\w)\1{2,}")


@dataclass(frozen=True, slots=True)
class UnknownWords:
    share: float | None  # None where nothing was said, or no lexicon is there
    low: float | None
    high: float | None
    own_share: float | None  # of the person's replies that were kept aside
    n: int  # words


class Known:
    """French, and all the words of some texts."""

    def __init__(self, french: Lexicon, texts: Iterable[str]) -> None:
        self.french = french
        self.own = ABBREVIATIONS | {word for text in texts for word in plain_words(text)}

    def __contains__(self, word: str) -> bool:
        return any(form in self.own or form in self.french for form in forms_of(word))


def unknown_words(given: Sequence[str], truth: Sequence[str], around: Iterable[str]) -> UnknownWords:
    """`around`: what the person wrote and read before. The words of `truth` itself are not known by it."""
    french = french_lexicon()
    if french is None:
        return UnknownWords(None, None, None, None, 0)
    known = Known(french, around)
    (count, n), (own_count, own_n) = (count_unknown(texts, known) for texts in (given, truth))
    low, high = wilson(count, n)
    share, own = (part / of if of else None for part, of in ((count, n), (own_count, own_n)))
    return UnknownWords(share, low if n else None, high if n else None, own, n)


def count_unknown(texts: Sequence[str], known: Known) -> tuple[int, int]:
    """(words that are not known, words)"""
    said = [word for text in texts for word in plain_words(text)]
    return sum(word not in known for word in said), len(said)


def plain_words(text: str) -> list[str]:
    for other in (LINK, MASK, LAUGHTER):
        text = other.sub(" ", text)
    return words_of(text)


def forms_of(word: str) -> Iterable[str]:
    """« ouiii » -> « ouiii », « oui », « ouii »"""
    yield word
    if STRETCHED.search(word):
        yield STRETCHED.sub(r"\1", word)
        yield STRETCHED.sub(r"\1\1", word)


@lru_cache(maxsize=1)
def french_lexicon() -> Lexicon | None:
    return lexicon_of(MINI)

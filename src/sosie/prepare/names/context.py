"""Whether a word that may be a name is one here, by what stands around it.

    « salut rose », « dis à pierre », « la soeur de jade », « rose arrive », « t'es où marine ? »   for
    « une rose », « la pierre », « bleu marine », « très claire », « rue Victor Hugo »            against

Each sign weighs something; the sum, with the word's own leaning, is held against THRESHOLD.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path

from sosie.core.counted import counted
from sosie.prepare.names import words as w
from sosie.prepare.names.first_names import CERTAIN, FirstName, bare

THRESHOLD = 1.0
FARTHEST = 6  # words between « rue » and the last of a name
WORD = re.compile(r"[^\W\d_]+")
_WORDS_APART = re.compile(rf"({WORD.pattern})")
SOFT_GAP = re.compile(r"[ \t\u00a0'’-]*")
_STOP = re.compile(r"[.!?…\n:;(\[«\"•]")
_FIGURES = Path(__file__).with_name("figures.txt")


@counted
@dataclass
class Sentence:
    """A text cut into words: `low` without case or accents, `gaps[i]` what stands before word i."""

    text: str
    spans: list[tuple[int, int]]
    raw: list[str]
    low: list[str]
    gaps: list[str]

    @classmethod
    def of(cls, text: str) -> "Sentence":
        pieces = _WORDS_APART.split(text)  # a gap, a word, a gap, ... a gap
        ends = [*accumulate(map(len, pieces))]
        raw = pieces[1::2]
        return cls(text, [*zip(ends[::2], ends[1::2], strict=False)], raw, [*map(bare, raw)], pieces[::2])

    @cached_property
    def shouted(self) -> bool:
        """Whether capitals say nothing here."""
        capitals, shouts = sum(word[0].isupper() for word in self.raw), sum(map(str.isupper, self.raw))
        words = len(self.raw)
        return shouts > 0.5 * words or (words > 3 and capitals > 0.8 * words)

    def before(self, place: int, steps: int = 1) -> str:
        """The word that many steps before, "" where more than a space stands between."""
        gaps = self.gaps[place - steps + 1 : place + 1]
        return self.low[place - steps] if place >= steps and all(map(is_soft, gaps)) else ""

    def after(self, place: int, steps: int = 1) -> str:
        if place + steps >= len(self.low):
            return ""
        gaps = self.gaps[place + 1 : place + steps + 1]
        return self.low[place + steps] if all(map(is_soft, gaps)) else ""

    def starts_clause(self, place: int) -> bool:
        return place == 0 or not is_soft(self.gaps[place])

    def ends_clause(self, place: int) -> bool:
        return place + 1 == len(self.low) or not is_soft(self.gaps[place + 1])

    def has_capital(self, place: int) -> bool:
        """A capital that neither the beginning of a sentence nor shouting explains."""
        inside = place > 0 and not _STOP.search(self.gaps[place])
        return inside and self.raw[place][0].isupper() and not self.shouted


def is_soft(gap: str) -> bool:
    """Whether what stands between two words leaves them in one clause."""
    return gap == " " or SOFT_GAP.fullmatch(gap) is not None


EntryAt = Callable[[int], FirstName | None]  # what the word at a place may be


def is_name(text: Sentence, place: int, entry: FirstName, names: EntryAt) -> bool:
    """Whether the word at `place` is a person here."""
    if is_place(text, place, names) or is_figure(text.low, place):
        return False
    word, previous = text.low[place], text.before(place)
    if text.gaps[place].endswith("@"):
        return True
    if entry.prior == CERTAIN:
        return not (word in w.VERB_FORMS and previous in w.REFLEXIVES and not text.has_capital(place))
    signs = _against(text, place) + _from_before(text, place) + _from_after(text, place)
    signs += _called(text, place) + _beside(text, place, names)
    capital = 1.5 * (text.has_capital(place) and word not in w.CAPITALISED)
    return entry.prior + 1.5 * entry.known + signs + capital >= THRESHOLD


def _against(text: Sentence, place: int) -> float:
    word, previous, following = text.low[place], text.before(place), text.after(place)
    weight = -1.0 * (text.raw[place].lower() in w.EVERYDAY)
    if previous in w.DETERMINERS:
        weight += 2 if word in w.FEMININE_THINGS and previous in w.MASCULINE else -3
    if previous in w.BEFORE_THINGS or text.gaps[place].strip()[-1:].isdigit():
        weight -= 3
    if previous in ("de", "d") and text.before(place, 2) in w.STUFF_BEFORE_DE:
        weight -= 3
    if word in w.ADJECTIVES and (previous in w.COPULAS or previous in w.DEGREES):
        weight -= 0 if previous == "si" and following in w.VERBS else 2
    if word in w.ADJECTIVES and previous and previous not in w.FUNCTION_WORDS:
        weight -= 1  # « un truc rose »
    if word == "ben" and (previous in w.BEN_BEFORE or following in w.BEN_AFTER):
        weight -= 3
    if following in ("de", "d", "du", "des"):
        weight -= w.AFTER_DE.isdisjoint((text.after(place, 2), text.after(place, 3)))
    if text.after(place, 2) == "crache":  # « c'est du rose tout craché »
        weight += 4
    if text.gaps[place + 1 : place + 2] == ["-"] or (place and text.gaps[place] == "-"):
        weight -= 2  # « martin-pêcheur », « peut-être »
    return weight


def _from_before(text: Sentence, place: int) -> float:
    word, previous, second = text.low[place], text.before(place), text.before(place, 2)
    if previous in w.GREETINGS or (previous in w.AFTER_GREETING and second in ("bonne", "bon")):
        return 2 * (text.after(place) != "a")  # « merci, grâce à toi »
    if previous in ("a", "avait", "aura") and second == "y" or previous in ("ya", "yavait"):
        return 1
    if previous == "a":
        accented = text.raw[place - 1] in "àÀ"
        if any(text.before(place, steps) in w.SAY for steps in ((2, 3, 4) if accented else (2,))):
            return 2
        return -1 if word in w.CAPITALISED else 1 if accented else 0.5
    if previous in ("de", "d"):
        return 2 if second in w.RELATIONS else -1 * (word in w.CAPITALISED)
    if word in w.CAPITALISED and previous in ("pour", "vers", "depuis", "sur", "avant", "apres"):
        return -1
    if previous in w.TITLES:
        small = previous in ("petit", "petite", "ptit", "ptite", "pauvre", "jeune")
        return 0 if small and second in w.DETERMINERS and second not in ("mon", "ma") else 2 - small
    if previous == "est" and (text.after(place) == "qui" or text.before(place, 3) in w.GREETINGS):
        return 2  # « c'est rose qui conduit », « coucou c'est rose »
    if previous in w.WITH:
        return 0.5 if word in w.VIRTUES and previous != "chez" else 2
    if previous in w.SEE or (previous == "pas" and second in w.SEE):
        return 1.5
    return 1 if previous in ("pour", "comme", "sauf") else 0.5 if previous in w.FOR else 0


def _from_after(text: Sentence, place: int) -> float:
    following = text.after(place)
    subject = text.starts_clause(place) or text.before(place) in w.CLAUSE_STARTS
    if following in ("elle", "il") and text.before(place) not in w.TITLES:
        return 2
    if subject and following in ("tu", "vous", "on"):
        return 2
    if following in w.VERBS and text.raw[place + 1] not in "àÀ":
        return 1.5 if subject else 0.75
    return 1 if following in ("aussi", "qui", "toi") or (subject and following == "c") else 0


def _called(text: Sentence, place: int) -> float:
    """« rose, tu viens ? », « tu viens, rose ? », « tu fais quoi rose »"""
    sign = text.gaps[place + 1].strip()[:1]
    if place == 0 and sign and sign in ",?!:":
        return 1.5
    if text.ends_clause(place) and text.gaps[place].strip() == ",":
        return 1.0
    if text.before(place) not in w.BEFORE_CALLED:
        return 1.0 * (place == 0 and text.after(place) in ("non", "nan", "mais", "oui", "stp"))
    if text.ends_clause(place):
        return 1.5
    return 1.0 * (place == 1 and text.low[0] in w.INTERJECTIONS)  # « non rose pas maintenant »


def _beside(text: Sentence, place: int, names: EntryAt) -> float:
    """« rose et Léa », « moi et rose », « Léa, rose, Malo »"""

    def somebody(at: int) -> bool:
        if not 0 <= at < len(text.low):
            return False
        entry = names(at)
        return text.low[at] in ("moi", "toi", "lui") or (entry is not None and entry.prior >= 1)

    for link, other in ((place, place - 2), (place + 2, place + 2)):
        joined = text.low[link - 1] if 0 < link <= len(text.low) else ""
        if joined in ("et", "ou", "ni") and somebody(other):
            return 2
    if text.after(place) == "et" and text.after(place, 2) in ("son", "sa", "ses"):
        return 1.5
    for gap, other in ((place, place - 1), (place + 1, place + 1)):
        if text.gaps[gap].strip() in (",", "&", "+", "/") and somebody(other):
            return 1.5
    return 0


def is_place(text: Sentence, place: int, names: EntryAt) -> bool:
    """« rue Victor Hugo », « lycée Jean Moulin », « place de la Victoire », « Saint-Pierre »"""
    capital = text.text[text.spans[place][0]].isupper()
    at = place - 1
    while at >= max(0, place - FARTHEST) and is_soft(text.gaps[at + 1]):
        word = text.low[at]
        if word in w.STREETS or (capital and word in w.PLACES_BEFORE):
            return True
        if word in w.BETWEEN and at and text.low[at - 1] == "de":
            at -= 1
        elif word not in w.BETWEEN and names(at) is None:
            return False
        at -= 1
    return False


@cache
def _figures() -> dict[str, list[Sequence[str]]]:
    """The well-known people, by each word of their names."""
    index: dict[str, list[Sequence[str]]] = {}
    for line in _FIGURES.read_text(encoding="utf-8").splitlines():
        whole = [bare(word) for word in line.split()]
        for word in whole:
            index.setdefault(word, []).append(whole)
    return index


def is_figure(low: Sequence[str], place: int) -> bool:
    """Whether this word is part of a well-known name: « Marie Curie »."""
    for whole in _figures().get(low[place], ()):
        start = place - whole.index(low[place])
        if start >= 0 and list(low[start : start + len(whole)]) == whole:
            return True
    return False

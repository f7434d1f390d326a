"""The names to hide, and where they stand in a text.

    Names.of(["Malo Le Goff"]).find("avec malo le goff")  ->  prénom « malo », nom « le goff »

Covered: the listed first names and diminutives, whatever their case and with or without their accents; what
the export tells (export_names.py); a capitalised word right after a first name, which is taken for the
surname; « Jean-Pierre » and « jean pierre » as one.
Not covered: a surname alone that no contact bears; an unlisted name that nobody writes with a capital; a name
that is also a word where nothing around shows it; names spelt wrongly.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Literal
from unicodedata import category, normalize

from sosie.core.counted import counted
from sosie.prepare.names import words as w
from sosie.prepare.names.context import WORD, Sentence, is_figure, is_name
from sosie.prepare.names.first_names import CERTAIN, FirstName, bare, listed
from sosie.prepare.names.surnames import is_surname
from sosie.prepare.pii.base import Found

Mode = Literal["tags", "surrogates", "keep"]
NAME_KINDS = ("prénom", "nom")
LONGEST_LINK = 200  # characters
FIRST_OF_TWO = frozenset({"jean", "marie", "anne", "pierre", "paul", "louis", "rose", "charles", "sidi"})
_NUMERAL = re.compile(r"[IVXLC]+|Ier|Ire")  # « Jean XXII »
_HELD = re.compile(r"([^\W\d_])\1\1+")
_ODD = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff\uff21-\uff5a]")


@counted
@dataclass(frozen=True)
class Names:
    """What each word may be (small letters, accents as written), and what is put in the place of a name."""

    entries: Mapping[str, FirstName] = field(repr=False)
    mode: Mode = "tags"
    people: frozenset[str] = field(default=frozenset(), repr=False)  # borne here: no surrogate is one of them

    def keep(self, *people: str) -> "Names":
        """The same, but these people's names, and their diminutives, stay: « Léa », « Malo Le Goff »."""
        kept = {bare(word) for name in people for word in WORD.findall(name)} - w.PARTICLES
        rest = {
            spelling: entry
            for spelling, entry in self.entries.items()
            if bare(spelling) not in kept and kept.isdisjoint(entry.person.split())
        }
        return replace(self, entries=rest)

    @cached_property
    def genders(self) -> dict[str, str]:
        return {entry.person: entry.gender for entry in self.entries.values()}

    def find(self, text: str) -> list[Found]:
        """The names of people in a text, in order; all without overlap."""
        if self.mode == "keep" or not self.may_hold(text):
            return []
        plain, places = _plain(text)
        found = list(self._in(Sentence.of(plain)))
        if places is None:
            return found
        return [replace(one, start=places[one.start], end=places[one.end - 1] + 1) for one in found]

    def may_hold(self, text: str) -> bool:
        """Nearly all messages end here."""
        low = text.lower()
        words = WORD.findall(low)
        if not low.isascii():
            words += [bare(word) for word in words if not word.isascii()]
            if _ODD.search(text):
                return True
        return not self._words.isdisjoint(words) or bool(_HELD.search(low)) or "m. " in low

    @cached_property
    def _words(self) -> frozenset[str]:
        return w.CIVILITIES.union(self.entries)

    def entry(self, word: str) -> FirstName | None:
        """What this word may be: « béa » is Bea's too, unless its accent makes a word (« marié »)."""
        low = word.lower()
        if found := self.entries.get(low):
            return found
        if not low.isascii() and low not in w.ACCENTED_WORDS:
            plain = self.entries.get(bare(low))
            return plain if plain and plain.prior == CERTAIN else None
        if not _HELD.search(low):
            return None
        return self.entries.get(_HELD.sub(r"\1", low)) or self.entries.get(_HELD.sub(r"\1\1", low))

    def _in(self, text: Sentence) -> Iterator[Found]:
        held = _HELD.search(text.text.lower())
        listed = map(self.entries.get, map(str.lower, text.raw))
        entries = [
            found or (self.entry(word) if held or not word.isascii() else None)
            for word, found in zip(text.raw, listed, strict=True)
        ]
        end, expected = 0, False  # of what is found already; whether a surname may follow
        for place, ((start, _), low) in enumerate(zip(text.spans, text.low, strict=True)):
            if start < end:
                continue
            found = _name_at(text, place, entries, expected) if entries[place] or expected else None
            expected = found.kind == "prénom" if found else low in w.CIVILITIES or is_monsieur(text, place)
            if found:
                end = found.end
                yield found


def _name_at(text: Sentence, place: int, entries: Sequence[FirstName | None], expected: bool) -> Found | None:
    """The name that begins at this word; where a surname is `expected`, that one too."""
    entry, (start, stop) = entries[place], text.spans[place]
    if entry and not _in_address(text, place):
        if two := _two_in_one(text, place, entries):
            return Found(start, text.spans[place + 1][1], "prénom", two)
        if (expected and entry.kind == "nom") or is_name(text, place, entry, entries.__getitem__):
            start = text.spans[_with_particles(text, place, entry)][0]
            return Found(start, stop, entry.kind, entry.person)
    if expected and (last := _surname(text, place)):
        return Found(start, text.spans[last][1], "nom", " ".join(text.low[place : last + 1]))
    return None


def _two_in_one(text: Sentence, place: int, entries: Sequence[FirstName | None]) -> str:
    """« jean pierre » for « Jean-Pierre » and « jean pierre »; "" for one name."""
    first, second = (*entries[place : place + 2], None)[:2]
    if not first or not second:
        return ""
    gap = text.gaps[place + 1]
    sure = max(first.prior, second.prior) >= 1 and second.kind == "prénom"
    if not sure or gap not in ("-", " ") or (gap == " " and text.low[place] not in FIRST_OF_TWO):
        return ""
    if is_figure(text.low, place) or text.before(place) in w.STREETS | w.PLACES_BEFORE:
        return ""
    if gap == " " and text.before(place) in w.DETERMINERS:
        return ""
    return f"{text.low[place]} {text.low[place + 1]}"


def _with_particles(text: Sentence, place: int, entry: FirstName) -> int:
    """The place where « Le Goff » begins, from that of « Goff »."""
    parts = entry.person.split() if entry.kind == "nom" else []
    for back in range(1, len(parts)):
        if text.before(place, back) != parts[-1 - back]:
            return place
    return place - max(len(parts) - 1, 0)


def _surname(text: Sentence, place: int) -> int:
    """The last place of a surname that begins here, after a first name or a title; 0 for none."""
    last = place
    while last < len(text.low) and last < place + 2 and text.low[last] in w.PARTICLES:
        last += 1
    title = text.low[place - 1]
    civil = title in w.CIVILITIES or is_monsieur(text, place - 1)
    first_gap = text.gaps[place] in (" ", ". ") if civil else text.gaps[place] == " "
    if last == len(text.low) or not first_gap or any(gap != " " for gap in text.gaps[place + 1 : last + 1]):
        return 0
    word = text.raw[last]
    capital = word[0].isupper() and len(word) > 2 and not text.shouted
    titled = civil or text.raw[place - 1][0].isupper()
    if text.low[last] in w.FUNCTION_WORDS or _NUMERAL.fullmatch(word):
        return 0
    if capital and titled:
        return last
    told_of = title not in w.DOCTORS and text.before(place - 1) in w.DETERMINERS  # « un monsieur jovial »
    small = civil and title != "maitre" and not told_of and word.islower()
    return last if small and is_surname(text.low[last]) else 0


def is_monsieur(text: Sentence, place: int) -> bool:
    """« M. Dupont », and not « 3 m. »"""
    if text.low[place] != "m" or text.gaps[place].strip()[-1:].isdigit():
        return False
    return text.gaps[place + 1 : place + 2] == [". "]


def _in_address(text: Sentence, place: int) -> bool:
    """A piece of a link or of an e-mail address: those are masked whole, or say nothing of anybody."""
    start, stop = text.spans[place]
    head = text.text[max(0, start - LONGEST_LINK) : start].rpartition(" ")[2]
    whole = head + text.text[start : stop + LONGEST_LINK].partition(" ")[0]
    return "://" in head or head.startswith("www.") or "@" in whole[1:]


def _plain(text: str) -> tuple[str, list[int] | None]:
    """The text with composed letters and no hidden signs, and the place of each letter in it."""
    if not _ODD.search(text):
        return text, None
    letters: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        if category(sign) == "Mn" and letters:
            letters[-1] = normalize("NFC", letters[-1] + sign)[:1]
        elif category(sign) != "Cf":
            letters.append(normalize("NFKC", sign) if "\uff00" < sign < "\uff5f" else sign)
            places.append(place)
    return "".join(letters), places


@cache
def listed_names() -> Names:
    """Those of the list alone: nothing is known of the people."""
    return Names(listed())

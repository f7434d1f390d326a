"""Oral clean-up, by choice: what was said becomes what would be written, and never a word more.

    spoken    « Euh, je je v- je vais, ben, à la gare, tu vois. »     all that was said
    light     « Je vais, ben, à la gare, tu vois. »                   no hesitation, repetition or false start
    written   « Je vais à la gare. »                                  nor the words that only hold the floor

What is left is a part of what was said, in its order: words go, none comes or moves. A word said twice to
insist (« très très », « oui oui ») and a reflexive (« nous nous voyons ») stay.
Punctuation is the model's: with `punctuation` false its full stops, commas and capitals go as well. The
capital of a word that may be a name stays: privacy finds names by it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

Manner = Literal["spoken", "light", "written"]

_HESITATION = re.compile(r"(?:e+u+h*|h+e+u+|h+u+m+|h+m+|m+h+m*|m{2,}|eh+)", re.IGNORECASE)
_CUT_OFF = re.compile(r"[\w'’]{1,12}[-–—]")  # « v- », a word that was not finished
_MARKS = ".,;:!?…"
# Said to hold the floor, where they stand alone between two marks or at an end.
_FLOOR_HOLDERS = (
    "tu vois|tu sais|vous voyez|vous savez|en fait|du coup|si tu veux|on va dire|comment dire|je veux dire|"
    "voilà|bon|ben|bah|beh|enfin|genre|quoi|hein|bref"
)
_FLOOR = frozenset(_FLOOR_HOLDERS.split("|"))
_FUNCTION_WORDS = """
je j' tu t' il elle on ils elles ce c' ça c'est j'ai t'as le la les l' un une des du de d' au aux à en dans
sur pour par avec sans chez et ou où mais donc car que qu' qui quand comme ne n' pas me m' se s' mon ma
mes ton ta tes son sa ses notre votre leur leurs nos vos cet cette ces y est sont suis es était ai as a ont
avons avez faut qu'on qu'il qu'elle qu'ils d'un d'une parce
"""
_FUNCTION = frozenset(_FUNCTION_WORDS.split())
_OPENING_WORDS = """
nous vous oui non alors après puis bon ben bah voilà salut bonjour bonsoir coucou ouais franchement demain
aujourd'hui hier maintenant peut-être tout tous toute toutes merci désolé désolée allez regarde attends dis
écoute moi toi lui eux quoi
"""
_OPENERS = _FUNCTION | frozenset(_OPENING_WORDS.split())
_LONGEST_REPEAT = 4  # words


def kept_words(words: Sequence[str], manner: Manner) -> list[int]:
    """The places of the words that stay."""
    places = list(range(len(words)))
    if manner == "spoken":
        return places
    places = [n for n in places if not _is_hesitation(words[n])]
    last = places[-1] if places else -1
    places = [n for n in places if n == last or not _CUT_OFF.fullmatch(words[n])]
    if manner == "written":
        places = _without_floor_holders(words, places)
    return _without_repeats(words, places)


def rendered(words: Sequence[str], manner: Manner, punctuation: bool = True) -> str:
    """The words that stay, as one text."""
    kept = kept_words(words, manner)
    shown = list(_marked(words, kept))
    if not punctuation:
        shown = [word for word in map(_unmarked, shown, _begins(words, kept)) if word]
    elif shown and words and words[0][:1].isupper():
        shown[0] = shown[0][:1].upper() + shown[0][1:]
    return " ".join(shown)


def _marked(words: Sequence[str], kept: Sequence[int]) -> Iterator[str]:
    """Each word with the mark that ended its sentence, where that stood on a word that went."""
    for place, following in zip(kept, [*kept[1:], len(words)], strict=False):
        word = words[place]
        if following < len(words) and not _bare(words[following]):
            word = word.rstrip(",;:")  # a mark that stands alone follows: « où, euh ? »
        ends = [words[gone][-1:] for gone in range(place + 1, following) if words[gone][-1:] in "….?!"]
        yield word.rstrip(_MARKS) + ends[-1] if ends and word[-1:] not in ".?!…" else word


def _is_hesitation(word: str) -> bool:
    return _HESITATION.fullmatch(_bare(word)) is not None


def _bare(word: str) -> str:
    return word.casefold().replace("’", "'").strip(_MARKS + '-–—"«»()')


def _without_repeats(words: Sequence[str], places: list[int]) -> list[int]:
    """Of « je je vais », « on va on va » the last; until nothing is said twice in a row."""
    for size in range(_LONGEST_REPEAT, 0, -1):
        n = 0
        while n + 2 * size <= len(places):
            first = [_bare(words[at]) for at in places[n : n + size]]
            again = [_bare(words[at]) for at in places[n + size : n + 2 * size]]
            if first == again and not _FUNCTION.isdisjoint(first):
                del places[n : n + size]
                n = max(0, n - size)
            else:
                n += 1
    return places


def _without_floor_holders(words: Sequence[str], places: list[int]) -> list[int]:
    """Without « , tu vois, » and its like: set apart by marks or by the ends of what is said."""
    gone: set[int] = set()
    for start in range(len(places)):
        for size in (3, 2, 1):
            inside = places[start : start + size]
            if len(inside) < size or not gone.isdisjoint(inside):
                continue
            said = " ".join(_bare(words[at]) for at in inside)
            before = start == 0 or words[places[start - 1]][-1:] in _MARKS or places[start - 1] in gone
            after = start + size == len(places) or words[inside[-1]][-1:] in _MARKS
            if said in _FLOOR and before and after and all(words[at][-1:] != "?" for at in inside):
                gone.update(inside)
    left = [at for at in places if at not in gone]
    return left or places


def _begins(words: Sequence[str], kept: Sequence[int]) -> list[bool]:
    """Whether each word that stays begins a sentence of the model's."""
    return [
        at == kept[0] or words[before][-1:] in ".?!…" for before, at in zip([0, *kept], kept, strict=False)
    ]


def _unmarked(word: str, begins: bool) -> str:
    """Without marks that a voice does not have; a question stays one."""
    bare = word.rstrip(".,;:…")
    first = bare.casefold().replace("’", "'").rstrip("?!")
    return bare[:1].lower() + bare[1:] if begins and first in _OPENERS else bare

"""The habits of typing that a card can name, each a question asked of one reply: yes, no, or no occasion to.

WAYS["drops_ne"]   « je sais pas » yes   « je ne sais pas » no   « salut » None
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sosie.style.words import (
    ABBREVIATIONS,
    ACCENTED,
    EMOJI,
    HELD,
    LAUGHTER,
    LINK,
    NOT,
    TU,
    VOUS,
    count_words,
    split_words,
    word_set,
)

SHORT, LONG = 3, 20  # words
WITH_COMMAS = 10  # words, from which a French sentence mostly has a comma
LETTER = re.compile(r"[^\W\d_]")
SHOUTED = re.compile(r"\b[A-ZÀ-ÖØ-Þ]{4,}\b")
DOUBLED = re.compile(r"[!?]{2,}|[!?] [!?]")
GLUED = re.compile(r"[^\W_][!?]")
SPACED = re.compile(r"[^\W_] [!?]")
# Frequent words that lose something where accents, or apostrophes, are not typed.
BARE = word_set(
    """
    ca tres deja meme etre apres voila bientot tot plutot etait etais ete fete soiree journee aprem annee idee
    fatigue fatiguee desole desolee reponds ecoute ecris repete prefere cote derriere premiere derniere
    probleme systeme telephone theatre cinema cafe marche tele video numero prevu prevenu enerve genial
    excellente evidemment specialement recu
    """
)
UNELIDED = word_set(
    """
    jai jaurais javais jetais jarrive jattends jaime jadore jespere jen jy cest cetait ya quil quon dun dune
    daccord dailleurs aujourdhui lautre lheure nest nai naime tas tinquiete tinquietes taurais sest largent
    lecole lapero
    """
)


@dataclass(frozen=True, slots=True)
class Way:
    """`test` gives None where the reply had no occasion to. `opposite` is empty where it says nothing.

    Of the ways about one thing, a card names the most telling.
    """

    name: str
    label: str
    opposite: str
    about: str
    test: Callable[[str], bool | None]


def _first_letter(text: str) -> bool | None:
    letter = LETTER.search(LINK.sub("", text))
    return None if letter is None else letter[0].islower()


def _last(of: str) -> Callable[[str], bool | None]:
    return lambda text: text.endswith(of) and not (of == "." and text.endswith(".."))


def _ends_bare(text: str) -> bool | None:
    return text[-1:].isalnum()


def _ends_with_emoji(text: str) -> bool | None:
    found = list(EMOJI.finditer(text))
    return bool(found) and found[-1].end() == len(text)


def _drops_ne(text: str) -> bool | None:
    """« plus » and « rien » alone may be no negation at all."""
    words = split_words(text)
    if NOT.difference(("plus", "rien")).isdisjoint(words):
        return None
    return "ne" not in words and "n'" not in words


def _one_of(these: frozenset[str], other: frozenset[str]) -> Callable[[str], bool | None]:
    def test(text: str) -> bool | None:
        words = split_words(text)
        has, has_other = not these.isdisjoint(words), not other.isdisjoint(words)
        return has if has is not has_other else None

    return test


def _no_accents(text: str) -> bool | None:
    accented, bare = not ACCENTED.isdisjoint(text.lower()), not BARE.isdisjoint(split_words(text))
    return bare if accented is not bare else None


def _no_apostrophes(text: str) -> bool | None:
    elided, bare = "'" in text, not UNELIDED.isdisjoint(split_words(text))
    return bare if elided is not bare else None


def _glues_marks(text: str) -> bool | None:
    glued, spaced = GLUED.search(text) is not None, SPACED.search(text) is not None
    return glued if glued is not spaced else None


def _no_commas(text: str) -> bool | None:
    return None if count_words(text) < WITH_COMMAS else "," not in text


def _holds(pattern: re.Pattern[str]) -> Callable[[str], bool | None]:
    return lambda text: pattern.search(text) is not None


def _abbreviations(text: str) -> list[str]:
    return [word for word in split_words(text) if word in ABBREVIATIONS]


def _laughs(text: str) -> list[str]:
    return [laugh.lower() for laugh in LAUGHTER.findall(text)]


# The habits that are made of forms, and how to find those in a reply.
FAMILIES: Mapping[str, Callable[[str], Sequence[str]]] = {
    "emoji": EMOJI.findall,
    "laughter": _laughs,
    "abbreviations": _abbreviations,
}

WAYS = (
    Way(
        "lower_start",
        "commence par une minuscule",
        "commence par une majuscule",
        "lower_start",
        _first_letter,
    ),
    Way("ends_bare", "ne finit par aucun signe", "", "end", _ends_bare),
    Way("ends_stop", "finit par un point", "", "end", _last(".")),
    Way("ends_exclamation", "finit par « ! »", "", "exclamations", _last("!")),
    Way("ends_dots", "finit par « ... »", "", "dots", _last("...")),
    Way("ends_emoji", "finit par un émoji", "", "emoji", _ends_with_emoji),
    Way("exclamations", "s'exclame : « ! »", "", "exclamations", _holds(re.compile("!"))),
    Way("dots", "laisse des points de suspension", "", "dots", _holds(re.compile(r"\.\.+"))),
    Way("doubled_marks", "redouble « ! » et « ? »", "", "doubled_marks", _holds(DOUBLED)),
    Way(
        "glued_marks",
        "colle « ! » et « ? » au mot",
        "met une espace avant « ! » et « ? »",
        "glued_marks",
        _glues_marks,
    ),
    Way("drops_ne", "laisse tomber le « ne »", "garde le « ne »", "drops_ne", _drops_ne),
    Way("tu", "tutoie", "vouvoie", "tu", _one_of(TU, VOUS)),
    Way(
        "on",
        "dit « on » plutôt que « nous »",
        "dit « nous » plutôt que « on »",
        "on",
        _one_of(word_set("on"), word_set("nous notre nos")),
    ),
    Way("no_accents", "oublie les accents", "met les accents", "no_accents", _no_accents),
    Way("no_apostrophes", "oublie les apostrophes", "met les apostrophes", "no_apostrophes", _no_apostrophes),
    Way("no_commas", "se passe de virgules", "met des virgules", "no_commas", _no_commas),
    Way(
        "emoji", "met des émojis", "ne met pas d'émoji", "emoji", lambda text: EMOJI.search(text) is not None
    ),
    Way("laughter", "rit par écrit", "", "laughter", lambda text: LAUGHTER.search(text) is not None),
    Way("abbreviations", "abrège", "n'abrège pas", "abbreviations", lambda text: bool(_abbreviations(text))),
    Way("held", "étire des lettres", "", "held", _holds(HELD)),
    Way("shouted", "écrit des mots EN CAPITALES", "", "shouted", _holds(SHOUTED)),
    Way(
        "lines",
        "envoie plusieurs lignes à la suite",
        "tient en une ligne",
        "lines",
        lambda text: "\n" in text,
    ),
    Way("short", f"répond en {SHORT} mots ou moins", "", "length", lambda text: count_words(text) <= SHORT),
    Way("long", f"écrit plus de {LONG} mots", "", "length", lambda text: count_words(text) > LONG),
)

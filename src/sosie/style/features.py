"""Countable habits of a French writer, in one reply at a time; and the reply without what it is about.

    scalars("jsp, tu viens ?? 😂")  ->  34 numbers, in the order of FEATURES
    masked("Le vétérinaire a 2 chats", {"le", "a"})  ->  "le *re a # *ts"

A count is taken for one word of the reply, and its root: twice as many is not twice as telling.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from math import expm1, log1p, sqrt
from typing import Literal

from sosie.style.words import (
    ABBREVIATIONS,
    ACCENTED,
    DASH,
    DOTS,
    EMOJI,
    EXCLAMATIONS,
    HELD,
    JE,
    LAUGHTER,
    LINK,
    MARKDOWN,
    NOT,
    NOUS,
    QUESTIONS,
    QUOTES,
    STOPS,
    TU,
    VOUS,
    WORD_PIECE,
    count_words,
    split_words,
)

FeatureKind = Literal["size", "share", "rate", "length"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One of the 34 numbers. A `size` is a logarithm, a `rate` the square root of a count for one word."""

    name: str
    label: str  # in French, for tables
    kind: FeatureKind

    @property
    def unit(self) -> str:
        """What `plain` counts: things of one reply, a part of the whole, for 100 words, or letters."""
        return {"size": "réponse", "share": "part", "rate": "100 mots", "length": "lettres"}[self.kind]

    def plain(self, value: float) -> float:
        """The number as a reader understands it: words, a share, or a count for 100 words."""
        return expm1(value) if self.kind == "size" else 100 * value**2 if self.kind == "rate" else value


FEATURES = (
    Feature("words", "mots", "size"),
    Feature("characters", "signes", "size"),
    Feature("word_length", "longueur des mots", "length"),
    Feature("capital_start", "majuscule au début", "share"),
    Feature("ends_stop", "point à la fin", "share"),
    Feature("ends_exclamation", "« ! » à la fin", "share"),
    Feature("ends_question", "« ? » à la fin", "share"),
    Feature("ends_dots", "« ... » à la fin", "share"),
    Feature("ends_bare", "rien à la fin", "share"),
    Feature("commas", "virgules", "rate"),
    Feature("exclamations", "points d'exclamation", "rate"),
    Feature("questions", "points d'interrogation", "rate"),
    Feature("dots", "points de suspension", "rate"),
    Feature("colons", "deux-points et points-virgules", "rate"),
    Feature("dashes", "tirets", "rate"),
    Feature("quotes", "guillemets et parenthèses", "rate"),
    Feature("emoji", "émojis", "rate"),
    Feature("laughter", "rires", "rate"),
    Feature("abbreviations", "abréviations", "rate"),
    Feature("tu", "« tu »", "rate"),
    Feature("vous", "« vous »", "rate"),
    Feature("digits", "nombres en chiffres", "rate"),
    Feature("negations", "négations", "rate"),
    Feature("ne", "« ne »", "rate"),
    Feature("je", "« je »", "rate"),
    Feature("on", "« on »", "rate"),
    Feature("nous", "« nous »", "rate"),
    Feature("accents", "lettres accentuées", "share"),
    Feature("capitals", "majuscules", "share"),
    Feature("held", "lettres étirées", "rate"),
    Feature("breaks", "retours à la ligne", "rate"),
    Feature("links", "liens et mise en forme", "share"),
    Feature("variety", "variété des mots", "share"),
    Feature("sentences", "phrases", "size"),
)


def scalars(text: str) -> tuple[float, ...]:
    """The 34 numbers of FEATURES for one tidy reply."""
    emoji = len(EMOJI.findall(text))
    link = LINK.search(text) is not None
    bare = LINK.sub("", EMOJI.sub("", text)) if emoji or link else text
    words, letters = split_words(bare), sum(map(str.isalpha, bare))
    count = max(1, count_words(bare))
    ends = _ends(text)

    def rate(number: int) -> float:
        return sqrt(number / count)

    def share(of: frozenset[str]) -> float:
        return rate(sum(word in of for word in words))

    return (
        log1p(count),
        log1p(len(text)),
        letters / count,
        float(next((sign.isupper() for sign in bare if sign.isalpha()), False)),
        *ends,
        rate(bare.count(",")),
        rate(len(EXCLAMATIONS.findall(bare))),
        rate(len(QUESTIONS.findall(bare))),
        rate(len(DOTS.findall(bare))),
        rate(bare.count(";") + bare.count(":")),
        rate(len(DASH.findall(bare))),
        rate(len(QUOTES.findall(bare))),
        rate(emoji),
        rate(len(LAUGHTER.findall(bare))),
        share(ABBREVIATIONS),
        share(TU),
        share(VOUS),
        rate(sum(word[0].isdigit() for word in words)),
        share(NOT),
        rate(words.count("ne") + words.count("n'")),
        share(JE),
        rate(words.count("on")),
        share(NOUS),
        sum(sign in ACCENTED for sign in bare.lower()) / max(1, letters),
        sum(map(str.isupper, bare)) / max(1, letters),
        rate(len(HELD.findall(bare))),
        rate(text.count("\n")),
        float(link or MARKDOWN.search(text) is not None),
        len(set(words)) / max(1, len(words)),
        log1p(len(STOPS.findall(bare))),
    )


def _ends(text: str) -> tuple[float, float, float, float, float]:
    """Which of « . », « ! », « ? », « ... » or a letter comes last; none of them where it is an emoji."""
    dots = text.endswith("..")
    return (
        float(text.endswith(".") and not dots),
        float(text.endswith("!")),
        float(text.endswith("?")),
        float(dots),
        float(text[-1:].isalnum()),
    )


def masked(text: str, kept: Collection[str]) -> str:
    """The reply without what it is about: a word not in `kept` leaves a star and its last two letters."""

    def mask(found: re.Match[str]) -> str:
        word = found[0]
        if word[0].isdigit():
            return "#" * len(word)
        if word in kept:
            return word
        return f"*{word[-2:]}" if len(word) > 4 else "*"

    return WORD_PIECE.sub(mask, text.lower())

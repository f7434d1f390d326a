"""Habits with their spread: how one person writes, as numbers and as forms.

profile(["bah jsp 😂", "tu viens ?"])
.words            Spread(mean=2.5, low=..., middle=..., high=...)   words in a reply
.habits["emoji"]  Spread(...)                                       the 34 habits, as a reader counts them
.emoji            (("😂", 0.5),)                                    how often a reply has it
.openers          (("bah", 0.5), ("tu", 0.5))                       first words
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import TypeVar

from sosie.style.features import FEATURES, scalars
from sosie.style.words import (
    ABBREVIATIONS,
    EMOJI,
    LAUGHTER,
    NOT,
    TU,
    VOUS,
    count_words,
    forms,
    split_words,
    tidy,
)

SHOWN_FORMS = 10  # forms of each table
ENDS = ("ends_stop", "ends_exclamation", "ends_question", "ends_dots", "ends_bare")
Counted = TypeVar("Counted")
Shares = tuple[tuple[str, float], ...]  # (form, share of the replies that have it), the most usual first


@dataclass(frozen=True, slots=True)
class Spread:
    """`low` and `high`: a reply in ten is under, one in ten over."""

    mean: float
    deviation: float
    low: int | float  # whole where what was counted is
    middle: int | float
    high: int | float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        ordered = sorted(values)
        if not ordered:
            return cls(0.0, 0.0, 0.0, 0.0, 0.0)
        low, middle, high = (ordered[round(part * (len(ordered) - 1))] for part in (0.1, 0.5, 0.9))
        return cls(fmean(ordered), pstdev(ordered), low, middle, high)


@dataclass(frozen=True, slots=True)
class Profile:
    """One person's way of writing. Short replies count here too."""

    replies: int
    words: Spread
    lines: Spread  # messages sent in a row, where a turn keeps them as lines
    habits: Mapping[str, Spread]  # by the names of FEATURES
    ends: Mapping[str, float]  # share of the replies, by the names of ENDS and "ends_emoji"
    tu: float  # share of replies that say « tu », « vous »
    vous: float
    ne_kept: float | None  # share of the negations that have their « ne »; None where there is none
    negated: int  # replies that `ne_kept` is a share of
    emoji: Shares
    laughs: Shares
    abbreviations: Shares
    openers: Shares
    closers: Shares


def profile(replies: Sequence[str]) -> Profile:
    texts = [text for text in map(tidy, replies) if text]
    rows = [scalars(text) for text in texts]
    words = [split_words(text) for text in texts]
    negated = [words_of for words_of in words if any(word in NOT and word != "plus" for word in words_of)]
    habits = {
        feature.name: Spread.of(feature.plain(row[index]) for row in rows)
        for index, feature in enumerate(FEATURES)
    }
    return Profile(
        replies=len(texts),
        words=Spread.of(map(count_words, texts)),
        lines=Spread.of(text.count("\n") + 1 for text in texts),
        habits=habits,
        ends={name: habits[name].mean for name in ENDS} | {"ends_emoji": _share(texts, _ends_with_emoji)},
        tu=_share(words, lambda words_of: not TU.isdisjoint(words_of)),
        vous=_share(words, lambda words_of: not VOUS.isdisjoint(words_of)),
        ne_kept=_ne_kept(negated),
        negated=len(negated),
        emoji=_usual(EMOJI.findall(text) for text in texts),
        laughs=_usual([laugh.lower() for laugh in LAUGHTER.findall(text)] for text in texts),
        abbreviations=_usual([word for word in words_of if word in ABBREVIATIONS] for words_of in words),
        openers=_usual(forms(text)[:1] for text in texts),
        closers=_usual(_last_word(text) for text in texts),
    )


def _share(things: Sequence[Counted], has: Callable[[Counted], bool]) -> float:
    return fmean(map(has, things)) if things else 0.0


def _usual(found: Iterable[Sequence[str]]) -> Shares:
    """Forms by the share of replies that have them at least once."""
    lists = list(found)
    counts = Counter(form for forms_of_one in lists for form in set(forms_of_one))
    ranked = sorted(counts, key=lambda form: (-counts[form], form))[:SHOWN_FORMS]
    return tuple((form, counts[form] / len(lists)) for form in ranked)


def _last_word(text: str) -> list[str]:
    words = [form for form in forms(text) if form[0].isalnum() or EMOJI.fullmatch(form)]
    return words[-1:]


def _ends_with_emoji(text: str) -> bool:
    found = list(EMOJI.finditer(text))
    return bool(found) and found[-1].end() == len(text)


def _ne_kept(negated: Sequence[Sequence[str]]) -> float | None:
    """« je ne sais pas » keeps it, « je sais pas » does not; « plus » alone may be no negation at all."""
    return fmean("ne" in words or "n'" in words for words in negated) if negated else None

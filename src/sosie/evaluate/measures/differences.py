"""« Ce qui trahit le modèle », in forms and counts: what it says too much or too little, beside the person.

    log_odds(given, truth)  ->  over (("du coup", 4.1), ...), under (("mdr", -6.3), ...)

Openers, closers and forms are compared by log-odds with a Dirichlet prior (Monroe et al. 2008, « Fightin'
Words »): a form seen twice proves nothing. All of it is about sets of replies, never about one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log, sqrt
from random import Random

from sosie.evaluate.measures.lengths import Lengths, lengths, wasserstein
from sosie.style.profile import Profile, profile
from sosie.style.words import TU, VOUS, count_words, forms, split_words, tidy

SHOWN = 15
TELLING = 1.96  # standard errors
PRIOR = 300.0  # imagined forms, spread as both sides use them
COMPARED = 200  # replies of which self-BLEU is taken
RUN = 4  # words of its longest run


@dataclass(frozen=True, slots=True)
class Form:
    form: str
    z: float  # above 0: the model says it more than the person
    given: int
    truth: int


@dataclass(frozen=True, slots=True)
class Forms:
    """The most telling ones: said too much, said too little."""

    over: tuple[Form, ...]
    under: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """With one correspondent: of the replies that say « tu » or « vous », the share that say « tu »."""

    correspondent: str
    given: float | None
    truth: float | None
    given_n: int  # uses of either that the share is taken of
    truth_n: int

    @property
    def right(self) -> bool | None:
        """The same side as the person; None where either never says."""
        if self.given is None or self.truth is None:
            return None
        return (self.given >= 0.5) == (self.truth >= 0.5)


@dataclass(frozen=True, slots=True)
class Diversity:
    """Low `distinct` or high `self_bleu` beside the person's: the model repeats itself."""

    distinct: float  # different pairs of words, of as many words on both sides
    self_bleu: float


@dataclass(frozen=True, slots=True)
class StyleDifferences:
    given: Profile
    truth: Profile
    lengths: Lengths
    words_apart: float  # Wasserstein distance between the lengths, in words
    emoji_shared: float | None  # of the most used emoji of both; None where nobody has any
    addresses: tuple[Address, ...]
    address_accuracy: float | None  # share of correspondents rightly said « tu » or « vous » to
    openers: Forms
    closers: Forms
    forms: Forms
    given_diversity: Diversity
    truth_diversity: Diversity


def style_differences(
    given: Sequence[str], truth: Sequence[str], correspondents: Sequence[str] = ()
) -> StyleDifferences:
    """`correspondents[i]`: whom given[i] and truth[i] both answer; left out, it is one and the same."""
    mine, theirs = profile(given), profile(truth)
    texts = tuple([text for text in map(tidy, side) if text] for side in (given, truth))
    addresses = tuple(_addresses(given, truth, correspondents or [""] * max(len(given), len(truth))))
    judged = [address.right for address in addresses if address.right is not None]
    given_diversity, truth_diversity = diversities(*texts)
    sizes = tuple([count_words(text) for text in side] for side in texts)
    return StyleDifferences(
        given=mine,
        truth=theirs,
        lengths=lengths(*sizes),
        words_apart=wasserstein(*sizes),
        emoji_shared=_shared([sign for sign, _ in mine.emoji], [sign for sign, _ in theirs.emoji]),
        addresses=addresses,
        address_accuracy=sum(judged) / len(judged) if judged else None,
        openers=_telling(texts, _openers),
        closers=_telling(texts, _closers),
        forms=_telling(texts, _runs),
        given_diversity=given_diversity,
        truth_diversity=truth_diversity,
    )


def log_odds(given: Counter[str], truth: Counter[str], most: int = SHOWN) -> Forms:
    """Which forms one side says more than chance allows, the surest first."""
    total, of_given, of_truth = (given + truth).total(), given.total(), truth.total()
    if not of_given or not of_truth:
        return Forms((), ())

    def logit(count: int, of: int, prior: float) -> float:
        return log((count + prior) / max(of + PRIOR - count - prior, 1e-9))

    scored = []
    for form, count in sorted((given + truth).items()):
        prior = PRIOR * count / total
        gap = logit(given[form], of_given, prior) - logit(truth[form], of_truth, prior)
        error = sqrt(1 / (given[form] + prior) + 1 / (truth[form] + prior))
        scored.append(Form(form, gap / error, given[form], truth[form]))
    ranked = sorted(scored, key=lambda form: -form.z)
    return Forms(
        tuple(form for form in ranked[:most] if form.z >= TELLING),
        tuple(form for form in ranked[::-1][:most] if form.z <= -TELLING),
    )


def _telling(sides: Sequence[Sequence[str]], taken: Callable[[str], list[str]]) -> Forms:
    given, truth = (Counter(form for text in side for form in taken(text)) for side in sides)
    return log_odds(given, truth)


def _openers(text: str) -> list[str]:
    found = forms(text)
    return [" ".join(found[:length]) for length in (1, 2) if len(found) >= length]


def _closers(text: str) -> list[str]:
    found = forms(text)
    return [" ".join(found[-length:]) for length in (1, 2) if len(found) >= length]


def _runs(text: str) -> list[str]:
    """Words, marks and emoji, alone and two by two."""
    found = forms(text)
    return found + [" ".join(pair) for pair in pairwise(found)]


def _addresses(given: Sequence[str], truth: Sequence[str], whom: Sequence[str]) -> Iterable[Address]:
    for correspondent in sorted(set(whom)):
        (given_share, given_n), (truth_share, truth_n) = (
            _tu_share(text for text, to in zip(side, whom, strict=False) if to == correspondent)
            for side in (given, truth)
        )
        yield Address(correspondent, given_share, truth_share, given_n, truth_n)


def _tu_share(texts: Iterable[str]) -> tuple[float | None, int]:
    """The share that say « tu » of the uses of either, and how many uses there are."""
    replies = [set(split_words(tidy(text))) for text in texts]
    tu, vous = (sum(not words.isdisjoint(side) for words in replies) for side in (TU, VOUS))
    return (tu / (tu + vous), tu + vous) if tu + vous else (None, 0)


def _shared(given: Sequence[str], truth: Sequence[str]) -> float | None:
    both = set(given) | set(truth)
    return len(set(given) & set(truth)) / len(both) if both else None


def diversities(given: Sequence[str], truth: Sequence[str]) -> tuple[Diversity, Diversity]:
    """Of as many words and as many replies on both sides, drawn alike."""
    sides = [Random(7).sample(sorted(side), len(side)) for side in (given, truth)]
    words = [[word for text in side for word in split_words(text)] for side in sides]
    most_words, most_texts = min(map(len, words)), min(COMPARED, *map(len, sides))
    first, second = (
        Diversity(
            _distinct(side_words[:most_words]), self_bleu([split_words(text) for text in side[:most_texts]])
        )
        for side_words, side in zip(words, sides, strict=True)
    )
    return first, second


def _distinct(words: Sequence[str]) -> float:
    pairs = list(pairwise(words))
    return len(set(pairs)) / len(pairs) if pairs else 0.0


def self_bleu(texts: Sequence[Sequence[str]]) -> float:
    """How much of each reply stands in the others, by runs of 1 to 4 words: 1 where all are the same."""
    if len(texts) < 2:
        return 0.0
    precisions: list[list[float]] = [[] for _ in texts]
    for length in range(1, RUN + 1):
        counts = [Counter(zip(*(words[k:] for k in range(length)), strict=False)) for words in texts]
        best = _two_best(counts)
        for place, runs in enumerate(counts):
            if runs:
                found = sum(min(n, best[run][best[run][0][1] == place][0]) for run, n in runs.items())
                precisions[place].append((found + 1e-3) / (runs.total() + 1e-3))
    scores = [exp(sum(map(log, of_one)) / len(of_one)) for of_one in precisions if of_one]
    return sum(scores) / len(scores) if scores else 0.0


def _two_best(
    counts: Sequence[Counter[tuple[str, ...]]],
) -> dict[tuple[str, ...], list[tuple[int, int]]]:
    """For each run, the two replies that have it most: [(count, reply), (count, another)]."""
    best: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for place, runs in enumerate(counts):
        for run, count in runs.items():
            had = best.get(run, [(0, -1), (0, -1)])
            best[run] = sorted([*had, (count, place)], reverse=True)[:2]
    return best

"""What sets one writer apart, most telling first: a trait is a yes-or-no question asked of every reply.

    traits(replies, [correspondents, people in general], 10)
        ->  (Trait("form roh", "commence par « roh »", share=0.31, others=0.0), ...)

How telling a trait is: the Kullback-Leibler divergence of its Bernoulli share among the person's replies from
the mean of its shares among the groups of others, in nats a reply (Kullback and Leibler, "On information and
sufficiency", 1951). It counts where, against one of them, the log-likelihood ratio of both shares, G, would
be met by chance once in a thousand (Dunning, "Accurate methods for the statistics of surprise and
coincidence", 1993).
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import log
from statistics import fmean

from sosie.style.portrait import ORDINARY
from sosie.style.ways import FAMILIES, WAYS, Way
from sosie.style.words import ABBREVIATIONS, EMOJI, LAUGHTER, forms

CHANCE = 10.83  # G that one pair of equal shares in a thousand exceeds (chi-squared, one degree of freedom)
LEAST_REPLIES = 5  # replies that a form is in, and never under RAREST of them
RAREST = 0.01
LONGEST_FORM = 4  # words
SWALLOWED = 0.8  # a form is left out where this share of its replies holds a longer one
MOSTLY = 0.6  # share of a form's replies that begin, or end, with it
SHOWN_FORMS = 5

Form = tuple[str, ...]  # its words, without accents
Count = tuple[int, int]  # replies that have it, of how many


@dataclass(frozen=True, slots=True)
class Trait:
    """`share` of the `n` replies that could show it have it; of the first group of others, `others`."""

    name: str = field(repr=False)  # « drops_ne », « form mon poulet »
    label: str = field(repr=False)  # « laisse tomber le « ne » »
    share: float
    n: int
    others: float
    others_n: int
    information: float  # nats a reply
    examples: tuple[str, ...] = field(default=(), repr=False)  # words and signs, never a whole message


def traits(replies: Sequence[str], others: Sequence[Sequence[str]], most: int) -> tuple[Trait, ...]:
    """The `most` telling traits of tidy replies, against the tidy texts of one or two groups of others."""
    found = [*_ways(replies, others), *_forms(replies, others)]
    return tuple(sorted(found, key=lambda trait: (-trait.information, trait.name))[:most])


def divergence(share: float, of: float) -> float:
    """KL(Bernoulli(share) || Bernoulli(of)) in nats; `of` strictly between 0 and 1."""
    parts = ((share, of), (1 - share, 1 - of))
    return sum(p * log(p / q) for p, q in parts if p)


def likelihood_ratio(mine: Count, theirs: Count) -> float:
    """G: twice the log-likelihood that one share for both would lose."""
    pooled = (mine[0] + theirs[0]) / (mine[1] + theirs[1])
    if pooled in (0, 1):
        return 0.0
    return 2 * sum(n * divergence(k / n, pooled) for k, n in (mine, theirs))


def share_in(texts: Sequence[str], name: str) -> float | None:
    """The share of other tidy replies that have the trait of that name; None where none could show it."""
    kind, _, rest = name.partition(" ")
    if kind == "form":
        k, n = _presence(map(_words, texts))[tuple(rest.split())], len(texts)
    else:
        way = next(way for way in WAYS if way.name == (rest or name))
        k, n = _count(way, texts) if not rest else _opposite(_count(way, texts))
    return k / n if n else None


def _trait(
    name: str, label: str, mine: Count, others: Sequence[Count], examples: Iterable[str]
) -> Trait | None:
    """The trait, where the person has it more than others, and more than chance would."""
    k, n = mine
    theirs = [count for count in others if count[1]]
    if not n or not theirs:
        return None
    usual = fmean((count + 0.5) / (of + 1) for count, of in theirs)
    if k / n <= usual or all(likelihood_ratio(mine, count) < CHANCE for count in theirs):
        return None
    share, others_n = theirs[0][0] / theirs[0][1], theirs[0][1]
    return Trait(name, label, k / n, n, share, others_n, divergence(k / n, usual), tuple(examples))


def _ways(replies: Sequence[str], others: Sequence[Sequence[str]]) -> Iterator[Trait]:
    """Of the ways about one thing, the most telling."""
    best: dict[str, Trait] = {}
    for way in WAYS:
        for trait in filter(None, _sides(way, replies, others)):
            if way.about not in best or trait.information > best[way.about].information:
                best[way.about] = trait
    yield from best.values()


def _sides(way: Way, replies: Sequence[str], others: Sequence[Sequence[str]]) -> Iterator[Trait | None]:
    """The way, and its opposite; not to do something tells only where the first group does it."""
    mine, theirs = _count(way, replies), [_count(way, texts) for texts in others]
    yield _trait(way.name, way.label, mine, theirs, _usual_forms(way, replies))
    if way.opposite and mine[1] and theirs[0][1] and likelihood_ratio(mine, theirs[0]) >= CHANCE:
        yield _trait(f"not {way.name}", way.opposite, _opposite(mine), [*map(_opposite, theirs)], ())


def _opposite(count: Count) -> Count:
    return count[1] - count[0], count[1]


def _count(way: Way, texts: Iterable[str]) -> Count:
    """In how many it is so, of how many where it could be."""
    answers = [answer for text in texts if (answer := way.test(text)) is not None]
    return sum(answers), len(answers)


def _usual_forms(way: Way, replies: Sequence[str]) -> tuple[str, ...]:
    """The emoji, laughs or abbreviations that make the habit."""
    find = FAMILIES.get(way.about)
    if find is None:
        return ()
    counts = Counter(form for text in replies for form in set(find(text)))
    return tuple(form for form, _ in counts.most_common(SHOWN_FORMS))


def _forms(replies: Sequence[str], others: Sequence[Sequence[str]]) -> Iterator[Trait]:
    """Words and expressions of one's own; of those that share words, the most telling."""
    cut = [_words(text) for text in replies]
    mine, theirs = _presence(cut), [_presence(map(_words, texts)) for texts in others]
    counts = [len(texts) for texts in others]
    least = max(LEAST_REPLIES, RAREST * len(replies))
    often = {form: k for form, k in mine.items() if k >= least and not ORDINARY.issuperset(form)}
    found: dict[Form, Trait] = {}
    for form, k in often.items():
        if any(
            k_longer >= SWALLOWED * k and _within(form, longer)
            for longer, k_longer in often.items()
            if longer != form
        ):
            continue
        their_counts = [(table[form], n) for table, n in zip(theirs, counts, strict=True)]
        if trait := _trait(f"form {' '.join(form)}", "", (k, len(replies)), their_counts, ()):
            found[form] = trait
    kept: list[Form] = []
    for form in sorted(found, key=lambda form: (-found[form].information, form)):
        if not any(_within(form, other) or _within(other, form) for other in kept):
            kept.append(form)
            yield _labelled(found[form], form, cut)


def _words(text: str) -> list[tuple[str, str]]:
    """(without accents, as written) for each word of a reply that FAMILIES does not count already."""
    return [
        (_plain(form), form)
        for form in forms(text)
        if form[0].isalpha()
        and form not in ABBREVIATIONS
        and not EMOJI.fullmatch(form)
        and not LAUGHTER.fullmatch(form)
    ]


def _plain(word: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign))


def _presence(cut: Iterable[Sequence[tuple[str, str]]]) -> Counter[Form]:
    """How many replies hold each run of one to four words."""
    counts: Counter[Form] = Counter()
    for words in cut:
        plain = [word for word, _ in words]
        sizes = range(1, LONGEST_FORM + 1)
        counts.update({tuple(plain[at : at + size]) for size in sizes for at in range(len(plain) - size + 1)})
    return counts


def _within(form: Form, longer: Form) -> bool:
    starts = range(len(longer) - len(form) + 1)
    return any(longer[at : at + len(form)] == form for at in starts)


def _labelled(trait: Trait, form: Form, cut: Sequence[Sequence[tuple[str, str]]]) -> Trait:
    """Named by its most usual spelling, and by where it stands in a reply."""
    size, spellings, first, last = len(form), Counter[str](), 0, 0
    for words in cut:
        plain = tuple(word for word, _ in words)
        places = [at for at in range(len(plain) - size + 1) if plain[at : at + size] == form]
        spellings.update({" ".join(word for _, word in words[at : at + size]) for at in places})
        first, last = first + (0 in places), last + (len(plain) - size in places)
    written = spellings.most_common(1)[0][0].replace("' ", "'")
    often = MOSTLY * trait.share * trait.n
    where = "commence par" if first >= often else "finit par" if last >= often else "dit"
    return replace(trait, label=f"{where} « {written} »", examples=(written,))

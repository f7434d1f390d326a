"""R by circle, and whether the double keeps its circles apart: those to whom the person writes alike.

by_circle(answers, replies, ["tutoiement", "vouvoiement", ...], others, seed)
    ->  WithCircle("tutoiement", R beside the replies to « tutoiement », (beside those to « vouvoiement »,))

It does where R is highest on the diagonal: the answers to a circle beside the person's replies to the same.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sosie.evaluate.measures.likeness import Likeness, measure_likeness
from sosie.evaluate.measures.reference import make_reference
from sosie.evaluate.statistics import FEWEST


@dataclass(frozen=True, slots=True)
class BesideCircle:
    """R of answers to another circle, beside the replies to this one."""

    circle: str
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class WithCircle:
    circle: str
    likeness: Likeness
    others: tuple[BesideCircle, ...]


def by_circle(
    given: Sequence[str],
    truth: Sequence[str],
    circles: Sequence[str],
    others: Sequence[Sequence[str]],
    seed: int,
) -> tuple[WithCircle, ...]:
    """`given[i]` and `truth[i]` answer somebody of `circles[i]`; nothing where there is but one circle."""
    counts = Counter(circles)
    names = [name for name, count in counts.most_common() if name and FEWEST <= count < len(circles)]

    def said(side: Sequence[str], circle: str) -> list[str]:
        return [text for text, own in zip(side, circles, strict=True) if own == circle]

    references = {name: make_reference(said(truth, name), others, seed) for name in names}
    rows = []
    for name in names:
        answers = said(given, name)
        beside = tuple(
            BesideCircle(other, replace(measure_likeness(reference, answers), contributions=()))
            for other, reference in references.items()
            if other != name
        )
        rows.append(WithCircle(name, measure_likeness(references[name], answers), beside))
    return tuple(rows)

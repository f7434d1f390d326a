"""R with each person to whom enough was written: nobody writes to everybody alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sosie.evaluate.measures.likeness import Likeness, measure_likeness
from sosie.evaluate.measures.reference import make_reference

ENOUGH_FOR_ONE = 100  # replies to one correspondent that make a score of their own


@dataclass(frozen=True, slots=True)
class WithCorrespondent:
    correspondent: str  # a pseudonym
    likeness: Likeness


def by_correspondent(
    given: Sequence[str],
    truth: Sequence[str],
    whom: Sequence[str],
    others: Sequence[Sequence[str]],
    seed: int,
) -> tuple[WithCorrespondent, ...]:
    """`given[i]` and `truth[i]` answer `whom[i]`; nothing where there is but one."""
    rows = []
    for name, count in sorted(Counter(whom).items()):
        if name and ENOUGH_FOR_ONE <= count < len(whom):
            mine, theirs = (
                [text for text, to in zip(side, whom, strict=True) if to == name] for side in (given, truth)
            )
            score = measure_likeness(make_reference(theirs, others, seed), mine)
            rows.append(WithCorrespondent(name, score))
    return tuple(rows)

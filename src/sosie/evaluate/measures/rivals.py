"""The rivals of a double, which were never trained: R of each beside the double's, and whether it copies.

A base model that is shown a few of the person's exchanges may copy them: its R is worth no more than a
copier's, so M stands beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sosie.evaluate.answer_cache import Speaker
from sosie.evaluate.measures.likeness import Difference, Likeness, compare_likeness, measure_likeness
from sosie.evaluate.measures.memorisation import measure_memorisation
from sosie.evaluate.measures.recited import TrainingReplies
from sosie.evaluate.measures.reference import Reference
from sosie.evaluate.statistics import Light


@dataclass(frozen=True, slots=True)
class RivalMemorisation:
    value: float | None
    low: float | None
    high: float | None
    n: int
    gate: Light


@dataclass(frozen=True, slots=True)
class Rival:
    name: str  # base, base+5, base+20
    label: str  # in French
    likeness: Likeness
    difference: Difference  # R of the double less its own
    memorisation: RivalMemorisation


def rival(
    speaker: Speaker,
    given: Sequence[str],
    double: Sequence[str],
    truth: Sequence[str],
    reference: Reference,
    training: TrainingReplies,
) -> Rival:
    """`given[i]`, `double[i]` and `truth[i]` answer the same context."""
    m = measure_memorisation(given, truth, training, reference.seed)
    return Rival(
        name=speaker.name,
        label=speaker.label,
        likeness=measure_likeness(reference, given),
        difference=compare_likeness(reference, double, given),
        memorisation=RivalMemorisation(m.value, m.low, m.high, m.n, m.gate),
    )

"""What every model of a report is held to: the person's replies placed, and how far a typical other one is.

    truth, others  ->  Reference(space, truth, baseline)   E0 = baseline.energy = median of E(O_k, truth)

The space is fitted on invented people (background) and has never seen the person. The baseline is made of the
person's own correspondents; of other invented people where there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import nan, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from sosie.evaluate.personas import background, baseline_people
from sosie.evaluate.statistics import SEED, digest, halves, sample
from sosie.style.distance import Embedded, Pair, Space, distances
from sosie.style.words import usable

if TYPE_CHECKING:
    from sosie.style.distance import Table

MOST = 1000  # replies of a set that are compared; of more, as many are drawn
FEWEST_OF_ANOTHER = 20  # replies, under which somebody is no baseline
INVENTED_REPLIES = 200  # at least, of each invented person
SPACE = Path(__file__).parent.parent / "personas" / "space.npz"  # made by tools/style_space.py


@dataclass(frozen=True, slots=True)
class Baseline:
    energy: float  # E0; NaN where nobody is left
    separated: float  # share of the half-samples in which E0 is above 0
    others: int
    left_out: int  # people with too few replies
    invented: bool
    digest: str


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    space: Space
    truth: Embedded
    within: "Table"  # distances among the truth
    baseline: Baseline
    drift: float  # energy between the person's earlier and later half, in the order given
    short: float  # share of the truth that is too short to count
    digest: str
    seed: int

    def score(self, energy: float) -> float:
        """An energy as R."""
        return 100 * (1 - sqrt(max(0.0, energy) / self.baseline.energy))

    def against(self, placed: Embedded) -> Pair:
        return Pair.of(placed, self.truth, self.within)


def make_reference(truth: Sequence[str], others: Sequence[Sequence[str]] = (), seed: int = SEED) -> Reference:
    space, in_order = background_space(), usable(truth)
    texts = sample(in_order, MOST, seed)
    placed = space.embed(texts)
    within = distances(placed, placed)
    people = others or baseline_people(max(INVENTED_REPLIES, len(texts)))
    return Reference(
        space=space,
        truth=placed,
        within=within,
        baseline=_baseline(space, placed, within, [usable(replies) for replies in people], not others, seed),
        drift=_drift(space, in_order),
        short=1 - len(in_order) / len(truth) if truth else 0.0,
        digest=digest(texts),
        seed=seed,
    )


def _baseline(
    space: Space, truth: Embedded, within: "Table", people: list[list[str]], invented: bool, seed: int
) -> Baseline:
    """E0, and how surely it is above 0."""
    import numpy as np

    counted = [texts for texts in people if len(texts) >= FEWEST_OF_ANOTHER]
    cut = [sample(texts, max(FEWEST_OF_ANOTHER, len(truth)), seed) for texts in counted]
    energy = separated = nan
    if len(truth) > 1 and cut:
        pairs = [Pair.of(space.embed(texts), truth, within) for texts in cut]
        rng = np.random.default_rng(seed)
        of_truth = halves(len(truth), rng)
        parts = [pair.energies(halves(len(pair.first), rng), of_truth) for pair in pairs]
        energy = float(np.median([pair.energy() for pair in pairs]))
        separated = float(np.mean(np.median(parts, axis=0) > 0))
    whole = digest(text for texts in cut for text in texts)
    return Baseline(energy, separated, len(cut), len(people) - len(cut), invented, whole)


def _drift(space: Space, in_order: Sequence[str]) -> float:
    middle = len(in_order) // 2
    early, late = in_order[max(0, middle - MOST) : middle], in_order[middle : middle + MOST]
    return Pair.of(space.embed(early), space.embed(late)).energy() if middle > 1 else nan


@lru_cache(maxsize=1)
def background_space() -> Space:
    """Fitted once, and shipped: R is then the same on any machine, whatever its libraries."""
    return Space.read(SPACE)


@lru_cache(maxsize=1)
def background_digest() -> str:
    return digest(background())

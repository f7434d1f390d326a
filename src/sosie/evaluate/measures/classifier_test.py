"""Classifier two-sample test (C2ST) on raw characters: can a classifier tell two sets of replies apart?

    given, truth, groups  ->  Area(auc=0.71, low=0.66, high=0.76)      0.5: not told apart; 1: always

Ridge classifier on tf-idf of character 1- to 3-grams, nothing masked nor tidied: a space that shares nothing
with that of R, so that text chosen to raise R does not lower it by the same stroke. Folds by conversation:
the two replies to one message are never one in training and the other under test. Only replies of the same
fold are compared, so that where there is nothing to see the expectation is 0.5.

Interval: half-samples of conversations without replacement, as for R, learnt anew on each: what a classifier
happens to learn moves the area as much as what it is asked. A half gives less to learn from, so only the
spread is taken of them, around the area of the whole. Lopez-Paz and Oquab, "Revisiting classifier two-sample
tests", ICLR 2017.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from sosie.evaluate.statistics import SEED, TAILS, area, halves

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

FOLDS, PARTITIONS = 5, 5  # how many folds, and how many times they are drawn
REFITTED = 100  # half-samples
FEWEST_GROUPS = 2 * FOLDS  # conversations
MOST_COMPARED = 500  # replies of a side; of more, as many are drawn
RIDGE = 1.0
LONGEST_RUN = 3  # characters
FEATURES = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Areas:
    """The area under the curve, and those of half-samples around it: of the same ones for the same groups."""

    auc: float
    halved: "Numbers"

    @property
    def edges(self) -> tuple[float, float]:
        import numpy as np

        low, high = np.quantile(self.halved, TAILS)
        return float(low), float(high)


def tell_apart(
    given: Sequence[str],
    truth: Sequence[str],
    given_groups: Sequence[Hashable],
    truth_groups: Sequence[Hashable],
    seed: int = SEED,
) -> Areas | None:
    """`given_groups[i]`: the conversation of given[i]. None under ten conversations on a side."""
    if min(len(set(given_groups)), len(set(truth_groups))) < FEWEST_GROUPS:
        return None
    import numpy as np

    groups = {group: at for at, group in enumerate(dict.fromkeys((*given_groups, *truth_groups)))}
    of = np.array([groups[group] for group in (*given_groups, *truth_groups)])
    mine = np.arange(len(of)) < len(given)
    kernel, rng = similarities([*given, *truth]), Random(seed)
    auc = float(np.mean([cross_validated(kernel, mine, of, rng) for _ in range(PARTITIONS)]))
    chosen = halves(len(groups), np.random.default_rng(seed))[:REFITTED, of] > 0
    halved = np.array(
        [cross_validated(kernel[np.ix_(half, half)], mine[half], of[half], rng) for half in chosen]
    )
    return Areas(auc, halved + auc - halved.mean())


def cross_validated(
    kernel: "Numbers", mine: "NDArray[np.bool_]", of: "NDArray[np.intp]", rng: Random
) -> float:
    """The area under the curve over all pairs of the same fold; `of`: the group of each row."""
    import numpy as np

    fold = np.array(partition(np.bincount(of).tolist(), rng))[of]
    won = pairs = 0.0
    for number in range(FOLDS):
        asked = fold == number
        scores = decide(kernel, mine, asked)
        ours, theirs = scores[asked & mine], scores[asked & ~mine]
        if met := len(ours) * len(theirs):  # a small fold may hold one side alone
            won, pairs = won + area(theirs, ours) * met, pairs + met
    return won / pairs if pairs else 0.5


def similarities(texts: Sequence[str]) -> "Numbers":
    """Cosines of the runs of characters, and 1 for the intercept."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    made = TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, LONGEST_RUN),
        lowercase=False,
        sublinear_tf=True,
        min_df=2,
        max_features=FEATURES,
    )
    table = made.fit_transform([f" {text} " for text in texts])
    return np.asarray((table @ table.T).todense()) + 1


def partition(sizes: Sequence[int], rng: Random) -> list[int]:
    """The fold of each group, drawn by lot; folds of about as many replies."""
    filled, fold = [0] * FOLDS, [0] * len(sizes)
    for group in rng.sample(range(len(sizes)), len(sizes)):
        fold[group] = filled.index(min(filled))
        filled[fold[group]] += sizes[group]
    return fold


def decide(kernel: "Numbers", mine: "NDArray[np.bool_]", asked: "NDArray[np.bool_]") -> "Numbers":
    """What a ridge classifier that learnt the others says of those asked: higher, more surely `given`."""
    import numpy as np

    learnt = np.flatnonzero(~asked)
    target = np.where(mine[learnt], 1.0, -1.0)
    within = kernel[np.ix_(learnt, learnt)] + RIDGE * np.eye(len(learnt))
    return kernel[:, learnt] @ np.linalg.solve(within, target)

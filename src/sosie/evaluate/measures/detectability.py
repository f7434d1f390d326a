"""Other eyes on the same replies, to be plotted beside R and never instead of it.

    c2st        how surely a classifier tells the model's replies from the person's: 0.5 not at all, 1 always;
                blind to an imitator three quarters good, and a little under 0.5 where there is nothing to see
    delta       cosine delta on the frequent words (Burrows' family): 0 the same habits, 1 none in common
    texture     cosine distance of the runs of characters, subjects masked
    verifier    share of the person's replies that look less like the person than the model's middle one: near
                0.5 is right; near 1 is caricature, which is why it cannot be the headline

The bands: `own` is the person's earlier half against the later one, `others` the baseline people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sosie.evaluate.measures.reference import background_space
from sosie.evaluate.personas import EACH, background
from sosie.evaluate.statistics import SEED
from sosie.style.distance import Embedded, Space
from sosie.style.words import split_words, usable

if TYPE_CHECKING:
    from sosie.style.distance import Table

FOLDS = 5
FEWEST_A_SIDE = 2 * FOLDS  # replies of each side
RIDGE = 0.1


@dataclass(frozen=True, slots=True)
class Band:
    given: float
    own: float
    others: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Detectability:
    c2st: float
    delta: Band
    texture: Band
    verifier: float
    given_n: int  # replies of three words or more
    truth_n: int


def detectability(
    given: Sequence[str], truth: Sequence[str], others: Sequence[Sequence[str]] = (), seed: int = SEED
) -> Detectability | None:
    """None under ten replies of three words on a side."""
    space = background_space()
    mine, theirs, rest = usable(given), usable(truth), [usable(replies) for replies in others]
    if min(len(mine), len(theirs)) < FEWEST_A_SIDE:
        return None
    placed, own = space.embed(mine), space.embed(theirs)
    sets = [mine, theirs[: len(theirs) // 2], theirs[len(theirs) // 2 :], theirs, *rest]
    return Detectability(
        c2st=c2st(placed, own, seed),
        delta=_band(word_habits(sets, space)),
        texture=_band(run_habits(sets, space)),
        verifier=verifier(placed, own, space),
        given_n=len(mine),
        truth_n=len(theirs),
    )


def _band(rows: "Table") -> Band:
    """Rows: the model, the person's two halves, the whole person, others."""
    given, early, late, whole, *others = rows
    return Band(cosine(given, whole), cosine(early, late), tuple(cosine(row, whole) for row in others))


def cosine(x: Any, y: Any) -> float:
    """1 less the cosine of the angle."""
    import numpy as np

    size = float(np.linalg.norm(x) * np.linalg.norm(y))
    return 1 - float(x @ y) / size if size else 1.0


def word_habits(sets: Sequence[Sequence[str]], space: Space) -> "Table":
    """How often each frequent word comes, in standard deviations between the people of the background."""
    import numpy as np

    order = {word: place for place, word in enumerate(sorted(space.kept))}

    def rates(texts: Sequence[str]) -> Any:
        row, total = np.zeros(len(order)), 0
        for text in texts:
            for word in split_words(text):
                total += 1
                if word in order:
                    row[order[word]] += 1
        return row / max(1, total)

    texts = background()
    people = np.array([rates(usable(texts[at : at + EACH])) for at in range(0, len(texts), EACH)])
    spread = np.maximum(people.std(axis=0), 1e-4)
    return (np.array([rates(texts) for texts in sets]) - people.mean(axis=0)) / spread  # type: ignore[no-any-return]


def run_habits(sets: Sequence[Sequence[str]], space: Space) -> "Table":
    """The mean reply of each set, as runs of characters."""
    import numpy as np

    return np.array([space.mean_runs(texts) for texts in sets])


def c2st(given: Embedded, truth: Embedded, seed: int = SEED) -> float:
    """Area under the curve of a classifier that has never seen the replies it is asked about."""
    import numpy as np
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    table = np.vstack([_both(given), _both(truth)])
    sides = np.array([1] * len(given) + [0] * len(truth))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    return float(cross_val_score(_classifier(), table, sides, cv=folds, scoring="roc_auc").mean())


def verifier(given: Embedded, truth: Embedded, space: Space) -> float:
    """Learnt on every second reply of the person against the background; asked about the others."""
    import numpy as np

    strangers = _both(space.embed(usable(background())))
    person = _both(truth)
    learnt, asked = person[::2], person[1::2]
    table = np.vstack([learnt, strangers])
    model = _classifier().fit(table, [1] * len(learnt) + [0] * len(strangers))
    middle = np.median(model.decision_function(_both(given)))
    return float(np.mean(model.decision_function(asked) < middle))


def _both(placed: Embedded) -> "Table":
    import numpy as np

    return np.hstack([placed.habits, placed.texture])


def _classifier() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=RIDGE, max_iter=2000, class_weight="balanced")

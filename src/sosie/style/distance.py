"""How far two ways of writing lie apart: a style space fitted on other people, and energy distance in it.

    replies -> Placed(habits, texture) -> distances, reply to reply -> energy of two sets of replies

    d(x, y) = (2 |habits| + |texture|) / 3
    E(X, Y) = 2 mean d(x, y) - mean d(x, x') - mean d(y, y')        x' and y': another reply of the same set

`habits` are the 34 numbers of features.py; `texture` is the shape of the text once its subject is masked:
runs of 2 to 4 characters, brought down to 40 numbers. E has mean 0 for two samples of one writer and grows
with what makes them differ: the middle, the spread, what goes with what. Nothing is trained on the person.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.style.features import FEATURES, masked, scalars
from sosie.style.words import split_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

FREQUENT_WORDS = 300
RUNS = 4000  # runs of characters looked at
SIZES = (2, 3, 4)  # characters in a run
DEPTH = 40  # numbers they are brought down to
CLIP = 4.0  # standard deviations
LEAST_SPREAD = 0.02  # of a habit that the background hardly has
SEED = 7
_SPACES = re.compile(r"\s\s+")  # one in a run of characters, as scikit-learn has it


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """Replies in the space, a row each."""

    habits: "Table"  # (n, 34)
    texture: "Table"  # (n, 40)
    plain: "Table"  # (n, 34), the habits before they were scaled

    def __len__(self) -> int:
        return len(self.habits)


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """What the background made of it; see `fit`. A scale is the mean distance of two of its replies."""

    kept: frozenset[str]  # the frequent words, which texture leaves as they are
    middle: "Table"  # (34,)
    spread: "Table"  # (34,)
    habit_scale: float
    runs: Mapping[str, int]  # the row of each run of characters
    rarity: "Table"  # (RUNS,), what each run weighs: its inverse document frequency
    reduce: "Table"  # (RUNS, DEPTH)
    texture_middle: "Table"  # (DEPTH,)
    texture_spread: "Table"  # (DEPTH,)
    texture_scale: float

    def embed(self, texts: Sequence[str]) -> Embedded:
        """Tidy replies (see features.usable), placed."""
        import numpy as np

        if not texts:
            return Embedded(np.empty((0, len(FEATURES))), np.empty((0, DEPTH)), np.empty((0, len(FEATURES))))
        plain = np.array([scalars(text) for text in texts])
        habits = np.clip((plain - self.middle) / self.spread, -CLIP, CLIP)
        reduced = np.array([self._reduced(text) for text in texts])
        texture = (reduced - self.texture_middle) / self.texture_spread
        return Embedded(habits / self.habit_scale, texture / self.texture_scale, plain)

    def mean_runs(self, texts: Sequence[str]) -> "Table":
        """(RUNS,): the mean of the replies' runs of characters, before they are brought down."""
        import numpy as np

        total = np.zeros(len(self.runs))
        for text in texts:
            rows, weights = self._weighed(text)
            total[rows] += weights
        return total / max(1, len(texts))

    def _reduced(self, text: str) -> "Table":
        """(DEPTH,)"""
        rows, weights = self._weighed(text)
        reduced: Table = weights @ self.reduce[rows]
        return reduced

    def _weighed(self, text: str) -> "tuple[Any, Table]":
        """The rows of the runs in a reply, and their weights: 1 + log of the count, by rarity, of length 1.

        That is scikit-learn's TfidfVectorizer, without a second and a half of import.
        """
        import numpy as np

        line = _SPACES.sub(" ", masked(text, self.kept))
        runs = (line[start : start + size] for size in SIZES for start in range(len(line) - size + 1))
        counts = Counter(map(self.runs.get, runs))
        counts.pop(None, None)
        rows: list[Any] = list(counts)
        weights = self.rarity[rows] * [1 + log(number) for number in counts.values()]
        return rows, weights / max(float(np.linalg.norm(weights)), 1e-12)

    def write(self, path: Path) -> None:
        """A compressed .npz: arrays of numbers and of text, nothing that could run."""
        import numpy as np

        fields = {name: getattr(self, name) for name in self.__slots__}
        fields["reduce"] = self.reduce.astype(np.float32)
        np.savez_compressed(path, **fields | {"kept": sorted(self.kept), "runs": list(self.runs)})

    @classmethod
    def read(cls, path: Path) -> "Space":
        import numpy as np

        with np.load(path, allow_pickle=False) as file:
            fields: dict[str, Any] = {name: file[name] for name in cls.__slots__}
        fields |= {name: float(fields[name]) for name in ("habit_scale", "texture_scale")}
        fields["kept"] = frozenset(fields["kept"].tolist())
        fields["runs"] = {run: row for row, run in enumerate(fields["runs"].tolist())}
        fields["reduce"] = fields["reduce"].astype(np.float64)
        return cls(**fields)


def fit(background: Sequence[str]) -> Space:
    """A style space from tidy replies of other people, never of the person: it says what is usual."""
    import numpy as np
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    plain = np.array([scalars(text) for text in background])
    middle, spread = plain.mean(axis=0), np.maximum(plain.std(axis=0), LEAST_SPREAD)
    kept = frequent_words(background, FREQUENT_WORDS)
    runs = TfidfVectorizer(
        analyzer="char",
        ngram_range=(SIZES[0], SIZES[-1]),
        sublinear_tf=True,
        max_features=RUNS,
        lowercase=False,
    )
    counted = runs.fit_transform([masked(text, kept) for text in background])
    reduce = TruncatedSVD(DEPTH, random_state=SEED)
    reduced = reduce.fit_transform(counted)
    texture_middle, texture_spread = reduced.mean(axis=0), reduced.std(axis=0)
    return Space(
        kept=kept,
        middle=middle,
        spread=spread,
        habit_scale=mean_within(np.clip((plain - middle) / spread, -CLIP, CLIP)),
        runs={run: row for row, run in enumerate(runs.get_feature_names_out().tolist())},
        rarity=runs.idf_,
        reduce=reduce.components_.T,
        texture_middle=texture_middle,
        texture_spread=texture_spread,
        texture_scale=mean_within((reduced - texture_middle) / texture_spread),
    )


def frequent_words(texts: Sequence[str], most: int) -> frozenset[str]:
    counts = Counter(word for text in texts for word in split_words(text))
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return frozenset(ranked[:most])


def euclidean(x: "Table", y: "Table") -> "Table":
    """Euclidean distances, (len(x), len(y))."""
    import numpy as np

    squares = (x * x).sum(axis=1)[:, None] + (y * y).sum(axis=1)[None, :] - 2 * x @ y.T
    return np.sqrt(np.maximum(squares, 0))  # type: ignore[no-any-return]


def mean_within(x: "Table") -> float:
    return float(euclidean(x, x).sum() / (len(x) * (len(x) - 1)))


def distances(x: Embedded, y: Embedded) -> "Table":
    """d of each reply of `x` to each of `y`; 0 on the diagonal where they are the same set."""
    import numpy as np

    table = (2 * euclidean(x.habits, y.habits) + euclidean(x.texture, y.texture)) / 3
    if x is y:
        np.fill_diagonal(table, 0.0)
    return table


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two sets of replies and all distances among them: enough for their energy, and that of any part."""

    across: "Table"
    first: "Table"
    second: "Table"

    @classmethod
    def of(cls, x: Embedded, y: Embedded, second: "Table | None" = None) -> "Pair":
        """`second` may be given, where distances(y, y) is known already."""
        return cls(distances(x, y), distances(x, x), distances(y, y) if second is None else second)

    def energy(self) -> float:
        import numpy as np

        whole = self.energies(np.ones((1, len(self.first))), np.ones((1, len(self.second))))
        return float(whole[0])

    def energies(self, of_first: "Table", of_second: "Table") -> "Table":
        """Energies of parts: a row of 0 and 1 a part says which replies are in it. NaN under two replies."""
        import numpy as np

        n, m = of_first.sum(axis=1), of_second.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            across = ((of_first @ self.across) * of_second).sum(axis=1) / (n * m)
            first = ((of_first @ self.first) * of_first).sum(axis=1) / (n * (n - 1))
            second = ((of_second @ self.second) * of_second).sum(axis=1) / (m * (m - 1))
        return 2 * across - first - second  # type: ignore[no-any-return]


def habit_energies(x: Embedded, y: Embedded, scale: float) -> "Table":
    """The energy of each habit alone, in standard deviations of the background, (34,)."""
    import numpy as np

    def apart(a: Any, b: Any, pairs: int) -> Any:
        return np.array([np.abs(a[:, None, j] - b[None, :, j]).sum() / pairs for j in range(len(FEATURES))])

    n, m = len(x), len(y)
    across = apart(x.habits, y.habits, n * m)
    within = apart(x.habits, x.habits, n * (n - 1)) + apart(y.habits, y.habits, m * (m - 1))
    return scale * (2 * across - within)  # type: ignore[no-any-return]

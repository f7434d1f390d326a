"""Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): several rankings become one.

    fuse([3, 1], [1, 9])  ->  [1, 3, 9]      each place gives 1 / (60 + rank)

Scores of different kinds, as BM25 and a cosine, are never compared: only places are.
"""

from collections import defaultdict
from collections.abc import Sequence

K = 60  # as its authors had it


def fuse(*rankings: Sequence[int]) -> list[int]:
    """All that is ranked, the best first; of two equals, the one that an earlier ranking has first."""
    scores: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, one in enumerate(ranking, 1):
            scores[one] += 1 / (K + rank)
    return sorted(scores, key=scores.__getitem__, reverse=True)

"""How strong each of several players is, from who was preferred to whom (Bradley and Terry, 1952).

    P(i is preferred to j) = 1 / (1 + exp(s_j - s_i))        the strengths s have mean 0

Fitted by the MM iterations of Hunter, "MM algorithms for generalized Bradley-Terry models", Annals of
Statistics 32 (2004), section 2. The ridge adds a tenth of a vote each way to every pair: it changes nothing
where there are votes, and keeps finite a player who always wins, or who never met another.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sosie.arena.votes import Vote

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

RIDGE = 0.1  # votes
DRAWS = 200  # of the bootstrap
CLOSE = 1e-7
MOST_ROUNDS = 5_000


def strengths(wins: "Numbers", ridge: float = RIDGE) -> "Numbers":
    """`wins[..., i, j]`: how often i was preferred to j. Shape (..., n, n) -> (..., n); centred at 0."""
    import numpy as np

    n = wins.shape[-1]
    wins = wins + ridge * (1 - np.eye(n))
    won = wins.sum(-1)
    met = wins + wins.swapaxes(-1, -2)
    power = np.ones_like(won)
    for _ in range(MOST_ROUNDS):
        new = won / (met / (power[..., :, None] + power[..., None, :])).sum(-1)
        new /= np.exp(np.log(new).mean(-1, keepdims=True))
        moved = np.abs(np.log(new / power)).max()
        power = new
        if moved < CLOSE:
            break
    return np.log(power)  # type: ignore[no-any-return]


def count(votes: Sequence[Vote], players: Sequence[str]) -> "Numbers":
    """Wins for each question: shape (questions, n, n), the questions in order of their ids."""
    import numpy as np

    rows = {question: row for row, question in enumerate(sorted({vote.question for vote in votes}))}
    places = {player: place for place, player in enumerate(players)}
    wins = np.zeros((len(rows), len(players), len(players)))
    for vote in votes:
        wins[rows[vote.question], places[vote.winner], places[vote.loser]] += 1
    return wins


def resampled(wins: "Numbers", seed: int, draws: int = DRAWS) -> "Numbers":
    """Strengths of `draws` other sets of as many questions, drawn with replacement: shape (draws, n).

    Whole questions are drawn, since votes on one question resemble each other.
    """
    import numpy as np

    questions = len(wins)
    chance = np.random.default_rng(seed)
    weights = chance.multinomial(questions, np.full(questions, 1 / questions), size=draws)
    return strengths(np.tensordot(weights.astype(float), wins, axes=1))

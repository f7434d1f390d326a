"""What the votes of the blind game say, with how sure it is.

    fooling rate   of the duels person against system: how often the system was taken for the person
                   (50 %: nobody can tell; Wilson's 95 % interval, each vote counted as one trial);
                   by those who know the person and by strangers, apart
    strength       where three or more play, the person being one: Bradley-Terry, bootstrap over questions

Two answers that are the same make no duel, and a conversation that the rater remembers makes no vote.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sosie.arena import bradley_terry
from sosie.arena.votes import Vote
from sosie.core.counted import counted
from sosie.evaluate.statistics import SEED, TAILS, rounded, wilson

PERSON = "personne"
# Those who know the person are harder to fool: one rate for both would say who played, not how good it is.
GROUPS = {"acquaintances": True, "strangers": False, "unsaid": None}


@counted
@dataclass(frozen=True, slots=True)
class Fooling:
    """How often one system was taken for the person: 0.5 when nobody can tell."""

    player: str
    rate: float | None  # None before the first vote
    low: float
    high: float
    fooled: int
    n: int  # votes
    raters: int
    questions: int
    group: str = ""  # of GROUPS; empty for all the votes


@counted
@dataclass(frozen=True, slots=True)
class Strength:
    """In Bradley-Terry's logits, mean 0: a player stronger by 1 is preferred 73 times of 100."""

    player: str
    strength: float
    low: float
    high: float
    duels: int


@counted
@dataclass(frozen=True, slots=True)
class Scoreboard:
    votes: int
    raters: int
    questions: int
    known: int  # votes left out: the rater remembered the conversation
    fooling: tuple[Fooling, ...]  # a system each, by name
    by_group: tuple[Fooling, ...]  # the same, of each group that has voted
    strengths: tuple[Strength, ...]  # the strongest first; empty where fewer than three play
    seed: int = SEED

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "strengths": rounded([asdict(row) for row in self.strengths])}


def scoreboard(votes: Iterable[Vote], players: Collection[str] = (), seed: int = SEED) -> Scoreboard:
    """The tally, of these players' duels alone where they are named. The order of the votes is nothing."""
    every = [vote for vote in votes if not players or {vote.winner, vote.loser} <= set(players)]
    counted = [vote for vote in every if not vote.known]
    named = sorted({*players} | {name for vote in counted for name in (vote.winner, vote.loser)})
    return Scoreboard(
        votes=len(counted),
        raters=len({vote.rater for vote in counted}),
        questions=len({vote.question for vote in counted}),
        known=len(every) - len(counted),
        fooling=tuple(_fooling(counted, name) for name in named if name != PERSON),
        by_group=tuple(
            _fooling(theirs, name, group)
            for name in named
            for group, acquainted in GROUPS.items()
            if name != PERSON and (theirs := [vote for vote in counted if vote.acquainted is acquainted])
        ),
        strengths=_strengths(counted, named, seed),
        seed=seed,
    )


def _fooling(votes: Sequence[Vote], system: str, group: str = "") -> Fooling:
    faced = [vote for vote in votes if {vote.winner, vote.loser} == {system, PERSON}]
    fooled = sum(vote.winner == system for vote in faced)
    return Fooling(
        system,
        fooled / len(faced) if faced else None,
        *wilson(fooled, len(faced)),
        fooled=fooled,
        n=len(faced),
        raters=len({vote.rater for vote in faced}),
        questions=len({vote.question for vote in faced}),
        group=group,
    )


def _strengths(votes: Sequence[Vote], players: Sequence[str], seed: int) -> tuple[Strength, ...]:
    import numpy as np

    if len(players) < 3 or not votes:
        return ()
    wins = bradley_terry.count(votes, players)
    total = wins.sum(0)
    best = bradley_terry.strengths(total)
    low, high = np.quantile(bradley_terry.resampled(wins, seed), TAILS, axis=0)
    duels = (total + total.T).sum(-1)
    found = [
        Strength(player, float(best[i]), float(low[i]), float(high[i]), int(duels[i]))
        for i, player in enumerate(players)
    ]
    return tuple(sorted(found, key=lambda row: (-row.strength, row.player)))

"""What a rater is told, and when: plain values in, plain values out, no HTTP.

A duel tells nothing but its id, the context and two texts. Who wrote what is told at the end of a round.
A nickname is of the visitor who plays first under it, until the game closes: nobody votes in another's name.
One visitor may have several, as people do who share a screen.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from sosie.arena.game import ROUND, Duel, Game
from sosie.arena.scoreboard import PERSON, Scoreboard
from sosie.arena.votes import Vote, Votes

LONGEST_NAME = 24
CHOICES = ("left", "right", "known")


class Refused(Exception):
    """A question that our page would not ask."""


class Taken(Exception):
    """A nickname that another visitor plays under."""


class Table:
    """One game, and the votes that are cast at it."""

    def __init__(self, game: Game, votes: Votes) -> None:
        self._game, self._votes = game, votes
        self._visitors: dict[str, str] = {}  # who plays under each nickname

    def tally(self) -> Scoreboard:
        return self._game.tally(self._votes.all())

    def answer(self, verb: str, asked: Any, visitor: str) -> dict[str, Any]:
        """What one request of this visitor's page gets. Refused, or Taken where the nickname is another's."""
        if not isinstance(asked, dict):
            raise Refused
        rater = nickname(asked.get("rater"))
        if self._visitors.setdefault(rater, visitor) != visitor:
            raise Taken
        if verb == "vote":
            self._vote(rater, asked.get("duel"), asked.get("choice"), asked.get("acquainted"))
        if verb in ("next", "vote"):
            return self._next(rater)
        if verb == "round":
            return self._round(rater)
        raise Refused

    def _hand(self, rater: str) -> tuple[Duel, ...]:
        return self._game.hand(rater, self._votes.secret)

    def _vote(self, rater: str, duel_id: object, choice: object, acquainted: object) -> None:
        duel = next((duel for duel in self._hand(rater) if duel.id == duel_id), None)
        if duel is None or choice not in CHOICES or not isinstance(acquainted, bool | None):
            raise Refused
        self._votes.add(duel.vote(rater, str(choice), acquainted))

    def _next(self, rater: str) -> dict[str, Any]:
        """The first duel of the hand that has no vote."""
        hand = self._hand(rater)
        voted = {vote.question for vote in self._votes.of(rater)}
        left = [duel for duel in hand if duel.question.id not in voted]
        done = len(hand) - len(left)
        return {"done": done, "total": len(hand), "round": ROUND, "duel": _shown(left[0]) if left else None}

    def _round(self, rater: str) -> dict[str, Any]:
        """The last duels voted on, with the truth, and everybody's tally."""
        hand = {duel.vote(rater, "left").duel: duel for duel in self._hand(rater)}
        voted = [vote for vote in self._votes.of(rater) if vote.duel in hand]
        size = (len(voted) - 1) % ROUND + 1 if voted else 0
        mine = voted[len(voted) - size :]
        return {
            "review": [_revealed(hand[vote.duel], vote) for vote in mine],
            "found": sum(vote.winner == PERSON for vote in _real(mine)),
            "asked": len(_real(mine)),
            "left": len(hand) - len(voted),
            "tally": self.tally().to_json(),
        }


def _real(votes: Sequence[Vote]) -> list[Vote]:
    """The votes that can be right or wrong: the person was there, and not remembered."""
    return [vote for vote in votes if not vote.known and PERSON in (vote.winner, vote.loser)]


def _shown(duel: Duel) -> dict[str, Any]:
    context = [{"me": turn.role == "assistant", "text": turn.text} for turn in duel.question.context]
    return {"id": duel.id, "context": context, "left": _text(duel, "left"), "right": _text(duel, "right")}


def _text(duel: Duel, side: str) -> str:
    answers: Mapping[str, str] = duel.question.answers
    return answers[duel.left if side == "left" else duel.right]


def _revealed(duel: Duel, vote: Vote) -> dict[str, Any]:
    """A duel after its vote: who wrote what, and which was taken for the person."""
    choice = "known" if vote.known else "left" if vote.winner == duel.left else "right"
    return {**_shown(duel), "players": [duel.left, duel.right], "choice": choice}


def nickname(said: object) -> str:
    """« Malo  » and « malo » are one rater. Refused where nothing is left to call somebody by."""
    if not isinstance(said, str):
        raise Refused
    letters = "".join(sign for sign in unicodedata.normalize("NFC", said) if sign.isprintable())
    name = " ".join(letters.split())[:LONGEST_NAME].strip().casefold()
    if not name:
        raise Refused
    return name

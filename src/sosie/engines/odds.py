"""How likely the model thought each token of an answer: pieces of text that say it too.

    engine.telling_odds(2).stream(turns, sampling)   ->  Piece("je", odds=(Odds("je", -2.81, others=(...)),))

The logarithms are the model's own, before temperature, penalty and the tokens that sampling leaves out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from sosie.core.counted import counted
from sosie.engines.base import Engine

if TYPE_CHECKING:
    import torch

LEAST = -9999.0  # of what is impossible: JSON has no infinity


@counted
@dataclass(frozen=True, slots=True)
class Odds:
    """One token: its text, its bytes, which may be half a character's, the logarithm of its probability."""

    token: str
    data: bytes
    logprob: float
    others: tuple["Odds", ...] = ()  # the likeliest in its place, itself perhaps among them


def odds_of(logits: "torch.Tensor", token: int, others: int, bytes_of: Callable[[int], bytes]) -> Odds:
    """Those of a token that was drawn from these logits, shape (vocabulary,)."""
    logprobs = logits.log_softmax(-1)

    def told(id_: int, likeliest: tuple[Odds, ...] = ()) -> Odds:
        data = bytes_of(id_)
        return Odds(data.decode("utf-8", "replace"), data, max(LEAST, float(logprobs[id_])), likeliest)

    return told(token, tuple(map(told, logprobs.topk(others).indices.tolist())))


class Piece(str):
    """A piece of text, and the tokens read since the piece before."""

    odds: tuple[Odds, ...] = ()

    @classmethod
    def of(cls, text: str, odds: Iterable[Odds]) -> "Piece":
        piece = cls(text)
        piece.odds = tuple(odds)
        return piece


@runtime_checkable
class TellsOdds(Engine, Protocol):
    """An engine whose stream can be made of Pieces."""

    def telling_odds(self, others: int) -> Engine: ...  # with so many of the likeliest beside each token

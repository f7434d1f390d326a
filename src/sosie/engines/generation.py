"""One answer being written. A stream and a batch follow the same rules because both use this."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from sosie.core.sampling import Sampling
from sosie.engines.base import Ending
from sosie.engines.detokenizer import Decode, Writer
from sosie.engines.sampling import choose, new_chance

if TYPE_CHECKING:
    import torch


class Draft:
    """`take` scores until `ending` is known, then `last` gives what was still held back.

    `ends` are the ids that close an answer; `stops` the texts that do; `room` is in tokens, at least 1.
    """

    def __init__(
        self, decode: Decode, ends: Collection[int], stops: Collection[str], sampling: Sampling, room: int
    ) -> None:
        self.ending: Ending | None = None
        self._writer = Writer(decode, (*stops, *sampling.stop))
        self._ends = ends
        self._sampling = sampling
        self._room = room
        self._chance = new_chance(sampling.seed)

    @property
    def ids(self) -> list[int]:
        return self._writer.ids

    def take(self, scores: "torch.Tensor") -> str:
        """Choose one more token from its scores, shape (vocabulary,); gives the text made certain by it."""
        token = choose(scores, self.ids, self._ends, self._sampling, self._chance)
        if token in self._ends:
            self.ending = "end"
            return ""
        piece = self._writer.push(token)
        if self._writer.stopped:
            self.ending = "stop"
        elif len(self.ids) >= self._room:
            self.ending = "length"
        return piece

    def last(self) -> str:
        return self._writer.finish()

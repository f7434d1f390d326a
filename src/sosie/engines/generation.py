"""The generation of one answer, token by token, for a stream and for a batch alike."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from sosie.core.sampling import Sampling
from sosie.engines.base import Ending
from sosie.engines.detokenizer import Decode, Detokenizer
from sosie.engines.sampling import new_generator, sample_token

if TYPE_CHECKING:
    import torch


class Generation:
    """One answer being generated: call `step` until `ending` is known, then `finish` for the text held back.

    `ends` are the ids that close an answer; `stops` the texts that do; `room` is in tokens, at least 1.
    """

    def __init__(
        self,
        decode: Decode[int],
        ends: Collection[int],
        stops: Collection[str],
        sampling: Sampling,
        room: int,
    ) -> None:
        self.ending: Ending | None = None
        self._detokenizer = Detokenizer(decode, (*stops, *sampling.stop))
        self._ends = ends
        self._sampling = sampling
        self._room = room
        self._generator = new_generator(sampling.seed)

    @property
    def ids(self) -> list[int]:
        return self._detokenizer.ids

    def step(self, logits: "torch.Tensor") -> str:
        """Sample the next token from its logits, shape (vocabulary,); gives the text it makes certain."""
        token = sample_token(logits, self.ids, self._ends, self._sampling, self._generator)
        if token in self._ends:
            self.ending = "end"
            return ""
        text = self._detokenizer.push(token)
        if self._detokenizer.stopped:
            self.ending = "stop"
        elif len(self.ids) >= self._room:
            self.ending = "length"
        return text

    def finish(self) -> str:
        return self._detokenizer.finish()

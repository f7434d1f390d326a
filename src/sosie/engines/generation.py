"""The generation of one answer, token by token, for a stream and for a batch alike."""

from collections.abc import Collection
from math import inf
from typing import TYPE_CHECKING

from sosie.core.sampling import Sampling
from sosie.engines.base import Ending
from sosie.engines.detokenizer import UNFINISHED, Decode, Detokenizer
from sosie.engines.sampling import new_generator, penalise_repetition, sample_token
from sosie.models.lexicon import Lexicon

if TYPE_CHECKING:
    import torch


MOST_DRAWS = 16  # of one token, before the likeliest that is allowed is looked for


class Generation:
    """One answer being generated: call `step` until `ending` is known, then `finish` for the text held back.

    Where another program draws: `candidates` are the logits that it may draw from, `push` takes its token.

    `ends` are the ids that close an answer; `stops` the texts that do; `room` is in tokens, at least 1.
    With a `lexicon`, a token is drawn again where it makes a word that is not in it, or can become none.
    """

    def __init__(
        self,
        decode: Decode[int],
        ends: Collection[int],
        stops: Collection[str],
        sampling: Sampling,
        room: int,
        lexicon: Lexicon | None = None,
    ) -> None:
        self.ending: Ending | None = None
        self._detokenizer = Detokenizer(decode, (*stops, *sampling.stop))
        self._ends = ends
        self._sampling = sampling
        self._room = room
        self._generator = new_generator(sampling.seed)
        self._decode, self._lexicon = decode, lexicon
        self._word_at = 0  # where the ids of the word being written begin

    @property
    def ids(self) -> list[int]:
        return self._detokenizer.ids

    def step(self, logits: "torch.Tensor") -> str:
        """Sample the next token from its logits, shape (vocabulary,); gives the text it makes certain."""
        return self.push(self._draw(logits))

    def push(self, token: int) -> str:
        """Take the next token, drawn already; gives the text it makes certain."""
        if self._lexicon and self._ends_word(token):
            self._word_at = len(self.ids) + 1
        if token in self._ends:
            self.ending = "end"
            return ""
        text = self._detokenizer.push(token)
        if self._detokenizer.stopped:
            self.ending = "stop"
        elif len(self.ids) >= self._room:
            self.ending = "length"
        return text

    def _draw(self, logits: "torch.Tensor") -> int:
        """A token that may follow: as if the others had been masked, though only those drawn are looked at.

        Where few tokens can end the word begun, the likeliest of them; where none can, the answer ends.
        """
        for _ in range(MOST_DRAWS):
            token = sample_token(logits, self.ids, self._ends, self._sampling, self._generator)
            if self._allowed(token):
                return token
            logits = logits.clone()
            logits[token] = -inf
        return self._likeliest(self._penalised(logits))

    def _likeliest(self, logits: "torch.Tensor") -> int:
        """The likeliest token that is allowed; where there is none, one that ends the answer."""
        ordered = logits.argsort(descending=True).tolist()
        return next((one for one in ordered if self._allowed(one)), min(self._ends))

    def candidates(self, logits: "torch.Tensor", most: int) -> "torch.Tensor":
        """The logits as another program may draw from them: penalised, and without the tokens not allowed.

        With a lexicon only the `most` likeliest are looked at, and the others are left out.
        """
        logits = self._penalised(logits)
        if self._lexicon is None:
            return logits
        found = [one for one in logits.topk(min(most, len(logits))).indices.tolist() if self._allowed(one)]
        kept = found or [self._likeliest(logits)]
        left = logits.new_full(logits.shape, -inf)
        left[kept] = logits[kept]
        return left

    def _penalised(self, logits: "torch.Tensor") -> "torch.Tensor":
        return penalise_repetition(logits, self.ids, self._ends, self._sampling.repetition_penalty)

    def _allowed(self, token: int) -> bool:
        if self._lexicon is None:
            return True
        return self._lexicon.allows(self._word_with(token), token in self._ends)

    def _ends_word(self, token: int) -> bool:
        text = self._word_with(token)
        return not (text[-1:].isalpha() or text.endswith(UNFINISHED))

    def _word_with(self, token: int) -> str:
        """The word being written, with this token."""
        return self._decode([*self.ids[self._word_at :], *([] if token in self._ends else [token])])

    def finish(self) -> str:
        return self._detokenizer.finish()

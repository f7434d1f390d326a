"""An answer whose tokens another program draws: our model, our trimming, penalty and lexicon, its sampler.

answer = begin(engine, turns)        the prompt is read
answer.logits                        what may be drawn from, shape (vocabulary,)
answer.add(token)                    drawn: it is read in its turn
answer.add_text("84")                words put in its mouth
answer.copy()                        another answer to the same prompt
"""

import copy
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sosie.core.dialogue import Turn
from sosie.core.errors import UnknownModel
from sosie.engines.base import Engine
from sosie.engines.generation import Generation
from sosie.engines.local import Local
from sosie.models.template import prompt
from sosie.models.token_encoder import encoder_of

if TYPE_CHECKING:
    import torch

CANDIDATES = 200  # the most that nanochat ever draws from


class Stepwise:
    """A local engine, one token at a time."""

    def __init__(self, engine: Engine) -> None:
        if not isinstance(engine, Local):
            raise UnknownModel(
                "Ce modèle tourne hors de sosie, qui ne peut pas le prêter jeton par jeton.",
                "Prenez un double ou un modèle que sosie ouvre avec transformers.",
            )
        self.engine = engine
        self.ends = frozenset(engine._stops.ids)
        self.context = engine._runner.context

    @cached_property
    def vocabulary_size(self) -> int:
        """How many logits there are, padding included."""
        runner = self.engine._runner
        return len(runner.next_logits([[0]], runner.new_cache(), 0.0)[0])

    @cached_property
    def special_ids(self) -> dict[str, int]:
        return encoder_of(self.engine.tokenizer).special_tokens

    def text(self, ids: Sequence[int]) -> str:
        return self.engine._decode(list(ids))

    def encode(self, text: str) -> list[int]:
        """The ids of a text that continues another."""
        return encoder_of(self.engine.tokenizer).encode_text(text, opens=False)

    def begin(self, turns: Sequence[Turn]) -> "DrawnAnswer":
        """The system text of a double stands first, unless the turns bring one."""
        engine = self.engine
        if engine.portrait and turns[0].role != "system":
            turns = (Turn("system", engine.portrait), *turns)
        kept = engine._trimmed(turns, engine.sampling)
        return DrawnAnswer(self, list(prompt(kept, engine.tokenizer, engine.template)))


class DrawnAnswer:
    """One answer in the making."""

    def __init__(self, by: Stepwise, prompt_ids: Sequence[int]) -> None:
        self._by, self._prompt_ids = by, prompt_ids
        self._generation = self._new_generation()
        self._cache: Any = by.engine._runner.new_cache()
        self._read(prompt_ids)

    @property
    def ids(self) -> list[int]:
        """What was said so far."""
        return self._generation.ids

    @property
    def text(self) -> str:
        return self._by.text(self.ids)

    @property
    def ended(self) -> bool:
        """Whether there is no more room, or a text was said that ends it."""
        return self._generation.ending is not None

    @property
    def logits(self) -> "torch.Tensor":
        return self._generation.candidates(self._next, CANDIDATES)

    def add(self, token: int) -> None:
        self._generation.push(token)
        self._read([token])

    def add_text(self, text: str) -> None:
        ids = self._by.encode(text)
        for token in ids:
            self._generation.push(token)
        if ids:
            self._read(ids)

    def copy(self) -> "DrawnAnswer":
        """Before anything is said: another answer to what was read."""
        other = copy.copy(self)
        other._generation, other._cache = self._new_generation(), copy.deepcopy(self._cache)
        return other

    def _new_generation(self) -> Generation:
        engine = self._by.engine
        return engine._new_generation(self._prompt_ids, engine.sampling)

    def _read(self, ids: Sequence[int]) -> None:
        engine = self._by.engine
        self._next = engine._runner.next_logits([ids], self._cache, engine.strength or 0.0)[0]

"""Texts as the examples of one model, to be scored: alone, as a whole dialogue, or as one reply.

Framing(tokenizer, template).reply(turns, "oui", 512, 1024)  ->  Example     only « oui » is learnt
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sosie.core.dialogue import Turn
from sosie.models.template import Example, Template, plain, render
from sosie.models.truncation import examples, trim


@dataclass(frozen=True, slots=True)
class Framing:
    tokenizer: Any
    template: Template

    def text(self, text: str) -> Example:
        """A text outside any dialogue."""
        return plain(text, self.tokenizer)

    def dialogue(self, turns: Sequence[Turn], most: int) -> list[Example]:
        """A dialogue as it would be learnt, in examples of at most so many tokens."""
        return list(examples(turns, self.tokenizer, self.template, most))

    def reply(self, turns: Sequence[Turn], reply: str, before: int, most: int) -> Example:
        """One reply after `turns`, of which at most `before` tokens stand in front; `most` in all."""
        shown = trim(turns, self.tokenizer, self.template, before)
        whole = render((*shown, Turn("assistant", reply)), self.tokenizer, self.template)
        learn = (*[False] * whole.answer_at, *whole.learn[whole.answer_at :])  # the last answer alone
        return Example(whole.ids[:most], learn[:most], whole.answer_at)

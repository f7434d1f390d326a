"""Texts as the examples of one model, to be scored: alone, as a whole dialogue, or as one reply.

Framing(tokenizer, template).reply(turns, "oui", 512, 1024)  ->  Example     only « oui » is learnt
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sosie.core.dialogue import Turn
from sosie.models.template import Example, Template, render, render_text
from sosie.models.truncation import make_examples, trim


@dataclass(frozen=True, slots=True)
class Framing:
    tokenizer: Any
    template: Template

    def text(self, text: str) -> Example:
        """A text outside any dialogue."""
        return render_text(text, self.tokenizer)

    def dialogue(self, turns: Sequence[Turn], most: int) -> list[Example]:
        """A dialogue as it would be learnt, in examples of at most so many tokens."""
        return list(make_examples(turns, self.tokenizer, self.template, most))

    def reply(self, turns: Sequence[Turn], reply: str, before: int, most: int) -> Example:
        """One reply after `turns`, of which at most `before` tokens stand in front; `most` in all."""
        context = trim(turns, self.tokenizer, self.template, before)
        example = render((*context, Turn("assistant", reply)), self.tokenizer, self.template)
        learn = (*[False] * example.answer_at, *example.learn[example.answer_at :])  # the last answer alone
        return Example(example.ids[:most], learn[:most], example.answer_at)

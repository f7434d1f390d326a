"""How unexpected the person's own replies are to a model, one loss a reply: what membership is told by."""

from collections.abc import Sequence
from typing import Any

from sosie.core.dialogue import Turn
from sosie.engines.base import Loss
from sosie.evaluate.heldout import Context

BEFORE, LONGEST = 512, 1024  # tokens: of what stands before a reply, and with it


def losses(engine: Any, contexts: Sequence[Context]) -> list[Loss]:
    """`engine` is a Scorer that shows its tokenizer and template (engines/local)."""
    from sosie.models.template import Example, render
    from sosie.models.truncation import trim

    made = []
    for context in contexts:
        before = trim(context.turns, engine.tokenizer, engine.template, BEFORE)
        whole = render((*before, Turn("assistant", context.reply)), engine.tokenizer, engine.template)
        learn = (*[False] * whole.answer_at, *whole.learn[whole.answer_at :])  # the last answer alone
        made.append(Example(whole.ids[:LONGEST], learn[:LONGEST], whole.answer_at))
    return list(engine.losses(made))

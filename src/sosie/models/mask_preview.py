"""A preview of an example's loss mask: what is learnt, what is only context, and the special tokens.

spans(example, tokenizer)  ->  Span("<|user|>", "special", 1), Span("salut", "context", 2), ...
                               Span("coucou", "learnt", 3), Span("<|end|>", "learnt", 1)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue
from sosie.models.catalogue import find
from sosie.models.load import load_tokenizer
from sosie.models.template import Example
from sosie.models.truncation import make_examples

SpanKind = Literal["learnt", "context", "special"]


@counted
@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring tokens of one kind, as text. The special token that ends an answer is learnt with it."""

    text: str
    kind: SpanKind
    tokens: int


def spans(example: Example, tokenizer: Any) -> list[Span]:
    special = frozenset(tokenizer.all_special_ids)

    def kind(position: int) -> tuple[SpanKind, bool]:
        is_special = example.ids[position] in special
        return ("learnt" if example.learn[position] else "special" if is_special else "context"), is_special

    previews = []
    for (name, _), positions in groupby(range(len(example.ids)), key=kind):
        ids = [example.ids[position] for position in positions]
        text = tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        previews.append(Span(text, name, len(ids)))
    return previews


def previews(dialogues: Sequence[Dialogue], model: str, max_tokens: int | None = None) -> list[list[Span]]:
    """The examples that a model would be trained on, each in spans."""
    base = find(model)
    tokenizer, template = load_tokenizer(base)
    length = max_tokens or (base.card.context if base.card else 1024)
    return [
        spans(example, tokenizer)
        for dialogue in dialogues
        for example in make_examples(dialogue.turns, tokenizer, template, length)
    ]

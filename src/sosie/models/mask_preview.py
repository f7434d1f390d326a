"""An example as a person can check it: what is learnt, what is only read, and the model's own signs.

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
from sosie.models.truncation import examples

Kind = Literal["learnt", "context", "special"]


@counted
@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring tokens of one kind, as text. The sign that ends an answer is learnt with it."""

    text: str
    kind: Kind
    tokens: int


def spans(example: Example, tokenizer: Any) -> list[Span]:
    special = frozenset(tokenizer.all_special_ids)

    def kind(place: int) -> tuple[Kind, bool]:
        sign = example.ids[place] in special
        return ("learnt" if example.learn[place] else "special" if sign else "context"), sign

    found = []
    for (name, _), places in groupby(range(len(example.ids)), key=kind):
        ids = [example.ids[place] for place in places]
        text = tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        found.append(Span(text, name, len(ids)))
    return found


def previews(dialogues: Sequence[Dialogue], model: str, max_tokens: int | None = None) -> list[list[Span]]:
    """The examples that a model would be trained on, each in spans."""
    base = find(model)
    tokenizer, template = load_tokenizer(base)
    length = max_tokens or (base.card.context if base.card else 1024)
    return [
        spans(example, tokenizer)
        for dialogue in dialogues
        for example in examples(dialogue.turns, tokenizer, template, length)
    ]

"""An example as a person can check it: what is learnt, what is only read, and the model's own signs.

spans(example, tokenizer)  ->  Span("<|user|>", "special", 1), Span("salut", "context", 2), ...
                               Span("coucou", "learnt", 3), Span("<|end|>", "learnt", 1)
"""

from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from sosie.core.counted import counted
from sosie.models.template import Example

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

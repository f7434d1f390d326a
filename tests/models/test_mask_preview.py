"""The mask preview shows the very ids that are learnt."""

from sosie.core.dialogue import Turn
from sosie.models.catalogue import find
from sosie.models.load import load_tokenizer
from sosie.models.mask_preview import spans
from sosie.models.template import render

TURNS = (
    Turn("user", "salut, ça va ?"),
    Turn("assistant", "ouais 😂 et toi"),
    Turn("user", "bof"),
    Turn("assistant", "raconte"),
)


def test_only_the_answers_and_their_ends_are_learnt():
    tokenizer, template = load_tokenizer(find("mini"))
    example = render(TURNS, tokenizer, template)
    shown = spans(example, tokenizer)
    assert [span.text for span in shown if span.kind == "learnt"] == [
        "ouais 😂 et toi",
        "<|end|>",
        "raconte",
        "<|end|>",
    ]
    assert "".join(span.text for span in shown if span.kind == "context") == "salut, ça va ?bof"


def test_nothing_is_lost_and_every_token_is_counted():
    tokenizer, template = load_tokenizer(find("mini"))
    example = render(TURNS, tokenizer, template)
    shown = spans(example, tokenizer)
    assert sum(span.tokens for span in shown) == len(example.ids)
    assert sum(span.tokens for span in shown if span.kind == "learnt") == sum(example.learn)
    assert "".join(span.text for span in shown) == tokenizer.decode(example.ids)

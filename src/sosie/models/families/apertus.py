"""Apertus: Llama's attention, and an mlp without a gate, whose activation has two numbers of its own."""

from collections.abc import Iterator

from sosie.models.card import Family, Linear, ModelCard
from sosie.models.families.llama import attention, shape
from sosie.models.families.llama import others as llama_others


def _linears(card: ModelCard) -> Iterator[Linear]:
    for number in range(card.layers):
        block = f"model.layers.{number}"
        yield from attention(card, block)
        yield Linear(f"{block}.mlp.up_proj", card.hidden, card.mlp)
        yield Linear(f"{block}.mlp.down_proj", card.mlp, card.hidden)


def _others(card: ModelCard) -> int:
    return llama_others(card) + 2 * card.layers


APERTUS = Family({"apertus": "apertus"}, shape, _linears, _others)

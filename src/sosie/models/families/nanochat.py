"""nanochat: Llama's attention, two matrices in the mlp, norms that learn nothing."""

from collections.abc import Iterator

from sosie.models.card import Family, Linear, ModelCard
from sosie.models.families.llama import attention, shape, words


def _linears(card: ModelCard) -> Iterator[Linear]:
    for number in range(card.layers):
        block = f"model.layers.{number}"
        yield from attention(card, block)
        yield Linear(f"{block}.mlp.fc1", card.hidden, card.mlp)
        yield Linear(f"{block}.mlp.fc2", card.mlp, card.hidden)


NANOCHAT = Family({"nanochat": ""}, shape, _linears, others=words)

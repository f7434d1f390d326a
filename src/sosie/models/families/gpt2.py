"""GPT-2: one matrix for query, key and value, biases everywhere, a vector for each place in the context."""

from collections.abc import Iterator
from typing import Any

from sosie.models.card import Config, Family, Linear, ModelCard
from sosie.models.families.llama import words

KEYS = {
    "layers": "n_layer",
    "hidden": "n_embd",
    "heads": "n_head",
    "vocabulary": "vocab_size",
    "context": "n_positions",
}


def _shape(config: Config) -> dict[str, Any]:
    found: dict[str, Any] = {ours: int(config[theirs]) for ours, theirs in KEYS.items()}
    found["mlp"] = int(config.get("n_inner") or 4 * found["hidden"])
    found["kv_heads"], found["head_dim"] = found["heads"], found["hidden"] // found["heads"]
    found["tied"] = bool(config.get("tie_word_embeddings", True))
    return found


def _linears(card: ModelCard) -> Iterator[Linear]:
    for number in range(card.layers):
        block = f"transformer.h.{number}"
        yield Linear(f"{block}.attn.c_attn", card.hidden, 3 * card.hidden)
        yield Linear(f"{block}.attn.c_proj", card.hidden, card.hidden)
        yield Linear(f"{block}.mlp.c_fc", card.hidden, card.mlp)
        yield Linear(f"{block}.mlp.c_proj", card.mlp, card.hidden)


def _others(card: ModelCard) -> int:
    """Biases, norms of two vectors, and the places."""
    return words(card) + card.layers * (card.mlp + 9 * card.hidden) + card.hidden * (card.context + 2)


GPT2 = Family({"gpt2": "gpt2"}, _shape, _linears, _others)

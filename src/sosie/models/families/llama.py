"""Llama's layers, which most families have: four matrices in the attention, three in the mlp."""

from collections.abc import Iterator
from typing import Any

from sosie.models.card import Config, Family, Linear, ModelCard

KEYS = {
    "layers": "num_hidden_layers",
    "hidden": "hidden_size",
    "mlp": "intermediate_size",
    "heads": "num_attention_heads",
    "vocabulary": "vocab_size",
    "context": "max_position_embeddings",
}
# Gemma 3's files leave out what is the default of its family.
GEMMA_3 = {
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "vocab_size": 262_208,
    "max_position_embeddings": 131_072,
}


def shape(config: Config) -> dict[str, Any]:
    kind = str(config["model_type"])
    if kind == "gemma3_text":
        config = {**GEMMA_3, **config}
    found: dict[str, Any] = {ours: int(config[theirs]) for ours, theirs in KEYS.items()}
    found["kv_heads"] = int(config.get("num_key_value_heads") or found["heads"])
    found["head_dim"] = int(config.get("head_dim") or found["hidden"] // found["heads"])
    # Left out of a config.json where it is the family's default.
    found["tied"] = bool(config.get("tie_word_embeddings", kind.startswith(("gemma", "smollm3"))))
    return found


def attention(card: ModelCard, block: str) -> Iterator[Linear]:
    wide, narrow = card.heads * card.head_dim, card.kv_heads * card.head_dim
    yield Linear(f"{block}.self_attn.q_proj", card.hidden, wide)
    yield Linear(f"{block}.self_attn.k_proj", card.hidden, narrow)
    yield Linear(f"{block}.self_attn.v_proj", card.hidden, narrow)
    yield Linear(f"{block}.self_attn.o_proj", wide, card.hidden)


def gated_mlp(card: ModelCard, block: str, width: int = 0) -> Iterator[Linear]:
    yield Linear(f"{block}.mlp.gate_proj", card.hidden, width or card.mlp)
    yield Linear(f"{block}.mlp.up_proj", card.hidden, width or card.mlp)
    yield Linear(f"{block}.mlp.down_proj", width or card.mlp, card.hidden)


def linears(card: ModelCard) -> Iterator[Linear]:
    for number in range(card.layers):
        yield from attention(card, f"model.layers.{number}")
        yield from gated_mlp(card, f"model.layers.{number}")


def words(card: ModelCard) -> int:
    """The embeddings, and the head where it is not the same."""
    return card.hidden * card.vocabulary * (2 - card.tied)


def others(card: ModelCard) -> int:
    return words(card) + card.hidden * (2 * card.layers + 1)


NAMES = {
    "llama": "llama",
    "mistral": "llama",
    "ministral": "",
    "ministral3": "mistral3",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "smollm3": "smollm3",
    "granite": "granite",
    "helium": "",
    "gemma": "gemma",
    "gemma2": "gemma2",
    "gemma3_text": "gemma3",
    "cohere2": "cohere2",
    "olmo2": "olmo2",
    "olmo3": "olmo2",
}
LLAMA = Family(NAMES, shape, linears, others)

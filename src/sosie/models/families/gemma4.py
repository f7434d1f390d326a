"""Gemma 4, those without experts: an embedding for each layer, wider heads where attention sees everything,
and last blocks that use the keys and values of earlier ones.

`details`: `global`, the numbers of the blocks that see everything, with `global_head_dim` and
`global_kv_heads`; `shared`, how many last blocks have no keys and values, and `shared_mlp`, their width;
`per_layer`, the width of a layer's embedding, and `per_layer_vocabulary`.
"""

from collections.abc import Iterator
from typing import Any

from sosie.models.card import Config, Family, Linear, ModelCard
from sosie.models.families import llama

USUAL = {
    "num_key_value_heads": 4,
    "head_dim": 256,
    "vocab_size": 262_144,
    "max_position_embeddings": 131_072,
}


def _shape(config: Config) -> dict[str, Any]:
    if config.get("enable_moe_block") or config.get("attention_k_eq_v"):
        raise ValueError("a Gemma 4 with experts, or one matrix for keys and values")
    found = llama.shape({**USUAL, **config})
    kinds = config.get("layer_types") or [
        "sliding_attention" if (number + 1) % 6 else "full_attention" for number in range(found["layers"])
    ]
    shared = int(config.get("num_kv_shared_layers") or 0)
    details = {
        "global": [number for number, kind in enumerate(kinds) if kind == "full_attention"],
        "global_head_dim": _global_head_dim(config),
        "shared": shared,
        "shared_mlp": found["mlp"] * (2 if config.get("use_double_wide_mlp") else 1),
        "per_layer": int(config.get("hidden_size_per_layer_input", 256)),
        "per_layer_vocabulary": int(config.get("vocab_size_per_layer_input", 262_144)),
    }
    return {**found, "details": details}


def _global_head_dim(config: Config) -> int:
    """As Google's own files say it, or as transformers writes it since 5.2x: block by block."""
    blocks = (config.get("per_layer_config") or {}).values()
    said = next((block["head_dim"] for block in blocks if "head_dim" in block), None)
    return int(said or config.get("global_head_dim") or 512)


def _attention(card: ModelCard, block: str, number: int) -> Iterator[Linear]:
    size = card.details["global_head_dim"] if number in card.details["global"] else card.head_dim
    yield Linear(f"{block}.self_attn.q_proj", card.hidden, card.heads * size)
    if number < card.layers - card.details["shared"]:
        yield Linear(f"{block}.self_attn.k_proj", card.hidden, card.kv_heads * size)
        yield Linear(f"{block}.self_attn.v_proj", card.hidden, card.kv_heads * size)
    yield Linear(f"{block}.self_attn.o_proj", card.heads * size, card.hidden)


def _linears(card: ModelCard) -> Iterator[Linear]:
    narrow = card.details["per_layer"]
    for number in range(card.layers):
        block = f"model.layers.{number}"
        yield from _attention(card, block, number)
        alone = number < card.layers - card.details["shared"]
        yield from llama.gated_mlp(card, block, card.mlp if alone else card.details["shared_mlp"])
        if narrow:
            yield Linear(f"{block}.per_layer_input_gate", card.hidden, narrow)
            yield Linear(f"{block}.per_layer_projection", narrow, card.hidden)
    if narrow:
        yield Linear("model.per_layer_model_projection", card.hidden, card.layers * narrow)


def _others(card: ModelCard) -> int:
    """Of a block four norms, and a fifth with the embedding of each layer, which has one of its own."""
    narrow = card.details["per_layer"]
    norms = card.hidden * (1 + card.layers * (5 if narrow else 4)) + narrow
    return int(llama.words(card) + norms + card.layers * narrow * card.details["per_layer_vocabulary"])


GEMMA4 = Family({"gemma4_text": "gemma4"}, _shape, _linears, _others)

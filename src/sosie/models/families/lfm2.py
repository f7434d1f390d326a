"""LFM2 and LFM2.5: short convolutions in most blocks, attention in the others.

`details`: `attention`, the numbers of the blocks with attention; `kernel`, the length of the convolutions.
`mlp` is the width that the layers have, which is not the one that config.json says.
"""

from collections.abc import Iterator
from typing import Any

from sosie.models.card import Config, Family, Linear, ModelCard
from sosie.models.families.llama import KEYS, words


def _shape(config: Config) -> dict[str, Any]:
    config = {**config, "intermediate_size": config.get("block_ff_dim") or config["intermediate_size"]}
    found: dict[str, Any] = {ours: int(config[theirs]) for ours, theirs in KEYS.items()}
    if config.get("block_auto_adjust_ff_dim", True):
        narrow = int(config.get("block_ffn_dim_multiplier", 1.0) * int(2 * found["mlp"] / 3))
        multiple = int(config.get("block_multiple_of", 256))
        found["mlp"] = multiple * -(-narrow // multiple)
    found["kv_heads"] = int(config["num_key_value_heads"])
    found["head_dim"] = found["hidden"] // found["heads"]
    found["tied"] = bool(config.get("tie_embedding", config.get("tie_word_embeddings", True)))
    blocks = config.get("full_attn_idxs")
    if kinds := config.get("layer_types"):
        blocks = [number for number, kind in enumerate(kinds) if kind == "full_attention"]
    attention = [*range(found["layers"])] if blocks is None else [int(number) for number in blocks]
    return {**found, "details": {"attention": attention, "kernel": int(config.get("conv_L_cache", 3))}}


def _linears(card: ModelCard) -> Iterator[Linear]:
    wide, narrow = card.heads * card.head_dim, card.kv_heads * card.head_dim
    for number in range(card.layers):
        block = f"model.layers.{number}"
        if number in card.details["attention"]:
            yield Linear(f"{block}.self_attn.q_proj", card.hidden, wide)
            yield Linear(f"{block}.self_attn.k_proj", card.hidden, narrow)
            yield Linear(f"{block}.self_attn.v_proj", card.hidden, narrow)
            yield Linear(f"{block}.self_attn.out_proj", wide, card.hidden)
        else:
            yield Linear(f"{block}.conv.in_proj", card.hidden, 3 * card.hidden)
            yield Linear(f"{block}.conv.out_proj", card.hidden, card.hidden)
        yield Linear(f"{block}.feed_forward.w1", card.hidden, card.mlp)
        yield Linear(f"{block}.feed_forward.w3", card.hidden, card.mlp)
        yield Linear(f"{block}.feed_forward.w2", card.mlp, card.hidden)


def _others(card: ModelCard) -> int:
    convolutions = card.layers - len(card.details["attention"])
    norms = card.hidden * (2 * card.layers + 1)
    return int(words(card) + norms + convolutions * card.hidden * card.details["kernel"])


LFM2 = Family({"lfm2": "lfm2"}, _shape, _linears, _others, packs=False)

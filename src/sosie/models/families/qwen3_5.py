"""Qwen3.5: linear attention (Gated DeltaNet) in three blocks of four, gated attention in the fourth.

`details`: `attention`, the numbers of the blocks with attention; of the others, `key_heads`, `value_heads`,
`key_dim`, `value_dim` and `kernel`, the length of their convolution.
"""

from collections.abc import Iterator
from typing import Any

from sosie.models.card import Config, Family, Linear, ModelCard
from sosie.models.families import llama

LINEAR = {
    "key_heads": ("linear_num_key_heads", 16),
    "value_heads": ("linear_num_value_heads", 32),
    "key_dim": ("linear_key_head_dim", 128),
    "value_dim": ("linear_value_head_dim", 128),
    "kernel": ("linear_conv_kernel_dim", 4),
}


def _shape(config: Config) -> dict[str, Any]:
    found = llama.shape({"head_dim": 256, **config})
    every = int(config.get("full_attention_interval") or 4)
    attention = [number for number in range(found["layers"]) if (number + 1) % every == 0]
    if kinds := config.get("layer_types"):
        attention = [number for number, kind in enumerate(kinds) if kind == "full_attention"]
    figures = {ours: int(config.get(theirs, usual)) for ours, (theirs, usual) in LINEAR.items()}
    return {**found, "details": {"attention": attention, **figures}}


def linear_attention(card: ModelCard, block: str) -> Iterator[Linear]:
    keys = card.details["key_heads"] * card.details["key_dim"]
    values = card.details["value_heads"] * card.details["value_dim"]
    yield Linear(f"{block}.linear_attn.in_proj_qkv", card.hidden, 2 * keys + values)
    yield Linear(f"{block}.linear_attn.in_proj_z", card.hidden, values)
    yield Linear(f"{block}.linear_attn.in_proj_b", card.hidden, card.details["value_heads"])
    yield Linear(f"{block}.linear_attn.in_proj_a", card.hidden, card.details["value_heads"])
    yield Linear(f"{block}.linear_attn.out_proj", values, card.hidden)


def gated_attention(card: ModelCard, block: str) -> Iterator[Linear]:
    for layer in llama.attention(card, block):  # the query's matrix makes the gate too
        yield Linear(layer.path, layer.into, layer.out * 2) if layer.name == "q_proj" else layer


def _linears(card: ModelCard) -> Iterator[Linear]:
    for number in range(card.layers):
        block = f"model.layers.{number}"
        kind = gated_attention if number in card.details["attention"] else linear_attention
        yield from kind(card, block)
        yield from llama.gated_mlp(card, block)


def _others(card: ModelCard) -> int:
    """Of a block with linear attention: a convolution, two numbers a head, a norm of a head's size."""
    keys = card.details["key_heads"] * card.details["key_dim"]
    values = card.details["value_heads"] * card.details["value_dim"]
    convolution = card.details["kernel"] * (2 * keys + values)
    block = convolution + 2 * card.details["value_heads"] + card.details["value_dim"]
    return int(llama.others(card) + (card.layers - len(card.details["attention"])) * block)


QWEN3_5 = Family({"qwen3_5_text": "qwen35", "qwen3_5": "qwen35"}, _shape, _linears, _others, packs=False)

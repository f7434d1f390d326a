"""Attention in a packed row, computed dialogue by dialogue.

 transformers' packed attention   one square of the whole row, mostly masked     (a + b + c)² products
 here                             a triangle for each dialogue                   (a² + b² + c²) / 2

The same numbers up to rounding; on a row of eight long dialogues twice as fast on a CPU, and twice again in
bfloat16, whose kernel there is slower than plain products. Used where attention is plain and causal; any
other architecture keeps transformers' way, and `leaks` checks that it has one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from sosie.train.pack import Pack

SHORT_DIALOGUE = 512  # tokens, at most, of a dialogue whose weights of attention are worth their memory
ATTENTION_NAME = "sosie_by_dialogue"
PLAIN_CAUSAL = frozenset({"llama", "mistral", "ministral3", "qwen2", "qwen3", "smollm3", "gemma3_text"})
# Of the largest score. A short convolution over two dialogues moves it by 8e-4, rounding by less than 4e-6.
# Half precision would hide that: a family of which it is known says so (`Family.packs`).
TOLERANCE = {"float32": 1e-5, "bfloat16": 0.15, "float16": 0.05}


@contextmanager
def attend_by_dialogue(model: Any, longest: int) -> Iterator[bool]:
    """Until the block ends the model attends dialogue by dialogue, if it can: then this yields True.

    Then each forward needs the `lengths` of the dialogues in its row.
    """
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    config = base.config.get_text_config()
    window = getattr(config, "sliding_window", None) or longest
    usable = config.model_type in PLAIN_CAUSAL and window >= longest and config._attn_implementation == "sdpa"
    if not usable:
        yield False
        return
    from transformers import AttentionInterface

    AttentionInterface.register(ATTENTION_NAME, attend)
    base.set_attn_implementation(ATTENTION_NAME)
    try:
        yield True
    finally:
        base.set_attn_implementation("sdpa")


@contextmanager
def own_attention(model: Any) -> Iterator[None]:
    """The model's own attention until the block ends, to generate an answer for instance."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    name = base.config._attn_implementation
    if name != ATTENTION_NAME:
        yield
        return
    base.set_attn_implementation("sdpa")
    try:
        yield
    finally:
        base.set_attn_implementation(name)


def attend(
    module: Any,
    query: "torch.Tensor",
    key: "torch.Tensor",
    value: "torch.Tensor",
    attention_mask: Any,
    *,
    lengths: Sequence[int],
    scaling: float | None = None,
    dropout: float = 0.0,
    **others: Any,
) -> "tuple[torch.Tensor, None]":
    """Shapes: query (1, heads, tokens, size), key and value (1, fewer heads, tokens, size)."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    plain = query.dtype == torch.bfloat16 and query.device.type == "cpu" and not dropout

    def attend_alone(query: "torch.Tensor", key: "torch.Tensor", value: "torch.Tensor") -> "torch.Tensor":
        if plain and query.shape[2] <= SHORT_DIALOGUE:
            return causal_products(query, key, value, scale)
        shared = query.shape[1] // key.shape[1]
        if shared > 1:  # repeated: not every kernel supports grouped queries
            key, value = key.repeat_interleave(shared, 1), value.repeat_interleave(shared, 1)
        return scaled_dot_product_attention(query, key, value, dropout_p=dropout, is_causal=True, scale=scale)

    parts = zip(*(torch.split(states, list(lengths), dim=2) for states in (query, key, value)), strict=True)
    return torch.cat([attend_alone(*part) for part in parts], dim=2).transpose(1, 2).contiguous(), None


def causal_products(
    query: "torch.Tensor", key: "torch.Tensor", value: "torch.Tensor", scale: float
) -> "torch.Tensor":
    """softmax(scale Q Kᵀ) V, each token seeing those before it. Shapes as `attend`'s.

    What all keys have in common changes no weight, and is taken away: Q Kᵀ, smaller, is then rounded less.
    """
    import torch

    _, heads, tokens, size = query.shape
    groups = key.shape[1]
    together = (query * scale).reshape(groups, -1, size)  # the queries that share a key
    key = key - key.detach().mean(2, keepdim=True)
    scores = torch.bmm(together, key[0].transpose(1, 2)).view(groups, -1, tokens, tokens)
    later = torch.ones(tokens, tokens, dtype=torch.bool, device=query.device).triu(1)
    weights = scores.masked_fill_(later, float("-inf")).softmax(-1)
    return torch.bmm(weights.view(groups, -1, tokens), value[0]).view(1, heads, tokens, size)


def leaks(model: Any, row: "Pack", dtype: str) -> bool:
    """Whether the dialogues of this row attend to one another: their logits differ, packed or alone."""
    import torch

    ids = torch.tensor([row.ids], device=model.device)
    positions = torch.tensor([row.positions], device=model.device)
    with torch.no_grad():
        packed = model(input_ids=ids, position_ids=positions, use_cache=False).logits[0].float()
        parts = torch.split(ids, list(row.lengths), dim=1)
        apart = torch.cat([model(input_ids=part, use_cache=False).logits[0].float() for part in parts])
    return bool((packed - apart).abs().max() > TOLERANCE[dtype] * apart.abs().max())

"""Attention inside each dialogue of a row, one dialogue after the other.

 the model's own packed way      one square of the whole row, mostly masked     (a + b + c)² products
 here                            a triangle for each dialogue                   (a² + b² + c²) / 2

Same numbers, to rounding; on a row of eight long dialogues twice as fast on a CPU. Used where the attention
is plain and causal; any other architecture keeps its own packed way, and `leaks` checks that it has one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from sosie.train.pack import Pack

NAME = "sosie_by_dialogue"
PLAIN = frozenset({"llama", "mistral", "qwen2", "qwen3"})
TOLERANCE = {"float32": 1e-3, "bfloat16": 0.15, "float16": 0.05}  # of the largest score


@contextmanager
def by_dialogue(model: Any, longest: int) -> Iterator[bool]:
    """Whether the model now attends dialogue by dialogue; as it was, afterwards.

    Where True, each forward is told the `lengths` of the dialogues in its row.
    """
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    config = base.config
    window = getattr(config, "sliding_window", None) or longest
    plain = config.model_type in PLAIN and window >= longest and config._attn_implementation == "sdpa"
    if not plain:
        yield False
        return
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, attend)
    base.set_attn_implementation(NAME)
    try:
        yield True
    finally:
        base.set_attn_implementation("sdpa")


@contextmanager
def usual(model: Any) -> Iterator[None]:
    """The model's own attention for a while, as for writing an answer."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    name = base.config._attn_implementation
    if name != NAME:
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

    shared = query.shape[1] // key.shape[1]
    if shared > 1:  # written out: not every kernel knows heads that share keys
        key, value = key.repeat_interleave(shared, 1), value.repeat_interleave(shared, 1)
    parts = zip(*(torch.split(states, list(lengths), dim=2) for states in (query, key, value)), strict=True)
    attended = [
        scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True, scale=scaling)
        for q, k, v in parts
    ]
    return torch.cat(attended, dim=2).transpose(1, 2).contiguous(), None


def leaks(model: Any, row: "Pack", dtype: str) -> bool:
    """Whether dialogues of this row see one another in this model: its scores packed, and one by one."""
    import torch

    ids = torch.tensor([row.ids], device=model.device)
    positions = torch.tensor([row.positions], device=model.device)
    with torch.no_grad():
        packed = model(input_ids=ids, position_ids=positions, use_cache=False).logits[0].float()
        parts = torch.split(ids, list(row.lengths), dim=1)
        apart = torch.cat([model(input_ids=part, use_cache=False).logits[0].float() for part in parts])
    return bool((packed - apart).abs().max() > TOLERANCE[dtype] * apart.abs().max())

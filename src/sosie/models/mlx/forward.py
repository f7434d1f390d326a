"""Forwards of mlx-lm's models: logits at chosen places of a row of dialogues, none of which sees another.

 ids       a a a b b c      one row
 lengths   3 2 1            of its dialogues
 mask      causal, and within each dialogue

Positions go on from one dialogue to the next: rotary attention sees only their differences. That is exact but
for the rounding of larger angles.
"""

from collections.abc import Collection, Sequence
from functools import partial
from itertools import takewhile
from typing import Any

from sosie.core.extras import need


def logits_at(
    model: Any, ids: Any, lengths: Sequence[int], places: Any, *, checkpointing: bool = False
) -> Any:
    """The logits after these places of one row of ids, float32, shape (places, vocabulary)."""
    mx = need("mlx.core", extra="mlx")
    inner, mask = model.model, mask_of(lengths)
    hidden = inner.embed_tokens(ids[None])
    for layer in inner.layers:
        forward = partial(recomputed, layer) if checkpointing else layer
        hidden = forward(hidden, mask)
    return head(model, inner.norm(hidden[0, places])).astype(mx.float32)


def next_logits(model: Any, rows: Sequence[Sequence[int]], cache: Sequence[Any]) -> Any:
    """The logits of the next token of each row, float32, shape (rows, vocabulary)."""
    mx = need("mlx.core", extra="mlx")
    hidden = model.model(mx.array(rows), cache=cache)
    return head(model, hidden[:, -1]).astype(mx.float32)


def greedy_ids(model: Any, ids: Sequence[int], most: int, ends: Collection[int]) -> list[int]:
    """The greedy answer to a prompt, without the token that ends it."""
    mx, generate = need("mlx.core", extra="mlx"), need("mlx_lm.generate", extra="mlx")
    model.eval()
    tokens = (int(token) for token, _ in generate.generate_step(mx.array(ids), model, max_tokens=most))
    return [*takewhile(lambda token: token not in ends, tokens)]


def head(model: Any, hidden: Any) -> Any:
    tied = model.args.tie_word_embeddings
    return model.model.embed_tokens.as_linear(hidden) if tied else model.lm_head(hidden)


def mask_of(lengths: Sequence[int]) -> Any:
    """Shape (1, 1, tokens, tokens), true where a token may look; « causal » for a single dialogue."""
    mx = need("mlx.core", extra="mlx")
    if len(lengths) == 1:
        return "causal"
    number = mx.array([number for number, length in enumerate(lengths) for _ in range(length)])
    place = mx.arange(len(number))
    return ((number[:, None] == number) & (place[:, None] >= place))[None, None]


def recomputed(layer: Any, hidden: Any, mask: Any) -> Any:
    """A layer whose activations are computed again in the backward pass."""
    mx = need("mlx.core", extra="mlx")

    def forward(weights: Any, hidden: Any) -> Any:
        layer.update(weights)
        return layer(hidden, mask)

    return mx.checkpoint(forward)(layer.trainable_parameters(), hidden)

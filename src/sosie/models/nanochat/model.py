"""nanochat's transformer: our own forward, the same for every era, with a cache for generation.

 ids -> embed, norm -> smear -> [ norm, attention, + | norm, MLP, + ] x layers -> norm -> logits, capped

Norms have no weights; keys and values are shared between heads; queries and keys are rotated, then normed.
The parameters are the checkpoint's own tensors under their own names: what is trained is what is written.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sosie.models.nanochat.era import SMEARED, Era, NanochatConfig

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class NanochatModel:
    """A model in memory. `state`: name -> tensor, as in the file."""

    def __init__(self, config: NanochatConfig, era: Era, state: "Mapping[str, Tensor]") -> None:
        self.config, self.era, self.state = config, era, dict(state)

    @property
    def device(self) -> "torch.device":
        return self.state["lm_head.weight"].device

    @property
    def dtype(self) -> "torch.dtype":
        return self.state["lm_head.weight"].dtype

    def parameters(self) -> "list[Tensor]":
        return list(self.state.values())

    def new_cache(self) -> "KVCache":
        return KVCache(self.config.n_layer)

    def forward(self, ids: "Tensor", cache: "KVCache | None" = None) -> "Tensor":
        """Logits of shape (rows, tokens, vocabulary), float32. With a cache, `ids` are the new ones only."""
        return self.logits(self.hidden(ids, cache))

    def logits(self, hidden: "Tensor") -> "Tensor":
        cap = self.era.cap
        rows = self.state["lm_head.weight"][: self.config.vocab_size]
        return cap * (_linear(hidden, rows).float() / cap).tanh()

    def hidden(self, ids: "Tensor", cache: "KVCache | None" = None) -> "Tensor":
        """What the last layer gives at each of `ids`, normed: shape (rows, tokens, width)."""
        from torch.nn.functional import embedding

        cache, state = cache or self.new_cache(), self.state
        past = cache.add(ids)
        x = _norm(embedding(cache.ids[:, max(0, past - 1) :], state["transformer.wte.weight"]))
        if self.era.smear:
            x = self._smear(x, cache)
        x = x[:, -ids.shape[1] :]
        rotation = self._rotation(cache.positions(past), x.dtype)
        first = middle = x
        for layer in range(self.config.n_layer):
            if self.era.lambdas:
                x = state["resid_lambdas"][layer] * x + state["x0_lambdas"][layer] * first
            x = x + self._attention(layer, _norm(x), ids, rotation, cache)
            x = x + self._mlp(layer, _norm(x))
            if layer == self.config.n_layer // 2:
                middle = x
        if self.era.smear:
            x = x - state["backout_lambda"].to(x.dtype) * middle
        return _norm(x)

    def _smear(self, x: "Tensor", cache: "KVCache") -> "Tensor":
        """Each embedding with a part of the one before it; `x` begins one token early where there is one."""
        import torch

        gate = (
            self.state["smear_lambda"].to(x.dtype)
            * _linear(x[:, 1:, :SMEARED], self.state["smear_gate.weight"]).sigmoid()
        )
        if cache.padding is not None:  # the first token of a row has none before it
            place = torch.arange(cache.length - x.shape[1], cache.length - 1, device=x.device)
            gate = gate * (place >= cache.padding[:, None])[:, :, None]
        return torch.cat([x[:, :1], x[:, 1:] + gate * x[:, :-1]], dim=1)

    def _rotation(self, positions: "Tensor", dtype: "torch.dtype") -> "tuple[Tensor, Tensor]":
        """Cosines and sines of shape (rows, 1, tokens, half of a head)."""
        import torch

        width = self.config.head_dim
        channels = torch.arange(0, width, 2, dtype=torch.float32, device=positions.device)
        angles = positions[:, None, :, None].float() * (1.0 / self.era.rope_base ** (channels / width))
        return angles.cos().to(dtype), angles.sin().to(dtype)

    def _attention(
        self, layer: int, x: "Tensor", ids: "Tensor", rotation: "tuple[Tensor, Tensor]", cache: "KVCache"
    ) -> "Tensor":
        from torch.nn.functional import embedding, scaled_dot_product_attention

        name = f"transformer.h.{layer}.attn"
        query, key, value = (
            _linear(x, self.state[f"{name}.{part}.weight"]).view(*x.shape[:2], -1, self.config.head_dim)
            for part in ("c_q", "c_k", "c_v")
        )
        if self.era.has_value_embedding(self.config, layer):
            gate = _linear(x[..., : self.era.gate_channels], self.state[f"{name}.ve_gate.weight"]).sigmoid()
            extra = embedding(ids, self.state[f"value_embeds.{layer}.weight"]).to(x.dtype).view_as(value)
            value = value + self.era.gate * gate[..., None] * extra
        query, key = (
            self.era.sharpness * _norm(_rotate(part.transpose(1, 2), rotation)) for part in (query, key)
        )
        window = self.era.window(self.config, layer)
        key, value, mask = cache.extend(layer, key, value.transpose(1, 2), window)
        mixed = scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=mask,
            is_causal=mask is None and query.shape[2] > 1,
            enable_gqa=True,
        )
        return _linear(mixed.transpose(1, 2).flatten(2), self.state[f"{name}.c_proj.weight"])

    def _mlp(self, layer: int, x: "Tensor") -> "Tensor":
        name = f"transformer.h.{layer}.mlp"
        inner = _linear(x, self.state[f"{name}.c_fc.weight"]).relu().square()
        return _linear(inner, self.state[f"{name}.c_proj.weight"])


class KVCache:
    """Ids, keys and values of what was read. `padding`: how many tokens at the left of each row are none.

    The smear needs the token before: its id is enough.
    """

    def __init__(self, layers: int, padding: "Tensor | None" = None) -> None:
        self.padding = padding
        self._ids: Tensor | None = None
        self._layers: list[tuple[Tensor, Tensor] | None] = [None] * layers

    @property
    def ids(self) -> "Tensor":
        assert self._ids is not None, "nothing was read yet"
        return self._ids

    @property
    def length(self) -> int:
        return 0 if self._ids is None else self._ids.shape[1]

    def add(self, ids: "Tensor") -> int:
        """Read these ids too; gives how many there were before."""
        import torch

        past = self.length
        self._ids = ids if self._ids is None else torch.cat([self._ids, ids], dim=1)
        return past

    def positions(self, past: int) -> "Tensor":
        """The place of each new token in its row."""
        import torch

        places = torch.arange(past, self.length, device=self.ids.device)[None]
        return places if self.padding is None else (places - self.padding[:, None]).clamp(min=0)

    def extend(
        self, layer: int, key: "Tensor", value: "Tensor", window: int
    ) -> "tuple[Tensor, Tensor, Tensor | None]":
        """The keys and values that the new tokens may see, and which of them each sees (None: all before)."""
        import torch

        if (before := self._layers[layer]) is not None:
            key, value = torch.cat([before[0], key], dim=2), torch.cat([before[1], value], dim=2)
        self._layers[layer] = key, value
        new = self.length - (before[0].shape[2] if before else 0)
        start = max(0, self.length - new - window)
        key, value = key[:, :, start:], value[:, :, start:]
        if self.padding is None and (new == 1 or (before is None and window >= new - 1)):
            return key, value, None
        seen = torch.arange(start, self.length, device=key.device)[None]
        by = torch.arange(self.length - new, self.length, device=key.device)[:, None]
        mask = (seen <= by) & (by - seen <= window)
        if self.padding is None:
            return key, value, mask
        # A row's padding sees itself: a softmax of nothing is no number.
        return key, value, ((mask & (seen >= self.padding[:, None, None])) | (seen == by))[:, None]

    # The names that transformers gives to the same, so that engines/local.py handles both alike.

    def get_seq_length(self) -> int:
        return self.length

    def crop(self, tokens: int) -> None:
        """Forget the last `-tokens`."""
        self._ids = self.ids[:, :tokens]
        read = filter(None, self._layers)
        self._layers = [(key[:, :, :tokens], value[:, :, :tokens]) for key, value in read]

    def batch_select_indices(self, rows: "Tensor") -> None:
        """Keep these rows only."""
        self._ids = self.ids[rows]
        self.padding = None if self.padding is None else self.padding[rows]
        self._layers = [(key[rows], value[rows]) for key, value in filter(None, self._layers)]


def _norm(x: "Tensor") -> "Tensor":
    """RMS norm without weights; torch's own epsilon, as in nanochat."""
    from torch.nn.functional import rms_norm

    return rms_norm(x, (x.shape[-1],))


def _linear(x: "Tensor", weight: "Tensor") -> "Tensor":
    from torch.nn.functional import linear

    return linear(x, weight.to(x.dtype))


def _rotate(x: "Tensor", rotation: "tuple[Tensor, Tensor]") -> "Tensor":
    """Rotary embedding of half-split channels, by minus the angle."""
    import torch

    cos, sin = rotation
    left, right = x.chunk(2, dim=-1)
    return torch.cat([left * cos + right * sin, right * cos - left * sin], dim=-1)

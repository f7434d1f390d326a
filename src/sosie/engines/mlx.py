"""A model on this machine through MLX, with or without its adapter, at any strength.

 Local (turns, ids, sampling, text) -> MlxRunner -> logits of mlx-lm's model

Only the forwards are others than with transformers: the ids, the sampler, the stop conditions and the cached
conversation are those of engines/local.py.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sosie.core.extras import need
from sosie.engines.model_runner import ModelRunner
from sosie.models.mlx.forward import logits_at, next_logits
from sosie.models.mlx.lora import adapter_of
from sosie.models.mlx.weights import mlx_model

if TYPE_CHECKING:
    import torch


class MlxRunner(ModelRunner):
    """The forwards of the model that MLX holds (models/mlx/weights.py)."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self._adapter = adapter_of(model) if self.has_adapter else None
        self._mlx = mlx_model(model)
        self._mlx.eval()
        window = getattr(model.config, "sliding_window", None)
        self.context = min(self.context, window or self.context)  # beyond, mlx-lm would look further back
        self.window = 0  # padding goes before all else in its cache

    def new_cache(self) -> Any:
        return MlxCache(len(self._mlx.layers))

    def next_logits(
        self,
        rows: Sequence[Sequence[int]],
        cache: Any,
        strength: float,
        attention_mask: "torch.Tensor | None" = None,
    ) -> "torch.Tensor":
        if attention_mask is not None and not cache.get_seq_length():
            cache.pad((attention_mask == 0).sum(1).tolist())
        with self._lock:
            self._set_strength(strength)
            return as_torch(next_logits(self._mlx, rows, cache.layers))

    def _logits_at(
        self, ids: Sequence[int], positions: Sequence[int], places: Sequence[int]
    ) -> "torch.Tensor":
        array = need("mlx.core", extra="mlx").array
        starts = [place for place, position in enumerate(positions) if position == 0]
        lengths = [end - start for start, end in zip(starts, [*starts[1:], len(ids)], strict=True)]
        return as_torch(logits_at(self._mlx, array(ids), lengths, array(places)))

    def _set_strength(self, strength: float) -> None:
        if self._adapter and strength != self._strength:
            self._strength = None
            self._adapter.set_strength(strength)
            self._strength = strength


class MlxCache:
    """mlx-lm's keys and values of all layers, with the methods of transformers' cache that Local calls."""

    def __init__(self, layers: int) -> None:
        kept = need("mlx_lm.models.cache", extra="mlx")
        self.layers = [kept.KVCache() for _ in range(layers)]

    def pad(self, lengths: Sequence[int]) -> None:
        """Expect rows that are padded on their left by these lengths."""
        kept = need("mlx_lm.models.cache", extra="mlx")
        self.layers = [kept.BatchKVCache(list(lengths)) for _ in self.layers]

    def get_seq_length(self) -> int:
        return int(self.layers[0].size())

    def crop(self, tokens: int) -> None:
        """Forget the last `-tokens` tokens."""
        for layer in self.layers:
            layer.trim(-tokens)

    def batch_select_indices(self, rows: "torch.Tensor") -> None:
        """Keep these rows only."""
        chosen = need("mlx.core", extra="mlx").array(rows.tolist())
        for layer in self.layers:
            layer.filter(chosen)


def as_torch(logits: Any) -> "torch.Tensor":
    import numpy as np
    import torch

    return torch.from_numpy(np.array(logits))

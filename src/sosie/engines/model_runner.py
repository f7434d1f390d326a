"""The model runner: forwards of the model, the only ones of this wing.

Safe to share between threads, and between a double and its base: the adapter's strength is set under the same
lock as the forward. The keys and values belong to the caller, never to the runner.
"""

from collections.abc import Callable, Sequence
from operator import mul
from threading import Lock
from typing import TYPE_CHECKING, Any

from sosie.models.families import family_of

if TYPE_CHECKING:
    import torch
    from transformers import DynamicCache

    from sosie.models.template import Example


class ModelRunner:
    def __init__(self, model: Any) -> None:
        self.model = model.eval()
        self.device = model.device
        config = model.config.get_text_config()
        self.context = int(config.max_position_embeddings)  # tokens
        # Tokens that it sees; 0 where prompts cannot share what they begin with.
        self.window = int(getattr(config, "sliding_window", None) or self.context)
        self.token_bytes = cache_bytes_per_token(config, model.dtype.itemsize)  # of a token's keys and values
        family = family_of(config.model_type)
        self.recurrent = family is not None and not family.packs  # it keeps a state, which cannot be cut back
        self.has_adapter = hasattr(model, "disable_adapter")
        self._scalings = [
            (part.scaling, dict(part.scaling)) for part in model.modules() if hasattr(part, "lora_A")
        ]
        self._strength: float | None = None  # None: unknown, as after a Ctrl-C in the middle of a switch
        self._lock = Lock()

    def new_cache(self) -> "DynamicCache":
        """Empty keys and values, whole on every layer (sliding windows too), so that they can be cut back.

        Those of a recurrent model have its states beside.
        """
        from transformers import DynamicCache

        return DynamicCache(config=self.model.config.get_text_config()) if self.recurrent else DynamicCache()

    def next_logits(
        self,
        rows: Sequence[Sequence[int]],
        cache: "DynamicCache",
        strength: float,
        attention_mask: "torch.Tensor | None" = None,
    ) -> "torch.Tensor":
        """The logits of the next token of each row, shape (rows, vocabulary), float32 on the CPU.

        `rows` are the new ids only, all of one length; the cache grows by them. `attention_mask`: shape
        (rows, all tokens so far), 0 where a row is padded on its left.
        """
        import torch

        inputs: dict[str, Any] = {"input_ids": torch.tensor(rows, device=self.device)}
        if attention_mask is not None:
            positions = (attention_mask.cumsum(-1) - 1).clamp(min=0)[:, -len(rows[0]) :]
            inputs |= {
                "attention_mask": attention_mask.to(self.device),
                "position_ids": positions.to(self.device),
            }
        with self._lock, torch.inference_mode():
            self._set_strength(strength)
            output = self.model(**inputs, past_key_values=cache, use_cache=True, logits_to_keep=1)
            return output.logits[:, -1].float().cpu()  # type: ignore[no-any-return]

    def losses(self, examples: Sequence["Example"], strength: float) -> "list[torch.Tensor]":
        """For each example, the loss of each learnt token in nats, float32 on the CPU."""
        import torch

        def loss(logits: torch.Tensor, target_ids: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.cross_entropy(logits.float(), target_ids, reduction="none")

        return self._at_targets(examples, strength, loss)

    def foreseen(self, examples: Sequence["Example"], strength: float) -> "list[torch.Tensor]":
        """For each example, whether each learnt token was the likeliest."""
        return self._at_targets(
            examples, strength, lambda logits, target_ids: logits.argmax(-1) == target_ids
        )

    def _at_targets(
        self,
        examples: Sequence["Example"],
        strength: float,
        measure: "Callable[[torch.Tensor, torch.Tensor], torch.Tensor]",
    ) -> "list[torch.Tensor]":
        """`judge(scores, wanted)` at the learnt tokens of each example.

        All go in one row whose positions restart at each example, so no token is padding, none sees another
        example, and only learnt places get scores. A recurrent model reads them one by one.
        """
        import torch

        if self.recurrent and len(examples) > 1:
            return [values for one in examples for values in self._at_targets([one], strength, measure)]
        ids = [token for example in examples for token in example.ids]
        positions = [position for example in examples for position in range(len(example.ids))]
        # Nothing precedes the first token of an example: it cannot be predicted.
        learnt = [
            [position for position, learn in enumerate(example.learn) if learn and position]
            for example in examples
        ]
        starts = [0]
        for example in examples:
            starts.append(starts[-1] + len(example.ids))
        targets = [start + position for start, own in zip(starts, learnt, strict=False) for position in own]
        if not targets:
            return [torch.zeros(0) for _ in examples]
        with self._lock, torch.inference_mode():
            self._set_strength(strength)
            logits = self._logits_at(ids, positions, [target - 1 for target in targets])
            target_ids = torch.tensor([ids[target] for target in targets], device=logits.device)
            measured = measure(logits, target_ids).cpu()
        return list(torch.split(measured, [len(own) for own in learnt]))

    def _logits_at(
        self, ids: Sequence[int], positions: Sequence[int], places: Sequence[int]
    ) -> "torch.Tensor":
        """The logits after these places of a row, shape (places, vocabulary)."""
        import torch

        output = self.model(
            input_ids=torch.tensor([ids], device=self.device),
            position_ids=torch.tensor([positions], device=self.device),
            use_cache=False,
            logits_to_keep=torch.tensor(places, device=self.device),
        )
        return output.logits[0]  # type: ignore[no-any-return]

    def _set_strength(self, strength: float) -> None:
        """The adapter's part in every layer, in times of what was learnt; at 0, none."""
        if not self.has_adapter or strength == self._strength:
            return
        tuner, self._strength = self.model.base_model, None
        for scaling, learnt in self._scalings:
            scaling.update({name: strength * value for name, value in learnt.items()})
        (tuner.enable_adapter_layers if strength else tuner.disable_adapter_layers)()
        self._strength = strength


def cache_bytes_per_token(config: Any, size: int) -> int:
    """The bytes of one token's keys and values in all layers, in numbers of `size` bytes."""
    number, each = config.num_hidden_layers, getattr(config, "per_layer_config", None)  # transformers 5.2x
    layers = [config] * number if each is None else [each[index] for index in range(number)]
    heads = [getattr(one, "num_key_value_heads", None) or one.num_attention_heads for one in layers]
    widths = [getattr(one, "head_dim", None) or one.hidden_size // one.num_attention_heads for one in layers]
    return int(2 * sum(map(mul, heads, widths)) * size)

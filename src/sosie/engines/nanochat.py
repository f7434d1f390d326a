"""A nanochat checkpoint: Local's streams, batches and losses over our own forward, and its calculator.

 <|python_start|> 12*7 <|python_end|> sampled  ->  <|output_start|> 84 <|output_end|> forced, and on it goes

What stands between these signs is not shown: the answer around it says it.
"""

from collections import deque
from collections.abc import Callable, Collection, Sequence
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from sosie.core.double import Double
from sosie.core.errors import NoRoom, UnknownModel
from sosie.core.extras import need
from sosie.core.sampling import Sampling
from sosie.engines.calculator import calculate
from sosie.engines.generation import Generation
from sosie.engines.local import Local
from sosie.engines.model_runner import ModelRunner
from sosie.models.chat_formats import TEMPLATES
from sosie.models.doubles import run_of
from sosie.models.load import best_device, best_dtype
from sosie.models.nanochat.as_double import base_of, checkpoint_double
from sosie.models.nanochat.checkpoint import TOO_LARGE, build, find_checkpoint, read_checkpoint
from sosie.models.nanochat.model import KVCache, NanochatModel
from sosie.models.nanochat.tokenizer import tokenizer_of
from sosie.models.quantised import is_out_of_memory

if TYPE_CHECKING:
    import torch

    from sosie.models.template import Example

CALCULATION_SIGNS = {"<|python_start|>": "<|python_end|>", "<|output_start|>": "<|output_end|>"}


class NanochatRunner(ModelRunner):
    """The same doors over a model of nanochat; nothing here is of transformers."""

    def __init__(self, model: NanochatModel) -> None:
        self.model, self.device = model, model.device
        config = model.config
        self.context = config.sequence_len
        self.token_bytes = 2 * config.n_layer * config.n_kv_head * config.head_dim * model.dtype.itemsize
        self.recurrent = self.has_adapter = False
        self.window = 0  # its cache has no rows to make of one
        self._lock = Lock()

    def new_cache(self) -> Any:
        return self.model.new_cache()

    def next_logits(
        self,
        rows: Sequence[Sequence[int]],
        cache: Any,
        strength: float,
        attention_mask: "torch.Tensor | None" = None,
    ) -> "torch.Tensor":
        import torch

        read: KVCache = cache
        if attention_mask is not None and not read.length:
            read.padding = (attention_mask == 0).sum(dim=1).to(self.device)
        with self._lock, torch.inference_mode():
            hidden = self.model.hidden(torch.tensor(rows, device=self.device), read)
            return self.model.logits(hidden[:, -1]).cpu()  # type: ignore[no-any-return]

    def _at_targets(
        self,
        examples: "Sequence[Example]",
        strength: float,
        measure: "Callable[[torch.Tensor, torch.Tensor], torch.Tensor]",
    ) -> "list[torch.Tensor]":
        """Read one by one; only learnt places get logits."""
        import torch

        measured = []
        for example in examples:
            targets = torch.tensor(
                [at for at, learn in enumerate(example.learn) if learn and at], dtype=torch.long
            )
            ids = torch.tensor(example.ids, device=self.device)
            with self._lock, torch.inference_mode():
                hidden = self.model.hidden(ids[None])[0, targets - 1]
                measured.append(measure(self.model.logits(hidden), ids[targets]).cpu())
        return measured


class CalculatingGeneration(Generation):
    """A generation whose calculations are made: their result is forced as the next tokens.

    `special`: ids by name; `encode`: text to ids; `result_of`: an expression's result, or None.
    """

    def __init__(
        self,
        decode: Callable[[list[int]], str],
        ends: Collection[int],
        stops: Collection[str],
        sampling: Sampling,
        room: int,
        *,
        special: dict[str, int],
        encode: Callable[[str], Sequence[int]],
        plain: Callable[[list[int]], str],
        result_of: Callable[[str], str | None],
    ) -> None:
        super().__init__(decode, ends, stops, sampling, room)
        self._special, self._encode, self._plain, self._result_of = special, encode, plain, result_of
        self._forced: deque[int] = deque()
        self._expression: list[int] | None = None  # being written

    def _draw(self, logits: "torch.Tensor") -> int:
        token = self._forced.popleft() if self._forced else super()._draw(logits)
        if token == self._special["<|python_start|>"]:
            self._expression = []
        elif token == self._special["<|python_end|>"]:
            result = self._result_of(self._plain(self._expression)) if self._expression else None
            if result is not None:
                start, end = (self._special[f"<|output_{side}|>"] for side in ("start", "end"))
                self._forced.extend((start, *self._encode(result), end))
            self._expression = None
        elif self._expression is not None:
            self._expression.append(token)
        return token


class Nanochat(Local):
    """The engine of a checkpoint. `calculator`: "nanochat", as its own; "fr", a comma is a decimal sign."""

    def __init__(self, double: Double, calculator: str = "", **options: Any) -> None:
        torch = need("torch", extra="train")
        folder = double.folder or Path(double.base)
        checkpoint = read_checkpoint(folder)
        device = options.get("device", "auto")
        device = best_device(torch) if device == "auto" else device
        kind = getattr(torch, options.get("dtype") or best_dtype(torch, device))
        try:
            model = build(checkpoint, device, kind)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            raise NoRoom(*TOO_LARGE) from None
        super().__init__(
            NanochatRunner(model),
            tokenizer_of(checkpoint.vocabulary),
            TEMPLATES["nanochat"],
            name=run_of(double).name,
            sampling=double.talking,
        )
        self._options, self._base_folder = options, base_of(find_checkpoint(folder) or folder)
        self._special = checkpoint.vocabulary.special_ids
        self._result_of = partial(calculate, french=(calculator or checkpoint.calculator) == "fr")

    @cached_property
    def base(self) -> Local:
        """The checkpoint that this one was taught from, where it is in the same base folder; else itself."""
        if self._base_folder is None:
            return self
        return open_nanochat(self._base_folder, **self._options)

    def _new_generation(self, ids: Sequence[int], sampling: Sampling) -> Generation:
        return CalculatingGeneration(
            self._decode,
            frozenset(self._stops.ids),
            self._stops.strings,
            sampling,
            max(1, min(sampling.max_tokens, self._runner.context - len(ids))),
            special=self._special,
            encode=self._encode,
            plain=super()._decode,
            result_of=self._result_of,
        )

    def _encode(self, text: str) -> list[int]:
        return list(self.framing.text(text).ids[1:])

    def _decode(self, ids: list[int]) -> str:
        """The text of an answer without its calculations."""
        ends = {self._special[start]: self._special[end] for start, end in CALCULATION_SIGNS.items()}
        shown: list[int] = []
        until: int | None = None
        for token in ids:
            if until is None and token in ends:
                until = ends[token]
            elif token == until:
                until = None
            elif until is None:
                shown.append(token)
        return super()._decode(shown)


def open_nanochat(what: Double | Path | str, **options: Any) -> Nanochat:
    """The engine of a checkpoint's folder, or of a base folder. `options`: device, dtype, calculator."""
    double = what if isinstance(what, Double) else checkpoint_double(Path(what))
    if double is None:
        raise UnknownModel(
            f"Il n'y a pas de modèle nanochat dans « {Path(str(what)).name} ».",
            "Donnez le dossier qui contient « model_*.pt » et « meta_*.json ».",
        )
    return Nanochat(double, **options)

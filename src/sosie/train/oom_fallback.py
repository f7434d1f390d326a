"""Out-of-memory fallback: shorter rows, then activation checkpointing, then a smaller rank; the run goes on.

 2048 tokens a row  ->  1024  ->  ...  ->  one dialogue a row  ->  its activations recomputed
                                                              ->  rank 16  ->  8  ->  4  ->  NoRoom

The group that did not fit is repeated from the same random state: the same dialogues are learnt, once each.
Each step down lasts until the end of the run. A smaller rank keeps the nearest products (lora.reduce_rank).
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from sosie.core.errors import NoRoom
from sosie.core.progress import Event, Report
from sosie.models import quantised
from sosie.train import lora
from sosie.train.distributed import SINGLE, ProcessGroup
from sosie.train.pack import Pack

if TYPE_CHECKING:
    from sosie.models.template import Example
    from sosie.train.plan import Plan

SMALLER = "Prenez un modèle plus petit (--model mini), ou des dialogues plus courts (--max-tokens 512)."
LEAST_RANK = 4
Result = TypeVar("Result")


class OomFallback:
    """The current limits of the run: `tokens` of a row at most, and whether activations are recomputed."""

    def __init__(
        self,
        model: Any,
        plan: "Plan",
        report: Report,
        shrink: Callable[[int], None] | None = None,
        processes: ProcessGroup = SINGLE,
    ) -> None:
        """`shrink(rank)` reduces the adapter's rank; without it there is no such last step.

        The other `processes` have examples of their own, and take the steps down together.
        """
        self.model = model
        self._shrink = shrink
        self.processes = processes
        self.tokens = plan.pack_tokens
        self.checkpointing = plan.checkpointing
        self._report = report

    def run(self, work: Callable[[list[Pack]], Result], examples: Sequence["Example"]) -> Result:
        """Run `work` on the rows, smaller until they fit, and give its result. NoRoom at the end."""
        before = rng_state()
        while True:
            rows, full = self.processes.pack_rows(examples, self.tokens), False
            try:
                done = work(rows)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error) or self.processes.sharded:  # the others would wait for ever
                    raise
                full = True
            # Outside of the `except`: the error holds the frames, and they hold the memory.
            dialogues = max((len(row.lengths) for row in rows), default=0)
            longest = max((len(row.ids) for row in rows), default=0)
            full_somewhere, dialogues, longest = self.processes.all_reduce_max(full, dialogues, longest)
            if not full_somewhere:
                return done
            self.model.zero_grad()
            free_cached_memory()
            self._step_down(dialogues, longest)
            restore_rng_state(before)

    def _step_down(self, dialogues: int, longest: int) -> None:
        """Take the next step. `dialogues`: the most in a row; `longest`: tokens of the longest row."""
        if dialogues > 1:
            self.tokens = min(self.tokens, longest) // 2
            sentence = f"lignes de {self.tokens} jetons au plus"
        elif not self.checkpointing:
            lora.enable_checkpointing(self.model)
            self.checkpointing = True
            sentence = "activations recalculées au retour, un tiers de calcul en plus"
        elif self._shrink and (rank := lora.adapter_rank(self.model)) > LEAST_RANK:
            self._shrink(max(rank // 2, LEAST_RANK))
            now = lora.adapter_rank(self.model)
            sentence = f"rang de LoRA ramené de {rank} à {now}, l'essentiel de l'appris gardé"
        else:
            raise NoRoom("La mémoire ne suffit pas pour cet entraînement.", SMALLER)
        facts = {
            "pack_tokens": self.tokens,
            "checkpointing": self.checkpointing,
            "rank": lora.adapter_rank(self.model),
        }
        self._report(Event("warning", text=f"Mémoire pleine : {sentence} ; le pas est refait.", facts=facts))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a library ran out of memory, on a GPU or on the machine."""
    from accelerate.utils.memory import should_reduce_batch_size

    return quantised.is_out_of_memory(error) or bool(should_reduce_batch_size(error))


def free_cached_memory() -> None:
    """Empty the device's cache of freed memory."""
    from accelerate.utils.memory import clear_device_cache

    clear_device_cache(garbage_collection=True)


def rng_state() -> "tuple[Any, Any]":
    """The states of the random generators, of the CPU and of the GPUs."""
    import torch

    return torch.get_rng_state(), torch.cuda.get_rng_state_all() if torch.cuda.is_available() else None


def restore_rng_state(state: "tuple[Any, Any]") -> None:
    import torch

    cpu, cuda = state
    torch.set_rng_state(cpu)
    if cuda is not None:
        torch.cuda.set_rng_state_all(cuda)

"""A memory that is full costs time, not the run: shorter rows, then activations computed twice.

 2048 tokens a row  ->  1024  ->  ...  ->  one dialogue a row  ->  its activations recomputed  ->  NoRoom

The group that did not fit is done again, with the same chance: the same dialogues are learnt, once each. What
was given up stays given up until the end of the run.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from sosie.core.errors import NoRoom
from sosie.core.progress import Event, Report
from sosie.train import lora
from sosie.train.pack import Pack, pack

if TYPE_CHECKING:
    from sosie.models.template import Example
    from sosie.train.plan import Plan

SMALLER = "Prenez un modèle plus petit (--model mini), ou des dialogues plus courts (--max-tokens 512)."
Done = TypeVar("Done")


class Ladder:
    """Where the run stands: `tokens` of a row at most, and whether activations are recomputed."""

    def __init__(self, model: Any, plan: "Plan", report: Report) -> None:
        self.model = model
        self.tokens = plan.pack_tokens
        self.checkpointing = plan.checkpointing
        self._report = report

    def over(self, examples: Sequence["Example"], work: Callable[[Sequence[Pack]], Done]) -> Done:
        """What `work` makes of the examples' rows, which get smaller until they fit. NoRoom at the end."""
        chance = chance_now()
        while True:
            rows = pack(examples, self.tokens)
            try:
                return work(rows)
            except (RuntimeError, MemoryError) as error:
                if not memory_is_full(error):
                    raise
            # Out of the `except`: the error holds the frames, and they hold the memory.
            self.model.zero_grad()
            forget()
            self._step_down(rows)
            put_back(chance)

    def _step_down(self, rows: Sequence[Pack]) -> None:
        if any(len(row.lengths) > 1 for row in rows):
            self.tokens = min(self.tokens, max(len(row.ids) for row in rows)) // 2
            told = f"lignes de {self.tokens} jetons au plus"
        elif not self.checkpointing:
            lora.recompute(self.model)
            self.checkpointing = True
            told = "activations recalculées au retour, un tiers de calcul en plus"
        else:
            raise NoRoom("La mémoire ne suffit pas pour cet entraînement.", SMALLER)
        facts = {"pack_tokens": self.tokens, "checkpointing": self.checkpointing}
        self._report(Event("warning", text=f"Mémoire pleine : {told} ; le pas est refait.", facts=facts))


def memory_is_full(error: BaseException) -> bool:
    """Of a GPU or of the machine, whichever library says it."""
    from accelerate.utils.memory import should_reduce_batch_size

    words = str(error).lower()
    told = "out of memory" in words or "allocate memory" in words
    return isinstance(error, MemoryError) or told or bool(should_reduce_batch_size(error))


def forget() -> None:
    """Give back what the device keeps for later."""
    from accelerate.utils.memory import clear_device_cache

    clear_device_cache(garbage_collection=True)


def chance_now() -> "tuple[Any, Any]":
    """Where the random numbers stand, on the CPU and on the GPUs."""
    import torch

    return torch.get_rng_state(), torch.cuda.get_rng_state_all() if torch.cuda.is_available() else None


def put_back(chance: "tuple[Any, Any]") -> None:
    import torch

    torch.set_rng_state(chance[0])
    if chance[1] is not None:
        torch.cuda.set_rng_state_all(chance[1])

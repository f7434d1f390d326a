"""A memory that is full costs time, not the run: shorter rows, activations computed twice, a smaller rank.

 2048 tokens a row  ->  1024  ->  ...  ->  one dialogue a row  ->  its activations recomputed
                                                              ->  rank 16  ->  8  ->  4  ->  NoRoom

The group that did not fit is done again, with the same chance: the same dialogues are learnt, once each. What
was given up stays given up until the end of the run. A smaller rank keeps what was learnt as well as it can.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from sosie.core.errors import NoRoom
from sosie.core.progress import Event, Report
from sosie.models import quantised
from sosie.train import lora
from sosie.train.distributed import ALONE, Together
from sosie.train.pack import Pack

if TYPE_CHECKING:
    from sosie.models.template import Example
    from sosie.train.plan import Plan

SMALLER = "Prenez un modèle plus petit (--model mini), ou des dialogues plus courts (--max-tokens 512)."
LEAST_RANK = 4
Done = TypeVar("Done")


class Ladder:
    """Where the run stands: `tokens` of a row at most, and whether activations are recomputed."""

    def __init__(
        self,
        model: Any,
        plan: "Plan",
        report: Report,
        shrink: Callable[[int], None] | None = None,
        together: Together = ALONE,
    ) -> None:
        """`shrink(rank)` makes the adapter smaller; without it that last rung is not there.

        The fellows of `together` have examples of their own, and go down the rungs in step.
        """
        self.model = model
        self._shrink = shrink
        self.together = together
        self.tokens = plan.pack_tokens
        self.checkpointing = plan.checkpointing
        self._report = report

    def over(self, work: Callable[[list[Pack]], Done], examples: Sequence["Example"]) -> Done:
        """What `work` makes of the rows, which get smaller until they fit. NoRoom at the end."""
        chance = chance_now()
        while True:
            rows, full = self.together.rows(examples, self.tokens), False
            try:
                done = work(rows)
            except (RuntimeError, MemoryError) as error:
                if not memory_is_full(error) or self.together.sharded:  # there, fellows wait in the middle
                    raise
                full = True
            # Out of the `except`: the error holds the frames, and they hold the memory.
            dialogues = max((len(row.lengths) for row in rows), default=0)
            longest = max((len(row.ids) for row in rows), default=0)
            full_somewhere, dialogues, longest = self.together.most(full, dialogues, longest)
            if not full_somewhere:
                return done
            self.model.zero_grad()
            forget()
            self._step_down(dialogues, longest)
            put_back(chance)

    def _step_down(self, dialogues: int, longest: int) -> None:
        """`dialogues` in a row and `longest` row, at most."""
        if dialogues > 1:
            self.tokens = min(self.tokens, longest) // 2
            told = f"lignes de {self.tokens} jetons au plus"
        elif not self.checkpointing:
            lora.recompute(self.model)
            self.checkpointing = True
            told = "activations recalculées au retour, un tiers de calcul en plus"
        elif self._shrink and (rank := lora.rank(self.model)) > LEAST_RANK:
            self._shrink(max(rank // 2, LEAST_RANK))
            told = f"rang de LoRA ramené de {rank} à {lora.rank(self.model)}, l'essentiel de l'appris gardé"
        else:
            raise NoRoom("La mémoire ne suffit pas pour cet entraînement.", SMALLER)
        facts = {
            "pack_tokens": self.tokens,
            "checkpointing": self.checkpointing,
            "rank": lora.rank(self.model),
        }
        self._report(Event("warning", text=f"Mémoire pleine : {told} ; le pas est refait.", facts=facts))


def memory_is_full(error: BaseException) -> bool:
    """Of a GPU or of the machine, whichever library says it."""
    from accelerate.utils.memory import should_reduce_batch_size

    return quantised.memory_is_full(error) or bool(should_reduce_batch_size(error))


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

    cpu, cuda = chance
    torch.set_rng_state(cpu)
    if cuda is not None:
        torch.cuda.set_rng_state_all(cuda)

"""Several processes, one training: each learns its share of every group, then all take the same step.

 accelerate launch, torchrun   RANK and WORLD_SIZE in the environment; without them nothing here is at work
 a group of dialogues          shared out, balanced by tokens
 gradients                     of the summed nats over ALL learnt tokens of the group, then summed in one go:
                               the adapter is the one that a single process would have made
 what only one sees            a full memory, Ctrl-C, a save that is due: told to all, before any goes on
 files, events, answers        of the main process alone

DistributedDataParallel is not used. It wants as many backwards in every process, means in place of sums, and
no step done again; and what it would hide is one message of the adapter's size, 27 to 168 MB for 7B, a step.

FSDP, for a base that fits no single card: the blocks of the frozen base are shared out by torch's
`fully_shard`. The adapter is left whole in every process, so that all of the above stays as it is.
"""

import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sosie.core.errors import BadSettings, SosieError
from sosie.train.pack import Pack, pack

if TYPE_CHECKING:
    import torch

    from sosie.models.hardware import Machine
    from sosie.models.template import Example
    from sosie.train.plan import Plan

WAIT = timedelta(hours=6)  # the main process may be downloading; one that dies ends the wait at once
NOTHING = Pack(ids=(0,), positions=(0,), targets=(), numbers=(), lengths=(1,), learnt=())
Made = TypeVar("Made")


def launched() -> bool:
    """Whether a launcher started this process as one of several."""
    return "RANK" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1


def follows() -> bool:
    """Whether another process of this training speaks for this one."""
    return launched() and os.environ["RANK"] != "0"


class Together:
    """What a training asks of its fellow processes; here there are none."""

    size, rank = 1, 0
    sharded = False  # the base is in parts: each forward is then everybody's
    home = "auto"  # where the model is loaded

    @property
    def main(self) -> bool:
        return self.rank == 0

    def share(self, examples: Sequence["Example"]) -> Sequence["Example"]:
        """Those of them that are this process's."""
        return examples

    def rows(self, examples: Sequence["Example"], length: int) -> list[Pack]:
        """This process's examples in rows of at most `length` tokens."""
        return pack(examples, length)

    def most(self, *numbers: int) -> tuple[int, ...]:
        """The largest of each number over all processes: any(flag) for a flag."""
        return numbers

    def total(self, number: float, weights: "Iterable[torch.nn.Parameter]" = ()) -> float:
        """The sum of `number` over all processes; the gradients of `weights` become their sums too."""
        return number

    def by_main(self, work: Callable[[], Made]) -> Made:
        """What the main process makes of it, given to all; its SosieError is raised by all."""
        return work()

    def draw(self, seed: int, step: int) -> None:
        """Chance of this process's own for this step, the same in each repetition of the run."""

    def machine(self) -> "Machine":
        """What the plan may count on."""
        from sosie.models.hardware import hardware

        return hardware("auto")

    def accept(self, plan: "Plan") -> None:
        """BadSettings where the plan cannot be followed together."""

    def planned(self, plan: "Plan") -> "Plan":
        """The plan as it is for one process."""
        return plan

    @contextmanager
    def main_first(self) -> Iterator[None]:
        """The main process goes through the block before the others: it may be filling a cache."""
        yield

    def spread(self, model: Any, weights: "Iterable[torch.nn.Parameter]") -> None:
        """Share the base out, where that was asked for."""


ALONE = Together()


@contextmanager
def together() -> Iterator[Together]:
    """The processes that the launcher started; or this one alone."""
    if not launched():
        yield ALONE
        return
    from accelerate import PartialState
    from torch import distributed

    opened = not distributed.is_initialized()
    PartialState._reset_state()
    state = PartialState(cpu=os.environ.get("ACCELERATE_USE_CPU", "").lower() == "true", timeout=WAIT)
    yield Several(str(state.device), sharded=os.environ.get("ACCELERATE_USE_FSDP", "").lower() == "true")
    if opened:  # after an error the process ends, and its group with it
        distributed.destroy_process_group()


class Several(Together):
    """The same, where there are fellows: over torch.distributed, whatever opened it."""

    def __init__(self, device: str, sharded: bool = False) -> None:
        from torch import distributed

        self.size, self.rank = distributed.get_world_size(), distributed.get_rank()
        self.device, self.sharded = device, sharded
        self.home = "cpu" if sharded else device

    def share(self, examples: Sequence["Example"]) -> Sequence["Example"]:
        return share(examples, self.size)[self.rank]

    def rows(self, examples: Sequence["Example"], length: int) -> list[Pack]:
        rows = pack(examples, length)
        if self.sharded:  # as many forwards everywhere: each one waits for its fellows' parts of the base
            rows += [NOTHING] * (self.most(len(rows))[0] - len(rows))
        return rows

    def most(self, *numbers: int) -> tuple[int, ...]:
        import torch
        from torch import distributed

        told = torch.tensor(numbers, dtype=torch.long, device=self.device)
        distributed.all_reduce(told, distributed.ReduceOp.MAX)
        return tuple(told.tolist())

    def total(self, number: float, weights: "Iterable[torch.nn.Parameter]" = ()) -> float:
        import torch
        from torch import distributed

        learnt = list(weights)
        grads = [torch.zeros_like(w) if w.grad is None else w.grad for w in learnt]
        flat = torch.cat([*(g.flatten() for g in grads), torch.tensor([number], device=self.device)])
        distributed.all_reduce(flat)
        parts = torch.split(flat, [*(w.numel() for w in learnt), 1])
        for weight, part in zip(learnt, parts, strict=False):
            weight.grad = part.view_as(weight).to(weight.dtype)
        return float(parts[-1])

    def by_main(self, work: Callable[[], Made]) -> Made:
        from torch import distributed

        told: list[Any] = [None, None]
        if self.main:
            try:
                told = [work(), None]
            except SosieError as error:
                told = [None, error]
        distributed.broadcast_object_list(told)
        if told[1] is not None:
            raise told[1]
        made: Made = told[0]
        return made

    def draw(self, seed: int, step: int) -> None:
        import torch

        torch.manual_seed(random.Random(f"{seed}/{step}/{self.rank}").getrandbits(63))

    def machine(self) -> "Machine":
        """The main process's; with one card as large as all of them, where the base is shared out."""
        from sosie.models.hardware import hardware

        one = self.by_main(lambda: hardware("cpu" if self.device == "cpu" else "auto"))
        return replace(one, gpu_memory_bytes=one.gpu_memory_bytes * (self.size if self.sharded else 1))

    def accept(self, plan: "Plan") -> None:
        if self.sharded and plan.settings.bits < 16:
            raise BadSettings(
                f"Un modèle en {plan.settings.bits} bits ne se répartit pas sur plusieurs cartes (FSDP).",
                "Ajoutez --bits 16 ; ou, s'il tient sur une carte, relancez sans FSDP.",
            )

    def planned(self, plan: "Plan") -> "Plan":
        """The base's parts fill the cards evenly, but a row's activations are all on one."""
        return replace(plan, pack_tokens=max(1, plan.pack_tokens // (self.size if self.sharded else 1)))

    @contextmanager
    def main_first(self) -> Iterator[None]:
        if not self.main:
            self.most(0)  # nobody comes out of it before all have gone in
        yield
        if self.main:
            self.most(0)

    def spread(self, model: Any, weights: "Iterable[torch.nn.Parameter]") -> None:
        """Each block of the base, then all that is around them, in equal parts; the adapter everywhere."""
        if not self.sharded:
            return
        import torch
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard

        adapter, device = set(weights), torch.device(self.device)
        mesh = init_device_mesh(device.type, (self.size,))
        base = model.get_base_model()
        names = base._no_split_modules or ()
        blocks = [module for module in base.modules() if type(module).__name__ in names]
        for module in (*blocks, base):
            fully_shard(module, mesh=mesh, ignored_params=adapter)
        for weight in adapter:
            weight.data = weight.data.to(device)


def share(examples: Sequence["Example"], size: int) -> list[list["Example"]]:
    """The examples in `size` shares of about as many tokens: the longest first, each to who has least."""
    shares: list[list[Example]] = [[] for _ in range(size)]
    tokens = [0] * size
    for example in sorted(examples, key=lambda example: -len(example.ids)):
        least = tokens.index(min(tokens))
        shares[least].append(example)
        tokens[least] += len(example.ids)
    return shares

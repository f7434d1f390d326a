"""Data-parallel training: each process learns its share of every group, then all take the same step.

 accelerate launch, torchrun   set RANK and WORLD_SIZE; without them there is a single process
 a group of dialogues          split between the processes, balanced by tokens
 gradients                     of the loss summed over ALL targets of the group, all-reduced in one message:
                               the adapter is the one that a single process would have made
 local events                  out of memory, Ctrl-C, a checkpoint due: all-reduced before any process goes on
 files, events, answers        by the main process alone

DistributedDataParallel is not used: it needs as many backwards in every process, averages in place of sums,
and no repeated step; what it would hide is one message per step of the adapter's size, 27 to 168 MB for 7B.

FSDP, for a base that fits no single card: torch's `fully_shard` splits the blocks of the frozen base. The
adapter stays whole in every process, so that all of the above holds.
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
EMPTY_PACK = Pack(ids=(0,), positions=(0,), targets=(), numbers=(), lengths=(1,), targets_each=())
Result = TypeVar("Result")


def launched() -> bool:
    """Whether a launcher started this process as one of several."""
    return "RANK" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1


def follows() -> bool:
    """Whether this is not the main process of a training: the main one speaks for it."""
    return launched() and os.environ["RANK"] != "0"


class ProcessGroup:
    """The processes of a training, and their collective operations; this class is a single process."""

    size, rank = 1, 0
    sharded = False  # whether the base is split (FSDP): then all processes take part in each forward
    load_device = "auto"  # where the model is loaded

    @property
    def is_main(self) -> bool:
        return self.rank == 0

    def local_examples(self, examples: Sequence["Example"]) -> Sequence["Example"]:
        """The examples of this process."""
        return examples

    def pack_rows(self, examples: Sequence["Example"], length: int) -> list[Pack]:
        """The examples of this process packed in rows of at most `length` tokens."""
        return pack(examples, length)

    def all_reduce_max(self, *numbers: int) -> tuple[int, ...]:
        """The maximum of each number over all processes; for a flag, whether any process raised it."""
        return numbers

    def all_reduce_sum(self, number: float, weights: "Iterable[torch.nn.Parameter]" = ()) -> float:
        """The sum of `number` over all processes; the gradients of `weights` are summed in place."""
        return number

    def on_main(self, work: Callable[[], Result]) -> Result:
        """Run `work` on the main process and give its result to all; all raise its SosieError."""
        return work()

    def seed_step(self, seed: int, step: int) -> None:
        """Seed the random generator by step and rank, the same in each repetition of the run."""

    def machine(self) -> "Machine":
        """The hardware that the plan may use."""
        from sosie.models.hardware import hardware

        return hardware("auto")

    def check_plan(self, plan: "Plan") -> None:
        """Raise BadSettings if these processes cannot follow the plan."""

    def fit_plan(self, plan: "Plan") -> "Plan":
        """The plan adjusted to this process's share."""
        return plan

    @contextmanager
    def main_first(self) -> Iterator[None]:
        """The main process runs the block before the others: it may fill a cache."""
        yield

    def shard(self, model: Any, weights: "Iterable[torch.nn.Parameter]") -> None:
        """Split the base between the processes, if that was asked for (FSDP)."""


SINGLE = ProcessGroup()


@contextmanager
def open_process_group() -> Iterator[ProcessGroup]:
    """The process group that the launcher started, or a single process."""
    if not launched():
        yield SINGLE
        return
    from accelerate import PartialState
    from torch import distributed

    opened = not distributed.is_initialized()
    PartialState._reset_state()
    state = PartialState(cpu=os.environ.get("ACCELERATE_USE_CPU", "").lower() == "true", timeout=WAIT)
    sharded = os.environ.get("ACCELERATE_USE_FSDP", "").lower() == "true"
    yield DistributedGroup(str(state.device), sharded)
    if opened:  # after an error the process ends, and its group with it
        distributed.destroy_process_group()


class DistributedGroup(ProcessGroup):
    """Several processes, over torch.distributed, whatever initialised it."""

    def __init__(self, device: str, sharded: bool = False) -> None:
        from torch import distributed

        self.size, self.rank = distributed.get_world_size(), distributed.get_rank()
        self.device, self.sharded = device, sharded
        self.load_device = "cpu" if sharded else device

    def local_examples(self, examples: Sequence["Example"]) -> Sequence["Example"]:
        return split_by_tokens(examples, self.size)[self.rank]

    def pack_rows(self, examples: Sequence["Example"], length: int) -> list[Pack]:
        rows = pack(examples, length)
        if self.sharded:  # as many forwards everywhere: each waits for the other processes' parts of the base
            rows += [EMPTY_PACK] * (self.all_reduce_max(len(rows))[0] - len(rows))
        return rows

    def all_reduce_max(self, *numbers: int) -> tuple[int, ...]:
        import torch
        from torch import distributed

        largest = torch.tensor(numbers, dtype=torch.long, device=self.device)
        distributed.all_reduce(largest, distributed.ReduceOp.MAX)
        return tuple(largest.tolist())

    def all_reduce_sum(self, number: float, weights: "Iterable[torch.nn.Parameter]" = ()) -> float:
        import torch
        from torch import distributed

        trainable = list(weights)
        grads = [torch.zeros_like(w) if w.grad is None else w.grad for w in trainable]
        flat = torch.cat([*(g.flatten() for g in grads), torch.tensor([number], device=self.device)])
        distributed.all_reduce(flat)
        parts = torch.split(flat, [*(w.numel() for w in trainable), 1])
        for weight, part in zip(trainable, parts, strict=False):
            weight.grad = part.view_as(weight).to(weight.dtype)
        return float(parts[-1])

    def on_main(self, work: Callable[[], Result]) -> Result:
        from torch import distributed

        outcome: list[Any] = [None, None]
        if self.is_main:
            try:
                outcome = [work(), None]
            except SosieError as error:
                outcome = [None, error]
        distributed.broadcast_object_list(outcome)
        if outcome[1] is not None:
            raise outcome[1]
        result: Result = outcome[0]
        return result

    def seed_step(self, seed: int, step: int) -> None:
        import torch

        torch.manual_seed(random.Random(f"{seed}/{step}/{self.rank}").getrandbits(63))

    def machine(self) -> "Machine":
        """The main process's hardware; its GPU counts as large as all of them if the base is split."""
        from sosie.models.hardware import hardware

        machine = self.on_main(lambda: hardware("cpu" if self.device == "cpu" else "auto"))
        cards = self.size if self.sharded else 1
        return replace(machine, gpu_memory_bytes=cards * machine.gpu_memory_bytes)

    def check_plan(self, plan: "Plan") -> None:
        if self.sharded and plan.settings.bits < 16:
            raise BadSettings(
                f"Un modèle en {plan.settings.bits} bits ne se répartit pas sur plusieurs cartes (FSDP).",
                "Ajoutez --bits 16 ; ou, s'il tient sur une carte, relancez sans FSDP.",
            )

    def fit_plan(self, plan: "Plan") -> "Plan":
        """The base is split evenly over the cards, but the activations of a row are all on one."""
        return replace(plan, pack_tokens=max(1, plan.pack_tokens // (self.size if self.sharded else 1)))

    @contextmanager
    def main_first(self) -> Iterator[None]:
        if not self.is_main:
            self.all_reduce_max(0)  # a barrier: no process leaves it before all have entered
        yield
        if self.is_main:
            self.all_reduce_max(0)

    def shard(self, model: Any, weights: "Iterable[torch.nn.Parameter]") -> None:
        """Split each block of the base, then what is around them, in equal parts; the adapter stays whole."""
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


def split_by_tokens(examples: Sequence["Example"], size: int) -> list[list["Example"]]:
    """The examples in `size` shares of about equal tokens: the longest first, each to the lightest share."""
    shares: list[list[Example]] = [[] for _ in range(size)]
    tokens = [0] * size
    for example in sorted(examples, key=lambda example: -len(example.ids)):
        lightest = tokens.index(min(tokens))
        shares[lightest].append(example)
        tokens[lightest] += len(example.ids)
    return shares

"""Two processes as a launcher starts them, for test_parallel: RANK, WORLD_SIZE, gloo, and one scenario after
another, so that the libraries are read once. What each saw is left in FOLDER/SCENARIO-RANK.json.
"""

import contextlib
import io
import json
import os
import signal
import sys
from pathlib import Path

import torch
from torch import distributed

from sosie.cli.main import _run
from sosie.core import jsonl
from sosie.core.errors import NoRoom, SosieError
from sosie.core.settings import Train
from sosie.models import catalogue
from sosie.train import epoch_samples, run
from sosie.train.distributed import DistributedGroup
from sosie.train.forward import ForwardModel
from sosie.train.pack import Batch

JOB = {"epochs": 2, "group": 4, "dropout": 0.0, "learning_rate": 5e-3}  # ten steps


def verb(folder: Path, *flags: str) -> dict:
    """The verb itself: code and what was printed where."""
    out, err = io.StringIO(), io.StringIO()
    settings = {**JOB, "epochs": 4}  # twenty steps
    words = [*flags, *(f"--{name.replace('_', '-')}={value}" for name, value in settings.items())]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = _run(["train", str(folder / "d.jsonl"), "--folder", str(folder), "--json", *words])
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


def train(folder: Path, name: str, resume: str | None = None, **settings: object) -> dict:
    """run.train, with what it reported."""
    learn, valid = run.keep_some_for_validation(list(jsonl.read(folder / "d.jsonl")))
    told: list = []
    options, base = Train.model_validate({**JOB, **settings}), catalogue.find(str(folder / "tiny"))
    try:
        done = run.train(learn, valid, base, options, folder / "runs" / name, told.append, resume)
    except (SosieError, KeyboardInterrupt) as error:
        return {"error": type(error).__name__, "text": str(error), "told": [e.text for e in told if e.text]}
    return {**done.to_json(), "told": [event.text for event in told if event.text]}


def alike(folder: Path) -> dict:
    return verb(folder, "--model", str(folder / "tiny"), "--name", "deux", "--bits", "32")


def again(folder: Path) -> dict:
    """The same run once more: refused by the main process, for both."""
    return verb(folder, "--model", str(folder / "tiny"), "--name", "deux")


def doors(folder: Path) -> dict:
    """Each agreement, with something else in each process."""
    processes = DistributedGroup("cpu")
    one, other = (torch.nn.Parameter(torch.ones(2, 3)) for _ in range(2))
    if processes.is_main:
        one.grad = torch.full((2, 3), 2.0)
    other.grad = torch.full((2, 3), float("inf") if processes.is_main else -1.0)

    def refuse() -> None:
        raise NoRoom("Plus de place.", "Libérez-en.")

    try:
        processes.on_main(refuse)
    except NoRoom as error:
        refused = (error.message, error.mend)
    return {
        "total": processes.all_reduce_sum(processes.rank + 1.0, [one, other]),
        "grads": [one.grad.tolist(), other.grad.tolist()],
        "most": processes.all_reduce_max(processes.rank, 5 - processes.rank, False),
        "by_main": processes.on_main(lambda: f"dit par {processes.rank}"),
        "refused": refused,
    }


def stopped(folder: Path) -> dict:
    """Ctrl-C reaches the second process alone, and twice, as a launcher repeats it; then the run goes on."""
    drawn = DistributedGroup.seed_step

    def press(processes: DistributedGroup, seed: int, step: int) -> None:
        if processes.rank == 1 and step == 5:
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)
        drawn(processes, seed, step)

    DistributedGroup.seed_step = press
    stop = train(folder, "repris", dropout=0.2)
    DistributedGroup.seed_step = drawn
    files = sorted(path.name for path in (folder / "runs" / "repris" / "checkpoints").iterdir())
    distributed.barrier()  # both have looked, before the run goes on
    resumed, whole = train(folder, "neuf", "repris", dropout=0.2), train(folder, "entier", dropout=0.2)
    return {"stop": stop, "files": files, "resumed": resumed, "whole": whole}


def half(folder: Path) -> dict:
    """In bfloat16."""
    return train(folder, "moitié", bits=16)


def full(folder: Path) -> dict:
    """The second process alone has little memory."""
    scores = ForwardModel.outputs

    def fussy(net: ForwardModel, batch: Batch) -> torch.Tensor:
        if os.environ["RANK"] == "1" and len(batch.lengths) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return scores(net, batch)

    ForwardModel.outputs = fussy
    done = train(folder, "plein")
    ForwardModel.outputs = scores
    return done


def nan(folder: Path) -> dict:
    """The dialogue with « qqq », which one process holds, has no loss."""
    scores = ForwardModel.outputs
    letter = json.loads((folder / "tiny" / "tokenizer.json").read_text())["model"]["vocab"]["q"]

    def broken(net: ForwardModel, batch: Batch) -> torch.Tensor:
        bad = net.model.training and f"{[letter] * 3}"[1:-1] in f"{batch.ids.tolist()}"
        return scores(net, batch) * (float("nan") if bad else 1.0)

    ForwardModel.outputs = broken
    done = train(folder, "nan")
    ForwardModel.outputs = scores
    return done


def sharded(folder: Path) -> dict:
    """As under an FSDP configuration; with what each process then holds of the base."""
    os.environ["ACCELERATE_USE_FSDP"] = "true"
    spread, held = DistributedGroup.shard, {}

    def weigh(processes: DistributedGroup, model: object, weights: list) -> None:
        held["before"] = sum(weight.numel() for weight in model.parameters() if not weight.requires_grad)
        spread(processes, model, weights)
        frozen = [weight for weight in model.parameters() if not weight.requires_grad]
        held["after"] = sum(weight.to_local().numel() for weight in frozen)

    DistributedGroup.shard = weigh
    done = train(folder, "réparti")
    DistributedGroup.shard = spread
    del os.environ["ACCELERATE_USE_FSDP"]
    return {**done, **held}


def main(folder: Path, *ports: str) -> None:
    epoch_samples.TOKENS = 2  # what it says matters to no scenario
    second = os.fork() == 0
    os.environ |= {"RANK": str(int(second)), "LOCAL_RANK": str(int(second)), "WORLD_SIZE": "2"}
    os.environ |= {"LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": ports[0]}
    for scenario in (alike, doors, again, stopped, half, full, nan, sharded):
        seen = scenario(folder)
        if not distributed.is_initialized():  # the verb closed its own; what follows shares one
            os.environ["MASTER_PORT"] = ports[1]
            distributed.init_process_group("gloo")
        (folder / f"{scenario.__name__}-{int(second)}.json").write_text(json.dumps(seen, default=str))
        distributed.barrier()
    if second:
        os._exit(0)
    sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]), *sys.argv[2:])

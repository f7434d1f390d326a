"""Runs that are killed again and again, for test_killed.py: libraries are loaded once, each try is a fork.

    python killed.py FOLDER BASE KILLS SEED        FOLDER holds learn.jsonl and valid.jsonl

 runs/whole            left alone, and timed
 runs/0, runs/1, ...   kill -9 at a moment drawn over that time, then taken up again, until it is done

The moment may be anywhere: before the plan, while the model loads, in a step, in a save, while the double is
put in place. Prints one JSON line: at each kill, the moment and the newest checkpoint.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

import accelerate  # noqa: F401  all that a run imports, before any fork
import peft  # noqa: F401
import torch
from transformers.models.mistral import modeling_mistral  # noqa: F401

from sosie.core import jsonl
from sosie.core.settings import Train
from sosie.models import catalogue
from sosie.train import checkpoint, run, run_folder

SETTINGS = Train(epochs=6, group=4, learning_rate=5e-3, patience=0, dropout=0.1, neutral=0.1)


def main(folder, base, kills, seed):
    learn, valid = (list(jsonl.read(folder / f"{part}.jsonl")) for part in ("learn", "valid"))

    def train(there):
        resume = there.name if (there / run_folder.PLAN).is_file() else None
        run.train(learn, valid, catalogue.find(base), SETTINGS, there, resume=resume)

    started = time.monotonic()
    killed(lambda: train(folder / "runs" / "whole"))
    length, chance = time.monotonic() - started, random.Random(seed)
    told, number = [], 0
    while True:
        there = folder / "runs" / str(number)
        moment = chance.random() if len(told) < kills else None
        if killed(lambda: train(there), moment and moment * length):  # noqa: B023
            told.append({"run": number, "moment": round(moment, 2), "checkpoint": newest(there)})
        if run_folder.is_finished(there):
            if len(told) == kills:
                break
            number += 1
    print(json.dumps({"seconds": round(length, 2), "kills": told}))


def killed(work, after=None):
    """Whether `work`, in a process of its own, was still at it when it was killed."""
    child = os.fork()
    if not child:
        try:
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status not in (0, -signal.SIGKILL):
        sys.exit(status)
    return status != 0


def newest(there):
    """The step of the newest checkpoint."""
    return max(
        (int(path.stem) for path in (there / run_folder.CHECKPOINTS).glob("*.safetensors")), default=None
    )


if __name__ == "__main__":
    checkpoint.EVERY_SECONDS = 0.05
    torch.set_num_threads(1)
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))

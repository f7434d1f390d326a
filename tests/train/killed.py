"""A run in a process of its own, for a test that kills it: slowed down, saving often."""

import sys
import time
from pathlib import Path

import torch

from sosie.core import jsonl
from sosie.core.settings import Train
from sosie.models import catalogue
from sosie.train import checkpoint, run

checkpoint.EVERY_SECONDS = 0.1
torch.set_num_threads(1)


def slow(event):
    if event.kind == "step":
        time.sleep(0.03)


if __name__ == "__main__":
    folder, base, settings = Path(sys.argv[1]), sys.argv[2], Train.model_validate_json(sys.argv[3])
    learn, valid = (list(jsonl.read(folder.parent / f"{part}.jsonl")) for part in ("learn", "valid"))
    run.train(learn, valid, catalogue.find(base), settings, folder, slow)

"""sosie's own loop on the job: prints one JSON line.

python benchmarks/ours.py EPOCHS
"""

import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import job
import torch

from sosie.core.progress import Event
from sosie.core.settings import Train
from sosie.models.card import ModelCard
from sosie.models.catalogue import Base, find
from sosie.models.families.llama import LLAMA
from sosie.models.hardware import hardware
from sosie.models.template import Example
from sosie.train import lora
from sosie.train.checkpoint import Checkpoints
from sosie.train.loop import fit
from sosie.train.plan import Counts, Plan
from sosie.train.planner import make_plan


def examples() -> list[Example]:
    return [Example(tuple(ids), tuple(learn), 0) for ids, learn in job.make_dialogues()]


def plan(epochs: float) -> Plan:
    shape = job.LAYERS, 256, 512, 8, 2, 32, job.VOCABULARY, 4096
    toy = Base("toy", "toy", ModelCard("toy", *shape, tied=False, bytes=0, family=LLAMA))
    base = find(str(job.MODEL)) if job.JOB == "real" else toy
    lengths = tuple(len(example.ids) for example in examples())
    counts = Counts(len(lengths), len(lengths), 0, lengths, sum(lengths) // 2, exact=True)
    options = Train(
        epochs=epochs, group=job.GROUP, learning_rate=job.RATE, dropout=0.0, patience=0, seed=job.SEED
    )
    made = make_plan(base, hardware("cpu"), counts, options)
    return replace(made, targets=tuple(job.TARGETS))


def run(epochs: float) -> dict[str, Any]:
    """CPU seconds and tokens between the end of the first step and the end of the last."""
    marks: list[tuple[float, int, float]] = []
    sizes = [job.tokens(job.in_order(epoch)) for epoch in range(int(epochs))]

    def hear(event: Event) -> None:
        if event.kind == "step":
            marks.append((time.process_time(), event.done, event.facts["loss"]))

    made = plan(epochs)
    torch.manual_seed(1)
    model = lora.add_adapter(job.make_model(made.dtype), made)
    with tempfile.TemporaryDirectory() as folder:
        fit(model, examples(), [], made, hear, Checkpoints(Path(folder)))
    first = job.tokens(job.in_order(0)[: job.GROUP])
    return {
        "loop": "sosie",
        "steps": len(marks),
        "cpu_seconds": marks[-1][0] - marks[0][0],
        "tokens": sum(sizes) - first,
        "loss_first": marks[0][2],
        "loss_last": marks[-1][2],
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps(run(float(sys.argv[1]))))

"""Training steps of a real model on a processor, by the dtype of its weights: CPU seconds and peak memory.

    python -m benchmarks.step MODEL_FOLDER DIALOGUES.jsonl [--bits 16|32] [--give-back]

Two groups of the dialogues take turns, twice. `--give-back`: freed memory returns to the machine at once, as
where it is short. One thread; what is printed is one line of JSON, to keep in benchmarks/results/bf16-*.json.
"""

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path

from sosie.core.jsonl import read
from sosie.core.progress import silent
from sosie.core.settings import Train
from sosie.models.catalogue import find
from sosie.train import inputs as training_inputs
from sosie.train import memory_meter
from sosie.train.distributed import open_process_group
from sosie.train.dropout import quick_dropout
from sosie.train.forward import backward_group, open_forward
from sosie.train.loop import longest_example, open_training
from sosie.train.pack import pack
from sosie.train.packed_attention import attend_by_dialogue
from sosie.train.planner import make_plan
from sosie.train.run import adapted_model

GROUPS = ((0, 8), (8, 15))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("dialogues", type=Path)
    parser.add_argument("--bits", type=int, choices=(16, 32))
    parser.add_argument("--give-back", action="store_true")
    asked = parser.parse_args()

    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    if asked.give_back:
        training_inputs.make_plan = lambda *told: replace(make_plan(*told), keeps_memory=False)
    learn = [dialogue for dialogue, _ in zip(read(asked.dialogues), range(GROUPS[-1][-1]), strict=False)]
    with open_process_group() as alone:
        inputs = training_inputs.make_inputs(
            learn, [], find(asked.model), Train(bits=asked.bits, neutral=0.0, group=8), None, silent, alone
        )
        plan, model = adapted_model(inputs, None)
        accelerator, training, _ = open_training(model, plan, alone)
        longest = longest_example(inputs.learn)
        with quick_dropout(training.model), attend_by_dialogue(training.model, longest) as per_dialogue:
            forward = open_forward(accelerator, training.model, per_dialogue)
            steps = [one_step(forward, inputs.learn[slice(*GROUPS[turn % 2])], plan) for turn in range(4)]
        told = {
            "model": Path(asked.model).name,
            "dtype": plan.dtype,
            "keeps_memory": plan.keeps_memory,
            "row_tokens": plan.pack_tokens,
            "steps": steps,
            "tokens_per_cpu_second": round(
                sum(step["tokens"] for step in steps[1:])
                / sum(step["user"] + step["kernel"] for step in steps[1:]),
                1,
            ),
            "memory_foretold": plan.peak_memory_bytes,
            "memory": memory_meter.peak(inputs.bytes_before),
        }
    print(json.dumps(told))


def one_step(forward, examples, plan) -> dict[str, float]:
    """Forward and backward of a group: its tokens, loss, and CPU seconds of the program and of the kernel."""
    before = os.times()
    loss = backward_group(forward, pack(examples, plan.pack_tokens))
    after = os.times()
    return {
        "tokens": sum(len(example.ids) for example in examples),
        "loss": round(loss, 4),
        "user": round(after.user - before.user, 2),
        "kernel": round(after.system - before.system, 2),
    }


if __name__ == "__main__":
    main()

"""Is the plan's memory true? Random Mistral shapes, really trained, each cell in a process of its own.

    python benchmarks/footprint.py [--cells 50/32 50/16 50/4 ...] [--keep DIR]

A cell is a size (M parameters) and the bits of the base. Predicted: Plan.peak_memory_bytes. Measured: VmHWM
minus RSS just before the model is loaded (train/memory.py), over the real planning, loading and steps of
`sosie train` on invented dialogues whose groups fill the plan's rows. The bar is 10 %. `wide` and `narrow`
have another depth for their width: nothing in footprint.py was chosen on them.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from sosie.core.dialogue import Dialogue, Turn
from sosie.core.progress import silent
from sosie.core.settings import Train
from sosie.core.workspace import write_json
from sosie.models import tiny
from sosie.models.catalogue import find
from sosie.models.hardware import hardware
from sosie.train import memory_estimate, memory_meter, run
from sosie.train.checkpoint import Checkpoints
from sosie.train.distributed import SINGLE
from sosie.train.inputs import make_inputs
from sosie.train.loop import fit

HERE = Path(__file__).parent
BAR = 0.10
STEPS = 2  # the second has the optimiser's memories from its start


def shape(hidden: int, mlp: int, layers: int, heads: int, kv: int, vocabulary: int = 8192) -> dict[str, int]:
    return {
        "hidden_size": hidden,
        "intermediate_size": mlp,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv,
        "head_dim": hidden // heads,
        "vocabulary": vocabulary,
        "max_position_embeddings": 4096,
        "tie_word_embeddings": False,
    }


# name -> (shape, dialogues a step, letters of each): the longer the model takes, the fewer
SIZES: dict[str, tuple[dict[str, int], int, int]] = {
    "50": (shape(512, 1536, 13, 8, 4), 8, 250),
    "150": (shape(768, 2304, 20, 12, 4), 4, 250),
    "400": (shape(1024, 3584, 28, 16, 4), 2, 250),
    "narrow": (shape(512, 2048, 24, 16, 16, 16_000), 4, 250),
    "wide": (shape(1280, 2560, 6, 10, 2, 16_000), 4, 250),
}
HELD_OUT = ["narrow/32", "narrow/16", "narrow/4", "wide/16"]
NINE = [f"{size}/{bits}" for size in ("50", "150", "400") for bits in (32, 16, 4)]


def dialogues(number: int, letters: int) -> list[Dialogue]:
    """A question and an answer, half of the letters each; of the byte tokenizer, a letter is a token."""
    chance = Random(7)

    def say() -> str:
        return "".join(chance.choices("abcdefghij ", k=letters // 2))

    return [Dialogue((Turn("user", say()), Turn("assistant", say()))) for _ in range(number)]


def cell(model: Path, bits: int, group: int, letters: int) -> dict[str, Any]:
    """What was predicted and what was measured, in this process."""
    import torch

    torch.set_num_threads(1)
    learn = dialogues(group * STEPS, letters)
    options = Train(model=str(model), bits=bits, group=group, epochs=1, patience=0)
    inputs = make_inputs(learn, learn[:1], find(str(model)), options, None, silent, SINGLE)
    plan, adapted = run.adapted_model(inputs, None)
    with tempfile.TemporaryDirectory() as place:
        fit(adapted, inputs.learn, inputs.valid, plan, silent, Checkpoints(Path(place)))
    measured = memory_meter.peak(inputs.bytes_before)
    card = inputs.loaded.base.card
    assert card is not None
    machine = hardware("cpu")
    filled = sum(len(example.ids) for example in inputs.learn) // STEPS
    return {
        "parameters": card.parameters,
        "bits": bits,
        "file_bytes": card.bytes,
        "row_tokens": filled,
        "pack_tokens": plan.pack_tokens,
        "parts": {
            "weights": round(memory_estimate.weights_bytes(card, bits)),
            "fixed": round(memory_estimate.constant_bytes(card, machine, bits, plan.settings.rank)),
            "loading": round(memory_estimate.loading_bytes(card, machine, bits)),
        },
        "predicted": plan.peak_memory_bytes,
        "measured": measured,
        "error": round(plan.peak_memory_bytes / measured - 1, 4),
    }


def in_a_fresh_process(name: str, models: Path) -> dict[str, Any]:
    size, bits = name.split("/")
    config, group, letters = SIZES[size]
    model = models / size
    if not model.is_dir():
        made = [sys.executable, __file__, "--make", size, "--keep", str(models)]
        subprocess.run(made, check=True)
    asked = {"model": str(model), "bits": int(bits), "group": group, "letters": letters}
    with tempfile.TemporaryDirectory() as cache:
        done = subprocess.run(
            [sys.executable, __file__, "--cell", json.dumps(asked)],
            env={**os.environ, "SOSIE_CACHE": cache, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return {"cell": name, **json.loads(done.stdout)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", nargs="+", default=[*NINE, *HELD_OUT])
    parser.add_argument("--keep", type=Path, help="where the models are made, and left")
    parser.add_argument("--cell", help=argparse.SUPPRESS)
    parser.add_argument("--make", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        tiny.make(asked.keep / asked.make, **SIZES[asked.make][0])
        return
    if asked.cell:
        told = json.loads(asked.cell)
        print(json.dumps(cell(Path(told.pop("model")), **told)))
        return
    path = HERE / "results" / f"footprint-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as place:
        for name in asked.cells:
            rows.append(in_a_fresh_process(name, asked.keep or Path(place)))
            print(line(rows[-1]), flush=True)
            write_json(path, {**where(), "bar": BAR, "rows": rows})
    if missed := [row["cell"] for row in rows if abs(row["error"]) > BAR]:
        sys.exit(f"bar missed: {', '.join(missed)}")


def where() -> dict[str, str]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": platform.processor() or platform.machine(),
        "python": platform.python_version(),
    }


def line(row: dict[str, Any]) -> str:
    parts = ", ".join(f"{name} {size / 1e6:.0f}" for name, size in row["parts"].items())
    return (
        f"{row['cell']:>10}  {row['row_tokens']:5} tokens  predicted {row['predicted'] / 1e6:6.0f} MB "
        f"({parts})  measured {row['measured'] / 1e6:6.0f} MB  {100 * row['error']:+.1f} %"
    )


if __name__ == "__main__":
    main()

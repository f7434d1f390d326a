"""unsloth on the job, set up as its own notebooks do. Imported first, as it asks: it patches the others."""

import os
import time
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("UNSLOTH_DISABLE_STATISTICS", "1")

import unsloth  # isort: skip
import torch

from benchmarks.gpu.meter import wait
from benchmarks.gpu.setting import ALPHA, RANK, Ground
from benchmarks.gpu.side_trl import learn
from benchmarks.gpu.variants import Variant


def run(variant: Variant, ground: Ground) -> dict[str, Any]:
    started = time.perf_counter()
    model, _ = unsloth.FastLanguageModel.from_pretrained(
        str(ground.work / "model"),
        max_seq_length=ground.size.context,
        load_in_4bit=True,
        dtype=getattr(torch, variant.dtype),
    )
    wait()
    loaded = time.perf_counter()
    model = unsloth.FastLanguageModel.get_peft_model(
        model,
        r=RANK,
        lora_alpha=ALPHA,
        lora_dropout=0,
        bias="none",
        target_modules=list(variant.targets),
        use_gradient_checkpointing="unsloth",
    )
    wait()
    attached = time.perf_counter()
    # Its own checkpointing is on the model already; a notebook's two dialogues a forward.
    told = learn(model, variant, ground, bits=8, forward=2, recompute=False)
    return {**told, "load_seconds": loaded - started, "attach_seconds": attached - loaded}

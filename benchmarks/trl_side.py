"""TRL's SFTTrainer on the job, in its own environment: prints one JSON line.

    .bench/bin/python benchmarks/trl_side.py EPOCHS PACKING          PACKING: none bf16 bfd bfd2048 tutorial

It gets ready token ids and the mask of the answers, no gradient checkpointing, and learns the same tokens.
« bfd » packs rows as long as our groups, so that steps are alike; « bfd2048 » packs 2,048 tokens.
« tutorial » does as tutorials do: one dialogue a forward, four forwards a step, activations recomputed.
« none » and « bf16 » pad four dialogues a batch. A real model is in TRL's own precision, float32 weights and
bfloat16 products; with « bf16 » its weights are in bfloat16 too.
"""

import json
import os
import sys
import tempfile
import time
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import job
import torch


def tokenizer() -> Any:
    """SFTTrainer wants one, though the ids are ready."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    words = {f"w{number}": number for number in range(job.VOCABULARY)}
    inner = Tokenizer(models.WordLevel(words, unk_token="w0"))
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, unk_token="w0", bos_token="w1", eos_token="w2", pad_token="w2"
    )


def run(epochs: float, packing: str) -> dict[str, Any]:
    """CPU seconds and tokens between the end of the first step and the end of the last."""
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import TrainerCallback
    from trl import SFTConfig, SFTTrainer

    dialogues = job.in_order(0)
    row = {"bfd2048": 2048, "bfd": max_group()}.get(packing, 4096)
    marks: list[float] = []
    losses: list[float] = []

    class Clock(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
            marks.append(time.process_time())

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
            losses.extend([logs["loss"]] if "loss" in logs else [])

    with tempfile.TemporaryDirectory() as folder:
        settings = SFTConfig(
            output_dir=folder,
            num_train_epochs=epochs,
            per_device_train_batch_size=job.GROUP if packing in ("none", "bf16") else 1,
            gradient_accumulation_steps=job.GROUP if packing == "tutorial" else 1,
            gradient_checkpointing=packing == "tutorial",
            learning_rate=job.RATE,
            max_length=row,
            packing=packing.startswith("bfd"),
            packing_strategy="bfd",
            train_sampling_strategy="sequential",
            bf16=job.JOB == "real" and packing != "bf16",
            use_cpu=True,
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            dataloader_num_workers=0,
        )
        data = Dataset.from_dict(
            {
                "input_ids": [ids for ids, _ in dialogues],
                "assistant_masks": [[int(learnt) for learnt in learn] for _, learn in dialogues],
            }
        )
        trainer = SFTTrainer(
            model=job.make_model("bfloat16" if packing == "bf16" else "float32"),
            args=settings,
            train_dataset=data,
            processing_class=tokenizer(),
            peft_config=LoraConfig(
                r=job.RANK, lora_alpha=job.ALPHA, target_modules=job.TARGETS, task_type="CAUSAL_LM"
            ),
            callbacks=[Clock()],
        )
        rows = [len(ids) for ids in trainer.train_dataset["input_ids"]]
        trainer.train()
    first = rows[0] if packing.startswith("bfd") else sum(rows[: job.GROUP])
    return {
        "loop": f"trl {packing}",
        "steps": len(marks),
        "cpu_seconds": marks[-1] - marks[0],
        "tokens": int(epochs) * sum(rows) - first,
        "loss_first": losses[0],
        "loss_last": losses[-1],
    }


def max_group() -> int:
    """The tokens of our fullest group."""
    dialogues = job.in_order(0)
    starts = range(0, len(dialogues), job.GROUP)
    return max(job.tokens(dialogues[start : start + job.GROUP]) for start in starts)


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps(run(float(sys.argv[1]), sys.argv[2])))

"""TRL's SFTTrainer on the job, set up as the usual tutorial does: NF4, prepared for k-bit training, float16.

One thing is not to the letter: `adamw_8bit` in place of `paged_adamw_8bit`, whose managed memory is to be
avoided on a card that others use; on an adapter's few megabytes they cost the same.
"""

import importlib.util
import os
import tempfile
import time
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, TrainerCallback
from trl import SFTConfig, SFTTrainer

from benchmarks.gpu.meter import Meter, wait
from benchmarks.gpu.setting import ALPHA, GROUP, RANK, RATE, Ground
from benchmarks.gpu.variants import Variant


def run(variant: Variant, ground: Ground) -> dict[str, Any]:
    started = time.perf_counter()
    model, quantised = load(ground)
    wait()
    loaded = time.perf_counter()
    lora = LoraConfig(
        r=RANK, lora_alpha=ALPHA, target_modules=list(variant.targets), task_type="CAUSAL_LM", bias="none"
    )
    told = learn(get_peft_model(model, lora), variant, ground, 8 if quantised else 32)
    if not quantised:
        told["note"] = "no bitsandbytes here: base and optimiser in full precision"
    return {**told, "load_seconds": loaded - started}


def load(ground: Ground) -> tuple[Any, bool]:
    """The base in 4 bits where that can be had, ready for PEFT."""
    folder = str(ground.work / "model")
    if importlib.util.find_spec("bitsandbytes") is None or ground.device != "cuda":
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), False
    nf4 = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.float16,
    )
    model = AutoModelForCausalLM.from_pretrained(folder, quantization_config=nf4, device_map={"": 0})
    return prepare_model_for_kbit_training(model), True


def learn(
    model: Any, variant: Variant, ground: Ground, bits: int, forward: int = 1, recompute: bool = True
) -> dict[str, Any]:
    """The job by SFTTrainer, `forward` dialogues at a time (all of a group in one row where `together`)."""
    dialogues = ground.dialogues
    meter = Meter(
        len(dialogues) // GROUP,
        sum(len(ids) for ids, _ in dialogues),
        sum(len(ids) for ids, _ in dialogues[:GROUP]),
    )

    class Clock(TrainerCallback):
        """Steps are told with their loss, which `logging_steps=1` gives right after each."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
            meter.start()

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
            if logs and "loss" in logs:
                meter.step(float(logs["loss"]))

    on_gpu = ground.device == "cuda"
    with tempfile.TemporaryDirectory() as folder:
        settings = SFTConfig(
            output_dir=folder,
            num_train_epochs=1,  # the three are in the data, in order
            per_device_train_batch_size=GROUP if variant.together else forward,
            gradient_accumulation_steps=1 if variant.together else GROUP // forward,
            padding_free=variant.together,
            gradient_checkpointing=recompute,
            gradient_checkpointing_kwargs={"use_reentrant": False} if recompute else None,
            learning_rate=RATE,
            lr_scheduler_type="cosine",
            warmup_steps=2,
            max_length=None if variant.together else ground.size.context,
            train_sampling_strategy="sequential",
            fp16=on_gpu,
            bf16=False,
            use_cpu=not on_gpu,
            optim="adamw_8bit" if bits == 8 else "adamw_torch",
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        data = Dataset.from_dict(
            {
                "input_ids": [ids for ids, _ in dialogues],
                "assistant_masks": [[0] * (len(ids) - n) + [1] * n for ids, n in dialogues],
            }
        )
        trainer = SFTTrainer(
            model=model,
            args=settings,
            train_dataset=data,
            processing_class=AutoTokenizer.from_pretrained(str(ground.work / "model")),
            callbacks=[Clock()],
        )
        for weight in trainer.model.parameters():
            if weight.requires_grad:  # TRL makes a QLoRA bfloat16, which the scaler of float16 refuses
                weight.data = weight.data.float()
        meter.watch(trainer.model)
        trainer.train()
        told, ended = meter.read(), time.perf_counter()
        trainer.model.save_pretrained(folder)
        return {**told, "save_seconds": time.perf_counter() - ended}

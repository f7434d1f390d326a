"""LLaMA-Factory: all answers of a line are learnt, or its last (`mask_history`): then a line an answer."""

import json
from collections.abc import Iterator
from pathlib import Path

from sosie.core.dialogue import Dialogue
from sosie.core.errors import BadSettings
from sosie.core.progress import Report
from sosie.export.base import Exported, Order
from sosie.export.trainers.folder import (
    OUTPUT,
    RECIPE,
    TRAIN_FILE,
    VALID_FILE,
    Files,
    lines,
    roles_and_texts,
    write_trainer,
    yaml,
)
from sosie.models.catalogue import Base
from sosie.train.plan import Plan

TITLE = "LLaMA-Factory"
FORMATS = {  # its name of each of ours
    "chatml": "qwen",
    "qwen3": "qwen3_nothink",
    "llama3": "llama3",
    "gemma": "gemma",
    "mistral": "mistral",
}


def export_llamafactory(order: Order, folder: Path, report: Report) -> Exported:
    command = f"llamafactory-cli train {RECIPE}"
    return write_trainer("llamafactory", TITLE, order, folder, report, llamafactory, command, "0.9.5")


def llamafactory(base: Base, plan: Plan, learn: list[Dialogue], held: list[Dialogue]) -> Files:
    known = FORMATS.get(base.card.template if base.card else "")
    if known is None:
        raise BadSettings(
            f"LLaMA-Factory n'a pas le format de conversation de « {base.name} ».",
            "Choisissez un autre modèle (--model luth-1.7b), ou un autre outil : sosie export axolotl",
        )
    partly = any(
        not turn.learnt for each in (*learn, *held) for turn in each.turns if turn.role == "assistant"
    )
    parts = {TRAIN_FILE: learn, VALID_FILE: held} if held else {TRAIN_FILE: learn}
    info = {
        f"sosie_{Path(name).stem}": {
            "file_name": name,
            "formatting": "sharegpt",
            "columns": {"messages": "messages"},
            "tags": {
                "role_tag": "role",
                "content_tag": "content",
                "user_tag": "user",
                "assistant_tag": "assistant",
                "system_tag": "system",
            },
        }
        for name in parts
    }
    recipe = {
        "stage": "sft",
        "do_train": True,
        "model_name_or_path": base.where,
        "finetuning_type": "lora",
        "template": known,
        "dataset_dir": ".",
        "dataset": "sosie_train",
        **({"eval_dataset": "sosie_valid", "eval_strategy": "epoch"} if held else {}),
        "mask_history": partly,
        "cutoff_len": plan.settings.max_tokens,
        "lora_rank": plan.settings.rank,
        "lora_alpha": plan.settings.alpha,
        "lora_dropout": plan.settings.dropout,
        "lora_target": ",".join(plan.targets),
        **({"quantization_bit": 4} if plan.settings.bits == 4 else {}),
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": plan.settings.group,
        "num_train_epochs": plan.settings.epochs,
        "learning_rate": plan.settings.learning_rate,
        "lr_scheduler_type": plan.settings.schedule,
        "seed": plan.settings.seed,
        "save_strategy": "epoch",
        "output_dir": OUTPUT,
    }
    split = answer_by_answer if partly else lambda dialogue: iter([dialogue])
    files = {
        name: lines(roles_and_texts(one.turns) for each in part for one in split(each))
        for name, part in parts.items()
    }
    return {RECIPE: yaml(recipe), "dataset_info.json": json.dumps(info, indent=1) + "\n", **files}


def answer_by_answer(dialogue: Dialogue) -> Iterator[Dialogue]:
    """The dialogue up to each answer that is learnt."""
    for place, turn in enumerate(dialogue.turns, 1):
        if turn.role == "assistant" and turn.learnt:
            yield Dialogue(dialogue.turns[:place])

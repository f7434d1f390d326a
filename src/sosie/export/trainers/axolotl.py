"""axolotl: a flag beside each message says whether it is learnt (`message_field_training`)."""

from pathlib import Path
from typing import Any

from sosie.core.dialogue import Dialogue
from sosie.core.progress import Report
from sosie.export.base import Exported, Order
from sosie.export.trainers.folder import (
    OUTPUT,
    RECIPE,
    TRAIN_FILE,
    VALID_FILE,
    Files,
    chat_format,
    flagged,
    write_trainer,
    yaml,
)
from sosie.models.catalogue import Base
from sosie.train.plan import Plan


def export_axolotl(order: Order, folder: Path, report: Report) -> Exported:
    return write_trainer(
        "axolotl", "axolotl", order, folder, report, axolotl, f"axolotl train {RECIPE}", "0.19.0"
    )


def axolotl(base: Base, plan: Plan, learn: list[Dialogue], held: list[Dialogue]) -> Files:
    data: dict[str, Any] = {
        "ds_type": "json",
        "type": "chat_template",
        "field_messages": "messages",
        "message_field_training": "learnt",
        "roles_to_train": [],
        "train_on_eos": "turn",
    }
    recipe = {
        "base_model": base.where,
        **({"revision_of_model": base.card.revision} if base.card and base.card.revision else {}),
        **chat_format(base),
        "datasets": [{"path": TRAIN_FILE, **data}],
        **({"test_datasets": [{"path": VALID_FILE, "split": "train", **data}]} if held else {}),
        "adapter": "qlora" if plan.settings.bits == 4 else "lora",
        **({"load_in_4bit": True} if plan.settings.bits == 4 else {}),
        "lora_r": plan.settings.rank,
        "lora_alpha": plan.settings.alpha,
        "lora_dropout": plan.settings.dropout,
        "lora_target_modules": [*plan.targets],
        "sequence_len": plan.settings.max_tokens,
        "sample_packing": False,
        "micro_batch_size": 1,
        "gradient_accumulation_steps": plan.settings.group,
        "num_epochs": plan.settings.epochs,
        "learning_rate": plan.settings.learning_rate,
        "lr_scheduler": plan.settings.schedule,
        "optimizer": "adamw_torch",
        "seed": plan.settings.seed,
        "bf16": "auto",
        "output_dir": OUTPUT,
    }
    return {RECIPE: yaml(recipe), **flagged(learn, held)}

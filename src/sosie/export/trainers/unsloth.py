"""unsloth: a script, in which the flag of each message becomes a mask over the tokens of its turn."""

from pathlib import Path

from sosie.core.dialogue import Dialogue
from sosie.core.progress import Report
from sosie.export.base import Exported, Order
from sosie.export.trainers.folder import Files, chat_format, flagged, write_trainer
from sosie.models.catalogue import Base
from sosie.train.plan import Plan

SCRIPT, TO_FILL = "apprendre.py", "# RECETTE"


def export_unsloth(order: Order, folder: Path, report: Report) -> Exported:
    return write_trainer("unsloth", "unsloth", order, folder, report, unsloth, f"python {SCRIPT}")


def unsloth(base: Base, plan: Plan, learn: list[Dialogue], held: list[Dialogue]) -> Files:
    values = {
        "model": base.where,
        "max_tokens": plan.settings.max_tokens,
        "four_bits": plan.settings.bits == 4,
        "rank": plan.settings.rank,
        "alpha": plan.settings.alpha,
        "dropout": plan.settings.dropout,
        "targets": [*plan.targets],
        "group": plan.settings.group,
        "epochs": plan.settings.epochs,
        "rate": plan.settings.learning_rate,
        "schedule": plan.settings.schedule,
        "seed": plan.settings.seed,
        "jinja": chat_format(base).get("chat_template_jinja", ""),
    }
    text = (Path(__file__).parent / "unsloth_script.txt").read_text(encoding="utf-8")
    recipe = "\n".join(f"{name.upper()} = {value!r}" for name, value in values.items())
    return {SCRIPT: text.replace(TO_FILL, recipe), **flagged(learn, held)}

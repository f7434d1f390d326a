"""The folder of a run: begun anew, or taken up again with the very data and settings it began with.

runs/NAME/
├─ plan.json      the Plan, and what it was made from: base, settings, sha256 of the data
├─ events.jsonl   checkpoints/   samples.jsonl (what it answered after each epoch)
└─ double/        there only once the run is done
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sosie.core.dialogue import Dialogue
from sosie.core.double import MANIFEST
from sosie.core.errors import BadData, BadSettings, NothingToDo
from sosie.core.progress import last_at
from sosie.core.settings import Train
from sosie.core.workspace import closed_folder, write_json
from sosie.models.catalogue import Base, find
from sosie.train.plan import Plan

PLAN = "plan.json"
EVENTS = "events.jsonl"
CHECKPOINTS = "checkpoints"
DOUBLE = "double"


def finished(folder: Path) -> bool:
    return (folder / DOUBLE / MANIFEST).is_file()


def begin(folder: Path) -> None:
    """Check that nothing would be overwritten, and clear what a run that never took a step left behind."""
    if finished(folder):
        raise BadSettings(
            f"L'entraînement « {folder.name} » existe déjà ; il n'est pas écrasé.",
            "Donnez-lui un autre nom : --name NOM",
        )
    if any((folder / CHECKPOINTS).glob("*.safetensors")):
        raise BadSettings(
            f"L'entraînement « {folder.name} » est commencé.",
            f"Reprenez-le (--resume {folder.name}), ou donnez un autre nom : --name NOM",
        )
    closed_folder(folder.parent)
    closed_folder(folder)
    (folder / EVENTS).unlink(missing_ok=True)


def to_resume(runs: Path, name: str) -> Path:
    """The run of this name, or the newest unfinished one. NothingToDo where there is none."""
    if name:
        folder = runs / name
        if finished(folder):
            raise NothingToDo(f"L'entraînement « {name} » est déjà terminé.", "Discutez avec : sosie chat")
        if (folder / PLAN).is_file():
            return folder
    begun = [path.parent for path in runs.glob(f"*/{PLAN}") if not finished(path.parent)]
    if name or not begun:
        names = ", ".join(sorted(folder.name for folder in begun))
        raise NothingToDo(
            f"Il n'y a pas d'entraînement « {name} »."
            if name
            else "Il n'y a pas d'entraînement à reprendre.",
            f"À reprendre : {names}." if names else "Commencez-en un : sosie train",
        )
    return max(begun, key=lambda folder: last_at(folder / EVENTS) or (folder / PLAN).stat().st_mtime)


def keep(folder: Path, plan: Plan, base: Base, options: Train, data: str) -> None:
    """plan.json, whole or not at all."""
    made_from = {"base": base.key, "settings": options.model_dump(mode="json"), "data_sha256": data}
    write_json(folder / PLAN, {**plan.to_json(), **made_from})


def amend(folder: Path, **known: Any) -> None:
    """plan.json with what turned out otherwise than planned."""
    write_json(folder / PLAN, {**read(folder), **known})


def read(folder: Path) -> dict[str, Any]:
    """plan.json as it was kept."""
    try:
        record: dict[str, Any] = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        return record
    except (OSError, ValueError):
        raise BadData(
            f"Le « {PLAN} » de l'entraînement « {folder.name} » est abîmé.", "Recommencez sans --resume."
        ) from None


def same(record: dict[str, Any], options: Train, data: str) -> None:
    """Check that the run can go on with these: the same data, and no setting said to be otherwise."""
    if record["data_sha256"] != data:
        raise BadData(
            "Les dialogues ne sont plus ceux de cet entraînement.",
            "Redonnez les mêmes, ou commencez-en un autre sans --resume.",
        )
    said = {name: getattr(options, name) for name in options.model_fields_set - {"model"}}
    changed = [name for name, value in said.items() if record["settings"].get(name) != value]
    if options.model and find(options.model).key != record["base"]:
        changed.append("model")
    if changed:
        raise BadSettings(
            f"Cet entraînement avait un autre réglage : « {sorted(changed)[0]} ».",
            "Reprenez-le sans changer de réglage, ou commencez-en un autre sans --resume.",
        )


def fingerprint(*sets: Iterable[Dialogue]) -> str:
    """The sha256 of dialogues, in order: what is said and by whom, not where it came from."""
    told = hashlib.sha256()
    for dialogues in sets:
        for dialogue in dialogues:
            turns = [(turn.role, turn.text) for turn in dialogue.turns]
            told.update(json.dumps(turns, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        told.update(b"\0")
    return told.hexdigest()


def portrait(dialogues: Sequence[Dialogue]) -> str:
    """The system text that all dialogues begin with, if they do: the double will be asked with it too."""
    texts = {
        dialogue.turns[0].text if dialogue.turns and dialogue.turns[0].role == "system" else ""
        for dialogue in dialogues
    }
    return texts.pop() if len(texts) == 1 else ""

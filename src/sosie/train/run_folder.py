"""The folder of a run: begun, or resumed with the same data and settings.

runs/NAME/
├─ plan.json      the Plan, and what it was made from: base, settings, sha256 of the data
├─ events.jsonl   checkpoints/   samples.jsonl (what it answered after each epoch)
└─ double/        there only once the run is done
"""

import fcntl
import hashlib
import itertools
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sosie.core.dialogue import Dialogue
from sosie.core.double import MANIFEST
from sosie.core.drafts import several_at_a_time
from sosie.core.errors import BadData, BadSettings, NothingToDo
from sosie.core.progress import Event, Report, last_at, silent
from sosie.core.settings import Train
from sosie.core.workspace import Workspace, closed_folder, whole, write_json
from sosie.models.catalogue import Base, find
from sosie.train.plan import Plan

PLAN = "plan.json"
EVENTS = "events.jsonl"
CHECKPOINTS = "checkpoints"
DOUBLE = "double"
LONGEST_NAME = 100  # bytes: drafts beside the folder have longer ones


def is_finished(folder: Path) -> bool:
    return (folder / DOUBLE / MANIFEST).is_file()


def check_names(name: str | None, resume: str | None, update: bool = False) -> None:
    """BadSettings where a run that is resumed is given a name, or a name can be no folder's."""
    if update and resume is not None:
        raise BadSettings(
            "Une mise à jour est un nouvel entraînement : elle ne se reprend pas.", "Enlevez --resume."
        )
    if name is not None and resume is not None:
        raise BadSettings(
            "Un entraînement repris garde son nom.", "Donnez --resume NOM ou --name NOM, pas les deux."
        )
    given = name if name is not None else resume or "run"  # none said: the newest, or a date
    refused = given != given.strip() or given.startswith((".", "-")) or not given.isprintable()
    if not given or refused or set("/\\") & set(given) or len(given.encode()) > LONGEST_NAME:
        raise BadSettings(
            "Ce nom d'entraînement ne peut pas être celui d'un dossier.",
            f"Donnez un nom de {LONGEST_NAME} octets au plus, sans « / » ni point au début : --name lea",
        )


@contextmanager
def learning(workspace: Workspace, report: Report) -> Iterator[None]:
    """In this block nobody is removed from the folder: what is read of data/ may be learnt."""
    told = Event("warning", text="Un retrait est en cours dans ce dossier : on l'attend.")
    with several_at_a_time(workspace.runs, lambda: report(told)):
        yield


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """In this block the run is this process's alone. BadSettings where another is at it.

    The lock is flock's, on the folder: the kernel lets it go with the process. Some network disks have none.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise BadSettings(
            f"L'entraînement « {folder.name} » est en cours.",
            "Attendez qu'il finisse, ou donnez un autre nom : --name NOM",
        ) from None
    except OSError:
        pass
    try:
        yield
    finally:
        os.close(handle)


def begin_run(folder: Path) -> None:
    """Clear what a run without a step left. BadSettings if the folder holds a run."""
    if is_finished(folder):
        raise BadSettings(
            f"L'entraînement « {folder.name} » existe déjà ; il n'est pas écrasé.",
            "Donnez-lui un autre nom : --name NOM",
        )
    if any((folder / CHECKPOINTS).glob("*.safetensors")):
        raise BadSettings(
            f"L'entraînement « {folder.name} » est commencé.",
            f"Reprenez-le (--resume {folder.name}), ou donnez un autre nom : --name NOM",
        )
    (folder / EVENTS).unlink(missing_ok=True)


def find_unfinished(runs: Path, name: str) -> Path:
    """The unfinished run of this name, or the newest one for "". NothingToDo if there is none."""
    if name:
        folder = runs / name
        if is_finished(folder):
            raise NothingToDo(f"L'entraînement « {name} » est déjà terminé.", "Discutez avec : sosie chat")
        if (folder / PLAN).is_file():
            return folder
    unfinished = [path.parent for path in runs.glob(f"*/{PLAN}") if not is_finished(path.parent)]
    if name or not unfinished:
        names = ", ".join(sorted(folder.name for folder in unfinished))
        raise NothingToDo(
            f"Il n'y a pas d'entraînement « {name} »."
            if name
            else "Il n'y a pas d'entraînement à reprendre.",
            f"À reprendre : {names}." if names else "Commencez-en un : sosie train",
        )
    return max(unfinished, key=lambda folder: last_at(folder / EVENTS) or (folder / PLAN).stat().st_mtime)


def free(folder: Path) -> Path:
    """This folder, or NAME-2, NAME-3... where there is a run already: a clock may say the same time twice."""
    others = (folder.with_name(f"{folder.name}-{number}") for number in itertools.count(2))
    return next(place for place in itertools.chain([folder], others) if not (place / PLAN).exists())


def later_than_all(runs: Path) -> float:
    """A time after all that was ever done here, by its own word: what begins now is the newest."""
    return 1e-3 + max((last_at(path) or 0.0 for path in runs.glob(f"*/{EVENTS}")), default=0.0)


def fork(folder: Path, record: dict[str, Any], rate: float) -> Path:
    """A new run, NAME-2, that goes on from this one's checkpoints at another learning rate.

    Its plan is written last: what a kill leaves is no run, and is begun anew.
    """
    new = free(folder)
    shutil.rmtree(new / CHECKPOINTS, ignore_errors=True)
    for path in (folder / CHECKPOINTS).glob("*.safetensors"):
        with whole(closed_folder(new) / CHECKPOINTS / path.name) as draft:
            shutil.copyfile(path, draft)
    settings = {**record["settings"], "learning_rate": rate}
    write_json(closed_folder(new) / PLAN, {**record, "learning_rate": rate, "settings": settings})
    return new


def write_plan(
    folder: Path, plan: Plan, base: Base, options: Train, data: str, learnt: Sequence[Dialogue]
) -> None:
    """Write plan.json, whole or not at all."""
    made_from = {"base": base.key, "settings": options.model_dump(mode="json"), "data_sha256": data}
    write_json(folder / PLAN, {**plan.to_json(), **made_from, "correspondents": correspondents(learnt)})


def correspondents(dialogues: Sequence[Dialogue]) -> list[str] | None:
    """The pseudonyms of all who spoke in the dialogues; None where a dialogue does not say."""
    told = [dialogue.origin.correspondents for dialogue in dialogues]
    return sorted({name for names in told for name in names}) if all(told) else None


def update_plan(folder: Path, **changes: Any) -> None:
    """Update plan.json with figures that turned out otherwise."""
    write_json(folder / PLAN, {**read_plan(folder), **changes})


def read_plan(folder: Path) -> dict[str, Any]:
    """The record of plan.json. BadData if it is damaged."""
    try:
        record: dict[str, Any] = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        return record
    except (OSError, ValueError):
        raise BadData(
            f"Le « {PLAN} » de l'entraînement « {folder.name} » est abîmé.", "Recommencez sans --resume."
        ) from None


def check_same(record: dict[str, Any], options: Train, data: str) -> None:
    """Raise BadData or BadSettings unless the data is the same and no setting but the rate is changed."""
    if record["data_sha256"] != data:
        raise BadData(
            "Les dialogues ne sont plus ceux de cet entraînement.",
            "Redonnez les mêmes, ou commencez-en un autre sans --resume.",
        )
    given = {name: getattr(options, name) for name in options.model_fields_set - {"model", "learning_rate"}}
    changed = [name for name, value in given.items() if record["settings"].get(name) != value]
    if options.model and find(options.model).key != record["base"]:
        changed.append("model")
    if changed:
        raise BadSettings(
            f"Cet entraînement avait un autre réglage : « {sorted(changed)[0]} ».",
            "Reprenez-le sans changer ce réglage, ou commencez-en un autre sans --resume.",
        )


def other_rate(record: dict[str, Any], options: Train) -> float | None:
    """The learning rate asked for, where it is not the one that the run has."""
    asked = options.learning_rate if "learning_rate" in options.model_fields_set else None
    return None if asked in (None, record["learning_rate"]) else asked


def fingerprint(*sets: Iterable[Dialogue]) -> str:
    """The sha256 of dialogues, in order: their roles, texts, and what is only context; not their origin."""
    hasher = hashlib.sha256()
    for dialogues in sets:
        for dialogue in dialogues:
            turns = [(turn.role, turn.text, *(() if turn.learnt else (False,))) for turn in dialogue.turns]
            hasher.update(json.dumps(turns, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        hasher.update(b"\0")
    return hasher.hexdigest()


def common_portrait(dialogues: Sequence[Dialogue], report: Report = silent) -> str:
    """The system text of at least half of the dialogues, else "": the double is asked with it too.

    Spaces make no difference; of its spellings the most frequent is taken. `report` hears of the dialogues
    that have another or none.
    """
    spellings = Counter(
        dialogue.turns[0].text if dialogue.turns and dialogue.turns[0].role == "system" else ""
        for dialogue in dialogues
    )
    texts: Counter[str] = Counter()
    for spelling, count in spellings.items():
        texts[" ".join(spelling.split())] += count
    text, count = texts.most_common(1)[0] if texts else ("", 0)
    kept = text if 2 * count >= len(dialogues) else ""
    if not kept and any(texts):
        told = "Les dialogues n'ont pas de consigne commune : le double répondra sans consigne."
        report(Event("warning", text=told))
    elif kept and count < len(dialogues):
        told = f"Consigne gardée pour discuter : celle de {count} dialogues sur {len(dialogues)}."
        report(Event("warning", text=told))
    return next((each for each, _ in spellings.most_common() if " ".join(each.split()) == kept), "")

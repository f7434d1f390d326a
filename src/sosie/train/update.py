"""Going on from a double with what was added since: `sosie train --update`.

 newest double + the dialogues now  ->  Update(new, replayed, ...)  ->  a run that begins with its adapter

New is what that run did not learn. Twice as many old dialogues are learnt again beside it, so that they are
not forgotten; and both kinds are validated apart, to say what changed. The old run stays as it is.

runs/NAME/learnt.json     marks of the dialogues that a run learnt and validated with, keyed by private/secret
"""

import hmac
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sosie.core.circles import told
from sosie.core.dialogue import Dialogue
from sosie.core.double import ADAPTER, Double
from sosie.core.errors import BadSettings, NothingToDo
from sosie.core.progress import silent
from sosie.core.settings import Train
from sosie.core.workspace import Workspace, write_json
from sosie.models import catalogue
from sosie.models.adapter import peft_name, read_tensors
from sosie.models.load_double import check_adapter
from sosie.train import lora, run_folder
from sosie.train.distributed import ProcessGroup
from sosie.train.forward import open_accelerator, open_forward
from sosie.train.inputs import TrainingInputs, render_all
from sosie.train.loop import longest_example, mean_loss
from sosie.train.oom_fallback import OomFallback
from sosie.train.packed_attention import attend_by_dialogue
from sosie.train.planner import usual_rate
from sosie.train.result import Changed

if TYPE_CHECKING:
    from sosie.train.plan import Plan

LEARNT = "learnt.json"
EPOCHS = 3.0  # on few dialogues, from an adapter that knows the person already
# Of the usual learning rate. 55 new messages on mini: at the whole rate, replies of before are 0.7 % harder
# afterwards; at a quarter no harder, and all together easier (new ones 0.7 % easier, then 0.4 %).
RATE_SHARE = 0.25
REPLAYED = 2  # old dialogues for each new one
SPARED, ENOUGH_NEW = 5, 10  # one new dialogue in 5 validates, from 10 on, where none of the folder's own does
FIXED = ("rank", "alpha", "dora", "rslora", "bits")  # of an adapter that is there already
Marks = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Update:
    """What a double is to learn. `whole`: all the dialogues to learn and to validate with, old and new."""

    double: Double
    options: Train
    whole: tuple[Sequence[Dialogue], Sequence[Dialogue]]
    new: list[Dialogue]
    replayed: list[Dialogue]
    unseen: list[Dialogue]  # validation
    seen: list[Dialogue]

    @property
    def name(self) -> str:
        assert self.double.folder
        return self.double.folder.parent.name


def marks(workspace: Workspace, dialogues: Sequence[Dialogue]) -> list[str]:
    """What tells a dialogue from others, and nothing of its words to who has not the folder's secret."""
    secret = workspace.secret()
    prints = (run_folder.fingerprint([dialogue]).encode() for dialogue in dialogues)
    return [hmac.new(secret, print_, "sha256").hexdigest()[:16] for print_ in prints]


def marks_of(workspace: Workspace, learn: Sequence[Dialogue], valid: Sequence[Dialogue]) -> Marks:
    return {"learnt": marks(workspace, learn), "validated": marks(workspace, valid)}


def write_marks(folder: Path, told: Marks | None, update: Update | None) -> None:
    """What a run learns, and the run that it goes on from if it does."""
    if told:
        write_json(folder / LEARNT, {**told, "updates": update.name if update else ""})


def refuse_update(folder: Path) -> None:
    """BadSettings for an update that was stopped: it takes a minute, and is begun anew."""
    try:
        updates = json.loads((folder / LEARNT).read_text(encoding="utf-8")).get("updates")
    except (OSError, ValueError, AttributeError):
        return
    if updates:
        raise BadSettings(
            f"« {folder.name} » est une mise à jour arrêtée : elle ne se reprend pas.",
            "Recommencez-la : sosie train --update",
        )


def find_update(
    workspace: Workspace, learn: Sequence[Dialogue], valid: Sequence[Dialogue], options: Train
) -> Update:
    """What the newest double is to learn of these dialogues. NothingToDo where there is nothing new."""
    double = Double.read(workspace.latest_double())
    assert double.folder
    run = double.folder.parent
    check_adapter(double, double.folder)
    known = read_marks(run)
    learnt, validated = set(known["learnt"]), set(known["validated"])
    told = marks_of(workspace, learn, valid)
    new = [d for d, mark in zip(learn, told["learnt"], strict=True) if mark not in learnt]
    old = [d for d, mark in zip(learn, told["learnt"], strict=True) if mark in learnt]
    unseen = [d for d, mark in zip(valid, told["validated"], strict=True) if mark not in learnt | validated]
    seen = [d for d, mark in zip(valid, told["validated"], strict=True) if mark in validated]
    if not new:
        raise NothingToDo(
            f"Il n'y a rien de nouveau à apprendre depuis « {run.name} ».",
            "Faites d'abord entrer des messages : sosie import, puis sosie prepare.",
        )
    if not unseen and len(new) >= ENOUGH_NEW:
        unseen, new = new[::SPARED], [d for place, d in enumerate(new) if place % SPARED]
    chance = random.Random(options.seed)
    replayed = chance.sample(old, min(len(old), REPLAYED * len(new)))
    return Update(double, settings_of(run, options), (learn, valid), new, replayed, unseen, seen)


def read_marks(run: Path) -> Marks:
    """NothingToDo where a run does not say what it learnt: it is of an older version."""
    try:
        told = json.loads((run / LEARNT).read_text(encoding="utf-8"))
        return {name: [str(mark) for mark in told[name]] for name in ("learnt", "validated")}
    except (OSError, ValueError, KeyError, TypeError):
        raise NothingToDo(
            f"« {run.name} » ne dit pas ce qu'il a appris : il vient d'une version d'avant.",
            "Faites un double entier : sosie train. Les suivants pourront le mettre à jour.",
        ) from None


def settings_of(run: Path, options: Train) -> Train:
    """Those of the run, with what is asked for now. BadSettings where its adapter cannot be changed so."""
    record = run_folder.read_plan(run)
    kept = {**record["settings"], **{name: record.get(name) for name in FIXED if name in record}}
    asked = {name: getattr(options, name) for name in options.model_fields_set}
    changed = [name for name in FIXED if name in asked and asked[name] != kept.get(name)]
    model = asked.pop("model", None)
    if model and catalogue.find(model).key != record["base"]:
        changed.append("model")
    if changed:
        raise BadSettings(
            f"« {run.name} » a été appris avec un autre réglage : « {changed[0]} ».",
            "Gardez ce réglage, ou faites un double entier : sosie train, sans --update.",
        )
    card = catalogue.find(record["base"]).card
    gentle = RATE_SHARE * usual_rate(card) if card else kept["learning_rate"]
    return Train(**{**kept, "epochs": EPOCHS, "learning_rate": gentle, **asked})


def put_adapter(model: Any, double: Double) -> None:
    """Set the adapter that is on the model to the double's."""
    assert double.folder
    tensors = read_tensors(double.folder / ADAPTER)
    lora.set_adapter(model, {name: tensors[peft_name(name)] for name in lora.trainable_weights(model)})


class ChangeMeter:
    """The losses of both kinds of validation replies, when it is made and at the end."""

    def __init__(
        self, update: Update, model: Any, inputs: TrainingInputs, plan: "Plan", processes: ProcessGroup
    ) -> None:
        self._update, self._model, self._plan, self._processes = update, model, plan, processes
        self._examples = {
            name: render_all([told(d, inputs.circles) for d in dialogues], inputs.loaded, plan, silent)
            if dialogues
            else []
            for name, dialogues in (("new", update.unseen), ("old", update.seen))
        }
        self._before = self._losses()

    def changed(self) -> Changed:
        before, after = self._before, self._losses()
        counts = len(self._update.new), len(self._update.replayed)
        return Changed(self._update.name, *counts, before["new"], after["new"], before["old"], after["old"])

    def _losses(self) -> Mapping[str, float | None]:
        if not any(self._examples.values()):
            return dict.fromkeys(self._examples)
        with attend_by_dialogue(self._model, longest_example(*self._examples.values())) as per_dialogue:
            accelerator = open_accelerator(self._model, self._plan.dtype)
            forward = open_forward(accelerator, self._model, per_dialogue)
            fallback = OomFallback(self._model, self._plan, silent, None, self._processes)
            return {
                name: mean_loss(forward, examples, fallback, silent)
                for name, examples in self._examples.items()
            }

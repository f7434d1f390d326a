"""What is done for one person, by whichever process: the same as the verb of that name does for them alone.

 perform(Task("train", "lea", folder, tables, base), ResidentBase())  ->  Outcome

The run of a training is named after what it is made of (dialogues, settings, base): the same again is found
done, or is taken up where it was; another is trained beside it.
"""

import errno
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sosie.api import Project
from sosie.core import settings
from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER
from sosie.core.errors import BadData, BadSettings, SosieError, UnknownPerson
from sosie.core.progress import Report, silent
from sosie.core.settings_file import read_tables
from sosie.core.workspace import Workspace, as_told
from sosie.core.writing import writing
from sosie.fleet.journal import Outcome
from sosie.fleet.people import Person, given_exports, mark_of, mark_once_done
from sosie.models.catalogue import find
from sosie.models.quantised import origin_of
from sosie.train import run_folder
from sosie.train.inputs import Load
from sosie.train.run import dialogues_of, train_double

FULL_IN_RUST = f"(os error {errno.ENOSPC})"
RUN_PREFIX = "fleet-"  # how the names of its runs begin


@dataclass(frozen=True, slots=True)
class Task:
    """`tables`: the settings of all, as in sosie.toml; `base`, `origin`: the model, and its weights' mark."""

    verb: str
    person: str = ""
    folder: str = ""
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    base: str = ""
    origin: str = ""
    mark: str = ""  # of what is read (people.mark_of)


def perform(task: Task, load: Load, report: Report = silent) -> Outcome:
    """The outcome, whatever happens: of an error that nobody foresaw, its type and never its words."""
    started = time.monotonic()
    try:
        facts = WORK[task.verb](Workspace(Path(task.folder)), task, load, report)
    except Exception as error:
        if told := foreseen(error):
            return Outcome(task.person, type(told).__name__, told.message, _since(started))
        sentence = f"Une erreur que sosie n'avait pas prévue est survenue ({type(error).__name__})."
        return Outcome(task.person, type(error).__name__, sentence, _since(started))
    seconds = 0.0 if facts.pop("already", False) else _since(started)
    after = mark_of(Person(task.person, Path(task.folder)), task.verb, [task.tables, task.origin])
    return Outcome(task.person, seconds=seconds, facts=facts, mark=mark_once_done(task.mark, after))


def foreseen(error: Exception) -> SosieError | None:
    """What can be said of it. Libraries in Rust (tokenizers, safetensors) tell a full disk in words alone."""
    if FULL_IN_RUST in str(error):
        error = OSError(errno.ENOSPC, "")
    if isinstance(error, OSError):
        return as_told(error)
    return error if isinstance(error, SosieError) else None


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def prepare_one(workspace: Workspace, task: Task, load: Load, report: Report) -> dict[str, Any]:
    """What lies in the folder is imported, then all of it prepared. The folder's name may be the person's."""
    project = Project(workspace.folder)
    if given_exports(workspace):
        known = _settings(workspace, task, "import", settings.Import)
        try:
            project.import_([workspace.folder], known.me or [task.person], known.source, report)
        except UnknownPerson:
            project.import_([workspace.folder], known.me, known.source, report)
    prepared = project.prepare(_settings(workspace, task, "prepare", settings.Prepare), report)
    return {"dialogues": len(prepared.parts.train)}


@writing
def train_one(workspace: Workspace, task: Task, load: Load, report: Report = silent) -> dict[str, Any]:
    """An adapter on the resident base, in runs/fleet-.../double."""
    options = _settings(workspace, task, "train", settings.Train)
    base = find(options.model or task.base)
    if base.key != task.base:
        raise BadSettings(
            "Le « sosie.toml » de cette personne demande un autre modèle que celui de tous.",
            "Enlevez-y « model », ou apprenez-la seule : sosie train",
        )
    if origin_of(base).key != task.origin:
        raise BadData(
            f"Le modèle « {base.name} » a été remplacé pendant le travail.",
            "Relancez : tous apprendront sur le même.",
        )
    options = options.model_copy(update={"model": base.key})
    data = run_folder.fingerprint(*dialogues_of(workspace, None, options, report))
    made_from = json.dumps([data, origin_of(base).key, options.model_dump(mode="json")], sort_keys=True)
    name = RUN_PREFIX + hashlib.sha256(made_from.encode()).hexdigest()[:12]
    folder = workspace.run(name)
    if run_folder.is_finished(folder):
        return {"adapter": sha256_of(folder / run_folder.DOUBLE / ADAPTER), "already": True}
    begun = any((folder / run_folder.CHECKPOINTS).glob("*.safetensors"))
    new, resumed = (None, name) if begun else (name, None)
    trained = train_double(workspace, None, new, resumed, options, lambda question: False, report, load=load)
    told = {"steps": trained.steps, "tokens": trained.tokens, "fit_seconds": trained.seconds}
    return {"adapter": sha256_of(trained.double / ADAPTER), **told}


def evaluate_one(workspace: Workspace, task: Task, load: Load, report: Report) -> dict[str, Any]:
    options = _settings(workspace, task, "evaluate", settings.Evaluate)
    scores = Project(workspace.folder).evaluate(options=options, report=report)
    return {"verdict": scores.verdict, "likeness": scores.likeness.value}


WORK: dict[str, Callable[[Workspace, Task, Load, Report], dict[str, Any]]] = {
    "prepare": prepare_one,
    "train": train_one,
    "evaluate": evaluate_one,
}


def _settings(workspace: Workspace, task: Task, verb: str, model: type[settings.Model]) -> settings.Model:
    """Those of all, then the person's own sosie.toml."""
    own = read_tables(workspace.settings).get(verb, {})
    where = f"[{verb}] de {workspace.settings.name}"
    return settings.check(model, {**task.tables.get(verb, {}), **own}, where)

"""A folder and a name become what is examined: the double, what it learnt, what it never saw.

own_double(workspace, "20261124-101500-mini")  ->  Double
subject(double)                                ->  Subject     loaded when first asked
of_folder(workspace, run) | of_files(held, learnt)  ->  Data
"""

from collections.abc import Sequence
from pathlib import Path

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue
from sosie.core.double import MANIFEST, Double
from sosie.core.errors import NothingToDo
from sosie.core.progress import Event, Report, silent
from sosie.core.workspace import Workspace
from sosie.engines.base import Engine, as_double, open_engine
from sosie.evaluate.interview import Subject, mark_of
from sosie.evaluate.measures.leaks import Secrets
from sosie.evaluate.suite import Data
from sosie.train import run_folder


def own_double(workspace: Workspace, named: str | None) -> Double:
    """The folder's newest double, or the run or folder of that name."""
    if named is None:
        return Double.read(workspace.latest_double())
    places = (workspace.run(named) / "double", Path(named) / "double", Path(named))
    found = next((place for place in places if (place / MANIFEST).is_file()), None)
    if found is None and (other := as_double(named)):
        return other
    if found is None:
        runs = sorted(path.parent.parent.name for path in workspace.runs.glob(f"*/double/{MANIFEST}"))
        known = f"Ici : {', '.join(runs)}." if runs else "Faites-en un : sosie train"
        raise NothingToDo(f"Il n'y a pas de double « {named} ».", known)
    return Double.read(found)


def run_of(double: Double) -> Path:
    """The run that made a double, or the folder or opened zip that it came in."""
    folder = (double.folder or Path()).resolve()
    return folder.parent if folder.name == "double" else folder


def measured_in(workspace: Workspace, double: Double) -> Path:
    """Where what is measured of a double is written: its run, or a new one for weights from elsewhere."""
    run, runs = run_of(double), workspace.runs.resolve()
    return run if run.parent == runs else runs / f"{run.name}-{double.adapter_sha256[:6]}"


def subject(double: Double, report: Report = silent) -> Subject:
    """A double to be asked and measured."""

    def opening() -> Engine:
        report(Event("load"))
        return open_engine(double)

    base = mark_of(double.base, double.revision)
    return Subject(
        name=run_of(double).name,
        base_name=double.base,
        sampling=double.sampling,
        weights=f"{double.adapter_sha256} {base}",
        base_weights=base,
        opening=opening,
    )


def of_files(held: Sequence[Dialogue], learnt: Sequence[Dialogue]) -> Data:
    """For a double that was trained on a file: its private strings are those of the file, not yet masked."""
    return Data(learnt, held, "file", Secrets.of(learnt))


def of_folder(workspace: Workspace, run: Path) -> Data:
    """data/{train,test}.jsonl; the part that validated the training where there is no test."""
    parts = {name: workspace.data / f"{name}.jsonl" for name in ("train", "valid", "test")}
    train, valid, test = (list(jsonl.read(path)) if path.is_file() else [] for path in parts.values())
    if not (test or valid):
        raise NothingToDo(
            "Il n'y a pas ici de réponses gardées de côté pour mesurer.",
            "Faites d'abord sosie prepare, ou nommez-les : sosie evaluate --held FICHIER --learnt FICHIER",
        )
    return Data(
        train=train,
        held=test or valid,
        part="test" if test else "valid",
        secrets=Secrets.open(workspace),
        around=(*train, *valid, *test),
        warnings=tuple(doubts(run, train, valid, test)),
    )


def doubts(
    run: Path, train: Sequence[Dialogue], valid: Sequence[Dialogue], test: Sequence[Dialogue]
) -> list[str]:
    """Why what is measured here may flatter."""
    told = []
    if not test:
        told.append(
            "Pas de « data/test.jsonl » : mesuré sur la part qui a servi à s'arrêter, ce qui flatte un peu."
        )
    plan = run_folder.read(run) if (run / run_folder.PLAN).is_file() else {}
    if plan.get("data_sha256") not in (None, run_folder.fingerprint(train, valid)):
        told.append(
            "Ce double n'a pas appris les dialogues de ce dossier tels qu'ils sont maintenant : il a pu lire "
            "ce qui sert ici à mesurer."
        )
    return told

"""A double by any of its names, the same for every verb.

find_double(workspace, "lea")            the run of that name; so are « runs/lea » and « runs/lea/double »
find_double(workspace, "sosie-lea.zip")  a bundle, or a zip of another tool's adapter
find_double(workspace, "adaptateur/")    a folder: a double, a run, or another tool's LoRA adapter
find_double(workspace, None)             the newest of the folder
find_double(workspace, "mini")           None: that is a model and no double
"""

from pathlib import Path

from sosie.core.double import MANIFEST, Double
from sosie.core.errors import NothingToDo
from sosie.core.workspace import Workspace
from sosie.models import double_zip, imported_adapter, imported_adapter_zip


def find_double(workspace: Workspace, named: str | None) -> Double | None:
    """The double of that name, a run of this folder before a path; None where the name means no double.

    NothingToDo where nothing is named and the folder has none; BadData where what is named is damaged.
    """
    if named is None:
        return Double.read(workspace.latest_double())
    places = (workspace.run(named), workspace.folder / named, Path(named))
    inside = (each for place in places for each in (place / "double", place))
    return next((double for place in inside if (double := double_at(place))), None)


def need_double(workspace: Workspace, named: str | None) -> Double:
    """The double of that name. NothingToDo, with the names that there are, where there is none."""
    if found := find_double(workspace, named):
        return found
    runs = sorted(path.parent.parent.name for path in workspace.runs.glob(f"*/double/{MANIFEST}"))
    mend = f"Ici : {', '.join(runs)}." if runs else "Faites-en un : sosie train"
    raise NothingToDo(f"Il n'y a pas de double « {named} ».", mend)


def double_at(place: Path | str) -> Double | None:
    """The double that a folder or a zip is: one of ours, or another tool's adapter; None for all else."""
    folder = Path(place)
    if imported_adapter_zip.is_zip(folder):
        folder = imported_adapter_zip.unpacked(folder)
    if double_zip.is_bundle(folder):
        return double_zip.read(folder)
    if (folder / MANIFEST).is_file():
        return Double.read(folder)
    return imported_adapter.read(folder) if imported_adapter.is_adapter(folder) else None


def run_of(double: Double) -> Path:
    """The run that made a double, or the folder or opened zip that it came in."""
    folder = (double.folder or Path()).resolve()
    return folder.parent if folder.name == "double" else folder


def measured_in(workspace: Workspace, double: Double) -> Path:
    """Where what is measured of a double is written: its run, or a new one for weights from elsewhere."""
    run, runs = run_of(double), workspace.runs.resolve()
    return run if run.parent == runs else runs / f"{run.name}-{double.adapter_sha256[:6]}"

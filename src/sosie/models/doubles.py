"""A double by any of its names, the same for every verb.

find_double(workspace, "lea")            the run of that name; so are « runs/lea » and « runs/lea/double »
find_double(workspace, "sosie-lea.zip")  a bundle, or a zip of another tool's adapter
find_double(workspace, "adaptateur/")    a folder: a double, a run, or another tool's LoRA adapter
find_double(workspace, "~/nanochat/d20") a checkpoint of nanochat
find_double(workspace, None)             the newest of the folder
find_double(workspace, "mini")           None: that is a model and no double

`base` is the model to put it on, a folder or a name, where the one that it was learnt on lies elsewhere.
"""

from dataclasses import replace
from pathlib import Path

from sosie.core.double import MANIFEST, Double
from sosie.core.errors import BadData, BadSettings, NothingToDo
from sosie.core.workspace import Workspace
from sosie.models import double_zip, imported_adapter, imported_adapter_zip
from sosie.models.catalogue import find
from sosie.models.nanochat.as_double import TEMPLATE, checkpoint_double


def find_double(workspace: Workspace, named: str | None, base: str | None = None) -> Double | None:
    """The double of that name, a run of this folder before a path; None where the name means no double.

    NothingToDo where nothing is named and the folder has none; BadData where what is named is damaged;
    BadSettings where a base is given to what is no double.
    """
    if named is None:
        return on_base(Double.read(workspace.latest_double()), base)
    places = (workspace.run(named), workspace.folder / named, Path(named))
    inside = (each for place in places for each in (place / "double", place))
    found = next((double for place in inside if (double := double_at(place, base))), None)
    if base and not found:
        raise BadSettings(
            f"« {named} » n'est pas un double : il n'a pas de modèle de départ.", "Enlevez --base."
        )
    return found


def on_base(double: Double, base: str | None) -> Double:
    """The double as it is, or on another copy of its base."""
    return replace(double, base=find(base).key, revision="") if base else double


def need_double(workspace: Workspace, named: str | None, base: str | None = None) -> Double:
    """The double of that name. NothingToDo, with the names that there are, where there is none."""
    if found := find_double(workspace, named, base):
        return found
    runs = sorted(path.parent.parent.name for path in workspace.runs.glob(f"*/double/{MANIFEST}"))
    mend = f"Ici : {', '.join(runs)}." if runs else "Faites-en un : sosie train"
    raise NothingToDo(f"Il n'y a pas de double « {named} ».", mend)


def need_adapter(workspace: Workspace, named: str | None, base: str | None = None) -> Double:
    """The same, of an adapter. BadData for a whole model, which has none to take elsewhere."""
    double = need_double(workspace, named, base)
    if double.template == TEMPLATE:
        raise BadData(
            f"« {named} » est un modèle nanochat entier, sans adaptateur : il n'y a rien à en détacher.",
            "Copiez son dossier tel quel, avec son tokenizer.",
        )
    return double


def double_at(place: Path | str, base: str | None = None) -> Double | None:
    """The double that a folder or a zip is: one of ours, or another tool's adapter; None for all else."""
    folder = Path(place)
    if imported_adapter_zip.is_zip(folder):
        folder = imported_adapter_zip.unpacked(folder)
    if double_zip.is_bundle(folder):
        return on_base(double_zip.read(folder), base)
    if (folder / MANIFEST).is_file():
        return on_base(Double.read(folder), base)
    if imported_adapter.is_adapter(folder):
        return imported_adapter.read(folder, base)
    return None if base else checkpoint_double(folder)  # a checkpoint of nanochat is whole


def run_of(double: Double) -> Path:
    """The run that made a double, or the folder or opened zip that it came in."""
    folder = (double.folder or Path()).resolve()
    return folder.parent if folder.name == "double" else folder


def measured_in(workspace: Workspace, double: Double) -> Path:
    """Where what is measured of a double is written: its run, or a new one for weights from elsewhere."""
    run, runs = run_of(double), workspace.runs.resolve()
    return run if run.parent == runs else runs / f"{run.name}-{double.adapter_sha256[:6]}"

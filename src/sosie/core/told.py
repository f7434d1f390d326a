"""Dialogues of the folder, or of a file that the user named; what could not be used is told by its line."""

from collections.abc import Sequence
from pathlib import Path

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue
from sosie.core.errors import BadData, NothingToDo
from sosie.core.progress import Event, Report
from sosie.core.workspace import Workspace


def own_dialogues(workspace: Workspace, part: str, missing_ok: bool = False) -> list[Dialogue]:
    """data/PART.jsonl of the folder."""
    path = workspace.data / f"{part}.jsonl"
    if path.is_file():
        return list(jsonl.read(path))
    if missing_ok:
        return []
    raise NothingToDo(
        "Il n'y a pas encore de dialogues ici.", "Faites d'abord : sosie import, puis sosie prepare"
    )


def read_told(path: Path, report: Report) -> list[Dialogue]:
    """A `messages` file; each line that could not be used is told by its number."""
    complaints: list[tuple[int, str]] = []
    dialogues = list(jsonl.read(path, lambda line, reason: complaints.append((line, reason))))
    tell_left_out(path, complaints, report)
    if not dialogues:
        raise BadData(
            f"« {path.name} » n'a aucun dialogue utilisable.",
            'Attendu : une ligne JSON par dialogue, {"messages": [{"role": ..., "content": ...}]}',
        )
    return dialogues


def tell_left_out(path: Path, complaints: Sequence[tuple[int, str]], report: Report) -> None:
    """The lines of a file that could not be used, by number: the first five, and how many more."""
    for line, reason in complaints[:5]:
        report(Event("warning", text=f"{path.name}, ligne {line} : {reason} ; laissée de côté."))
    if len(complaints) > 5:
        report(Event("warning", text=f"… et {len(complaints) - 5} autres lignes laissées de côté."))

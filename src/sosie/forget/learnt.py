"""Which runs learnt from a person, and what was made of their words there.

Told by what a run keeps: the pseudonyms of those it learnt from, and the hash of its dialogues. Where neither
says, as for a file from elsewhere or a run of an older version, the answer is None: perhaps.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from sosie.core import drafts
from sosie.core.dialogue import Dialogue
from sosie.core.errors import BadSettings
from sosie.core.progress import Report, silent
from sosie.core.workspace import Workspace, whole
from sosie.evaluate import score_store
from sosie.models.lexicon import OWN_WORDS
from sosie.nanochat.record import RECORD
from sosie.train import run_folder

ARENA = "arena"  # of private/: answers of models to the contexts of the game
MADE_FROM_DATA = (score_store.FOLDER, "report.html", "samples.jsonl")  # of a run: answers, scores, page


@dataclass(frozen=True, slots=True)
class Run:
    """A run that learnt from somebody; `learnt` is None where it cannot be told."""

    name: str
    learnt: bool | None

    def to_json(self) -> dict[str, str]:
        return {"name": self.name, "learnt": "oui" if self.learnt else "peut-être"}


def runs_with(
    workspace: Workspace,
    pseudonyms: frozenset[str],
    learnt_now: Sequence[Sequence[Dialogue]],
    is_in: Callable[[Dialogue], bool],
) -> list[Run]:
    """The runs that learnt, or may have learnt, from whoever `is_in` the dialogues of data/ as they are."""
    now = run_folder.fingerprint(*learnt_now)
    here = any(is_in(dialogue) for dialogues in learnt_now for dialogue in dialogues)
    found = []
    for folder in run_folders(workspace):
        plan = _plan(folder)
        if plan is None:
            continue
        known = plan.get("correspondents")
        learnt: bool | None = None
        if isinstance(known, list) and pseudonyms & set(map(str, known)):
            learnt = True
        elif plan.get("data_sha256") == now:
            learnt = here
        elif isinstance(known, list):
            learnt = False
        if learnt is not False:
            found.append(Run(folder.name, learnt))
    return found


def run_folders(workspace: Workspace) -> list[Path]:
    return sorted(path for path in workspace.runs.glob("*") if path.is_dir())


def _plan(folder: Path) -> dict[str, object] | None:
    """The plan of a run; empty where it cannot be read, None where nothing was trained."""
    told = next((path for path in (folder / run_folder.PLAN, folder / RECORD) if path.is_file()), folder)
    try:
        record = json.loads(told.read_text(encoding="utf-8"))
        return record if isinstance(record, dict) else {}
    except (OSError, ValueError):
        made = [folder / run_folder.DOUBLE, folder / run_folder.CHECKPOINTS, folder / run_folder.PLAN]
        return {} if any(path.exists() for path in made) else None


def clean_own_words(workspace: Workspace, hide: Callable[[str], str]) -> None:
    """Remove from the word lists of doubles what `hide` would hide."""
    for folder in run_folders(workspace):
        path = folder / run_folder.DOUBLE / OWN_WORDS
        if path.is_file():
            words = path.read_text(encoding="utf-8").splitlines()
            if len(kept := [word for word in words if hide(word) == word]) < len(words):
                with whole(path) as draft:
                    draft.write_text("\n".join(kept), encoding="utf-8")


def clear_measures(workspace: Workspace, report: Report = silent) -> None:
    """Remove what was written from data/ in every run, and by the game: to measure again is all it takes.

    An evaluation at work is waited for: it would write again what it read before.
    """
    for folder in run_folders(workspace):
        measured = (folder / score_store.FOLDER).is_dir()
        with score_store.one_at_a_time(folder, report) if measured else nullcontext():
            _remove(folder / name for name in MADE_FROM_DATA)
    _remove([workspace.private / ARENA])


@contextmanager
def no_training(workspace: Workspace) -> Iterator[None]:
    """In this block no training begins. BadSettings where one is at work, be it at its first moment: its
    double would know the person, and nothing would say so."""

    def refuse() -> None:
        raise BadSettings(
            "Un entraînement est en cours dans ce dossier.",
            "Attendez qu'il finisse, puis refaites le retrait.",
        )

    with drafts.one_at_a_time(workspace.runs, refuse):
        yield


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

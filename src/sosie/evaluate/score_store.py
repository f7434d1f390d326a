"""What an evaluation leaves on disk, and how it is known that nothing has changed since.

runs/NAME/
├─ evaluate/     0700, and its files 0600: answers-*.jsonl (answer_cache.py), scores.json
└─ report.html   0600: yours to show
"""

import hashlib
import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sosie.core import drafts
from sosie.core.errors import NothingToDo
from sosie.core.progress import Event, Report
from sosie.core.workspace import closed_folder, whole, write_json
from sosie.evaluate.answer_cache import lines
from sosie.evaluate.scores import Scores

FOLDER, SCORES = "evaluate", "scores.json"
PACKAGES = ("sosie", "numpy", "scikit-learn", "py3langid", "torch", "transformers")


@contextmanager
def one_at_a_time(folder: Path, report: Report) -> Iterator[None]:
    """In this block nobody else measures the double of this run: it is waited for, and its answers serve."""
    told = Event("warning", text="Une autre évaluation de ce double est en cours : on l'attend.")
    with drafts.one_at_a_time(folder / FOLDER, lambda: report(told)):
        yield


def answers_by_context(folder: Path) -> dict[str, str]:
    """{mark of the context: what the double answered}"""
    return {line["context"]: line["text"] for line in lines(folder / FOLDER / "answers-double.jsonl")}


def keep(scores: Scores) -> Scores:
    """The scores beside the answers, for their owner alone: they carry habits, if no reply."""
    record, folder = scores.to_record(), scores.folder
    closed_folder(folder / FOLDER)
    write_json(folder / FOLDER / SCORES, record, mode=0o600)
    return Scores.from_json(json.dumps(record), folder)


def read_kept(folder: Path, hashes: Mapping[str, str] | None = None) -> Scores | None:
    """What was measured before; with `hashes`, only if nothing has changed since."""
    try:
        scores = Scores.from_json((folder / FOLDER / SCORES).read_text(encoding="utf-8"), folder)
    except (OSError, ValueError):  # none, or of another version of sosie
        return None
    return scores if hashes is None or scores.hashes == hashes else None


def evaluated(folder: Path, named: str) -> Scores:
    """What was measured of another double, to compare with; `named` as the user did."""
    scores = read_kept(folder)
    if scores is None:
        raise NothingToDo(
            f"« {named} » n'a pas encore été évalué.",
            f"D'abord : sosie evaluate --double {shlex.quote(named)}",
        )
    return scores


def page(scores: Scores, other: Scores | None = None) -> Path:
    """report.html in the run's folder."""
    from sosie.evaluate.report.page import render

    path = scores.page
    with whole(path, mode=0o600) as draft:
        draft.write_text(render(scores, other), encoding="utf-8")
    return path


def mark(*things: Any) -> str:
    made = json.dumps(things, ensure_ascii=False, default=asdict)
    return hashlib.sha256(made.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

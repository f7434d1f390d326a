"""What an evaluation leaves on disk, and how it is known that nothing has changed since.

runs/NAME/
├─ evaluate/     0700, and its files 0600: answers-*.jsonl (samples.py), scores.json
└─ report.html   0600: yours to show
"""

import hashlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sosie.core.counted import counted
from sosie.core.errors import NothingToDo
from sosie.core.workspace import closed_folder, whole, write_json
from sosie.evaluate.answer_cache import lines

FORMAT = 1
FOLDER, SCORES, REPORT = "evaluate", "scores.json", "report.html"
PACKAGES = ("sosie", "numpy", "scikit-learn", "py3langid", "torch", "transformers")
HERE = Path(__file__).parent
DRAWN = frozenset({"report"})


@counted
@dataclass(frozen=True, slots=True)
class Scores:
    """What was measured, as the JSON drawn above; `folder` is the run's."""

    record: dict[str, Any]
    folder: Path

    def to_json(self) -> dict[str, Any]:
        return {**self.record, "report": str(self.folder / REPORT)}

    @property
    def verdict(self) -> tuple[str, ...]:
        return tuple(self.record["verdict"])


def answered(folder: Path) -> dict[str, str]:
    """{mark of the context: what the double answered}"""
    return {line["context"]: line["text"] for line in lines(folder / FOLDER / "answers-double.jsonl")}


def keep(record: dict[str, Any], folder: Path) -> Scores:
    """The scores beside the answers, for their owner alone: they carry habits, if no reply."""
    closed_folder(folder / FOLDER)
    write_json(folder / FOLDER / SCORES, record, mode=0o600)
    return Scores(json.loads(json.dumps(record)), folder)


def read_kept(folder: Path, hashes: Mapping[str, str] | None = None) -> Scores | None:
    """What was measured before; with `hashes`, only if nothing has changed since."""
    path = folder / FOLDER / SCORES
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        same = hashes is None or record["hashes"] == hashes
        return Scores(record, folder) if same and record["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


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

    path = scores.folder / REPORT
    with whole(path, mode=0o600) as draft:
        draft.write_text(render(scores.to_json(), other.to_json() if other else None), encoding="utf-8")
    return path


def mark(*things: Any) -> str:
    made = json.dumps(things, ensure_ascii=False, default=asdict)
    return hashlib.sha256(made.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@lru_cache(maxsize=1)
def measures_mark() -> str:
    """A mark of the measures themselves: other code, other numbers. How they are drawn is none of them."""
    rooms = (HERE, HERE.parent / "style")
    files = sorted(
        path
        for room in rooms
        for path in room.rglob("*")
        if path.suffix in (".py", ".txt", ".toml") and DRAWN.isdisjoint(path.relative_to(room).parts)
    )
    whole_code = hashlib.sha256()
    for path in files:
        whole_code.update(path.read_bytes())
    return whole_code.hexdigest()[:16]


def versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

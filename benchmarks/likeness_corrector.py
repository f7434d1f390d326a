"""Does a double need fewer corrections after `sosie train --update`? The corrector is simulated.

    python -m benchmarks.likeness_corrector WORKSPACE [--run one] [--replies 200] [--every 100]

Invented people answer the same question in many ways, so a draft is edited into the nearest of what the
person says to it: of CANDIDATES answers to that question, the one at the least edit distance. The cost of a
draft is that distance in characters over the length of the answer. After each `every` drafts the corrections
are learnt by an update. The test is on other questions of the same kinds, that nobody corrected, answered
with the same seeds by the double of before and by the last one.
"""

import argparse
import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

from rapidfuzz.distance import Levenshtein

from benchmarks.doubles import prepare
from benchmarks.train import HERE, commit
from sosie.api import Project
from sosie.core.dialogue import Turn
from sosie.core.double import Double
from sosie.core.workspace import Workspace, write_json
from sosie.engines.base import open_engine
from sosie.evaluate.personas import dialogues
from sosie.recall.corrections import Correction, keep_correction

CANDIDATES = 3000


def wanted(draft: str, said: Sequence[str]) -> str:
    """The nearest of what the person would say."""
    return min(said, key=lambda text: Levenshtein.normalized_distance(draft, text))


def cost(draft: str, said: Sequence[str]) -> float:
    return Levenshtein.distance(draft, best := wanted(draft, said)) / max(1, len(best))


def drafts(double: Path, questions: Sequence[str], seed: int) -> list[str]:
    told = Double.read(double)
    turns = [(Turn("user", text),) for text in questions]
    return open_engine(told).answers(turns, told.talking, [seed + place for place in range(len(turns))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="of a persona, as benchmarks/doubles.py leaves it")
    parser.add_argument("--run", default="one")
    parser.add_argument("--replies", type=int, default=200)
    parser.add_argument("--every", type=int, default=100)
    asked = parser.parse_args()
    number = int(asked.folder.name.rpartition("-")[2])
    there = asked.folder.with_name(f"{asked.folder.name}-corrected")
    shutil.rmtree(there, ignore_errors=True)
    shutil.copytree(asked.folder, there)
    workspace = Workspace(there)
    prepare(workspace, asked.folder.name, Path())
    said: dict[str, list[str]] = {}
    for talk in dialogues(number, CANDIDATES, seed=77):
        said.setdefault(talk.turns[0].text, []).append(talk.replies[0])
    questions = [talk.turns[0].text for talk in dialogues(number, asked.replies, seed=88)]
    fresh = [talk.turns[0].text for talk in dialogues(number, asked.replies, seed=99)]
    double, rows = workspace.run(asked.run) / "double", []
    for start in range(0, asked.replies, asked.every):
        part = questions[start : start + asked.every]
        given = drafts(double, part, 5000 + start)
        rows.append(
            round(mean(cost(text, said[asking]) for text, asking in zip(given, part, strict=True)), 3)
        )
        print(f"drafts {start} to {start + len(part)}: edit distance {rows[-1]}", flush=True)
        for text, asking in zip(given, part, strict=True):
            turns = (Turn("user", asking),)
            keep_correction(workspace, Correction(asked.run, turns, text, wanted(text, said[asking])))
        double = Path(Project(there).train(name=f"update-{start}", update=True).double)
    before, after = (
        [cost(text, said[asking]) for text, asking in zip(drafts(one, fresh, 9000), fresh, strict=True)]
        for one in (workspace.run(asked.run) / "double", double)
    )
    falls = [one - other for one, other in zip(before, after, strict=True)]
    told = {
        "commit": commit(),
        "voice": asked.folder.name,
        "drafts": rows,
        "fresh_before": round(mean(before), 3),
        "fresh_after": round(mean(after), 3),
        "fresh_fall": round(mean(falls), 4),
        "standard_error": round(
            (mean(f * f for f in falls) - mean(falls) ** 2) ** 0.5 / len(falls) ** 0.5, 4
        ),
    }
    print(json.dumps(told, indent=1))
    write_json(
        HERE / "results" / f"likeness-corrector-{datetime.now(UTC):%Y%m%d-%H%M%S}.json", told, mode=0o644
    )


if __name__ == "__main__":
    main()

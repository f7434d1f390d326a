"""Does a double keep apart the circles of one person who has two manners of writing?

    python -m benchmarks.likeness_circles WORKSPACE [--first 30] [--second 35] [--draws 2]

The person is made of two of the invented people (evaluate/personas): one is how they write to three
correspondents, the other to two more. All questions come from one pool: only what the double is told of the
circle tells it whom it writes to. One double learns with the circles that `sosie prepare` finds, another the
same dialogues without. Each answers the held-out questions; R is beside the real replies to each circle.

    right    told the circle of whom it answers       wrong    told the other one       alike    told nothing

Results go to results/likeness-circles-*.json.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.train import HERE, commit
from sosie.api import Project
from sosie.core import jsonl
from sosie.core.circles import circles_of, told
from sosie.core.dialogue import Dialogue
from sosie.core.double import Double
from sosie.core.settings import Train
from sosie.core.workspace import Workspace, write_json
from sosie.engines.base import Engine, open_engine
from sosie.evaluate.heldout import contexts
from sosie.evaluate.measures.classifier_test import tell_apart
from sosie.evaluate.measures.likeness import measure_likeness
from sosie.evaluate.measures.reference import make_reference
from sosie.evaluate.personas import dialogues
from sosie.prepare.circles import in_circles
from sosie.prepare.split import Parts
from sosie.train.run import keep_some_for_validation

LEARNT, HELD = (
    (180, 90, 60, 180, 90),
    100,
)  # replies to learn, to each correspondent; held out, of each circle
OF_FIRST = 3  # correspondents


def prepare(workspace: Workspace, first: int, second: int) -> Parts:
    """The folder with the circles found; the same dialogues without them in « alike »."""
    people = [first if place < OF_FIRST else second for place in range(len(LEARNT))]
    learn = [
        addressed(each, place)
        for place, (person, count) in enumerate(zip(people, LEARNT, strict=True))
        for each in dialogues(person, count, seed=10 + place)
    ]
    kept, valid = keep_some_for_validation(learn)
    held = [
        addressed(each, place) for place in (0, OF_FIRST) for each in dialogues(people[place], HELD, seed=2)
    ]
    parts = in_circles(Parts(tuple(kept), tuple(valid), tuple(held)))
    for folder, label in ((workspace, True), (Workspace(workspace.folder / "alike"), False)):
        for name in ("train", "valid", "test"):
            part: Sequence[Dialogue] = getattr(parts, name)
            bare = [replace(each, origin=replace(each.origin, circle="")) for each in part]
            jsonl.write(folder.data / f"{name}.jsonl", part if label else bare)
    return parts


def addressed(dialogue: Dialogue, place: int) -> Dialogue:
    return replace(dialogue, origin=replace(dialogue.origin, correspondents=(f"[AMI_{place + 1}]",)))


def trained(workspace: Workspace) -> tuple[Double, float]:
    """The double of a folder, and the CPU seconds that it took."""
    started = time.process_time()
    if not (workspace.run("one") / "double" / "double.json").is_file():
        Project(workspace.folder).train(name="one", options=Train(model="mini"))
    return Double.read(workspace.run("one") / "double"), round(time.process_time() - started, 1)


def answers(engine: Engine, double: Double, held: Sequence[Dialogue], draw: int) -> list[str]:
    turns = [context.turns for dialogue in held for context in contexts(dialogue)]
    return engine.answers(turns, double.sampling, [1000 * draw + place for place in range(len(turns))])


def row(way: str, draw: int, given: Sequence[str], truth: Sequence[str]) -> dict[str, Any]:
    """R of the answers to each circle beside the real replies to each, and C2ST of all."""
    sides = {"A": slice(None, HELD), "B": slice(HELD, None)}
    references = {name: make_reference(truth[side]) for name, side in sides.items()}
    scores = {
        f"R_{of}{to}": round(measure_likeness(references[to], given[side]).raw or 0, 1)
        for of, side in sides.items()
        for to in sides
    }
    groups = list(range(len(truth)))
    area = tell_apart(given, truth, groups, groups)
    whole = measure_likeness(make_reference(truth), given).raw or 0
    return {"way": way, "draw": draw, **scores, "R": round(whole, 1), "c2st": area and round(area.auc, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, default=30)
    parser.add_argument("--second", type=int, default=35)
    parser.add_argument("--draws", type=int, default=2)
    asked = parser.parse_args()
    workspace = Workspace(asked.folder)
    held = prepare(workspace, asked.first, asked.second).test
    circles = circles_of(held)
    print(circles, flush=True)
    (apart, seconds), (alike, others) = trained(workspace), trained(Workspace(asked.folder / "alike"))
    truth = [reply for dialogue in held for reply in dialogue.replies]
    swapped = dict(zip(circles, reversed(circles), strict=True))
    wrong = [replace(d, origin=replace(d.origin, circle=swapped[d.origin.circle])) for d in held]
    ways = {
        "right": (apart, [told(each, apart.circles) for each in held]),
        "wrong": (apart, [told(each, apart.circles) for each in wrong]),
        "alike": (alike, held),
    }
    rows = []
    for way, (double, questions) in ways.items():
        engine = open_engine(double)
        for draw in range(asked.draws):
            rows.append(row(way, draw, answers(engine, double, questions, draw), truth))
            print(json.dumps(rows[-1]), flush=True)
    result = {
        "commit": commit(),
        "people": [asked.first, asked.second],
        "circles": circles,
        "train_cpu_seconds": {"apart": seconds, "alike": others},
        "rows": rows,
    }
    path = HERE / "results" / f"likeness-circles-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    write_json(path, result, mode=0o644)


if __name__ == "__main__":
    main()

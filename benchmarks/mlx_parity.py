"""Does MLX answer and learn what transformers and torch do?

    .venv/bin/python -m benchmarks.mlx_parity [--only answers losses recipe] [--runs FOLDER]

    answers  20 prompts in float32, to the answer's end: the prompts' ids and the answers, for the base, for a
             double that MLX trained, opened by PEFT and by MLX, at four strengths, and for 20 turns of the
             slider drawn at random
    losses   the person's replies never learnt: the mean of each, by both
    recipe   the demo's person, by the default recipe through torch and through MLX: the held-out loss, and
             CPU seconds. `--runs`: a project folder with the runs « torch » and « mlx » already made

On Linux, MLX's wheel for processors brings the reference BLAS: its time says nothing of a Mac.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import sosie.demo
from benchmarks.train import write_result
from sosie import Project
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.jsonl import own_dialogues
from sosie.core.sampling import Sampling
from sosie.core.settings import Train
from sosie.engines.base import complete, open_engine
from sosie.engines.local import Local
from sosie.evaluate.personas import dialogues
from sosie.models.mlx.choice import VARIABLE
from sosie.models.template import prompt
from sosie.train.result import Trained

PERSONA = 31
PROMPTS, TURNS, STRENGTHS = 20, 20, (0.0, 0.5, 1.0, 1.5)
GREEDY = Sampling(temperature=0.0, top_p=1.0, repetition_penalty=1.0, max_tokens=40)
SAME_LOSS, SAME_RECIPE = 1e-4, 0.03
BACKENDS = ("torch", "mlx")


def prepared(folder: Path) -> Project:
    project = Project(folder)
    project.import_([sosie.demo.EXPORT], me=[sosie.demo.ME])
    project.prepare()
    return project


def recipe(project: Project) -> dict[str, Any]:
    """Trains what is not there yet."""
    row: dict[str, Any] = {}
    for backend in BACKENDS:
        plan = project.workspace.run(backend) / "events.jsonl"
        if not plan.is_file():
            os.environ[VARIABLE], started = backend, time.process_time()
            done: Trained = project.train(name=backend, options=Train(model="mini"))
            row[f"{backend}_cpu_seconds"] = round(time.process_time() - started, 1)
            assert done.double.is_dir()
        told = [json.loads(line) for line in plan.read_text(encoding="utf-8").splitlines()]
        (facts,) = (event["facts"] for event in told if event["kind"] == "done")
        row[backend] = {name: facts[name] for name in ("steps", "valid_loss_before", "valid_loss")}
    losses = [row[backend]["valid_loss"] for backend in BACKENDS]
    apart = losses[1] / losses[0] - 1
    return {**row, "apart": apart, "held": abs(apart) <= SAME_RECIPE}


def opened(project: Project, what: str | None) -> tuple[Local, Local]:
    """The same model or double through transformers and PEFT, and through MLX; both in float32."""
    found = [
        open_engine(
            str(project.workspace.run("mlx") / "double") if what is None else what, kind, dtype="float32"
        )
        for kind in ("local", "mlx")
    ]
    local, mlx = found
    assert isinstance(local, Local) and isinstance(mlx, Local)
    return local, mlx


def said(engine: Local, turns: Sequence[Turn]) -> tuple[list[int], str, int]:
    """The prompt's ids, the greedy answer, and its tokens."""
    text, usage = complete(engine.stream(turns, GREEDY))
    return list(prompt(turns, engine.tokenizer, engine.template)), text, usage.tokens


def answers(project: Project) -> dict[str, Any]:
    asked = [dialogue.turns[:1] for dialogue in dialogues(PERSONA, PROMPTS, seed=5)]
    chance, row = random.Random(3), {}
    base, double = opened(project, "mini"), opened(project, None)
    row["base"] = sum(said(base[0], turns) == said(base[1], turns) for turns in asked)
    for strength in STRENGTHS:
        local, mlx = (engine.at(strength) for engine in double)
        row[str(strength)] = sum(said(local, turns) == said(mlx, turns) for turns in asked)
    row["turned"] = 0
    for _ in range(TURNS):
        strength, turns = chance.choice(STRENGTHS), chance.choice(asked)
        local, mlx = (engine.at(strength) for engine in double)
        row["turned"] += said(local, turns) == said(mlx, turns)
    return {**row, "prompts": PROMPTS, "held": set(row.values()) == {PROMPTS}}


def losses(project: Project) -> dict[str, Any]:
    held: Sequence[Dialogue] = own_dialogues(project.workspace, "test")
    row: dict[str, Any] = {}
    for name, what in (("base", "mini"), ("double", None)):
        local, mlx = opened(project, what)
        examples = [example for one in held for example in local.framing.dialogue(one.turns, 512)]
        pairs = zip(local.losses(examples), mlx.losses(examples), strict=True)
        row[name] = max(abs(left.mean - right.mean) for left, right in pairs)
        row["dialogues"] = len(examples)
    return {**row, "held": max(row["base"], row["double"]) <= SAME_LOSS}


MEASURES: dict[str, Callable[[Project], dict[str, Any]]] = {
    "recipe": recipe,
    "answers": answers,
    "losses": losses,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES))
    parser.add_argument("--runs", type=Path, help="a project folder")
    given = parser.parse_args()
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        project = Project(given.runs) if given.runs else prepared(Path(place))
        for measure in MEASURES:
            if measure in given.only or measure == "recipe":  # the others open what it trained
                rows[measure] = row = MEASURES[measure](project)
                print(measure, json.dumps(row), flush=True)
    write_result("mlx", rows)
    sys.exit(not all(row["held"] for row in rows.values()))


if __name__ == "__main__":
    main()

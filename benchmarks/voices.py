"""What is the default recipe worth, and each variant? One voice after the other, resumable.

    .venv/bin/python -m benchmarks.voices [--model mini] [--work DIR] [--only VOICE ...] [--recipes NAME ...]

Six voices (../shared/data/personas). Of a voice's train.jsonl every recipe gets the same nine tenths; ours
also see the last tenth, to stop at the right moment. What is printed for each recipe: nats a token of the
person's held-out replies, against the default recipe, and how much harder neutral French has become.

    default      as `sosie train` does it          tutorial       benchmarks/tutorial_recipe.py
    fast         groups of 16: fewer, fuller rows  tutorial+rate  the same at our learning rate
    plain        no neutral French mixed in        no-dropout     LoRA without its dropout
    dora, rslora, neftune

Bars: no voice worse than the tutorial's recipe, four better; fast at most 1 % worse, or it stays off; neutral
French at most 3 % harder with the default recipe. A double already made is not made again; remove
DIR when the model changes. The default doubles also give the matrix of tools/mini/voices.py.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import tutorial_recipe
from benchmarks.train import HERE, commit, machine, versions
from sosie.api import Project
from sosie.core import jsonl
from sosie.core.double import Double
from sosie.core.progress import events
from sosie.core.settings import Train
from sosie.core.workspace import Workspace, write_json
from sosie.engines.base import open_engine
from sosie.evaluate.measures.forgetting import harder, nats, neutral
from sosie.models import catalogue
from sosie.train.planner import usual_rate
from sosie.train.run import keep_some_for_validation
from tools.mini import voices as mini

VOICES = ("harpagon", "pere_ubu", "oral_h23", "oral_f70", "cyrano", "ministre_assemblee")
TUTORIALS = ("tutorial", "tutorial+rate")
OURS: dict[str, dict[str, Any]] = {
    "default": {},
    "fast": {"group": 16},
    "plain": {"neutral": 0.0},
    "no-dropout": {"dropout": 0.0},
    "dora": {"dora": True},
    "rslora": {"rslora": True},
    "neftune": {"neftune": 5.0},
}
RECIPES = ("default", "tutorial", "plain", "fast", "no-dropout", "tutorial+rate", "neftune", "rslora", "dora")
WORSE_AT_MOST, HARDER_AT_MOST, BETTER_NEEDED = 1.01, 3.0, 4
Rows = dict[str, dict[str, dict[str, Any]]]  # of a voice, of a recipe


@dataclass(frozen=True)
class Bench:
    voices: Path
    work: Path
    model: str
    epochs: float | None  # fewer, to try the bench itself

    def row(self, voice: str, recipe: str) -> dict[str, Any]:
        """What a recipe makes of a voice: trained where it is not yet, measured where it is not yet."""
        run = Workspace(self.work).run(voice if recipe == "default" else f"{voice}-{recipe}")
        kept = run / "measured.json"
        if not kept.is_file():
            if not (run / "double" / "double.json").is_file():
                self._train(run, voice, recipe)
            write_json(kept, self._measured(run, voice))
        row: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return row

    def _train(self, run: Path, voice: str, recipe: str) -> None:
        data = self.voices / voice / "train.jsonl"
        if recipe in TUTORIALS:
            base, started = catalogue.find(self.model), time.monotonic()
            rate = usual_rate(base.card) if recipe.endswith("rate") and base.card else tutorial_recipe.RATE
            learn, _ = keep_some_for_validation(list(jsonl.read(data)))
            told = tutorial_recipe.train(run / "double", learn, base, rate)
            write_json(run / "told.json", told | {"seconds": round(time.monotonic() - started, 1)})
            return
        given = {**OURS[recipe], **({"epochs": self.epochs} if self.epochs else {})}
        resume = run.name if any((run / "checkpoints").glob("*.safetensors")) else None
        options = Train(model=self.model, **given)
        Project(self.work).train(data, name=run.name, resume=resume, options=options)

    def _measured(self, run: Path, voice: str) -> dict[str, Any]:
        engine = open_engine(Double.read(run / "double"))
        held = mini.held_out(self.voices / voice / "heldout.jsonl", engine)
        change, low, high = harder(nats(engine.base, neutral()), nats(engine, neutral()))
        return {
            "loss": mini.mean(engine.losses(held)),
            "base": mini.mean(engine.base.losses(held)),
            "neutral_harder_percent": round(change, 2),
            "neutral_interval": [round(low, 2), round(high, 2)],
            **told(run),
        }


def told(run: Path) -> dict[str, Any]:
    """Steps, seconds and validation loss, as the run's own events have them."""
    if (run / "told.json").is_file():
        record: dict[str, Any] = json.loads((run / "told.json").read_text(encoding="utf-8"))
        return record
    done = next(event for event in events(run / "events.jsonl") if event.kind == "done")
    return {name: done.facts[name] for name in ("steps", "seconds", "valid_loss")}


def show(rows: Rows, recipes: list[str]) -> None:
    """A line a voice and recipe: the loss, what it is to the default's, neutral French, steps, seconds."""
    print(f"{'':20} {'recipe':14} {'loss':>8} {'default':>9} {'neutral':>9} {'steps':>6} {'seconds':>8}")
    for voice, by_recipe in rows.items():
        print(f"{voice:20} {'(base)':14} {next(iter(by_recipe.values()))['base']:8.4f}")
        for recipe in recipes:
            row, default = by_recipe[recipe], by_recipe.get("default")
            against = f"{row['loss'] / default['loss'] - 1:+9.2%}" if default else " " * 9
            print(
                f"{'':20} {recipe:14} {row['loss']:8.4f} {against} {row['neutral_harder_percent']:+8.2f}%"
                f" {row['steps']:6} {row['seconds']:8.0f}"
            )


def bars(rows: Rows, recipes: list[str]) -> dict[str, Any]:
    """Each bar: on how many voices it holds, and whether that is enough. Only of recipes that were run."""

    def over(*needed: str, holds: Callable[[dict[str, dict[str, Any]]], bool]) -> int | None:
        return sum(map(holds, rows.values())) if set(needed) <= set(recipes) else None

    not_worse = over("default", "tutorial", holds=lambda r: r["default"]["loss"] <= r["tutorial"]["loss"])
    better = over("default", "tutorial", holds=lambda r: r["default"]["loss"] < r["tutorial"]["loss"])
    fast = over("default", "fast", holds=lambda r: r["fast"]["loss"] <= WORSE_AT_MOST * r["default"]["loss"])
    kept = over("default", holds=lambda r: r["default"]["neutral_harder_percent"] <= HARDER_AT_MOST)
    found = {
        "no worse than the tutorial's": (not_worse, len(rows)),
        "better than the tutorial's": (better, min(BETTER_NEEDED, len(rows))),
        "fast at most 1 % worse": (fast, len(rows)),
        "neutral French at most 3 % harder": (kept, len(rows)),
    }
    return {
        name: {"voices": voices, "of": len(rows), "held": voices >= needed}
        for name, (voices, needed) in found.items()
        if voices is not None
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--voices", type=Path, default=HERE.parent.parent / "shared/data/personas")
    parser.add_argument("--work", type=Path, default=Path("work/bench-voices"))
    parser.add_argument("--model", default="mini")
    parser.add_argument("--only", nargs="*", default=list(VOICES))
    parser.add_argument("--recipes", nargs="*", default=list(RECIPES), choices=RECIPES)
    parser.add_argument("--epochs", type=float, help="of our recipes, to try the bench itself")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    bench, where = Bench(asked.voices, asked.work, asked.model, asked.epochs), machine()
    rows: Rows = {voice: {} for voice in asked.only}
    for recipe in asked.recipes:  # the default of every voice first: it is what the others are compared with
        for voice in asked.only:
            rows[voice][recipe] = bench.row(voice, recipe)
            print(f"{voice} {recipe}: {json.dumps(rows[voice][recipe])}", flush=True)
    show(rows, asked.recipes)
    result: dict[str, Any] = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": where,
        "versions": versions(sys.executable),
        "model": asked.model,
        "epochs": asked.epochs or Train().epochs,
        "voices": rows,
        "bars": bars(rows, asked.recipes),
    }
    if "default" in asked.recipes:
        losses = mini.matrix(asked, asked.only)
        mini.show(asked.only, losses, {voice: rows[voice]["default"]["seconds"] for voice in asked.only})
        result["matrix"] = losses
    write_json(HERE / "results" / f"voices-{datetime.now(UTC):%Y%m%d-%H%M%S}.json", result)
    print(json.dumps(result["bars"], indent=1))


if __name__ == "__main__":
    main()

"""The whole journey on real models: what is foretold, what happens, and whether the double makes sense.

    REAL_MODELS=DIR .venv/bin/python -m benchmarks.real [--models NAME...] [--voices lea cyrano] [--work DIR]
    ... --epochs 1 --contexts 20                                          to try the bench itself

REAL_MODELS holds a folder, or NAME.gguf, for each model (DIR/hf/NAME is looked at too). `lea` is the invented
person of `sosie demo`; the others are folders of ../shared/data/personas, whose words never go into a result:
their answers are counted and not kept. Each model and voice is trained, asked ten questions before and after,
and measured by `sosie evaluate` beside its base with 5 and 20 examples. What is done is not done again:
kill it and start again as often as you like; remove DIR when the code changes.

CPU seconds stand beside seconds: on a machine that does other work, only they can be compared.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sosie.demo
from benchmarks.train import HERE, commit, machine, versions
from sosie.api import Project
from sosie.core.workspace import closed_folder, write_json
from sosie.demo.journey import ask

INVENTED = "lea"
EDGES = ("value", "low", "high", "n", "measurable")
BRIEF = ("--generations", "100", "--no-attacks", "--no-forgetting")


@dataclass(frozen=True)
class Case:
    """One model and one voice. `folder` is where they are worked on."""

    model: str
    voice: str
    folder: Path
    voices: Path
    epochs: float | None
    contexts: int

    def run(self) -> dict[str, Any]:
        """The row of this case, from stages that were done before where there are any."""
        closed_folder(self.folder)
        if self.voice == INVENTED:
            self.stage("data", self.prepare)
        trained = self.stage("trained", self.train)
        said = self.stage("said", self.answers)
        scores = self.stage("scores", self.evaluate)
        return {"model": Path(self.model).stem, "voice": self.voice, **trained, **said, **scores}

    def stage(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        kept = self.folder / f"stage-{name}.json"
        if not kept.is_file():
            print(f"{self.folder.name}: {name}", file=sys.stderr, flush=True)
            write_json(kept, work())
        told: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return told

    def prepare(self) -> dict[str, Any]:
        Project(self.folder).import_([sosie.demo.EXPORT], me=[sosie.demo.ME])
        return Project(self.folder).prepare().to_json()

    def train(self) -> dict[str, Any]:
        """What was foretold once the tokens were counted, and what happened."""
        data = () if self.voice == INVENTED else (str(self.voices / self.voice / "train.jsonl"),)
        begun = any(self.folder.glob("runs/bench/checkpoints/*.safetensors"))
        named = ("--resume", "bench") if begun else ("--name", "bench", "--model", self.model)
        few = ("--epochs", str(self.epochs)) if self.epochs and not begun else ()
        done, seconds, user, kernel = sosie_says(self.folder, "train", *data, *named, *few)
        plan = json.loads((self.folder / "runs/bench/plan.json").read_text(encoding="utf-8"))
        share = done["steps"] / plan["steps"]  # of the steps foretold: it may stop early
        return {
            "loss_before": done["valid_loss_before"],
            "loss_after": done["valid_loss"],
            "steps": done["steps"],
            "seconds_foretold": round(plan["train_seconds"] * share, 1),
            "seconds": round(done["seconds"], 1),
            "whole_verb_seconds": round(seconds, 1),
            "cpu_seconds": round(user + kernel, 1),
            "kernel_share": round(kernel / (user + kernel), 3),
            "resumed": begun,
            "memory_foretold": plan["peak_memory_bytes"],
            "memory": done["peak_memory_bytes"],
            "tokens": done["tokens"],
            "tokens_per_second": round(done["tokens"] / done["seconds"], 1),
            "tokens_per_cpu_second": round(done["tokens"] / (user + kernel), 1),
        }

    def answers(self) -> dict[str, Any]:
        """Ten questions, before and after."""
        engine = Project(self.folder).open_engine("bench")
        asked = ask(engine, sosie.demo.questions())
        if self.voice != INVENTED:
            return {"answers": [{"words_base": len(b.split()), "words": len(d.split())} for _, b, d in asked]}
        return {"answers": [{"question": q, "base": b, "double": d} for q, b, d in asked]}

    def evaluate(self) -> dict[str, Any]:
        """R with its interval: of the base, of it with 5 and 20 examples, of the double, and of both gaps."""
        held = () if self.voice == INVENTED else ("--held", str(self.voices / self.voice / "heldout.jsonl"))
        asked = ("--double", "bench", "--contexts", str(self.contexts), *BRIEF, *held)
        told, seconds, user, kernel = sosie_says(self.folder, "evaluate", *asked)
        rivals = {rival["name"]: rival for rival in told["rivals"]}
        return {
            "likeness": {
                "double": edges(told["likeness"]),
                **{name: edges(rival["likeness"]) for name, rival in rivals.items()},
            },
            "double_less": {name: edges(rival["difference"]) for name, rival in rivals.items()},
            "evaluate_seconds": round(seconds, 1),
            "evaluate_cpu_seconds": round(user + kernel, 1),
        }


def edges(score: dict[str, Any]) -> dict[str, Any]:
    return {name: score[name] for name in EDGES if name in score}


def sosie_says(folder: Path, *words: str) -> tuple[dict[str, Any], float, float, float]:
    """What a verb prints as JSON in a process of its own; its seconds, those of the CPU, of the kernel."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "sosie", *words, "--folder", str(folder), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    told: dict[str, Any] = json.loads(done.stdout)
    if done.returncode:
        raise SystemExit(f"{words[0]}: {told}")
    return told, seconds, after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime


def model_named(name: str) -> str:
    home = Path(os.environ.get("REAL_MODELS", "real_models")).resolve()
    places = (home / "hf" / name, home / name, home / f"{name}.gguf")
    found = next((str(place) for place in places if place.exists()), None)
    return found or sys.exit(f"no {name} in {home}: make it first (REAL_MODELS)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["smollm2", "qwen05", "gemma270"])
    parser.add_argument("--voices", nargs="+", default=[INVENTED, "cyrano"])
    parser.add_argument("--personas", type=Path, default=HERE.parent.parent / "shared/data/personas")
    parser.add_argument("--work", type=Path, default=Path("work/bench-real"))
    parser.add_argument("--epochs", type=float, help="fewer, to try the bench itself")
    parser.add_argument("--contexts", type=int, default=75)
    asked = parser.parse_args()
    for model in asked.models:
        where = model_named(model)
        for voice in asked.voices:
            folder = (asked.work / f"{model}-{voice}").resolve()
            row = Case(where, voice, folder, asked.personas, asked.epochs, asked.contexts).run()
            told = {
                "date": datetime.now(UTC).isoformat(timespec="seconds"),
                "commit": commit(),
                "machine": machine(),
                "versions": versions(sys.executable),
                "epochs": asked.epochs,
                **row,
            }
            write_json(HERE / "results" / f"real-{model}-{voice}.json", told)
            print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()

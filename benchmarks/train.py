"""`make bench`: sosie's loop, TRL's and the usual tutorial's on one job, in tokens a CPU-second.

    python benchmarks/train.py [--job tiny|toy] [--epochs 2] [--pairs 3]
    python benchmarks/train.py --job real --model FOLDER --epochs 1 --pairs 1

Each loop is its own process with one thread; loops take turns, and medians are compared, so that a noisy
machine is noisy for all. TRL lives in .bench/, its own environment, made here the first time. What was
measured is kept in benchmarks/results/. Exits with 1 where a bar is missed.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
TRL = ROOT / ".bench" / "bin" / "python"
NEEDED = ("trl>=1.10,<2", "datasets>=4.7,<6", "torch", "transformers", "peft", "accelerate")
BARS = {
    "tiny": {"trl none": 4.0, "trl bfd": 2.5, "trl bfd2048": 2.5, "tutorial": 1.3},
    "toy": {"trl tutorial": 2.0, "tutorial": 1.3},
    "real": {"trl none": 2.0, "trl bf16": 2.0},
}


def commands(job: str, epochs: int) -> dict[str, list[str]]:
    """How each loop is run."""
    told = str(epochs)
    ours = {
        "sosie": [sys.executable, str(HERE / "ours.py"), told],
        "tutorial": [sys.executable, str(HERE / "tutorial_loop.py"), told],
    }
    if "tutorial" not in BARS[job]:
        del ours["tutorial"]
    named = [name.removeprefix("trl ") for name in BARS[job] if name.startswith("trl ")]
    return ours | {f"trl {name}": [str(TRL), str(HERE / "trl_side.py"), told, name] for name in named}


def make_environment() -> None:
    """TRL's own environment: nothing of it in ours."""
    if (
        TRL.is_file()
        and subprocess.run([TRL, "-c", "import trl, datasets"], capture_output=True).returncode == 0
    ):
        return
    print("Making .bench/ (TRL and its libraries, once)...", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(TRL.parent.parent)], check=True)
    install = [str(TRL), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-c", "constraints.txt"]
    subprocess.run([*install, *NEEDED], check=True, cwd=ROOT)


def measure(command: list[str], job: str) -> dict[str, Any]:
    """One run of one loop."""
    quiet = {
        "SOSIE_JOB": job,
        "OMP_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "TOKENIZERS_PARALLELISM": "false",
    }
    environment = {**os.environ, **quiet, "PYTHONPATH": str(ROOT / "src")}
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    result["tokens_per_cpu_second"] = result["tokens"] / result["cpu_seconds"]
    result["wall_seconds"] = time.monotonic() - started
    return result


def summary(runs: dict[str, list[dict[str, Any]]], bars: dict[str, float]) -> dict[str, dict[str, Any]]:
    """The medians, and how many times faster sosie is."""
    rates = {
        name: statistics.median(run["tokens_per_cpu_second"] for run in each) for name, each in runs.items()
    }
    return {
        name: {
            "tokens_per_cpu_second": round(rate, 1),
            "runs": [round(run["tokens_per_cpu_second"], 1) for run in runs[name]],
            "steps": runs[name][0]["steps"],
            "loss_first": round(runs[name][0]["loss_first"], 4),
            "loss_last": round(runs[name][-1]["loss_last"], 4),
            "sosie_is_faster_by": round(rates["sosie"] / rate, 2),
            "bar": bars.get(name),
        }
        for name, rate in rates.items()
    }


def machine() -> dict[str, Any]:
    """Where it was measured."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
    load = os.getloadavg()[0]
    return {"cpu": model or platform.processor(), "cores": os.cpu_count(), "load_before": round(load, 2)}


def versions(python: str) -> dict[str, str]:
    """Of one environment."""
    code = (
        "import json, sys; from importlib.metadata import distributions; "
        "d = {x.name.lower(): x.version for x in distributions()}; "
        "n = ('torch', 'transformers', 'peft', 'accelerate', 'trl', 'datasets', 'sosie', 'mlx', 'mlx-lm'); "
        "print(json.dumps({'python': sys.version.split()[0], **{x: d[x] for x in n if x in d}}))"
    )
    told: dict[str, str] = json.loads(
        subprocess.run([python, "-c", code], capture_output=True, check=True).stdout
    )
    return told


def write_result(bench: str, rows: dict[str, Any]) -> None:
    """results/BENCH-DATE.json: the rows, with the date, the commit, the machine and the versions."""
    now = datetime.now(UTC)
    told = {"date": now.isoformat(timespec="seconds"), "commit": commit(), "machine": machine()}
    result = HERE / "results" / f"{bench}-{now:%Y%m%d-%H%M%S}.json"
    text = json.dumps(told | {"versions": versions(sys.executable), "rows": rows}, indent=1)
    result.write_text(text + "\n", encoding="utf-8")
    print(result)


def commit() -> str:
    """The commit of this tree, with a + where something is not in it."""
    run = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True, cwd=ROOT
    )
    return run.stdout.strip() or "unknown"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--job", choices=list(BARS), default="tiny")
    parser.add_argument("--model", help="the folder of a real model, for the job of that name")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=3)
    asked = parser.parse_args()
    os.environ["SOSIE_JOB_MODEL"] = asked.model or ""
    make_environment()
    where = machine()
    runs: dict[str, list[dict[str, Any]]] = {}
    for _ in range(asked.pairs):
        for name, command in commands(asked.job, asked.epochs).items():
            runs.setdefault(name, []).append(measure(command, asked.job))
            print(
                f"{name:12} {runs[name][-1]['tokens_per_cpu_second']:8.0f} tokens a CPU-second",
                file=sys.stderr,
            )
    found = summary(runs, BARS[asked.job])
    result = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "job": asked.job,
        "model": asked.model and Path(asked.model).name,
        "machine": where,
        "threads": 1,
        "versions": {"sosie": versions(sys.executable), "trl": versions(str(TRL))},
        "loops": found,
    }
    path = HERE / "results" / f"train-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))
    missed = [
        name for name, loop in found.items() if loop["bar"] and loop["sosie_is_faster_by"] < loop["bar"]
    ]
    if missed:
        sys.exit(f"bar missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()

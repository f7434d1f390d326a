"""The GPU benchmark, in one command; on any machine, in small.

    python -m benchmarks.gpu                                  the 7B shape on the GPU: under 8 minutes
    python -m benchmarks.gpu --size tiny --device cpu         the very same program, to see that it runs
    python -m benchmarks.gpu --only A E "A again"             some variants

Each variant is its own process. Where a library is missing or refuses, its rows are n/a with the reason.
What was measured goes to benchmarks/results/, with date, card, commit and versions, predictions beside.
Needs sosie's `train` and `qlora` extras; A and B TRL, C and D unsloth, in this environment, on PYTHONPATH, or
in the one that --trl-python names. Nothing is downloaded.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.gpu import report
from benchmarks.gpu.setting import SIZES
from benchmarks.gpu.variants import VARIANTS

ROOT = Path(__file__).parents[2]
BESIDE = ROOT / ".bench" / "bin" / "python"  # where benchmarks/train.py keeps TRL


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=list(SIZES), default="mistral-7b")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "gpu", help="14.5 GB for the 7B shape")
    parser.add_argument("--only", nargs="+", choices=[one.name for one in VARIANTS])
    parser.add_argument("--trl-python", default=None, help="the Python that has TRL or unsloth")
    parser.add_argument("--limit", type=float, default=300, help="seconds for one variant")
    asked = parser.parse_args()
    theirs = asked.trl_python or str(BESIDE if BESIDE.is_file() and not find_spec("trl") else sys.executable)
    work, size = asked.work / asked.size, SIZES[asked.size]
    os.environ.setdefault("SOSIE_CACHE", str(asked.work / "cache"))  # E quantises, E+ and F read what it kept
    started = time.monotonic()
    place = [size.name, str(work), asked.device]
    written = run([sys.executable, "-m", "benchmarks.gpu.setting", *place], asked.limit)
    if "n/a" in written:
        sys.exit(f"no model could be written: {written['n/a']}")
    report.tell(f"model and job: {written['wall_seconds']:.0f} s")
    rows: dict[str, dict[str, Any]] = {}
    for variant in VARIANTS:
        if not asked.only or variant.name in (*asked.only, "peak"):
            python = theirs if variant.side in ("trl", "unsloth") else sys.executable
            command = [python, "-W", "ignore", "-m", "benchmarks.gpu.child", variant.name, *place]
            rows[variant.name] = run(command, asked.limit)
            report.tell(report.line(variant, rows[variant.name]))
    made = report.whole(rows, size, asked.device, time.monotonic() - started)
    path = (
        ROOT
        / "benchmarks"
        / "results"
        / f"gpu-{size.name}-{asked.device}-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    )
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    print(report.table(made))
    report.tell(f"kept: {path.relative_to(ROOT)}")


def run(command: list[str], limit: float) -> dict[str, Any]:
    """What a process says in its last line, or {"n/a": why}. Its last word is the device."""
    paths = os.pathsep.join(filter(None, [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]))
    environment = {
        **os.environ,
        "PYTHONPATH": paths,
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    if command[-1] == "cpu":
        environment |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "CUDA_VISIBLE_DEVICES": ""}
    started = time.monotonic()
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return {"n/a": f"more than {limit:.0f} s"}
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
        return {"n/a": said[-1][:300]}
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return {**told, "wall_seconds": time.monotonic() - started}


if __name__ == "__main__":
    main()

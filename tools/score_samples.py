"""Scores the readers on the sample exports: `sosie inspect --json --texts` on each unit, then score.py.

    python tools/score_samples.py [SAMPLES] [--only whatsapp,jsonl] [--to RESULTS.json]

SAMPLES is ../shared/samples by default. Exit code 1 where a unit that was asked for is wrong; without --only,
those of the formats that are promised today.
"""

import argparse
import contextlib
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sosie.cli.main import _run as command_line

PROMISED = "whatsapp,jsonl"
SAMPLES = Path(__file__).parent.parent.parent / "shared" / "samples"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("samples", type=Path, nargs="?", default=SAMPLES)
    parser.add_argument("--only", help="formats, by the first folder of a unit: whatsapp,jsonl")
    parser.add_argument("--to", type=Path, help="where the results are kept")
    given = parser.parse_args()
    units = json.loads((given.samples / "expected.json").read_text(encoding="utf-8"))["units"]
    chosen = [unit for unit in units if not given.only or family(unit) in given.only.split(",")]
    results = {unit: inspect(given.samples / unit) for unit in chosen}
    with tempfile.TemporaryDirectory() as folder:
        path = given.to or Path(folder) / "results.json"
        path.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        wrong = judge(given.samples / "score.py", path)
    needed = [unit for unit in chosen if family(unit) in (given.only or PROMISED).split(",")]
    missed = [unit for unit in needed if any(line == unit or line.startswith(f"{unit} ") for line in wrong)]
    print(f"{len(needed) - len(missed)} of the {len(needed)} units that count here are right")
    return 1 if missed else 0


def family(unit: str) -> str:
    return unit.split("/")[0]


def inspect(path: Path) -> dict[str, object]:
    """What the command prints, an error being an answer too."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()):
        code = command_line(["inspect", str(path), "--json", "--texts"])
    try:
        found: dict[str, object] = json.loads(out.getvalue())
    except ValueError:
        return {"error": f"exit code {code}"}
    return {"error": found["error"]["message"]} if isinstance(found.get("error"), dict) else found


def judge(score: Path, results: Path) -> set[str]:
    """Run score.py, show what it says, and give back the units that it finds wrong."""
    done = subprocess.run([sys.executable, str(score), str(results)], capture_output=True, text=True)
    told = [line for line in done.stdout.splitlines() if not line.startswith("absent ")]
    print("\n".join(told))
    return set(units_named_wrong(told))


def units_named_wrong(told: list[str]) -> Iterator[str]:
    """score.py writes « error UNIT reason » on one line, but « wrong », then UNIT on the next."""
    for line, following in zip(told, [*told[1:], ""], strict=True):
        if line.startswith("wrong "):
            yield following.strip()
        elif line.startswith("error "):
            yield line.removeprefix("error ").strip()


if __name__ == "__main__":
    sys.exit(main())

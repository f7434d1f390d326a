"""How long, and how much memory, from an export of a million messages to the three parts?

    python -m benchmarks.prepare_scale [--messages 1000000 250000] [--export CHAT.txt]

`sosie import` and `sosie prepare` run on an invented WhatsApp group, each in its own process, on one core;
the system counts its CPU seconds and its highest memory. The smaller export says whether time is linear in
size. Talks of some twenty messages by five people, of 4,000 invented words, with short answers that come back
and phone numbers; other exports may be given instead.

What was measured is kept in benchmarks/results/. Exits with 1 where 120 s or 1 GB a million are exceeded, or
where a message costs 30 % more in the large export than in the small one.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).parent
SECONDS, MEGABYTES, SLOPE = 120.0, 1000, 1.3
PEOPLE = ("Camille Morel", "Zoé", "Jean-Baptiste L.", "Karim B", "Tata Josée")
SYLLABLES = [consonant + vowel for consonant in "bcdfglmnprstv" for vowel in ("a", "e", "i", "o", "ou", "an")]
SMALL = (
    "je",
    "tu",
    "on",
    "le",
    "la",
    "un",
    "des",
    "de",
    "à",
    "et",
    "mais",
    "que",
    "pas",
    "est",
    "va",
    "dans",
)
SHORT = (
    "mdr",
    "ok",
    "oui",
    "non",
    "grave",
    "ptdr 😂",
    "ah bon ?",
    "jsp",
    "vas-y",
    "trop bien !!",
    "ça marche",
)


def write_export(path: Path, messages: int, seed: int = 7) -> None:
    """A group in the layout of French Android phones."""
    chance = Random(seed)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(4000)]
    at = datetime(2016, 1, 2, 8)
    with path.open("w", encoding="utf-8") as file:
        for _ in range(messages):
            gap = chance.expovariate(1 / 40) if chance.random() < 0.95 else 3600 * chance.uniform(4, 20)
            at += timedelta(seconds=gap)
            file.write(f"{at:%d/%m/%Y, %H:%M} - {chance.choice(PEOPLE)}: {sentence(chance, words)}\n")


def sentence(chance: Random, words: list[str]) -> str:
    kind = chance.random()
    if kind < 0.2:
        return chance.choice(SHORT)
    if kind < 0.21:
        return f"appelle le 06 39 98 {chance.randrange(10, 99)} {chance.randrange(10, 99)}"
    count = 2 + int(chance.expovariate(1 / 7))
    return " ".join(chance.choice(SMALL if n % 2 else words) for n in range(count))


def run(*words: str) -> dict[str, Any]:
    """One verb in a process of its own, on one core."""
    core = min(os.sched_getaffinity(0))
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(HERE.parent / "src")}
    process = subprocess.Popen(
        [sys.executable, "-m", "sosie", *words, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    assert process.stdout
    told = json.loads(process.stdout.read())
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds, megabytes = round(used.ru_utime + used.ru_stime, 1), round(used.ru_maxrss / 1024)
    return {"cpu_seconds": seconds, "peak_megabytes": megabytes, "told": told}


def measured(export: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        brought = run("import", str(export), "--me", PEOPLE[0], "--folder", folder)
        made = run("prepare", "--folder", folder)
    account, told = made["told"]["messages"], made["told"]
    return {
        "messages": account["read"],
        "dialogues": told["dialogues"],
        "replies": told["replies"],
        "import": {key: brought[key] for key in ("cpu_seconds", "peak_megabytes")},
        "prepare": {key: made[key] for key in ("cpu_seconds", "peak_megabytes")},
        "cpu_seconds_a_million": round(
            (brought["cpu_seconds"] + made["cpu_seconds"]) * 1e6 / account["read"], 1
        ),
        "peak_megabytes": max(brought["peak_megabytes"], made["peak_megabytes"]),
    }


def bars(runs: list[dict[str, Any]]) -> dict[str, bool]:
    costs = [run["cpu_seconds_a_million"] for run in sorted(runs, key=lambda run: run["messages"])]
    million = max(runs, key=lambda run: run["messages"])
    return {
        "120 s a million at most": million["cpu_seconds_a_million"] <= SECONDS,
        "1 GB at most": million["peak_megabytes"] <= MEGABYTES,
        "linear in size": costs[-1] <= SLOPE * costs[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, nargs="+", default=[1_000_000, 250_000])
    parser.add_argument("--export", type=Path, nargs="+", default=[])
    asked = parser.parse_args()
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        for export in asked.export or [Path(folder) / f"{count}.txt" for count in asked.messages]:
            if not asked.export:
                write_export(export, int(export.stem))
            runs.append(measured(export))
            print(runs[-1], file=sys.stderr)
    result = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "python": platform.python_version()}
    result |= {"load": os.getloadavg()[0], "runs": runs, "bars": bars(runs)}
    path = HERE / "results" / f"prepare-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, ensure_ascii=False, indent=1))
    if missed := [name for name, holds in result["bars"].items() if not holds]:
        sys.exit(f"bar missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()

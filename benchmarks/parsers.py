"""`make bench`: sosie's WhatsApp reader beside three others on one export, one core, in one run.

    python benchmarks/parsers.py [--messages 1000000] [--export CHAT.txt --truth TRUTH.json]

whatstk and chat-miner live in .bench/parsers, whatsapp-chat-parser (JavaScript) in .bench/node where node is
there; both are made the first time. One that cannot be had is said to be « non mesuré ici », never guessed.
Each parser is its own process, held on one core; the system counts its CPU seconds and its highest memory.
The export is nobody's chat: ../shared/bench/make_whatsapp.py writes it, with the truth. Results are kept in
benchmarks/results/parsers-DATE.json. Exits with 1 where sosie is wrong, or slower than its bar.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from train import HERE, ROOT, commit, machine

PEERS = ROOT / ".bench" / "parsers"
NODE = ROOT / ".bench" / "node"
MAKER = ROOT.parent / "shared" / "bench" / "make_whatsapp.py"
SIDE = HERE / "parser_side.py"
PYTHON_PEERS = {"whatstk": "whatstk==0.9.1", "chat-miner": "chat-miner==0.6.0"}
JAVASCRIPT = "whatsapp-chat-parser"
SCRIPT = f"""
const text = require("fs").readFileSync(process.argv[1], "utf8");
const found = require("{JAVASCRIPT}").parseString(text);
const people = new Set(found.filter((m) => m.author !== null).map((m) => m.author));
const messages = found.filter((m) => m.author !== null).length;
const [notices, senders] = [found.length - messages, people.size];
console.log(JSON.stringify({{messages, notices, senders, version: "4.0.2"}}));
"""
BAR_SECONDS, BAR_MEGABYTES = 8.0, 500
NOT_HERE = "non mesuré ici"


def commands(export: Path) -> dict[str, list[str] | str]:
    """How each parser is run, or why it is not."""
    found: dict[str, list[str] | str] = {"sosie": [sys.executable, str(SIDE), "sosie", str(export)]}
    python = PEERS / "bin" / "python"
    for name in PYTHON_PEERS:
        here = prepare_python(python)
        found[name] = here or [str(python), str(SIDE), name, str(export)]
    found[JAVASCRIPT] = prepare_node() or ["node", "-e", SCRIPT, str(export)]
    return found


def prepare_python(python: Path) -> str:
    """Empty once the Python peers are there; otherwise why they are not."""
    if (
        python.is_file()
        and not subprocess.run([python, "-c", "import whatstk, chatminer"], capture_output=True).returncode
    ):
        return ""
    print("Making .bench/parsers (whatstk and chat-miner, once)...", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
    install = [
        str(python),
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        *PYTHON_PEERS.values(),
    ]
    return "" if not subprocess.run(install, capture_output=True).returncode else "ne s'installe pas"


def prepare_node() -> str:
    if not shutil.which("node") or not shutil.which("npm"):
        return "node n'est pas là"
    if (NODE / "node_modules" / JAVASCRIPT).is_dir():
        return ""
    NODE.mkdir(parents=True, exist_ok=True)
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", f"{JAVASCRIPT}@4.0.2"]
    return (
        "" if not subprocess.run(install, cwd=NODE, capture_output=True).returncode else "ne s'installe pas"
    )


def measure(command: list[str], core: int) -> dict[str, Any]:
    """One run of one parser: what it counted, its CPU seconds and its highest memory."""
    one = {"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "PYTHONPATH": str(ROOT / "src")}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as wrong:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=wrong,
            cwd=NODE if NODE.is_dir() else ROOT,
            env=os.environ | one,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), wrong.seek(0)
        cost = {
            "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
            "peak_megabytes": round(used.ru_maxrss / 1024),
        }
        if process.returncode:
            last = wrong.read().decode(errors="replace").strip().splitlines()[-1:]
            return cost | {"failed": last[0][:200] if last else f"exit code {process.returncode}"}
        return cost | json.loads(out.read().splitlines()[-1])


def judged(runs: dict[str, dict[str, Any]], truth: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Each run with how it stands to sosie's and to the truth."""
    ours = runs["sosie"]["cpu_seconds"]
    right = {"messages": truth["messages"], "senders": len(truth["per_sender"])}
    for run in runs.values():
        if "messages" in run:
            run["right"] = all(run[key] == value for key, value in right.items())
            run["times_the_cpu_of_sosie"] = round(run["cpu_seconds"] / ours, 2)
    runs["sosie"]["right"] &= runs["sosie"]["notices"] == truth["system_lines"]
    return runs


def table(runs: dict[str, dict[str, Any]], truth: dict[str, Any]) -> str:
    """For a person."""
    told = [f"{'':22}{'s CPU':>8}{'Mo':>8}{'messages':>12}{'personnes':>11}   × sosie"]
    told.append(f"{'vérité':22}{'':16}{truth['messages']:>12}{len(truth['per_sender']):>11}")
    for name, run in runs.items():
        if "messages" not in run:
            told.append(f"{name:22}{NOT_HERE} : {run.get('why') or run['failed']}")
            continue
        told.append(
            f"{name:22}{run['cpu_seconds']:>8.1f}{run['peak_megabytes']:>8}{run['messages']:>12}"
            f"{run['senders']:>11}{run['times_the_cpu_of_sosie']:>10.1f}{'' if run['right'] else '  faux'}"
        )
    return "\n".join(told)


def make_export(messages: int) -> tuple[Path, Path]:
    """The export and its truth, made once."""
    export = ROOT / ".bench" / f"whatsapp-{messages}.txt"
    truth = export.with_suffix(".json")
    if not truth.is_file():
        if not MAKER.is_file():
            sys.exit(f"{NOT_HERE} : {MAKER.name} n'est pas là. Donnez --export et --truth.")
        export.parent.mkdir(exist_ok=True)
        subprocess.run(
            [sys.executable, str(MAKER), str(export), "-n", str(messages), "--truth", str(truth)], check=True
        )
    return export, truth


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--export", type=Path)
    parser.add_argument("--truth", type=Path)
    asked = parser.parse_args()
    given = asked.export and asked.truth
    export, answers = (asked.export.resolve(), asked.truth) if given else make_export(asked.messages)
    truth = json.loads(answers.read_text(encoding="utf-8"))
    where, core = machine(), min(os.sched_getaffinity(0))
    runs: dict[str, dict[str, Any]] = {}
    for name, command in commands(export).items():
        runs[name] = {"why": command} if isinstance(command, str) else measure(command, core)
        print(f"{name}: {runs[name]}", file=sys.stderr)
    judged(runs, truth)
    result = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": where,
        "cores": 1,
        "bytes": export.stat().st_size,
        "truth": {key: truth[key] for key in ("messages", "system_lines", "style", "seed", "per_sender")},
        "parsers": runs,
    }
    path = HERE / "results" / f"parsers-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(table(runs, truth))
    ours = runs["sosie"]
    fast = ours["cpu_seconds"] <= BAR_SECONDS * truth["messages"] / 1e6 + 1
    light = ours["peak_megabytes"] <= BAR_MEGABYTES
    return 0 if ours["right"] and fast and light else 1


if __name__ == "__main__":
    sys.exit(main())

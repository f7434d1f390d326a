"""Many invented people: killed and resumed, on a resident base, on Ray, served from one address.

    .venv/bin/python -m benchmarks.fleet FOLDER [--people 200] [--kills 20] [--only queue alone ...]

    queue     PEOPLE trained by two processes, killed KILLS times (a worker, the driver, the state file cut)
    plain     the same people again, not killed: memory of each worker, what 20 of them foretell of the rest
    alone     each of them trained on a base of their own: the adapters are compared, bit for bit
    resident  processor until the first step: a cold process beside the second person of a warm one
    serve     100 doubles, room for 10, 64 streams: answers, memory, wait for the first token
    ray       50 people on two actors in a network namespace, two workers killed (needs ray; unshare -rn)

Each person has 60 replies and a word that nobody else says. Trainings are three steps of mini: what is
measured is the queue, not what is learnt. Times on shared cores vary: processor seconds are told beside.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.fleet_people import RECIPE, adapters, kill, make_people, planted
from benchmarks.fleet_served import ray, serve
from benchmarks.train import write_result
from sosie.core.double import ADAPTER
from sosie.core.progress import Event
from sosie.core.settings import Fleet, Train
from sosie.core.workspace import Workspace
from sosie.fleet.cost import Cluster, constants_of, forecast
from sosie.fleet.journal import STATE, Journal, Outcome
from sosie.fleet.run import STATE_FOLDER, run_fleet
from sosie.models.catalogue import find
from sosie.train.run import dialogues_of, train


def lines(root: Path) -> list[Outcome]:
    return Journal(root / STATE_FOLDER).outcomes("train") if (root / STATE_FOLDER).is_dir() else []


def driver(root: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "sosie", "fleet", "train", str(root), "--processes=2"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def children(pid: int) -> list[int]:
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def queue(folder: Path, people: int, kills: int) -> dict[str, Any]:
    """At each kill a worker goes, or the driver, or the driver and the end of its state file."""
    root, chance = make_people(folder / "killed", people), random.Random(5)
    told: dict[str, int] = {"worker": 0, "driver": 0, "state": 0}
    state, started = root / STATE_FOLDER / STATE, time.monotonic()
    process, due = driver(root), sorted(chance.sample(range(1, people - 5), kills))
    while process.poll() != 0:
        if process.poll() is not None:
            process = driver(root)
        time.sleep(0.2)
        done = sum(1 for _ in root.glob(f"*/runs/*/double/{ADAPTER}"))
        if not due or done < due[0]:
            continue
        due.pop(0)
        time.sleep(chance.random() * 2)
        kind = ("worker", "driver", "state")[sum(told.values()) % 3]
        workers = children(process.pid)
        if kind == "worker" and workers:
            kill(chance.choice(workers))
        else:
            kill(process.pid)
            process.wait()
        if kind == "state":
            content = state.read_bytes()
            state.write_bytes(content[: -chance.randrange(1, 60)])
        told[kind] += 1
    found, outcomes = adapters(root), lines(root)
    whole = len(found) == people and all(one.done for one in outcomes) and len(outcomes) == people
    return {
        "people": people,
        "kills": told,
        "seconds": time.monotonic() - started,
        "adapters": len(found),
        "done": sum(one.done for one in outcomes),
        "held": whole,
    }


def plain(folder: Path, people: int, kills: int) -> dict[str, Any]:
    """Memory of each worker between two people and at its most, at the end and at the beginning; the first
    20 people foretell the whole."""
    root, memory = make_people(folder / "plain", people), dict[int, list[int]]()
    own = os.getpid()

    def report(event: Event) -> None:
        if event.kind == "person":
            for pid in children(own):
                memory.setdefault(pid, []).append(resident_bytes(pid))

    summary = run_fleet(root, "train", Fleet(processes=2), report)
    outcomes = lines(root)
    rows: dict[str, Any] = {"summary": summary.to_json(), "memory": {}, "forecast": {}}
    for pid, sizes in memory.items():
        begin, end = sizes[10:50] or sizes, sizes[-40:]
        rows["memory"][pid] = {
            "between_people": [min(begin), min(end)],
            "most": [max(begin), max(end)],
            "grown": max(min(end) / min(begin), max(end) / max(begin)) - 1,
        }
    sure = Cluster(2, losses_per_hour=0.0, slow_share=0.0)
    for clock in ("seconds", "cpu_seconds"):
        told = forecast(people, constants_of(outcomes[:20], clock), sure)
        real = sum(one.seconds if clock == "seconds" else one.facts[clock] for one in outcomes)
        rows["forecast"][clock] = {"told": told.worker_seconds, "real": real}
        rows["forecast"][clock]["ratio"] = told.worker_seconds[1] / real
    rows["forecast"]["span"] = {"told": forecast(people, constants_of(outcomes[:20]), sure).seconds[1]}
    rows["forecast"]["span"]["real"] = summary.seconds
    flat = all(abs(row["grown"]) <= 0.05 for row in rows["memory"].values())
    near = abs(rows["forecast"]["cpu_seconds"]["ratio"] - 1) <= 0.2
    return {**rows, "flat": flat, "within_20_percent": near, "held": flat and near}


def resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def alone(folder: Path, people: int, kills: int) -> dict[str, Any]:
    """Each trained as `sosie train` does, on a base read for them alone; and where planted words went."""
    options, base, there = Train(**RECIPE), find("mini"), folder / "alone"
    shutil.rmtree(there, ignore_errors=True)
    sides = {name: adapters(folder / name) for name in ("killed", "plain") if (folder / name).is_dir()}
    same = dict.fromkeys(sides, 0)
    for number in range(people):
        name = f"p{number:04}"
        learn, valid = dialogues_of(
            Workspace(next(iter(folder / side for side in sides)) / name), None, options, lambda event: None
        )
        train(learn, valid, base, options, there / "runs" / name)
        own = (there / "runs" / name / "double" / ADAPTER).read_bytes()
        for side, found in sides.items():
            same[side] += found.get(name) == own
        shutil.rmtree(there / "runs" / name)
    strays = {side: stray_words(folder / side, people) for side in sides}
    held = all(count == people for count in same.values()) and not any(strays.values())
    return {"people": people, "same": same, "stray_words": strays, "held": held}


def stray_words(root: Path, people: int) -> int:
    """How often somebody's word is in a file of another's folder, or in the state of all."""
    words, found = [planted(number).encode() for number in range(people)], 0
    for path in (path for path in root.rglob("*") if path.is_file()):
        name, content = path.relative_to(root).parts[0], path.read_bytes()
        if b"zorglub" in content:
            own = planted(int(name[1:])).encode() if name.startswith("p") else b""
            found += sum(word in content for word in words if word != own)
    return found


FIRST_STEP = """
import sys, time
from pathlib import Path
from sosie.fleet.resident import ResidentBase
from sosie.fleet.tasks import Task, perform
from sosie.models.catalogue import find
from sosie.models.quantised import origin_of
base, root, origin = ResidentBase(), Path(sys.argv[1]), origin_of(find("mini")).key
for number, name in enumerate(sorted(path.name for path in root.iterdir() if path.is_dir())[:8]):
    began, seen = (0.0, 0.0) if not number else (time.process_time(), time.perf_counter()), []
    def report(event):
        if event.kind == "step" and not seen:
            seen.append(time.process_time())
    tables = {"train": {"epochs": 1.0, "patience": 0, "model": "mini", "seed": 11}}
    perform(Task("train", name, str(root / name), tables, "mini", origin), base, report)
    print(seen[0] - (began if isinstance(began, float) else began[0]), flush=True)
"""


def resident(folder: Path, people: int, kills: int) -> dict[str, Any]:
    root, cold, second, later = make_people(folder / "resident", 8), [], [], []
    for _ in range(3):
        for runs in root.glob("*/runs"):
            shutil.rmtree(runs)
        done = subprocess.run([sys.executable, "-c", FIRST_STEP, str(root)], capture_output=True, text=True)
        seconds = [float(line) for line in done.stdout.split()]
        cold.append(seconds[0])
        second.append(seconds[1])
        later += seconds[2:]
    ratio = statistics.median(second) / statistics.median(cold)
    row = {"cpu_seconds_cold": cold, "second": second, "later": later, "second_to_cold": ratio}
    return {**row, "later_to_cold": statistics.median(later) / statistics.median(cold), "held": ratio <= 0.1}


PARTS_OF_ALL: dict[str, Callable[[Path, int, int], dict[str, Any]]] = {
    "queue": queue,
    "plain": plain,
    "alone": alone,
    "resident": resident,
    "serve": serve,
    "ray": ray,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--only", nargs="*", choices=PARTS_OF_ALL, default=[*PARTS_OF_ALL])
    asked = parser.parse_args()
    rows = {}
    for name in asked.only:
        rows[name] = PARTS_OF_ALL[name](asked.folder, asked.people, asked.kills)
        print(name, json.dumps(rows[name], ensure_ascii=False, default=str), flush=True)
    write_result("fleet", rows)


if __name__ == "__main__":
    main()

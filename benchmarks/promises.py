"""The times that are promised to users: each is measured three times, in a process of its own.

    .venv/bin/python -m benchmarks.promises [--only "LoRA on 300 replies" ...] [--times 3]

A promise in seconds holds on an idle machine. Beside each run stands the `pace` of a core just before it, in
millions of additions of Python a second: where others use the same core, as on a virtual machine, it falls.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.train import HERE, commit, machine, versions

SOSIE = [sys.executable, "-m", "sosie"]


def lora() -> float:
    """The default recipe on 300 replies of an invented person, from the call to the double; after imports."""
    from sosie.core.settings import Train
    from sosie.engines.base import open_engine
    from sosie.evaluate.personas import dialogues
    from sosie.models.catalogue import find
    from sosie.train.run import keep_some_for_validation, train

    learn, valid = keep_some_for_validation(dialogues(31, 300, seed=1))
    open_engine("mini")
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        train(learn, valid, find("mini"), Train(model="mini"), Path(folder) / "runs" / "one")
        return time.perf_counter() - started


def load() -> float:
    """Of mini, for the second time in a process: the libraries come with the first."""
    from sosie.engines.base import open_engine

    open_engine("mini")
    started = time.perf_counter()
    open_engine("mini")
    return time.perf_counter() - started


def first_token() -> float:
    """Of a chat with mini, the model loaded: the median of five messages, the first one left out."""
    from sosie.core.dialogue import Turn
    from sosie.engines.base import open_engine

    engine, waits = open_engine("mini"), []
    for text in ("salut", "ça va ?", "tu fais quoi ce soir ?", "il pleut ici", "on mange où ?", "à demain"):
        started = time.perf_counter()
        next(iter(engine.stream([Turn("user", text)], engine.sampling)))
        waits.append(time.perf_counter() - started)
    return statistics.median(waits[1:])


def likeness() -> float:
    """The verb, on 200 replies, 200 of the person's and of five others."""
    from sosie.evaluate.personas import BASELINE, replies

    sets = {"given": replies(30, 200, 3, strength=0.5), "truth": replies(30, 200, 1)}
    sets |= {f"other{number}": replies(number, 200) for number in BASELINE[:5]}
    with tempfile.TemporaryDirectory() as folder:
        for name, texts in sets.items():
            lines = (json.dumps({"text": text}, ensure_ascii=False) for text in texts)
            (Path(folder) / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
        given, truth, *others = (f"{folder}/{name}.jsonl" for name in sets)
        return took(["likeness", "--given", given, "--truth", truth, "--others", *others])


def took(words: list[str]) -> float:
    """A verb from the prompt to the prompt."""
    started = time.perf_counter()
    subprocess.run([*SOSIE, *words], capture_output=True, check=True)
    return time.perf_counter() - started


# name: (how it is measured, at most so many seconds)
PROMISES: dict[str, tuple[Callable[[], float], float]] = {
    "sosie --help": (lambda: took(["--help"]), 0.5),
    "mini loaded": (load, 1.5),
    "first token": (first_token, 0.15),
    "sosie likeness": (likeness, 5.0),
    "LoRA on 300 replies": (lora, 60.0),
    "sosie demo": (lambda: took(["demo", "--no-page"]), 60.0),
}


def pace() -> float:
    started, total = time.perf_counter(), 0
    for number in range(10_000_000):
        total += number
    return round(10 / (time.perf_counter() - started), 1)


def measured(name: str, times: int) -> dict[str, object]:
    runs, paces, state = [], [], machine()
    for _ in range(times):
        paces.append(pace())
        done = subprocess.run([sys.executable, "-m", __spec__.name, "--child", name], capture_output=True)
        if done.returncode:
            sys.exit(done.stderr.decode()[-3000:])
        runs.append(round(float(done.stdout.split()[-1]), 3))
    median, bar = statistics.median(runs), PROMISES[name][1]
    told = {"median": median, "bar": bar, "held": median <= bar, "runs": runs}
    return told | {"paces": paces, "load_before": state["load_before"]}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=PROMISES, default=list(PROMISES))
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--child", choices=PROMISES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(PROMISES[given.child][0]())
        return
    rows = {}
    for name in given.only:
        rows[name] = row = measured(name, given.times)
        print(
            f"{name:22}{row['median']:>9} s   at most {row['bar']:>5} s   {row['runs']}   {row['paces']}",
            flush=True,
        )
    now = datetime.now(UTC)
    told = {"date": now.isoformat(timespec="seconds"), "commit": commit(), "machine": machine()}
    file = HERE / "results" / f"promises-{now:%Y%m%d-%H%M%S}.json"
    text = json.dumps(told | {"versions": versions(sys.executable), "rows": rows}, indent=1)
    file.write_text(text + "\n", encoding="utf-8")
    print(file)
    sys.exit(not all(row["held"] for row in rows.values()))


if __name__ == "__main__":
    main()

"""`make fuzz`: ten thousand damaged exports of each format are read, and what happened is kept.

    python tools/fuzz.py [--count 10000] [--only whatsapp,sms] [--minutes 20] [--seed 1]
    python tools/fuzz.py --only sms --at 4711          one of them again, with the trace of what went wrong

Each is our own fixture after an accident (tests/sources/damaged.py): it must be read, its entries adding up,
or refused with a sentence, within the bounds written there. Number N of a format and a seed is always the
same export, so that a run that is stopped goes on where it was: the state is build/fuzz/SEED/FORMAT.json, the
result benchmarks/results/fuzz-DATE.json. Exits with 1 where one did not survive.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "sources"))

from damaged import ZIPPED, Outcome, damage, outcome  # noqa: E402
from specimens import Specimen, lay, specimens  # noqa: E402

from sosie.sources.base import BUILT_IN  # noqa: E402

STATE, RESULTS = ROOT / "build" / "fuzz", ROOT / "benchmarks" / "results"
BY_ITSELF = 4  # one reading in so many is not told the format
KEPT = 50  # failures described, of each format
TURN = 500  # readings of one format before the next one's turn


@dataclass(slots=True)
class Told:
    """What happened to the damaged exports of one format."""

    n: int = 0
    read: int = 0
    entries: int = 0
    refused: dict[str, int] = field(default_factory=dict)  # the kind of error: how many
    failed: dict[str, int] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)
    cpu_seconds: float = 0.0
    slowest: dict[str, Any] = field(default_factory=lambda: {"seconds": 0.0})
    hungriest: dict[str, Any] = field(default_factory=lambda: {"megabytes": 0.0})

    def add(self, found: Outcome, about: dict[str, int]) -> None:
        """One that survived."""
        if found.refused:
            one_more(self.refused, found.refused)
        self.read += not found.refused
        self.entries += found.entries
        self.cpu_seconds = round(self.cpu_seconds + found.seconds, 4)
        if found.seconds > self.slowest["seconds"]:
            self.slowest = {"seconds": round(found.seconds, 3), **about}
        if found.memory / 2**20 > self.hungriest["megabytes"]:
            self.hungriest = {"megabytes": round(found.memory / 2**20, 1), **about}


class Bench:
    """The whole exports of one format, laid out once; one of them is damaged, read and mended at a time."""

    def __init__(self, form: str, seed: int, folder: Path) -> None:
        self.form, self.seed, self.folder = form, seed, folder
        self.whole: tuple[Specimen, ...] = specimens(form)
        self.exports = [lay(each, folder / str(number)) for number, each in enumerate(self.whole)]

    def read(self, number: int, told: Told) -> None:
        """One damaged export, read and counted."""
        place = number % len(self.whole)
        hurt = damage(self.whole[place], number, self.seed)
        path = lay(hurt, self.folder) / ZIPPED if ZIPPED in hurt else lay(hurt, self.exports[place])
        source = None if number % BY_ITSELF == BY_ITSELF - 1 else self.form
        size = sum(map(len, hurt.values()))
        told.n += 1
        try:
            found = outcome(path, source)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever it is, it is what is looked for
            one_more(told.failed, type(error).__name__)
            if len(told.failures) < KEPT:
                told.failures.append({"number": number, "error": described(error)})
        else:
            if found.refused:
                one_more(told.refused, found.refused)
            else:
                told.read += 1
            told.entries += found.entries
            told.cpu_seconds = round(told.cpu_seconds + found.seconds, 4)
            if found.seconds > told.slowest["seconds"]:
                told.slowest = {"seconds": round(found.seconds, 3), "bytes": size, "number": number}
            if found.memory / 2**20 > told.hungriest["megabytes"]:
                told.hungriest = {
                    "megabytes": round(found.memory / 2**20, 1),
                    "bytes": size,
                    "number": number,
                }
        lay({name: self.whole[place][name] for name in hurt if name != ZIPPED}, self.exports[place])


def one_more(counts: dict[str, int], what: str) -> None:
    counts[what] = counts.get(what, 0) + 1


def described(error: BaseException) -> str:
    """The kind, the words and the last place in our own code."""
    frame, place = error.__traceback__, ""
    while frame:
        code = frame.tb_frame.f_code
        place = f"{Path(code.co_filename).name}:{frame.tb_lineno}" if "sosie" in code.co_filename else place
        frame = frame.tb_next
    return f"{type(error).__name__} {place}: {str(error)[:200]}"


def run(told: dict[str, Told], asked: argparse.Namespace) -> None:
    """All formats in turns of TURN, so that a run that is stopped has done some of each."""
    deadline = time.monotonic() + 60 * asked.minutes
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        benches = {form: Bench(form, asked.seed, Path(folder) / form) for form in told}
        while left := [form for form in told if told[form].n < asked.count]:
            for form in left:
                end = min(told[form].n + TURN, asked.count)
                while told[form].n < end and time.monotonic() < deadline:
                    benches[form].read(told[form].n, told[form])
                write(state(form, asked.seed), asdict(told[form]))
                print(f"{form:16} {told[form].n:6} {told[form].failed or ''}", file=sys.stderr)
            if time.monotonic() >= deadline:
                return


def state(form: str, seed: int) -> Path:
    return STATE / str(seed) / f"{form}.json"


def write(path: Path, told: dict[str, Any]) -> None:
    """All of it or nothing: a run may be stopped at any time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)


def again(form: str, number: int, seed: int) -> None:
    """One damaged export on its own: what it gives, or the trace."""
    with tempfile.TemporaryDirectory() as folder:
        whole = specimens(form)
        hurt = damage(whole[number % len(whole)], number, seed)
        path = lay(whole[number % len(whole)], Path(folder) / "export")
        path = lay(hurt, Path(folder)) / ZIPPED if ZIPPED in hurt else lay(hurt, path)
        kept = STATE / f"{form}-{number}"
        shutil.rmtree(kept, ignore_errors=True)
        lay(hurt, kept)
        print(kept, outcome(path, None if number % BY_ITSELF == BY_ITSELF - 1 else form))


def commit() -> str:
    """Of this tree, with a + where something is not in it."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True, cwd=ROOT
    )
    return told.stdout.strip() or "unknown"


def before(form: str, seed: int) -> Told:
    """What an earlier run left, or nothing."""
    path = state(form, seed)
    return Told(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else Told()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=10_000, help="damaged exports of each format")
    parser.add_argument("--only", help="formats, between commas")
    parser.add_argument("--minutes", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at", type=int, help="one number alone")
    parser.add_argument("--afresh", action="store_true", help="forget what an earlier run left")
    asked = parser.parse_args()
    forms = asked.only.split(",") if asked.only else list(BUILT_IN)
    if asked.at is not None:
        again(forms[0], asked.at, asked.seed)
        return 0
    if asked.afresh:
        for form in forms:
            state(form, asked.seed).unlink(missing_ok=True)
    run({form: before(form, asked.seed) for form in forms}, asked)
    return keep(asked)


def keep(asked: argparse.Namespace) -> int:
    """The result of all formats so far, on the disk and on the screen; 1 where something did not survive."""
    told = {form: asdict(before(form, asked.seed)) for form in BUILT_IN}
    failed = sum(sum(each["failed"].values()) for each in told.values())
    read = sum(each["n"] for each in told.values())
    path = RESULTS / f"fuzz-{datetime.now(UTC):%Y%m%d}.json"
    date = datetime.now(UTC).isoformat(timespec="seconds")
    about = {"date": date, "commit": commit(), "python": sys.version.split()[0], "seed": asked.seed}
    write(path, about | {"asked_for": asked.count, "read": read, "failed": failed, "formats": told})
    print(f"{read} damaged exports, {failed} that did not survive: {path}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Each verb is killed (SIGKILL), or its disk is full, at moments drawn at random; then it is done again.

    python tools/kill_verbs.py [--kills 30] [--full 10] [--seed 7] [--only import,train]

 before ── the verb, left alone, twice ──> what it gives; files that differ between the two are dated
 before ── killed at a moment of its time, or on a disk too small ──> what was there is whole
        ── the verb again (train: --resume) ──> what it gives left alone, and no draft left behind

A disk is a tmpfs, which only root may mount: elsewhere no disk is filled. Prints one JSON line a verb and a
last one with the sums; exits with 1 where anything was lost.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from told_verbs import SETTINGS, Verb, again, verbs

from sosie.cli.main import _run
from sosie.models import tiny
from sosie.train import checkpoint

PAGE, SPARE, ROOMY = 4096, 4096, 1 << 30  # bytes of a tmpfs


@dataclass
class Counts:
    verb: str
    killed: int = 0
    full: int = 0
    untouched: int = 0  # it was done before its moment came
    wrong: list[str] = field(default_factory=list)


def do(words: tuple[str, ...], folder: Path, after: float | None = None) -> tuple[int, dict[str, Any]]:
    """A verb in a process of its own, killed `after` so many seconds: its exit code, and its JSON."""
    with tempfile.TemporaryFile() as told:
        child = os.fork()
        if not child:
            with suppress(BaseException):
                os._exit(do_here(words, folder, told.fileno()))
            os._exit(99)
        if after is not None:
            time.sleep(after)
            os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        told.seek(0)
        text = told.read()
    return code, json.loads(text) if text.strip() and code >= 0 else {}


def do_here(words: tuple[str, ...], folder: Path, out: int) -> int:
    """The verb in this process, which writes nowhere but in the folder."""
    os.umask(0o077)
    os.environ |= {"SOSIE_CACHE": str(folder / "cache"), "TMPDIR": str(folder)}
    tempfile.tempdir = None
    os.dup2(out, 1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    code = _run([*words, "--folder", str(folder), "--json"])
    sys.stdout.flush()
    return code


def tree(folder: Path) -> dict[str, str]:
    """Every file of a folder by its sha256; the cache is nobody's work."""
    files = (path for path in folder.rglob("*") if path.is_file() and "cache" not in path.parts)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def pages(path: Path) -> int:
    """The bytes that a file or a folder takes there."""
    return -(-path.stat().st_size // PAGE) * PAGE


@contextmanager
def disk(place: Path, size: int) -> Iterator[Path]:
    """A folder on a disk of its own, of so many bytes."""
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], check=True)
    try:
        yield place / "moi"
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def can_mount(place: Path) -> bool:
    try:
        with disk(place, SPARE):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


class Trial:
    """One verb: what was there, what it gives left alone, and how long that takes."""

    def __init__(self, verb: Verb, place: Path) -> None:
        self.verb, self.place, self.before = verb, place, place / "before"
        shutil.rmtree(place, ignore_errors=True)
        self.before.mkdir(parents=True)
        self.model = tiny.make(place.parent / "petit")
        self.settle(180)
        for words in verb.earlier:
            code, told = do(words, self.before)
            assert code == 0, (words, told)
        self.settle(verb.silence)
        self.there = tree(self.before)
        first, second = self.alone(), self.alone()
        assert first.keys() == second.keys(), first.keys() ^ second.keys()
        tells_its_minute = {name for name in first if name.endswith("report.html")}
        self.dated = {name for name in first if first[name] != second[name]} | tells_its_minute
        self.wanted = first

    def settle(self, silence: int) -> None:
        kept = self.before / "sosie.toml"
        old = kept.read_text(encoding="utf-8") if kept.is_file() else ""
        said, before = (SETTINGS.format(silence=each, model=self.model) for each in (silence, 180))
        kept.write_text(said + old.removeprefix(before), encoding="utf-8")

    def alone(self) -> dict[str, str]:
        folder = shutil.copytree(self.before, self.place / "alone")
        started = time.monotonic()
        code, told = do(self.verb.words, folder)
        self.seconds = time.monotonic() - started  # the second time, when nothing is loaded any more
        assert code == 0, (self.verb, told)
        found = tree(folder)
        self.written = sum(pages(folder / name) for name in found if found[name] != self.there.get(name))
        shutil.rmtree(folder)
        return found

    def kill(self, chance: random.Random, counts: Counts) -> None:
        folder = shutil.copytree(self.before, self.place / "moi")
        moment = chance.random() * self.seconds
        code, _ = do(self.verb.words, folder, moment)
        counts.killed += code == -signal.SIGKILL
        counts.untouched += code == 0
        self.check(folder, counts, f"killed after {moment:.3f} s", code in (0, -signal.SIGKILL))
        shutil.rmtree(folder)

    def fill(self, chance: random.Random, counts: Counts) -> None:
        files = filter(Path.is_file, self.before.rglob("*"))
        size = sum(map(pages, files)) + SPARE + int(chance.random() * self.written)
        with disk(self.place / "disk", size) as folder:
            shutil.copytree(self.before, folder)
            code, told = do(self.verb.words, folder)
            counts.full += code == 3
            counts.untouched += code == 0
            good = code == 0 or told.get("error", {}).get("kind") == "NoRoom"
            subprocess.run(["mount", "-o", f"remount,size={ROOMY}", str(folder.parent)], check=True)
            self.check(folder, counts, f"on a disk of {size} bytes", good)

    def check(self, folder: Path, counts: Counts, when: str, ended_well: bool) -> None:
        """What was there is whole; done again, all is as if nothing had happened."""
        found = tree(folder)
        whole = all(found.get(name) in (self.there[name], self.wanted.get(name)) for name in self.there)
        code, told = do(again(self.verb.words, folder), folder)
        after = tree(folder)
        other = {
            name for name in self.wanted.keys() | after.keys() if after.get(name) != self.wanted.get(name)
        }
        wrong = sorted(other - (self.dated & after.keys()))
        if not ended_well or not whole or code or wrong:
            counts.wrong.append(
                f"{when}: {'' if ended_well else 'badly told; '}{whole=} {code=} {told} {wrong}"
            )


def measure(verb: Verb, place: Path, kills: int, full: int, seed: int) -> Counts:
    trial, counts, chance = Trial(verb, place), Counts(verb.name), random.Random(f"{seed} {verb.words}")
    while counts.killed < kills:
        trial.kill(chance, counts)
    for _ in range(full if can_mount(place / "disk") else 0):
        trial.fill(chance, counts)
    return counts


def say(line: str) -> None:
    """At once: what waits in a buffer would be written by each child too."""
    print(line, flush=True)


def load_libraries() -> None:
    """All that verbs import, before any fork: moments fall in the verb and not in imports."""
    import accelerate  # noqa: F401
    import peft  # noqa: F401
    import torch
    from transformers.models.mistral import modeling_mistral  # noqa: F401

    torch.set_num_threads(1)
    checkpoint.EVERY_SECONDS = 0.05


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--full", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", default="import,prepare,train,evaluate,export")
    asked = parser.parse_args(arguments)
    load_libraries()
    done = []
    with tempfile.TemporaryDirectory(prefix="kill-verbs-") as place:
        exports = Path(place)
        chosen = [verb for verb in verbs(exports) if verb.name in asked.only.split(",")]
        for verb in chosen:
            share = sum(other.name == verb.name for other in chosen)
            kills, full = -(-asked.kills // share), -(-asked.full // share)
            done.append(measure(verb, exports / "work", kills, full, asked.seed))
            say(json.dumps(vars(done[-1]), ensure_ascii=False))
    sums = {name: sum(getattr(each, name) for each in done) for name in ("killed", "full", "untouched")}
    say(json.dumps({**sums, "wrong": sum(len(each.wrong) for each in done)}))
    return int(any(each.wrong for each in done))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

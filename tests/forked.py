"""A verb in a process of its own, whose end, words, time and memory are measured.

    told(["inspect", path])  ->  Told(code=3, result={"error": {...}}, seconds=0.2, ...)

The process is a fork: what the tests import is there already, and what a verb imports is there for the next.
It is killed where it does not end by itself.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from sosie.cli.main import _run

SECONDS = 5.0  # of CPU, for anything that is refused
NOISE = 2  # this many times as much where machines are shared
MEMORY = 1 << 30  # bytes at the peak, over what the tests hold
LONGEST_WAIT = 120.0


@dataclass(frozen=True, slots=True)
class Told:
    code: int | None  # None: it had to be killed
    words: str  # all that it wrote
    seconds: float  # of CPU
    memory: int  # bytes at the peak, over what the tests hold
    result: dict = field(default_factory=dict)

    @property
    def error(self) -> dict:
        return self.result.get("error", {})


def told(words: list) -> Told:
    """What a verb said with --json, and what it cost."""
    before = _held()
    with tempfile.TemporaryFile() as heard, tempfile.TemporaryFile() as imported:
        child = os.fork()
        if not child:
            _child([*map(str, words), "--json"], heard.fileno(), imported.fileno())
        code, usage = _waited(child)
        heard.seek(0)
        said = heard.read().decode("utf-8", "replace")
        imported.seek(0)
        _import_for_the_next(imported.read().decode().split())
    peak = max(0, (usage.ru_maxrss << 10) - before)
    return Told(code, said, usage.ru_utime + usage.ru_stime, peak, _said(said))


def _child(words: list[str], heard: int, imported: int) -> None:
    code = 99
    gc.freeze()  # to look through what the tests hold would copy it
    known = set(sys.modules)
    try:
        os.dup2(heard, 1)
        os.dup2(heard, 2)
        sys.stdout, sys.stderr = (os.fdopen(os.dup(heard), "w", buffering=1) for _ in range(2))
        code = _run(words)
        os.write(imported, "\n".join(name for name in sys.modules if name not in known).encode())
    finally:
        os._exit(code)


def _import_for_the_next(names: list[str]) -> None:
    """Import what a verb had to: two thirds of what a refusal takes, and the same in each process."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _waited(child: int) -> tuple[int | None, "os.struct_rusage"]:
    end, handle = time.monotonic() + LONGEST_WAIT, os.pidfd_open(child)
    try:
        over = bool(select.select([handle], [], [], end - time.monotonic())[0])
    finally:
        os.close(handle)
    if not over:
        os.kill(child, 9)
    _, status, usage = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status) if over else None, usage


def _held() -> int:
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _said(said: str) -> dict:
    """The one object that --json writes."""
    lines = [line for line in said.split("\n") if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {}


def told_in_time(words: list) -> Told:
    """What a verb said, in little time and memory, and without a trace."""
    found = told(words)
    assert "Traceback" not in found.words and "Warning" not in found.words, found.words[-2000:]
    assert found.code in (0, 3), f"code {found.code}: {found.words[-2000:]}"
    assert found.seconds < SECONDS * NOISE, f"{found.seconds:.1f} s of CPU"
    assert found.memory < MEMORY, f"{found.memory >> 20} MB"
    return found


def refused(words: list) -> Told:
    """A verb that must say no: one French sentence and a mend."""
    found = told_in_time(words)
    assert found.code == 3, found.words[-2000:]
    message, mend = found.error["message"], found.error["mend"]
    assert message.endswith((".", " !")) and mend and "prévue" not in message, message
    assert (message + mend).isprintable() and len(message + mend) < 1500, message[:300]
    return found

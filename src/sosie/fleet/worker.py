"""A worker process: `python -m sosie.fleet.worker`, tasks on stdin, what becomes of them on stdout, as JSON.

 {"verb": "train", "person": "lea", ...}  ->  {"event": {"kind": "step", "done": 3, "total": 40}} ...
                                          ->  {"outcome": {...}}

It says nothing else anywhere: what libraries print goes nowhere. It ends at once when its stdin is closed, by
whoever started it or by their end; what a training had saved is taken up by the next worker.
"""

import gc
import json
import os
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any

from sosie.core.progress import Event
from sosie.fleet.tasks import Task, perform
from sosie.train.memory_meter import trim_freed_memory

SAID_EVERY = 0.5  # seconds between two events


def main() -> None:
    os.umask(0o077)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    asked: SimpleQueue[str] = SimpleQueue()
    Thread(target=hear, args=(sys.stdin, asked), daemon=True).start()
    from sosie.fleet.resident import ResidentBase

    base, said = ResidentBase(), 0.0

    def say(**what: Any) -> None:
        answers.write(json.dumps(what) + "\n")
        answers.flush()

    def report(event: Event) -> None:
        nonlocal said
        if time.monotonic() - said >= SAID_EVERY:
            said = time.monotonic()
            say(event={"kind": event.kind, "done": event.done, "total": event.total})

    began: dict[str, Any] = {"start_seconds": seconds_since_birth()}  # told with the first person
    while True:
        task = Task(**json.loads(asked.get()))
        cpu = time.process_time()
        outcome = asdict(perform(task, base, report))
        outcome["facts"] |= {"cpu_seconds": round(time.process_time() - cpu, 3), **began}
        began = {}
        let_go()
        say(outcome=outcome)


def let_go() -> None:
    """What the person before left is freed, also where it refers to itself, and given back to the machine."""
    gc.collect()
    trim_freed_memory()


def seconds_since_birth() -> float:
    """Of this process, its imports included; 0 where the system does not say (proc(5), starttime)."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        born = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return round(time.clock_gettime(time.CLOCK_BOOTTIME) - born, 2)
    except (OSError, ValueError, AttributeError):
        return 0.0


def hear(stdin: IO[str], asked: "SimpleQueue[str]") -> None:
    """Each line, until the end: then this process ends, whatever it is at."""
    for line in stdin:
        asked.put(line)
    os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell had it ignored
    try:
        main()
    except KeyboardInterrupt:
        os._exit(0)  # a training has saved where it is

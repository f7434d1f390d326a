"""Worker processes of this machine: each does one person at a time, the next one as soon as it is free.

 tasks --(one at a time)--> worker 1, 2 ... N  -->  outcomes, as they come

A worker that dies is replaced and its person tried again, a few times; one that says nothing for too long is
killed and its person set aside. Memory holds a task and an outcome for each worker, however many people.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Protocol

from sosie.core.french_text import duration
from sosie.fleet.journal import Outcome
from sosie.fleet.tasks import Task

Hear = Callable[[int, str, dict[str, Any]], None]  # the worker's number, the person, an event's record
SAVED_WITHIN = 30.0  # seconds, for a training that is stopped
READ_BYTES = 1 << 16
NO_NEWS, DIED = "Silent", "Stopped"  # kinds of outcomes


class Pool(Protocol):
    """Whatever does tasks: processes here, or Ray."""

    def run(self, tasks: Iterator[Task], hear: Hear) -> Iterator[Outcome]: ...


class ProcessPool:
    """`held`: descriptors that the workers keep open, so that locks last as long as they do."""

    def __init__(
        self, count: int, silent_seconds: float, tries: int, threads: int = 1, held: tuple[int, ...] = ()
    ) -> None:
        self._silent, self._tries = silent_seconds, tries
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        self._workers = [Worker(number, environment, held) for number in range(count)]

    def run(self, tasks: Iterator[Task], hear: Hear) -> Iterator[Outcome]:
        """Closing this stops the workers: a training saves where it is."""
        ready: SimpleQueue[Outcome | Exception | None] = SimpleQueue()
        lock = Lock()

        def work(worker: Worker) -> None:
            try:
                while True:
                    with lock:
                        task = next(tasks, None)
                    if task is None or worker.stopping:
                        return
                    if outcome := self._done(worker, task, hear):
                        ready.put(outcome)
            except Exception as error:
                ready.put(error)
            finally:
                ready.put(None)

        threads = [Thread(target=work, args=(worker,), daemon=True) for worker in self._workers]
        try:
            for thread in threads:
                thread.start()
            left = len(threads)
            while left:
                item = ready.get()
                left -= item is None
                if isinstance(item, Exception):
                    raise item
                if item:
                    yield item
        finally:
            for worker in self._workers:
                worker.ask_to_stop()
            for worker in self._workers:
                worker.close()

    def _done(self, worker: "Worker", task: Task, hear: Hear) -> Outcome | None:
        """The task's outcome; None where we are told to stop meanwhile."""
        started = time.monotonic()
        for _ in range(self._tries):
            try:
                if outcome := worker.ask(task, self._silent, hear):
                    return outcome
            except TimeoutError:
                worker.kill()
                told = f"Aucune nouvelle depuis {duration(self._silent)} : son processus a été arrêté."
                return Outcome(task.person, NO_NEWS, told, round(time.monotonic() - started, 3))
            if worker.stopping:
                return None
        told = f"Son processus s'est arrêté {self._tries} fois sans dire pourquoi (mémoire ?)."
        return Outcome(task.person, DIED, told, round(time.monotonic() - started, 3))


class Worker:
    """A process that is started when there is something for it to do."""

    def __init__(self, number: int, environment: dict[str, str], held: tuple[int, ...]) -> None:
        self.number, self.stopping = number, False
        self._environment, self._held = environment, held
        self._process: subprocess.Popen[bytes] | None = None
        self._kept = b""

    def ask(self, task: Task, silent_seconds: float, hear: Hear) -> Outcome | None:
        """The outcome; None where the process died. TimeoutError where it says nothing for so long."""
        process = self._started()
        assert process.stdin and process.stdout
        try:
            process.stdin.write(json.dumps(asdict(task)).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            self.kill()
            return None
        while True:
            for record in self._records(process.stdout.fileno(), silent_seconds):
                if "outcome" in record:
                    return Outcome(**record["outcome"])
                hear(self.number, task.person, record["event"])
            if self._process is None:
                return None

    def _records(self, pipe: int, silent_seconds: float) -> Iterator[dict[str, Any]]:
        """What has come, once something has; the process is gone where nothing more can."""
        if not select.select([pipe], [], [], silent_seconds)[0]:
            raise TimeoutError
        data = os.read(pipe, READ_BYTES)
        if not data:
            self.kill()
            return
        *lines, self._kept = (self._kept + data).split(b"\n")
        yield from map(json.loads, lines)

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            self._kept = b""
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sosie.fleet.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=self._environment,
                pass_fds=self._held,
                start_new_session=True,  # a Ctrl-C is ours to pass on
            )
        return self._process

    def ask_to_stop(self) -> None:
        self.stopping = True
        if process := self._process:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """Wait for what it saves, then end it."""
        if process := self._process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(SAVED_WITHIN)
        self.kill()

    def kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()

"""A model's own chat template, rendered in a process of its own, which may be stopped.

A template is a program that came with a file: it may loop for ever, or ask for all the memory there is.
transformers keeps it from reading files and from calling code, and does not count its time. So:

 here      render(template, [{"role": "user", "content": "\ue0000\ue001"}], {"eos_token": "</s>"})  -> text
 there     transformers' own function; a second of processor and 512 MB for each rendering, 16 MB of text

The process starts with the first rendering, serves them all, one after another, and ends with ours; after
one that had to be stopped, another is started. Not covered: what a template says; where the system has no
such limits (Windows), only a minute's wait stops it.
"""

import atexit
import json
import math
import os
import select
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sosie.core.errors import BadData

SECONDS, MEMORY, MOST_TEXT = 1, 512 << 20, 16 << 20
LONGEST_WAIT = 60.0
ENDLESS = "endless"
TEMPLATE_MEND = "Prenez un modèle du catalogue, ou corrigez le « chat_template » de son tokenizer."


class Renderer:
    """The rendering process. Any thread may ask it; after a fork another one is started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, job: bytes) -> dict[str, str]:
        """The answer to a job; {"refused": "endless"} where it had to be stopped."""
        with self._lock:
            process = self._started()
            answer = b""
            try:
                assert process.stdin and process.stdout
                process.stdin.write(job + b"\n")
                process.stdin.flush()
                if select.select([process.stdout], [], [], LONGEST_WAIT)[0]:
                    answer = process.stdout.readline()
            except BrokenPipeError:
                pass  # answered below
            finally:
                if not answer.endswith(b"\n"):  # stopped by its limits, by us, or by Ctrl-C
                    self.close()
            return json.loads(answer) if answer.endswith(b"\n") else {"refused": ENDLESS}

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process and self._process.poll() is not None:
            self.close()
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            if not (self._process.stdout and self._process.stdout.readline()):
                raise RuntimeError("the process that renders chat templates does not start")
        return self._process

    def close(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            process.communicate()

    def forget(self) -> None:
        """After a fork: the process is the other one's, and so is the lock that it may hold."""
        process, self._process, self._lock = self._process, None, threading.Lock()
        if process and process.stdin and process.stdout:
            process.stdin.close()
            process.stdout.close()
            process.returncode = 0  # not ours to wait for


RENDERER = Renderer()
atexit.register(RENDERER.close)
if sys.platform != "win32":
    os.register_at_fork(after_in_child=RENDERER.forget)


def render_jinja(template: str, messages: Sequence[Mapping[str, str]], variables: Mapping[str, Any]) -> str:
    """The template's output for these messages; empty if it refuses them. BadData if it is stopped."""
    job = json.dumps([template, list(messages), dict(variables)], default=str)
    answer = RENDERER.ask(job.encode())
    if answer.get("refused") == ENDLESS:
        raise BadData(
            "Le format de conversation de ce modèle (chat_template) ne finit pas, ou prend trop de mémoire.",
            TEMPLATE_MEND,
        )
    return answer.get("text", "")


def serve() -> None:
    """Answer the jobs of standard input, each within its limits, until there are no more."""
    import signal

    from transformers.utils.chat_template_utils import render_jinja_template

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C stops an answer; this ends with its input
    limit_memory()
    print("{}", flush=True)
    for line in sys.stdin.buffer:
        template, messages, variables = json.loads(line)
        limit_seconds()
        try:
            rendered: Any = render_jinja_template([messages], chat_template=template, **variables)
            text = rendered[0][0]
            answer = {"text": text} if len(text) <= MOST_TEXT else {"refused": ENDLESS}
            reply = json.dumps(answer)
        except MemoryError:
            reply = json.dumps({"refused": ENDLESS})
        except Exception:  # a template may raise anything
            reply = json.dumps({"refused": "dialogue"})
        print(reply, flush=True)


def limit_memory() -> None:
    import resource

    with suppress(OSError, ValueError):  # elsewhere than on Linux; where less is allowed already
        used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_seconds() -> None:
    """Limit the CPU time from now on, so that a busy machine stops no rendering."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    most = math.ceil(used.ru_utime + used.ru_stime) + SECONDS
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    serve()

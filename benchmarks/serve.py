"""What `sosie serve` and llama.cpp behind it hold: each bar is measured in a process of its own.

    .venv/bin/python -m benchmarks.serve [--only streams hangups layer end decode turn] [--shape 7b]

    streams   50 clients at once, 24 tokens each: how many whole, the slowest beside the fastest
    hangups   1,000 clients that leave: how soon the engine has stopped, threads and memory left behind
    layer     processor of our HTTP a token, with an engine that costs nothing
    end       SIGTERM in the middle of streams: how many are whole
    decode    tokens a CPU-second of our stream beside those of llama.cpp's own /completion
    turn      the second turn of a long history: what of its prompt is computed, its first token's wait

`streams` and `hangups` run on random weights of mini's shape, whose answers do not end by themselves;
`decode` and `turn` run on mini in 8 bits, and on a file of random 4-bit weights (`--shape`, random_gguf.py).
Linux: processor and memory are read in /proc. Times on shared cores vary; ratios are medians of turns.
"""

import argparse
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import random_gguf
from benchmarks.train import write_result
from sosie.core.dialogue import Turn
from sosie.core.sampling import Sampling
from sosie.engines.base import complete
from sosie.engines.gguf import Gguf, open_gguf

CLIENTS, LEAVING, WARMING, COUNTED = 50, 1000, 100, 50
FREE = """
import sys
from sosie.engines.base import Usage
from sosie.engines.echo import Echo
from sosie.server import run
from sosie.server.doubles import Doubles
class Free(Echo):
    def stream(self, turns, sampling):
        for _ in range(sampling.max_tokens):
            yield " mot"
        return Usage(tokens=sampling.max_tokens)
listening = run.listen("127.0.0.1", 0)
print(f"http://127.0.0.1:{listening.getsockname()[1]}/v1", flush=True)
run.make_server(Doubles([Free()]), "127.0.0.1").run(sockets=[listening])
"""
DRAWN = Sampling(temperature=1.0, top_p=1.0, repetition_penalty=1.0, max_tokens=512)
STORY = "Il était une fois, dans une petite maison près de la mer, une fille qui aimait les bateaux. "


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[str]
    host: str

    def ask(self, text: str, most: int) -> http.client.HTTPConnection:
        body = {"messages": [{"role": "user", "content": text}], "stream": True, "max_tokens": most}
        line = http.client.HTTPConnection(self.host, timeout=300)
        line.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
        return line

    def running(self) -> int:
        line = http.client.HTTPConnection(self.host, timeout=30)
        line.request("GET", "/metrics")
        told = line.getresponse().read().decode()
        line.close()
        return int(re.findall(r"sosie_answers_running\{.*\} (\d+)", told)[0])


@contextmanager
def server(*command: str) -> Iterator[Running]:
    """A server in a process of its own, until the end."""
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = ""
        while not (found := re.search(r"http://([\d.:]+)/v1", told)):
            told += process.stdout.readline()
            assert process.poll() is None, told
        try:
            yield Running(process, found[1])
        finally:
            process.terminate()


def served(model: str) -> tuple[str, ...]:
    folder = tempfile.gettempdir()
    return ("-m", "sosie", "serve", "--double", model, "--engine", "gguf", "--port", "0", "--folder", folder)


def whole(text: bytes) -> bool:
    return text.endswith(b"data: [DONE]\n\n") and b'"finish_reason":"' in text and b'"error"' not in text


def streams(file: Path) -> dict[str, Any]:
    with server(*served(str(file))) as running, ThreadPoolExecutor(CLIENTS) as clients:

        def client(number: int) -> tuple[bool, float]:
            started = time.perf_counter()
            line = running.ask(f"raconte l'histoire numéro {number}", 24)
            text = line.getresponse().read()
            line.close()
            return whole(text), time.perf_counter() - started

        client(0)
        told = [*clients.map(client, range(CLIENTS))]
    seconds = [took for _, took in told]
    ratio = max(seconds) / min(seconds)
    lost = sum(not well for well, _ in told)
    row = {"clients": CLIENTS, "lost": lost, "fastest": min(seconds), "slowest": max(seconds)}
    return {**row, "slowest_to_fastest": ratio, "held": not lost and ratio <= 4}


def hangups(file: Path) -> dict[str, Any]:
    with server(*served(str(file))) as running:
        pid = running.process.pid
        child = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
        waits = [leave(running) for _ in range(WARMING)]
        before = [threads(pid), memory(pid), memory(child)]
        waits = [leave(running) for _ in range(LEAVING)]
        after = [threads(pid), memory(pid), memory(child)]
        drawn = tokens_after(running, child)
    grown = [new / old - 1 for old, new in zip(before[1:], after[1:], strict=True)]
    row = {"clients": LEAVING, "threads": [before[0], after[0]], "memory_grown": grown}
    row |= {"stopped_within_median": statistics.median(waits), "stopped_within_worst": max(waits)}
    row |= {"later_than_0.2_s": sum(wait > 0.2 for wait in waits)}
    row |= {"tokens_after_median": statistics.median(drawn), "tokens_after_worst": max(drawn)}
    return {**row, "held": max(waits) <= 0.2 and after[0] <= before[0] and max(grown) <= 0.05}


def leave(running: Running) -> float:
    """Hang up after the first bytes; the seconds until nothing runs any more, as /metrics tells it."""
    line = running.ask("raconte", 1024)
    assert line.sock
    line.sock.recv(1000)
    line.close()
    left = time.perf_counter()
    while running.running():
        time.sleep(0.002)
    return time.perf_counter() - left


def tokens_after(running: Running, child: int) -> list[float]:
    """What llama.cpp still computes for clients that left, in tokens, by its processor and not the clock."""
    before = processor(child)
    line = running.ask("raconte", 200)
    line.getresponse().read()
    token = (processor(child) - before) / 200
    spent = []
    for _ in range(COUNTED):
        line = running.ask("raconte", 1024)
        assert line.sock
        line.sock.recv(1000)
        before = processor(child)
        line.close()
        time.sleep(0.5)
        spent.append((processor(child) - before) / token)
    return spent


def layer(file: Path) -> dict[str, Any]:
    tokens, answers = 500, 20
    with server("-c", FREE) as running:
        for measured in (False, True):
            before = whole_processor(running.process.pid)
            for _ in range(answers if measured else 2):
                line = running.ask("a", tokens)
                assert line.getresponse().read().count(b" mot") == tokens
                line.close()
        took = 1000 * (whole_processor(running.process.pid) - before) / (tokens * answers)
    return {"cpu_ms_a_token": took, "held": took <= 1}


def end(file: Path) -> dict[str, Any]:
    with server(*served("mini")) as running, ThreadPoolExecutor(8) as clients:
        lines = [running.ask(f"raconte {number}", 200) for number in range(8)]
        answers = [line.getresponse() for line in lines]
        running.process.send_signal(signal.SIGTERM)
        told = [*clients.map(lambda answer: whole(answer.read()), answers)]
        status = running.process.wait(60)
    return {"streams": len(told), "whole": sum(told), "status": status, "held": all(told)}


def decode(file: Path) -> dict[str, Any]:
    return on_both(file, decode_on)


def decode_on(engine: Gguf, rounds: int, tokens: int) -> dict[str, Any]:
    """Turn by turn, the same prompt and length, through our stream and through /completion streamed."""
    asked = replaced(engine, tokens)
    complete(asked(0))
    ours, alone = [], []
    for number in range(rounds):
        ours.append(rate(engine, lambda number=number: complete(asked(number))[1].tokens))
        alone.append(rate(engine, lambda number=number: completion(engine, number, tokens)))
    ratio = statistics.median(one / other for one, other in zip(ours, alone, strict=True))
    row = {"ours": statistics.median(ours), "alone": statistics.median(alone), "ratio": ratio}
    return {**row, "held": ratio >= 0.9}


def replaced(engine: Gguf, tokens: int) -> Callable[[int], Any]:
    """Our stream, whose model is kept from ending: answers of one length."""
    own = engine._server.complete
    engine._server.complete = lambda asked: own({**asked, "ignore_eos": True})  # type: ignore[method-assign]
    settings = {name: getattr(DRAWN, name) for name in DRAWN.__slots__}
    return lambda seed: engine.stream(
        [Turn("user", STORY)], Sampling(**{**settings, "seed": seed, "max_tokens": tokens})
    )


def completion(engine: Gguf, seed: int, tokens: int) -> int:
    """llama.cpp alone: its stream read as bytes, and no more."""
    asked = {"prompt": engine._prompt([Turn("user", STORY)], DRAWN), "n_predict": tokens, "seed": seed}
    asked |= {"top_k": 0, "top_p": 1.0, "temperature": 1.0, "stream": True, "ignore_eos": True}
    asked |= {"samplers": ["temperature"], "cache_prompt": True}
    headers = {"Authorization": f"Bearer {engine._server._key}", "Content-Type": "application/json"}
    line = http.client.HTTPConnection(engine._server._address)
    line.request("POST", "/completion", json.dumps(asked), headers)
    answer = line.getresponse()
    while answer.read1(1 << 16):
        pass
    line.close()
    return tokens


def rate(engine: Gguf, run: Callable[[], int]) -> float:
    """Tokens a CPU-second of this process and of llama.cpp's."""
    pids = (os.getpid(), engine._server._process.pid)
    before = sum(map(processor, pids))
    tokens = run()
    return tokens / (sum(map(processor, pids)) - before)


def turn(file: Path) -> dict[str, Any]:
    return on_both(file, turn_on)


def turn_on(engine: Gguf, rounds: int, tokens: int) -> dict[str, Any]:
    """A history as long as the context lets it be, up to 1,000 tokens; then a short question on it."""
    few = Sampling(**{name: getattr(DRAWN, name) for name in DRAWN.__slots__} | {"max_tokens": 4, "seed": 1})
    most = min(1000, engine._server.context - 60)
    history = STORY * (most // engine.tokens(STORY))
    first, cold = complete(engine.stream([Turn("user", history)], few))
    asked = [Turn("user", history), Turn("assistant", first), Turn("user", "et après ?")]
    _, warm = complete(engine.stream(asked, few))
    computed = (warm.prompt - warm.reused) / warm.prompt
    waits = warm.first_seconds / cold.first_seconds
    row = {
        "prompt": warm.prompt,
        "computed": computed,
        "first_seconds": [cold.first_seconds, warm.first_seconds],
    }
    return {**row, "first_token_to_first_turn": waits, "held": computed <= 0.03 and waits <= 0.2}


def on_both(file: Path, measure: Callable[[Gguf, int, int], dict[str, Any]]) -> dict[str, Any]:
    """On mini in 8 bits, then on the file of random weights."""
    rows = {}
    for name, rounds, tokens in (("mini", 9, 512), (str(file), 3, 24)):
        engine = open_gguf(name)
        rows[Path(name).stem] = measure(engine, rounds, tokens)
        engine.close()
    return {**rows, "held": all(row["held"] for row in rows.values())}


def processor(pid: int) -> float:
    """Seconds of processor of a process so far, those of its threads that ended left out."""
    tasks = Path(f"/proc/{pid}/task")
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9


def whole_processor(pid: int) -> float:
    """The same with those, in hundredths."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> int:
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return 1024 * int(kilobytes)


def threads(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/task"))


BARS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "streams": streams,
    "hangups": hangups,
    "layer": layer,
    "end": end,
    "decode": decode,
    "turn": turn,
}


def measured(name: str, file: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", __spec__.name, "--child", name, str(file)]
    done = subprocess.run(command, capture_output=True)
    if done.returncode:
        sys.exit(done.stderr.decode()[-3000:])
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=BARS, default=list(BARS))
    parser.add_argument("--shape", choices=random_gguf.SHAPES, default="1b")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(BARS[given.child[0]](Path(given.child[1]))))
        return
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in given.only:
            file = Path(folder) / f"{'small' if name in ('streams', 'hangups') else given.shape}.gguf"
            if not file.exists():
                random_gguf.write(file, file.stem)
            rows[name] = measured(name, file)
            print(name, json.dumps(rows[name]), flush=True)
    write_result("serve", rows)
    sys.exit(not all(row["held"] for row in rows.values()))


if __name__ == "__main__":
    main()

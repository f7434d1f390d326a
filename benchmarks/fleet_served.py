"""The parts of benchmarks/fleet.py that answer, and that run on Ray: its doubles are needed, and its people.

.venv/bin/python -m benchmarks.fleet_served PEOPLE      on Ray, in this very network namespace
"""

import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.fleet_people import adapters, kill, make_people
from sosie.core.dialogue import Turn
from sosie.core.digests import sha256_of
from sosie.core.double import ADAPTER, Double
from sosie.core.progress import Event
from sosie.core.sampling import Sampling
from sosie.core.settings import Fleet
from sosie.core.workspace import Workspace
from sosie.engines.base import complete
from sosie.engines.open_local import open_local
from sosie.fleet.run import run_fleet
from sosie.models.catalogue import find
from sosie.models.load import load
from sosie.train.lora import trainable_weights, write_adapter

CLOCKS = ("", "_cpu")
SERVED, ROOM, STREAMS, ROUNDS, TOKENS = 100, 10, 64, 2, 16
ASKED = (Turn("user", "tu viens ce soir ?"),)


def make_doubles(root: Path, count: int = SERVED) -> Path:
    """Doubles of random numbers, that say different things."""
    import peft
    import torch

    loaded = load(find("mini"))
    config = peft.LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    model = peft.get_peft_model(loaded.model, config)
    for number in range(count):
        folder = root / f"p{number:04}" / "runs" / "random" / "double"
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(number)
        with torch.no_grad():
            for weight in trainable_weights(model).values():
                weight.normal_(0, 0.03)
        write_adapter(model, folder, "mini", "float32")
        loaded.tokenizer.save_pretrained(folder)
        digest = sha256_of(folder / ADAPTER)
        Double("mini", loaded.template.name, adapter_sha256=digest).write(folder)
    return root


def serve(folder: Path, people: int, kills: int) -> dict[str, Any]:
    """Each double asked alone; then 64 streams of one double, and of all, through the server's own cache."""
    from sosie.fleet.serve import serve_people

    root = make_doubles(folder / "served")
    served, _ = serve_people(root, 1e9)
    names = sorted(served.folders)[:SERVED]
    size = (Workspace(root / names[0]).latest_double() / ADAPTER).stat().st_size
    greedy = Sampling(temperature=0.0, top_p=1.0, repetition_penalty=1.0, max_tokens=TOKENS)
    told = {}
    for name in names:
        engine = open_local(Double.read(Workspace(root / name).latest_double()))
        told[name] = complete(engine.stream(ASKED, greedy))[0]
    served.cache.most_bytes = ROOM * size
    chance = random.Random(2)
    many = [chance.choice(names) for _ in range(ROUNDS * STREAMS)]
    one = [names[0]] * (ROUNDS * STREAMS)
    rows: dict[str, Any] = {}
    ask = partial(first_token, served, sampling=greedy)
    with ThreadPoolExecutor(ROOM) as threads:  # a server that is at work already has its modules
        list(threads.map(ask, names[-ROOM:]))
    for kind, asked in (("one", one), ("many", many)):
        cpu = time.process_time()
        with ThreadPoolExecutor(STREAMS) as threads:
            seen = [*threads.map(ask, asked)]
        right = sum(told[name] == text for name, (text, _) in zip(asked, seen, strict=True))
        rows[kind] = {"right": right, "of": len(asked), "cpu_seconds": time.process_time() - cpu}
        for clock, waits in enumerate(zip(*(waited for _, waited in seen), strict=True)):
            rows[kind] |= {f"p{part}{CLOCKS[clock]}": percentile(waits, part) for part in (50, 95)}
    cache = served.cache
    rows |= {"most_adapters": cache.largest / size, "loads": cache.loads, "distinct": len({*told.values()})}
    rows |= {
        f"p95{clock}_ratio": rows["many"][f"p95{clock}"] / rows["one"][f"p95{clock}"] for clock in CLOCKS
    }
    right = all(rows[kind]["right"] == rows[kind]["of"] for kind in ("one", "many"))
    held = right and cache.largest <= ROOM * size and rows["p95_cpu_ratio"] <= 2
    return {**rows, "answers_equal": right, "held": held}


def first_token(served: Any, name: str, sampling: Sampling) -> tuple[str, list[float]]:
    """The answer as the server makes it, less HTTP, and how long its first piece took, by both clocks."""
    began, first = clocks(), None
    texts = []
    for piece in served.doubles_of(name).all[0].engine.stream(ASKED, sampling):
        first = first or clocks()
        texts.append(piece)
    return "".join(texts), [end - start for start, end in zip(began, first or clocks(), strict=True)]


def clocks() -> tuple[float, float]:
    """The wall's, and the processor's of this process: what a core of one's own would take."""
    return time.perf_counter(), time.process_time()


def percentile(values: Sequence[float], part: int) -> float:
    return sorted(values)[len(values) * part // 100]


def ray(folder: Path, people: int, kills: int) -> dict[str, Any]:
    """In a namespace of its own, by this same file; beside the same people through the plain queue."""
    count = min(50, people)
    root, beside = make_people(folder / "ray", count), make_people(folder / "beside", count)
    script = f"ip link set lo up && exec {sys.executable} -m benchmarks.fleet_served {root}"
    done = subprocess.run(["unshare", "-rn", "sh", "-c", script], capture_output=True, text=True)
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {"error": done.stderr}
    started = time.monotonic()
    run_fleet(beside, "train", Fleet(processes=2))
    row["seconds_plain"] = time.monotonic() - started
    row["same"] = adapters(root) == adapters(beside) and len(adapters(root)) == count
    return {**row, "held": row["same"] and row.get("killed") == 2}


def inside(root: Path) -> None:
    """The run on Ray; two actors are killed on the way, and the socket table is read."""
    from sosie.fleet.ray_pool import RayPool

    done, killed, sockets = [0], [0], set[str]()
    started = time.monotonic()

    def report(event: Event) -> None:
        if event.kind != "person":
            return
        done[0] += 1
        if done[0] in (5, 20):
            actors = [pid for pid in processes() if b"ray::Actor" in command_of(pid)]
            kill(actors[0])
            killed[0] += 1
        listing = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True).stdout
        sockets.update(line.split()[3].rsplit(":", 1)[0] for line in listing.splitlines())

    summary = run_fleet(
        root,
        "train",
        Fleet(processes=2),
        report,
        make_pool=lambda n, threads, lock: RayPool(n, 900, 3, threads),
    )
    cards = sorted(name for _, name in socket.if_nameindex())
    row = {"summary": summary.to_json(), "seconds": time.monotonic() - started, "killed": killed[0]}
    print(json.dumps({**row, "listens_on": sorted(sockets), "network_cards": cards}))


def processes() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    inside(Path(sys.argv[1]))

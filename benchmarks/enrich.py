"""`sosie enrich` against a server of this machine, and what its dialogues do to the likeness R.

    python -m benchmarks.enrich questions --shared ../shared --server MODEL.gguf [--count 200]
    python -m benchmarks.enrich effect    --shared ../shared --server MODEL.gguf [--voices ministre_assemblee]

A file is served by llama.cpp in a process of ours; an address, http://127.0.0.1:8321/v1#mini, as it is.

questions   long replies of published voices, said alone, fifty of them with a private string: is every answer
            the person's, does the log of what was sent hold a string, was the bill foreseen, does it stop;
            with --minutes the server says no after so long, and with --work and --port it goes on from there
effect      mini, taught a voice by some replies, without and with questions invented for others that it never
            saw, 30 % of the dialogues; R on the held-out contexts of that voice, with its interval
"""

import argparse
import json
import re
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import inf
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.learning_curve import SEED, first
from benchmarks.train import write_result
from sosie.api import Project
from sosie.core import jsonl
from sosie.core.dialogue import Dialogue
from sosie.core.settings import Evaluate, Prepare
from sosie.engines.llama_server import LlamaServer
from sosie.enrich.judge import MARK
from sosie.prepare.generated import read_generated, woven
from sosie.prepare.ledger import ignore_drops
from sosie.prepare.split import Parts

VOICES = ("ministre_assemblee", "oral_h23", "oral_f70", "cyrano")
FEWEST_WORDS, MOST_WORDS = 30, 90
PIECE_TURNS = 4
BUDGET = 4000  # tokens


@contextmanager
def recorded(server: str, log: Path, port: int = 0, minutes: float = inf) -> Iterator[tuple[str, str]]:
    """(address, key): the server behind a door that writes every request down, a line each, then closes."""
    closes = time.monotonic() + 60 * minutes
    ours = None if server.startswith("http") else LlamaServer(Path(server), [], context=2048)
    above = f"http://{ours._address}" if ours else server.partition("/v1")[0]
    name = Path(server).stem if ours else server.partition("#")[2]

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if time.monotonic() > closes:
                self.send_error(503)
                return
            with log.open("ab") as file:
                file.write(body + b"\n")
            headers = {name: self.headers[name] or "" for name in ("Content-Type", "Authorization")}
            asked = urllib.request.Request(f"{above}{self.path}", body, headers)
            with urllib.request.urlopen(asked) as answer:
                said = answer.read()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *told: Any) -> None:
            """Quiet."""

    door = ThreadingHTTPServer(("127.0.0.1", port), Door)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{door.server_port}/v1#{name}", ours._key if ours else ""
    finally:
        door.shutdown()
        if ours:
            ours.close()


def monologues(shared: Path, voice: str) -> list[str]:
    """The long replies of a voice, each on one line and once."""
    dialogues = jsonl.read(shared / "data" / "personas" / voice / "train.jsonl")
    texts = (" ".join(reply.split()) for dialogue in dialogues for reply in dialogue.replies)
    return [*dict.fromkeys(text for text in texts if FEWEST_WORDS <= len(text.split()) <= MOST_WORDS)]


def said_alone(folder: Path, texts: list[str]) -> Project:
    """A project in which Léa wrote these to herself; names stay, they are those of plays and of debates."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{n // 60 + 1:02}/03/2025 {n // 60:02}:{n % 60:02} - Léa: {text}" for n, text in enumerate(texts)
    ]
    path = folder / "Discussion WhatsApp avec Léa.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    (folder / "moi").mkdir(exist_ok=True)
    (folder / "moi" / "sosie.toml").write_text('[prepare]\nnames = "keep"\n', encoding="utf-8")
    project = Project(folder / "moi")
    project.import_([path], me=["Léa"])
    return project


def planted(n: int) -> str:
    return f"06 39 98 {n:02} {n + 41:02}" if n % 2 else f"lettre.{n}@courrier{n}.example.fr"


def questions(asked: argparse.Namespace, work: Path) -> dict[str, Any]:
    each = -(-asked.count // len(asked.voices))
    texts = [text for voice in asked.voices for text in monologues(asked.shared, voice)[:each]][: asked.count]
    strings = [planted(n) for n in range(min(50, len(texts)))]
    with_strings = [f"{t} Contact : {s}." for t, s in zip(texts, strings, strict=False)]
    told = [*with_strings, *texts[len(strings) :]]
    project, log = said_alone(work / "whole", told), work / "sent.log"
    with recorded(asked.server, log, asked.port, asked.minutes) as (url, key):
        part = said_alone(work / "part", told).enrich(server=url, key=key, budget=BUDGET)
        before, started = len(log.read_bytes().splitlines()), time.monotonic()
        whole = project.enrich(server=url, key=key)
        seconds = time.monotonic() - started
    made = [dialogue for _, dialogue in read_generated(project.workspace)]
    answers = [dialogue.replies[0] for dialogue in made]
    bodies = log.read_bytes().splitlines()
    sent = b"".join(bodies) + "".join(str(json.loads(body)) for body in bodies).encode()
    return {
        "model": re.split("[/#]", asked.server)[-1],
        "monologues": len(texts),
        "pieces": whole.pieces,
        "requests": len(bodies) - before,
        "left": whole.left,
        "said": whole.stopped,
        "dialogues": len(made),
        "refused": whole.refused,
        "scores": whole.scores,
        "answers_without_a_mask": sum(not MARK.search(answer) for answer in answers),
        "letter_for_letter_but_for_masks": sum(is_theirs(answer, told) for answer in answers),
        "strings_planted": len(strings),
        "strings_sent": sum(string.encode() in sent for string in strings),
        "budget": {"tokens": BUDGET, "spent": part.tokens, "left": part.left, "said": part.stopped},
        "bill": {"foreseen": whole.foreseen, "foreseen_first": whole.foreseen_first, "tokens": whole.tokens},
        "seconds": round(seconds, 1),
        "examples": [dialogue.turns[0].text for dialogue in made[:12]],
    }


def is_theirs(answer: str, texts: list[str]) -> bool:
    """Whether a text holds all of an answer; where it has a mask, something stood."""
    meant = re.compile(".+?".join(map(re.escape, MARK.split(answer))))
    return any(map(meant.search, texts))


def pieces(dialogues: list[Dialogue]) -> list[Dialogue]:
    """In parts of at most 4 turns that begin with the other person, in one fixed disorder."""
    parts = []
    for dialogue in dialogues:
        turns = dialogue.turns[dialogue.turns[0].role == "system" :]
        cut = (turns[start : start + PIECE_TURNS] for start in range(0, len(turns), PIECE_TURNS))
        parts += [Dialogue(part) for part in cut if any(turn.role == "assistant" for turn in part)]
    Random(SEED).shuffle(parts)
    return parts


def effect(asked: argparse.Namespace, work: Path) -> dict[str, Any]:
    with recorded(asked.server, work / "sent.log") as (url, key):
        return {voice: effect_on(voice, asked, work / voice, url, key) for voice in asked.voices}


def effect_on(voice: str, asked: argparse.Namespace, work: Path, url: str, key: str) -> dict[str, Any]:
    """R of a voice by the share of generated dialogues."""
    source = asked.shared / "data" / "personas" / voice
    real = first(pieces(list(jsonl.read(source / "train.jsonl"))), asked.taught)
    known = {" ".join(reply.split()) for dialogue in real for reply in dialogue.replies}
    needed = round(len(real) * 0.6)
    alone = [text for text in monologues(asked.shared, voice) if text not in known][:needed]
    project = said_alone(work, alone)
    if not read_generated(project.workspace):
        project.enrich(server=url, key=key, min_words=5)
    made = [dialogue for _, dialogue in read_generated(project.workspace) if "[" not in dialogue.replies[0]]
    told: dict[str, Any] = {"real": len(real), "generated": len(made)}
    for share in (0.0, Prepare().generated_share):
        parts = woven(Parts(tuple(real), (), ()), made, share, ignore_drops)
        name = f"{voice}-{share:g}"
        told[f"{share:g}"] = trained(project, parts, source / "heldout.jsonl", name, asked)
        print(json.dumps({voice: told}, ensure_ascii=False), flush=True)
    return told


def trained(
    project: Project, parts: Parts, held: Path, name: str, asked: argparse.Namespace
) -> dict[str, Any]:
    data = project.workspace.folder / f"{name}.jsonl"
    jsonl.write(data, parts.train)
    done = project.train(data, name=name, model="mini", epochs=asked.epochs)
    options = Evaluate(
        contexts=asked.contexts, rivals=False, generations=100, attacks=False, forgetting=False
    )
    scores = project.evaluate(name, held=held, learnt=data, options=options)
    found = scores.likeness
    return {
        "dialogues": len(parts.train),
        "generated": sum(dialogue.origin.generated for dialogue in parts.train),
        "steps": done.steps,
        "R": found.value,
        "raw": found.raw,
        "low": found.low,
        "high": found.high,
        "n": found.n,
        "reason": found.reason,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=("questions", "effect"))
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--voices", nargs="+", default=list(VOICES))
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--epochs", type=float, default=6.0)
    parser.add_argument("--taught", type=int, default=100, help="replies that mini is taught")
    parser.add_argument("--contexts", type=int, default=160, help="that the double answers")
    parser.add_argument("--minutes", type=float, default=inf, help="after which the server says no")
    parser.add_argument("--port", type=int, default=0, help="of the door: an answer is known by its address")
    parser.add_argument("--work", type=Path, help="a folder in which questions already asked are found again")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        rows = {"questions": questions, "effect": effect}[asked.part](asked, asked.work or Path(place))
    rows |= {"epochs": asked.epochs, "taught": asked.taught} if asked.part == "effect" else {}
    print(json.dumps(rows, ensure_ascii=False, indent=1))
    write_result(f"enrich-{asked.part}", rows)


if __name__ == "__main__":
    main()

"""A server in a thread, and a client that writes what it is told to."""

import json
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection

from sosie.engines.base import Usage
from sosie.engines.echo import Echo
from sosie.engines.odds import Odds, Piece
from sosie.server import run
from sosie.server.doubles import Doubles

PATIENCE = 20.0  # seconds


class Double(Echo):
    """It repeats at its strength, and notes when its stream is closed."""

    name = "lea"
    portrait = "Tu es Léa."

    def __init__(self, pause=0.0, strength=1.0, seen=None):
        super().__init__(pause)
        self.strength = strength
        self.seen = [] if seen is None else seen
        self.closed = []

    @property
    def base(self):
        return self.at(0.0)

    def at(self, strength):
        return Double(self.pause, strength, self.seen)

    def stream(self, turns, sampling):
        self.seen.append((self.strength, turns, sampling))
        try:
            return (yield from super().stream(turns, sampling))
        finally:
            self.closed.append(time.monotonic())


class Telling(Echo):
    """Each word is as likely as not, and « non » the likeliest in its place."""

    name = "chances"

    def telling_odds(self, others):
        telling = Telling()
        telling.others = others
        return telling

    def stream(self, turns, sampling):
        for word in super().stream(turns, sampling):
            yield self._piece(word)
        return Usage()

    def _piece(self, word):
        data = word.encode()
        return Piece.of(word, [Odds(word, data, -0.5, (Odds("non", b"non", -0.1),) * self.others)])


class Endless(Echo):
    """It never ends by itself; `closed` holds the moments when it was closed."""

    name = "sans-fin"

    def __init__(self, piece="encore "):
        super().__init__()
        self.piece, self.closed = piece, []

    def stream(self, turns, sampling):
        try:
            while True:
                time.sleep(0.01)
                yield self.piece
        finally:
            self.closed.append(time.monotonic())


class Broken(Echo):
    """It fails after as many words as it is asked."""

    name = "cassé"

    def stream(self, turns, sampling):
        for _ in range(int(turns[-1].text)):
            yield "mot "
        raise ValueError("un secret dans une erreur")
        return Usage()


@dataclass(frozen=True)
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def events(self):
        """The JSON of each event."""
        told = re.findall(rb"^data: (\{.*)$", self.body, re.MULTILINE)
        return [json.loads(data) for data in told]


@dataclass(frozen=True)
class Served:
    host: str
    doubles: Doubles

    def ask(self, path, body=None, method=None, **headers):
        """One request; `body` as JSON unless it is bytes."""
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        said = {"Content-Type": "application/json"} if sent is not None else {}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        line = HTTPConnection(self.host, timeout=PATIENCE)
        try:
            line.request(method or ("GET" if sent is None else "POST"), path, sent, said)
            answer = line.getresponse()
            return Answered(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            line.close()

    def chat(self, text="tu viens ce soir", path="/v1/chat/completions", **more):
        return self.ask(path, {"messages": [{"role": "user", "content": text}], **more})


@contextmanager
def serving(*engines, key="", host="127.0.0.1", ui=None):
    doubles = Doubles(engines)
    listening = run.listen("127.0.0.1", 0)
    server = run.make_server(doubles, host, key, ui)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield Served(f"127.0.0.1:{listening.getsockname()[1]}", doubles)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        listening.close()
        assert not thread.is_alive()


def wait_until(true, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)

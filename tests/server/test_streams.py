"""Answers under way: many at once, clients that leave, a queue that is full, a server that ends."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from serving import PATIENCE, Endless, serving, wait_until

from sosie.engines.echo import Echo
from sosie.server import app, doubles

STOPPED_WITHIN = 0.2  # seconds


def begin(host, stream=True, text="a"):
    """A chat whose answer is not read yet."""
    body = json.dumps({"messages": [{"role": "user", "content": text}], "stream": stream}).encode()
    line = socket.create_connection(host.split(":"), timeout=PATIENCE)
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: {host}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    line.sendall(head.encode() + body)
    return line


def test_fifty_streams_at_once_are_all_whole():
    with serving(Echo(0.002)) as served, ThreadPoolExecutor(50) as clients:
        texts = [" ".join(f"m{client}_{word}" for word in range(12)) for client in range(50)]
        answers = [*clients.map(lambda text: served.chat(text, stream=True), texts)]
    for text, answer in zip(texts, answers, strict=True):
        choices = [event["choices"][0] for event in answer.events]
        assert "".join(choice["delta"].get("content", "") for choice in choices) == text
        assert choices[-1]["finish_reason"] == "stop"


def test_a_client_that_hangs_up_stops_the_engine_and_leaves_no_thread():
    endless = Endless()
    with serving(endless) as served:
        before = threading.active_count()
        for stream in (True, False) * 10:
            line = begin(served.host, stream)
            wait_until(lambda: served.doubles.all[0].running)
            if stream:
                line.recv(1000)
            ended, left = len(endless.closed), time.monotonic()
            line.close()
            wait_until(lambda ended=ended: len(endless.closed) > ended)
            assert endless.closed[-1] - left < STOPPED_WITHIN
        wait_until(lambda: threading.active_count() == before)
        assert "sosie_hangups_total 20" in served.ask("/metrics").body.decode()


def test_a_client_that_takes_nothing_is_let_go(monkeypatch):
    monkeypatch.setattr(app, "SENT_WITHIN", 0.3)
    endless = Endless("x" * 200_000)
    with serving(endless) as served:
        line = begin(served.host)
        wait_until(lambda: endless.closed)
        line.close()


def test_who_leaves_the_queue_gives_their_place(monkeypatch):
    monkeypatch.setattr(doubles, "AT_ONCE", 1)
    endless = Endless()
    with serving(endless) as served:
        first, second = begin(served.host), begin(served.host)
        wait_until(lambda: served.doubles.all[0].waiting == 1)
        second.close()
        wait_until(lambda: served.doubles.all[0].waiting == 0)
        first.close()
        wait_until(lambda: served.doubles.all[0].running == 0)
        third = begin(served.host)
        wait_until(lambda: served.doubles.all[0].running == 1)
        third.close()
        wait_until(lambda: len(endless.closed) == 2)


def test_a_full_queue_says_when_to_come_again(monkeypatch):
    monkeypatch.setattr(doubles, "AT_ONCE", 1)
    monkeypatch.setattr(doubles, "WAITING", 1)
    with serving(Endless()) as served:
        lines = [begin(served.host)]
        wait_until(lambda: served.doubles.all[0].running == 1)
        lines.append(begin(served.host))
        wait_until(lambda: served.doubles.all[0].waiting == 1)
        refused = served.chat()
        assert refused.status == 429 and refused.json["error"]["code"] == "rate_limit_exceeded"
        assert 1 <= int(refused.headers["Retry-After"]) <= doubles.LONGEST_RETRY
        for line in lines:
            line.close()


SERVER = """
import signal
from sosie.engines.echo import Echo
from sosie.server import run
from sosie.server.doubles import Doubles
listening = run.listen("127.0.0.1", 0)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started us deaf to it
print(listening.getsockname()[1], flush=True)
try:
    run.make_server(Doubles([Echo(0.02)]), "127.0.0.1").run(sockets=[listening])
except KeyboardInterrupt:
    print("fermé")
"""


@pytest.mark.parametrize(("told", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_server_told_to_end_finishes_its_streams(told, status):
    code = [sys.executable, "-c", SERVER]
    with subprocess.Popen(code, stdout=subprocess.PIPE, text=True) as process:
        host = f"127.0.0.1:{process.stdout.readline().strip()}"
        line = begin(host, text="mot " * 40)
        said = line.recv(1000)
        process.send_signal(told)
        while data := line.recv(65536):
            said += data
        line.close()
        assert b"data: [DONE]" in said
        assert process.wait(PATIENCE) == status

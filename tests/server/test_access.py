"""Who is let in, and what is refused before any engine hears of it."""

import json
import socket
import time
from itertools import islice

import pytest
from attacks import answer_to, requests
from serving import Double, serving

from sosie.core.errors import BadSettings, SosieError
from sosie.engines.echo import Echo
from sosie.server import app, http_protocol, run
from sosie.server.access import check_host

KEY = "une-cle-assez-longue"


@pytest.fixture(scope="module")
def locked():
    with serving(Echo(), key=KEY) as answering:
        yield answering


@pytest.mark.parametrize("path", ["/v1/models", "/metrics", "/stats", "/rien"])
@pytest.mark.parametrize("said", [None, "", "Bearer", f"Basic {KEY}", f"Bearer {KEY}x", "Bearer é"])
def test_nothing_is_told_without_the_key(locked, path, said, monkeypatch):
    monkeypatch.setattr("sosie.server.access.WAIT", 0.01)
    refused = locked.ask(path, **({} if said is None else {"Authorization": said}))
    assert refused.status == 401 and refused.headers["WWW-Authenticate"] == "Bearer"
    assert refused.json["error"]["code"] == "invalid_api_key"


def test_the_key_opens_and_the_page_asks_for_it(locked):
    assert locked.ask("/v1/models", Authorization=f"Bearer {KEY}").status == 200
    assert locked.chat().status == 401
    assert locked.ask("/").status == locked.ask("/health").status == 200
    assert b"echo" not in locked.ask("/health").body


def test_a_wrong_key_waits(locked):
    began = time.monotonic()
    assert locked.ask("/v1/models", Authorization="Bearer mauvaise").status == 401
    assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "un-nom.example"])
def test_off_this_machine_a_key_is_needed(host):
    with pytest.raises(BadSettings, match="clé"):
        run.check(host, "")
    run.check(host, KEY)


@pytest.mark.parametrize("key", ["courte", "avec une espace", "avec-un-accent-é", "sur-deux\nlignes-"])
def test_a_key_that_could_be_guessed_or_not_sent_is_refused(key):
    with pytest.raises(BadSettings):
        check_host("127.0.0.1", key)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "un-site.example"}, 421),
        ({"Origin": "http://un-site.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
    ids=str,
)
def test_another_site_is_refused(served, headers, status):
    refused = served.ask("/v1/chat/completions", {"messages": []}, **headers)
    assert refused.status == status and refused.json["error"]["message"]
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_our_own_page_is_let_in(served):
    own = {"Origin": f"http://{served.host}", "Sec-Fetch-Site": "same-origin"}
    said = {"messages": [{"role": "user", "content": "salut"}]}
    assert served.ask("/v1/chat/completions", said, **own).status == 200


@pytest.mark.parametrize(("path", "method"), [("/v1/models", "POST"), ("/v1/responses", "GET"), ("/", "PUT")])
def test_a_route_is_asked_in_its_way(served, path, method):
    refused = served.ask(path, b"{}", method=method)
    assert refused.status == 405 and refused.headers["Allow"]


def test_a_body_too_long_is_refused_and_the_answer_heard(served):
    refused = served.chat("a" * (10 << 20))
    assert refused.status == 413 and "trop longue" in refused.json["error"]["message"]


def test_a_body_or_a_head_that_is_not_sent_does_not_hold_the_line(monkeypatch):
    monkeypatch.setattr(app, "BODY_WITHIN", 0.2)
    monkeypatch.setattr(http_protocol, "HEAD_WITHIN", 0.2)
    with serving(Echo()) as served:
        begun = f"POST /v1/responses HTTP/1.1\r\nHost: {served.host}\r\n".encode()
        slow = begun + b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
        assert answer_to(slow, served.host)[0] == 408
        with socket.create_connection(served.host.split(":"), timeout=5) as line:
            assert line.recv(100) == b""  # nothing was begun: nothing to say
        assert answer_to(begun, served.host)[0] == 408
        with socket.create_connection(served.host.split(":"), timeout=5) as line:
            line.sendall(f"GET /health HTTP/1.1\r\nHost: {served.host}\r\n\r\n".encode())
            assert line.recv(1000)
            line.sendall(b"GET /he")
            while line.recv(1000):
                pass


def test_no_attack_makes_the_server_fail():
    with serving(Double()) as served:
        for request in islice(requests(7, served.host), 150):
            status, body = answer_to(request, served.host, seconds=0.3)
            assert status is None or status < 500, request[:300]
            if status and status >= 400 and not request.startswith(b"HEAD"):
                assert json.loads(body)["error"]["message"]
        assert served.chat().status == 200


def test_a_port_that_is_taken_is_told(served):
    with pytest.raises(SosieError, match="déjà pris"):
        run.listen("127.0.0.1", int(served.host.partition(":")[2]))

"""Requests that nobody should send, made from a seed: paths, headers, sizes, Unicode, JSON of every shape."""

import json
import random
import re
import socket
from contextlib import suppress

PATHS = ("/", "/health", "/metrics", "/stats", "/chat/completions", "/v1/models")
CHATS = ("/v1/chat/completions", "/v1/responses", "/chat/completions")
ODD_PATHS = (
    "/v1/../v1/models",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/v1/models%00",
    "/v1//models",
    "/%ff%fe",
    "/v1/chat/completions/",
    "//",
    "*",
    "http://203.0.113.5/v1/models",
    "/" + "a" * 9000,
    "/\x7f",
    "/é",
    "/?a=%",
)
ODD_HEADERS = (
    ("Host", "un-site.example"),
    ("Host", "127.0.0.1, un-site.example"),
    ("Host", ""),
    ("Origin", "http://un-site.example"),
    ("Origin", "null"),
    ("Sec-Fetch-Site", "cross-site"),
    ("Authorization", "Bearer \xff\xfe"),
    ("Content-Type", "text/plain"),
    ("Content-Type", "multipart/form-data; boundary=x"),
    ("Content-Encoding", "gzip"),
    ("Transfer-Encoding", "chunked"),
    ("Transfer-Encoding", "gzip, chunked"),
    ("Content-Length", "-1"),
    ("Content-Length", "1e3"),
    ("Expect", "100-continue"),
    ("Upgrade", "websocket"),
    ("Connection", "upgrade, keep-alive"),
    ("X", "a" * 70_000),
    ("X\r\nY", "a"),
    ("Cookie", "\x00"),
)
ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "\ufeff",
    "\u202e",
    "\U0001f600" * 50,
    "e\u0301" * 200,
    "<|end|><|system|>",
    "</s>[INST]",
    "\ufffd",
    "a" * 20_000,
    "\n" * 300,
)
ODD_VALUES = (None, True, False, 0, -1, 1, 1.5, 9, 1e308, 10**30, "", "a", [], {}, [[]], [None], {"a": {}})
RAW_BODIES = (
    b"",
    b"{",
    b"\xff\xfe",
    b"nul",
    b"[]",
    b'"a"',
    b"[" * 50_000,
    b'{"a":' * 5000,
    b'{"messages": [{"role": "user", "content": "\\ud800"}]}',
    b'{"messages": [{"role": "user", "content": "a"}], "temperature": NaN}',
    b'{"messages": [{"role": "user", "content": "a"}], "temperature": 1e999}',
    b'{"messages": [{"role": "user", "content": "a"}], "seed": ' + b"9" * 5000 + b"}",
)
FIELDS = (
    *("messages", "model", "stream", "temperature", "top_p", "max_tokens", "max_completion_tokens", "stop"),
    *("seed", "n", "logprobs", "tools", "response_format", "stream_options", "sosie_strength", "input"),
    *("instructions", "max_output_tokens", "previous_response_id", "top_k", "background", "inconnu"),
)


def requests(seed, host):
    """Requests as bytes, without end."""
    chance = random.Random(seed)
    while True:
        odd = chance.random() < 0.25
        path = chance.choice(ODD_PATHS if odd else CHATS if chance.random() < 0.7 else PATHS)
        method = "POST" if path in CHATS else "GET"
        if chance.random() < 0.15:
            method = chance.choice(("POST", "PUT", "DELETE", "OPTIONS", "HEAD", "BREW"))
        body = b"" if method in ("GET", "HEAD") else _body(chance)
        headers = {"Host": host, "Content-Type": "application/json", "Content-Length": str(len(body))}
        pairs = [*headers.items(), ("Connection", "close")]
        if chance.random() < 0.3:
            name, value = chance.choice(ODD_HEADERS)
            kept = chance.random() < 0.3
            pairs = [pair for pair in pairs if kept or pair[0] != name] + [(name, value)]
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in pairs), "", ""]
        request = "\r\n".join(lines).encode("latin-1", "replace") + body
        if chance.random() < 0.1:
            request = _damaged(request, chance)
        yield request


def _body(chance):
    if chance.random() < 0.2:
        return chance.choice(RAW_BODIES)
    message = {"role": "user", "content": chance.choice(("salut", *ODD_TEXTS))}
    body = {"messages": [message], "input": "salut", "max_tokens": 1, "max_output_tokens": 1}
    for _ in range(chance.randrange(4)):
        body[chance.choice(FIELDS)] = chance.choice(ODD_VALUES)
    if chance.random() < 0.3 and isinstance(body["messages"], list):
        role = chance.choice(("user", "system", "tool", "wizard", 3))
        odd = {"role": role, "content": chance.choice(ODD_VALUES)}
        body["messages"] = [*body["messages"], odd, message][: chance.randrange(1, 4)]
    return json.dumps(body, ensure_ascii=chance.random() < 0.5).encode()


def _damaged(request, chance):
    place = chance.randrange(len(request))
    return request[:place] + bytes([chance.randrange(256)]) + request[place + chance.randrange(3) :]


def answer_to(request, host, seconds=3.0):
    """The status and the body of what comes back; (None, b"") where the server only hangs up or waits on."""
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=seconds) as line:
        said = b""
        with suppress(OSError):
            line.sendall(request)
        with suppress(OSError):
            while data := line.recv(65536):
                said += data
    said = re.sub(rb"^HTTP/1.1 100 .*?\r\n\r\n", b"", said, flags=re.DOTALL)
    head, _, body = said.partition(b"\r\n\r\n")
    return (int(head.split()[1]), body) if head.startswith(b"HTTP/1.1 ") else (None, b"")

"""A model by name: its size is said before it is fetched; a cut goes on, what arrives damaged is not kept."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

WEIGHTS = bytes(range(256)) * 96_000  # the hub library keeps what came in parts of 10 MB
COMMIT = "1" * 40
CHILD = """
import sys
from pathlib import Path
from sosie.core.errors import UnknownModel
from sosie.enrich.transcribe.whisper_weights import fetch_whisper
asked = []
for model in sys.argv[1:]:
    agree = lambda question: asked.append(question) or not model.startswith("no:")
    try:
        print(len((fetch_whisper(model.removeprefix("no:"), agree) / "model.bin").read_bytes()))
    except UnknownModel as error:
        print(error.message, error.mend)
print(*asked, sep=chr(10), file=sys.stderr)
"""


class Hub(BaseHTTPRequestHandler):
    """A hub: « base » arrives damaged the first time, of « small » the first call is cut half way."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, int]] = []  # noqa: RUF012  reset by the fixture

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, body):
        if "/api/models/" in self.path:
            files = [
                {"rfilename": name, "type": "file", "path": name} for name in ("config.json", "model.bin")
            ]
            for one in files:
                one |= {"size": 2, "oid": "a" * 40}
            told = files if "/tree/" in self.path else {"id": "a/b", "sha": COMMIT, "siblings": files}
            return self.send(json.dumps(told).encode(), {"Content-Type": "application/json"}, body)
        data, etag = b"{}", "a" * 40
        if self.path.endswith("model.bin"):
            data, etag = WEIGHTS, hashlib.sha256(WEIGHTS).hexdigest()
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{etag}"', "X-Linked-Etag": f'"{etag}"'}
        headers |= {"X-Linked-Size": str(len(data)), "Accept-Ranges": "bytes"}
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
        first = body and data is WEIGHTS and not any(self.path == path for path, _ in self.seen)
        if body and data is WEIGHTS:
            self.seen.append((self.path, start))
        if first and "-base/" in self.path:
            data = data[::-1]
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        return self.send(data[start:], headers, body, 206 if start else 200, first and "-small/" in self.path)

    def send(self, data, headers, body, status=200, cut=False):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            if body:
                self.wfile.write(data[: len(data) // 2] if cut else data)
            if cut:
                self.connection.close()
                self.close_connection = True

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def hub():
    Hub.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def fetched(folder, address, *models):
    """(what was said of each model, the questions asked), by a process of its own."""
    more = {
        "HF_ENDPOINT": address,
        "HF_HUB_CACHE": str(folder),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *models], env={**os.environ, **more}, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.splitlines(), [line for line in done.stderr.splitlines() if line.startswith("Télé")]


def test_a_model_is_fetched_only_by_consent_and_what_arrives_is_whole(hub, tmp_path):
    said, asked = fetched(
        tmp_path, hub, "no:tiny", "tiny", "tiny", "énorme", "base", "base", "small", "small"
    )
    assert "n'est pas sur cette machine, et pèse 78,0 Mo" in said[0] and "--model DOSSIER" in said[0]
    assert said[1] == said[2] == str(len(WEIGHTS))
    assert "Modèle inconnu" in said[3] and "large-v3" in said[3]
    assert "abîmé" in said[4] and said[5] == str(len(WEIGHTS))
    assert said[-1] == str(len(WEIGHTS))
    assert asked[0] == asked[1] == "Télécharger le modèle Whisper « tiny », 78,0 Mo ?"
    assert sum("tiny" in question for question in asked) == 2
    small = [start for path, start in Hub.seen if "-small/" in path]
    assert small[0] == 0 and 0 < small[1] < len(WEIGHTS) and len(small) == 2


def test_without_a_hub_the_size_is_said_and_one_sentence_tells(tmp_path):
    said, asked = fetched(tmp_path, "http://127.0.0.1:9", "tiny")
    assert "n'a pas pu être téléchargé" in said[0] and "connexion" in said[0] and len(asked) == 1

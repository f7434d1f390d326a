"""What the hub may answer, each told in one sentence: a false hub on loopback says it."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sosie.models.hub import PATIENCE, listens

ANSWERS = {
    "/gated/": (403, "GatedRepo"),
    "/absent/": (404, "RepoNotFound"),
    "/broken/": (400, ""),
}
CHILD = """
import sys
from sosie.cli.main import _run
data, folder, *models = sys.argv[1:]
print([_run(["train", data, "--model", model, "--folder", folder, "--json"]) for model in models])
"""


class Hub(BaseHTTPRequestHandler):
    def do_GET(self):
        status, code = next((a for part, a in ANSWERS.items() if part in self.path), (404, "EntryNotFound"))
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_):
        """Nothing on the screen."""


@pytest.fixture(scope="module")
def hub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def refused(tmp_path, *models, **environment):
    """The errors that `sosie train --model MODEL --json` prints, in a process of their own."""
    data = tmp_path / "mes dialogues.jsonl"
    turns = [{"role": "user", "content": "motplanté"}, {"role": "assistant", "content": "oui"}]
    data.write_text(json.dumps({"messages": turns}) + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(data), str(tmp_path / "moi"), *models],
        env={**os.environ, "HF_HUB_CACHE": str(tmp_path / "hub"), **environment},
        capture_output=True,
        text=True,
    )
    *errors, codes = done.stdout.splitlines()
    assert codes == str([3] * len(models)), done.stderr
    assert "motplanté" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return [json.loads(error)["error"] for error in errors]


def test_what_the_hub_refuses_is_a_sentence_and_a_mend(hub, tmp_path):
    """All by one process: it is loaded once."""
    models = ("auteur/gated", "auteur/absent", "auteur/broken")
    gated, absent, broken = refused(tmp_path, *models, HF_ENDPOINT=hub, HF_HUB_OFFLINE="0")
    assert "accepter leurs conditions" in gated["message"] and "hf auth login" in gated["mend"]
    assert "Il n'y a pas de modèle" in absent["message"] and "Vérifiez le nom" in absent["mend"]
    assert "le hub ne répond pas" in broken["message"] and "--model DOSSIER" in broken["mend"]
    assert {error["kind"] for error in (gated, absent, broken)} == {"UnknownModel"}


def test_offline_a_model_that_is_not_here_is_a_sentence(tmp_path):
    (error,) = refused(tmp_path, "auteur/modele", HF_HUB_OFFLINE="1")
    assert "n'est pas sur cette machine" in error["message"]
    assert "--model" in error["mend"]


def test_a_hub_that_does_not_answer_is_told_before_anything_is_loaded(tmp_path):
    with socket.socket() as closed:  # bound, and nobody listens
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        began = time.monotonic()
        assert not listens(address)
        assert time.monotonic() - began < PATIENCE + 0.5
        (error,) = refused(tmp_path, "auteur/modele", HF_ENDPOINT=address, HF_HUB_OFFLINE="0")
    assert "le hub ne répond pas" in error["message"]


def test_behind_a_proxy_only_the_proxy_knows(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    assert listens("https://huggingface.co")

"""The page as a browser meets it: French, loopback only, nothing asked of the outside, answers streamed."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from sosie.core.errors import SosieError
from sosie.studio import app
from sosie.studio.closed import is_own

# In a process of its own, as a user starts it: the server's loop and sockets end with it.
PAGE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started us deaf to it
from sosie.engines.echo import Echo
from sosie.studio import app
app.launch(app.build(Echo()), port=18860, open_browser=False)
"""


@pytest.fixture(scope="module")
def address():
    with subprocess.Popen([sys.executable, "-uc", PAGE], stdout=subprocess.PIPE, text=True) as server:
        told = next(line for line in server.stdout if "http" in line)
        yield re.search(r"http://\S+", told)[0]
        server.send_signal(signal.SIGINT)
        assert "fermée" in server.communicate(timeout=30)[0] and server.returncode == 0


def test_the_page_listens_on_this_machine_only(address):
    port = int(address.rsplit(":", 1)[1].strip("/"))
    listening = Path("/proc/net/tcp").read_text()
    doors = {
        local.split(":")[0] for local in re.findall(rf"\s(\w{{8}}:{port:04X}) 00000000:0000 0A", listening)
    }
    assert doors == {"0100007F"}  # 127.0.0.1, and not 0.0.0.0


def test_the_page_is_in_french_and_asks_nothing_of_the_outside(address):
    answer = httpx.get(address)
    assert answer.status_code == 200 and 'lang="fr"' in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert not re.findall(r"(?:src|href)=\"https?://(?!127\.0\.0\.1)", answer.text)
    config = httpx.get(f"{address}config").json()
    assert config["analytics_enabled"] is False
    assert not [part for part in config.get("stylesheets", []) if part.startswith("http")]


def test_a_foreign_name_for_this_machine_is_refused(address):
    assert httpx.get(address, headers={"host": "un-site.example"}).status_code == 421
    assert is_own("localhost:7860") and is_own("127.0.0.1") and not is_own("127.0.0.1.example")


def test_no_free_port_is_one_sentence(monkeypatch):
    monkeypatch.setattr(app, "PORTS_TRIED", 1)
    with socket.socket() as taken:
        taken.bind((app.HOST, 0))
        taken.listen()
        with pytest.raises(SosieError, match="port"):
            app.free_port(taken.getsockname()[1])


def test_a_name_is_shown_as_plain_letters():
    assert "<" not in app.plain("<b>*moi*</b>") and "*" not in app.plain("*moi*")

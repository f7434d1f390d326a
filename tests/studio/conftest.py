"""The page served in a process of its own, as a user starts it; what it says, and where it would go."""

import json
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.workspace import closed_folder

PAGE = """
import signal, sys
diary = open(sys.argv[1], "a", buffering=1)
LEAVING = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg")

def at_home(event, details):
    if event in LEAVING and "127.0.0.1" not in str(details):
        diary.write(f"left {event} {details}\\n")
        raise OSError("this machine has no network")

sys.addaudithook(at_home)  # before anything is loaded: starting counts too
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started us deaf to it
import os
from sosie.api import Project
from sosie.engines.echo import Echo
from sosie.studio import app

class Diarist(Echo):
    def stream(self, turns, sampling):
        diary.write(f"said {turns[-1].text}\\n")
        return (yield from super().stream(turns, sampling))

page = app.build(Project("."), opened=Diarist())
diary.write(f"folder {os.environ['GRADIO_TEMP_DIR']}\\n")
app.launch(page, port=18860, open_browser=False)
"""


@dataclass(frozen=True)
class Served:
    address: str
    diary: Path
    folder: Path  # where the process was started
    gradios: Path  # where Gradio writes

    def told(self, kind):
        return re.findall(rf"^{kind} (.*)", self.diary.read_text(), re.MULTILINE)

    def ask(self, method, target, body=None, headers=(), without=()):
        """One request, written as our page writes it but for `headers` and `without`."""
        host = self.address.removeprefix("http://").strip("/")
        own = {"Host": host, "Sec-Fetch-Site": "same-origin"}
        if method not in ("GET", "HEAD"):
            own |= {"Origin": f"http://{host}", "Content-Type": "application/json"}
        sent = {name: value for name, value in (own | dict(headers)).items() if name not in without}
        line = HTTPConnection(host, timeout=20)
        try:
            line.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            content = json.dumps(body).encode() if isinstance(body, dict) else body or b""
            for name, value in ({"Content-Length": str(len(content))} | sent).items():
                line.putheader(name, value)
            line.endheaders(content)
            answer = line.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read().decode())
        finally:
            line.close()


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    text: str


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("here")
    diary = tmp_path_factory.mktemp("diary") / "diary"
    code = [sys.executable, "-uc", PAGE, diary]
    with subprocess.Popen(code, stdout=subprocess.PIPE, text=True, cwd=folder) as server:
        told = next(line for line in server.stdout if "http" in line)
        said = diary.read_text()
        assert "left" not in said  # starting counts too
        page = Served(re.search(r"http://\S+", told)[0], diary, folder, Path(said.split()[1]))
        yield page
        server.send_signal(signal.SIGINT)
        assert "fermée" in server.communicate(timeout=30)[0] and server.returncode == 0
    assert not page.told("left") and not page.gradios.exists()


@pytest.fixture
def served(page):
    """The page, of which nothing was asked yet; after each test it has gone nowhere, its folder empty."""
    assert not page.told("left")
    page.diary.write_text("")
    yield page
    assert not page.told("left") and not list(page.folder.iterdir())


@pytest.fixture(scope="session")
def ten_thousand(tmp_path_factory):
    """A folder with dialogues of six turns, over three years."""
    folder = tmp_path_factory.mktemp("grand")
    closed_folder(folder / "data")

    def dialogue(number):
        words = [f"message {number} numéro {place} avec quelques mots de plus" for place in range(6)]
        turns = tuple(Turn(("user", "assistant")[place % 2], text) for place, text in enumerate(words))
        at = datetime(2023 + number % 3, 1 + number % 12, 1 + number % 28, tzinfo=UTC)
        return Dialogue(turns, Origin(f"{number:032x}", "whatsapp", correspondents=("[AMI_1]",), first=at))

    for part, first, end in (("train", 0, 9000), ("valid", 9000, 9500), ("test", 9500, 10_000)):
        jsonl.write(folder / "data" / f"{part}.jsonl", map(dialogue, range(first, end)))
    return folder

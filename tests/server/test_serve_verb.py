"""`sosie serve` as it is typed: its key, its refusals, its end."""

import re
import signal
import stat
import subprocess
import sys
from http.client import HTTPConnection

import pytest

from sosie.cli.main import _run
from sosie.cli.serve import draw_key


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    monkeypatch.delenv("SOSIE_SERVE_KEY", raising=False)
    return tmp_path


def serve(folder, *words):
    return _run(["serve", "--double", "echo", "--folder", str(folder), *words])


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2"])
def test_off_this_machine_without_a_key_it_refuses_to_start(at_home, capsys, host):
    assert serve(at_home, "--host", host) == 3
    assert "--key-file" in capsys.readouterr().err


def test_a_short_key_a_missing_folder_and_json_are_refused(at_home, monkeypatch, capsys):
    assert serve(at_home, "--key-file", str(at_home / "rien" / "cle.txt")) == 3
    assert serve(at_home, "--json") == 3
    monkeypatch.setenv("SOSIE_SERVE_KEY", "abc")
    assert serve(at_home) == 3
    assert "abc" not in "".join(capsys.readouterr())


def test_a_key_is_drawn_once_for_its_owner_alone(at_home):
    file = at_home / "cle.txt"
    assert draw_key(file)
    key = file.read_text().strip()
    assert len(key) >= 32 and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not draw_key(file) and file.read_text().strip() == key


def test_it_says_where_it_listens_and_ends_when_told(at_home):
    file = at_home / "cle.txt"
    words = ["serve", "--double", "echo", "--port", "0", "--key-file", file, "--folder", at_home]
    with subprocess.Popen(
        [sys.executable, "-m", "sosie", *map(str, words)], stdout=subprocess.PIPE, text=True
    ) as process:
        told = ""
        while "/v1" not in told:
            told += process.stdout.readline()
            assert process.poll() is None
        assert "Vous parlez à echo, une IA." in told and file.read_text().strip() not in told
        line = HTTPConnection(re.search(r"http://([\d.:]+)/v1", told)[1], timeout=20)
        line.request("GET", "/v1/models", headers={"Authorization": f"Bearer {file.read_text().strip()}"})
        assert line.getresponse().status == 200
        line.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 143

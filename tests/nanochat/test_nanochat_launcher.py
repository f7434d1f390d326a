"""The launcher: which checkout it sees, what it refuses, and that it leaves nothing behind."""

import os
import socket
import subprocess
import sys

import pytest

from sosie.core.errors import BadFolder, BadSettings, MissingExtra
from sosie.engines.base import open_engine
from sosie.nanochat import launcher
from sosie.nanochat.launcher import (
    ENGINE,
    MANAGER,
    PAGE,
    blob_hash,
    check_checkout,
    commit_of,
    inside,
    on_this_machine,
    option,
)


@pytest.fixture
def checkout(tmp_path):
    """The names of a checkout's files, with words of our own in them."""
    for name in (ENGINE, MANAGER, PAGE, "scripts/chat_cli.py", "scripts/chat_web.py"):
        (tmp_path / "nanochat" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "nanochat" / name).write_text("prev_embedding\n")
    return tmp_path / "nanochat"


def test_it_says_which_nanochat_it_sees_and_which_it_was_tried_with(checkout):
    told = []
    check_checkout("chat_cli", checkout, told.append)
    assert "sans git" in told[0] and "92d63d4" in told[0] and ENGINE in told[1]
    commit = "0123456789abcdef0123456789abcdef01234567"
    (checkout / ".git").mkdir()
    (checkout / ".git" / "HEAD").write_text(commit + "\n")
    check_checkout("chat_cli", checkout, told.append)
    assert f"commit {commit[:7]}" in told[2]


def test_the_commit_is_read_from_gits_own_files(checkout):
    git, commit = checkout / ".git", "a" * 40
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/master\n")
    assert commit_of(checkout) == ""
    (git / "packed-refs").write_text(f"# pack-refs\n{commit} refs/heads/master\n")
    assert commit_of(checkout) == commit
    (git / "refs/heads").mkdir(parents=True)
    (git / "refs/heads/master").write_text("b" * 40 + "\n")
    assert commit_of(checkout) == "b" * 40


def test_a_files_hash_is_that_of_git(checkout):
    (checkout / "empty").touch()
    assert blob_hash(checkout / "empty") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda at: (at / ENGINE).unlink(), "n'est pas un dossier de nanochat"),
        (lambda at: (at / ENGINE).write_text("KVCache\n"), "d'avant mars 2026"),
        (lambda at: (at / "scripts/chat_web.py").unlink(), "n'a pas « scripts/chat_web.py »"),
        (lambda at: (at / PAGE).unlink(), "n'a pas « nanochat/ui.html »"),
    ],
)
def test_what_cannot_do_it_is_refused_in_a_sentence(checkout, spoil, match):
    spoil(checkout)
    with pytest.raises(BadFolder, match=match) as error:
        check_checkout("chat_web", checkout, lambda _: None)
    assert error.value.mend


def test_their_server_listens_here_only_unless_it_is_told_otherwise():
    assert on_this_machine(["-p", "8123"]) == ["-p", "8123", "--host", "127.0.0.1"]
    assert on_this_machine(["--port=8123", "--host=0.0.0.0"]) == ["--port=8123", "--host=0.0.0.0"]
    assert option(["-p80", "--port", "81", "-p", "82"], "-p", "--port") == "82"
    assert option(["-p80", "--port"], "-p", "--port") is None


def test_a_port_in_use_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadSettings, match=f"Le port {port}"):
            on_this_machine(["--port", str(port)])
    with pytest.raises(BadSettings, match="Le port 99999"):
        on_this_machine(["--port", "99999"])


def test_nothing_is_left_as_it_was_inside(checkout, tmp_path, monkeypatch):
    monkeypatch.setenv("NANOCHAT_BASE_DIR", "/mine")
    before = os.getcwd(), list(sys.path), sys.dont_write_bytecode
    with inside(checkout, tmp_path / "base"):
        assert os.getcwd() == str(checkout) and sys.path[0] == str(checkout) and sys.dont_write_bytecode
        assert os.environ["NANOCHAT_BASE_DIR"] == str(tmp_path / "base")
    assert (os.getcwd(), list(sys.path), sys.dont_write_bytecode) == before
    assert os.environ["NANOCHAT_BASE_DIR"] == "/mine"


def test_what_their_code_lacks_is_named(checkout, monkeypatch):
    """A stand-in for a version of nanochat that imports something else."""
    (checkout / MANAGER).write_text("import a_library_of_theirs\n")
    monkeypatch.setattr(launcher, "LIBRARIES", {"chat_cli": ()})
    with pytest.raises(MissingExtra, match="demande « a_library_of_theirs »"):
        launcher.run("chat_cli", checkout, lambda: open_engine("mini"), [], lambda _: None)
    assert not list(checkout.rglob("__pycache__"))


def test_a_script_is_run_as_it_is_with_our_model(checkout, monkeypatch, capsys):
    (checkout / MANAGER).write_text("def load_model(*given):\n    raise SystemExit('theirs')\n")
    (checkout / "scripts" / "chat_cli.py").write_text(
        "import os, sys\n"
        "from nanochat.checkpoint_manager import load_model\n"
        "model, tokenizer, _ = load_model('sft')\n"
        "print(__name__, sys.argv[1:], os.path.isfile('nanochat/engine.py'), len(tokenizer.encode('é')))\n"
        "sys.exit(5)\n"
    )
    monkeypatch.setattr(launcher, "LIBRARIES", {"chat_cli": ()})
    for name in [name for name in sys.modules if name.split(".")[0] in ("nanochat", "scripts")]:
        monkeypatch.delitem(sys.modules, name)
    code = launcher.run("chat_cli", checkout, lambda: open_engine("mini"), ["-t", "0"], lambda _: None)
    assert code == 5
    assert capsys.readouterr().out.strip() == "__main__ ['-t', '0'] True 2"
    for name in [name for name in sys.modules if name.split(".")[0] in ("nanochat", "scripts")]:
        del sys.modules[name]


def test_the_command_tells_it_in_words(tmp_path):
    for words, said in (
        (["chat_cli", "--checkout", str(tmp_path)], "n'est pas un dossier de nanochat"),
        (["chat_cli", "--checkout", str(tmp_path), "--json"], "ne tient pas dans un objet JSON"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "sosie", "nanochat", "run", *words], capture_output=True, text=True
        )
        assert done.returncode == 3 and said in done.stdout + done.stderr

"""A walk over the folder after every verb: nothing there that others may read, nothing anywhere else.

With the umask of most machines (022) and with none at all (000).
"""

import os
import stat
import subprocess
import tempfile

import pytest

import sosie.demo
from sosie.api import Project
from sosie.arena.votes import Vote, Votes
from sosie.cli.main import _run
from sosie.core.workspace import Workspace

SETTINGS = """\
[train]
model = "mini"
epochs = 0.1
rank = 2
neutral = 0.0
[evaluate]
contexts = 20
generations = 100
rivals = false
attacks = false
forgetting = false
"""
PHRASE = "cheval correct pile agrafe"


def open_to_others(*folders):
    """What somebody else on this machine could open."""
    found = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    return sorted(str(path) for path in found if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A cache and a folder for temporary files of its own, both outside the project folder."""
    (tmp_path / "tmp").mkdir(mode=0o700)
    monkeypatch.setenv("SOSIE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "cache" / "torch"))  # as `run` says it
    monkeypatch.setenv("SOSIE_PASSPHRASE", PHRASE)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return tmp_path


@pytest.mark.parametrize(
    "umask", [pytest.param(0o022, id="022"), pytest.param(0o000, id="000", marks=pytest.mark.slow)]
)
def test_no_verb_leaves_anything_for_others_to_read(umask, machine, capsys):
    folder, there = machine / "moi", machine / "là-bas"
    subprocess.run(["git", "init", "-q", str(machine)], check=True)
    folder.mkdir(mode=0o700)
    (folder / "sosie.toml").write_text(SETTINGS, encoding="utf-8")
    usual = os.umask(umask)
    try:
        for words in (
            ["import", str(sosie.demo.EXPORT), "--me", sosie.demo.ME],
            ["prepare"],
            ["train", "--name", "léa"],
            ["evaluate"],
            ["export", "bundle"],
            ["chat", "--double", str(folder / "sortie" / "sosie-léa.zip"), "--once", "salut"],
            ["export", "colab", "--model", "mini"],
            ["export", "colab", "--model", "mini", "--seal", "--to", str(machine / "ailleurs")],
            ["unpack", str(machine / "ailleurs" / "valise.zip"), "--folder", str(there)],
        ):
            at = [] if "--folder" in words else ["--folder", str(folder)]
            assert _run([*words, *at]) == 0, (words, capsys.readouterr().err)
            assert ("dépôt git" in capsys.readouterr().out) == (words[0] in ("import", "unpack")), words
            places = (folder, machine / "cache", machine / "ailleurs", there)
            assert not open_to_others(*(place for place in places if place.exists())), words
            assert not list((machine / "tmp").iterdir()), words
        play(Workspace(folder))
        assert not open_to_others(folder)
    finally:
        os.umask(usual)
    assert {path.name for path in machine.iterdir()} == {".git", "moi", "là-bas", "ailleurs", "cache", "tmp"}
    told = subprocess.run(["git", "status", "--porcelain"], cwd=machine, capture_output=True, text=True)
    assert not told.stdout and (machine / "cache" / ".gitignore").is_file()
    for name in ("exports", "data", "private", "runs", "sortie"):
        assert (folder / name / ".gitignore").read_text() == "*\n"


def play(workspace):
    game = Project(workspace.folder).arena(duels=10)
    with Votes(workspace.arena) as votes:
        votes.add(Vote("zoé", game.questions[0].id, *game.players[:2]))
        assert not open_to_others(workspace.folder)  # with the files that SQLite puts beside it

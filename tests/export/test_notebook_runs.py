"""The Colab notebook, run from top to bottom on a CPU with mini: what it brings back answers.

Stubbed, because this machine lacks them: google.colab (upload, download, Drive), and pip, which here only
unpacks the valise's wheel into a folder of its own, and notes what it was asked.
"""

import json
import os
import sys
import types
import zipfile
from pathlib import Path

import pytest
from test_notebook import cells

from sosie.api import Project
from sosie.core.dialogue import Turn
from sosie.core.sampling import Sampling
from sosie.core.workspace import Workspace
from sosie.engines.base import complete, open_engine

pytestmark = pytest.mark.slow

PHRASE = "un été près du lac"
PIP = """
import json, os, sys, zipfile
with open(os.environ["STUB_LOG"], "a", encoding="utf-8") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
wheel = sys.argv[-1].partition("[")[0]
zipfile.ZipFile(wheel).extractall(os.environ["STUB_SITE"])
"""


class Host:
    """A Colab of cardboard: its working folder, and what the person does there."""

    def __init__(self, folder, kit):
        self.folder, self.kit = folder, kit
        self.uploads, self.downloads = 0, []

    def upload(self):
        self.uploads += 1
        (self.folder / "valise.zip").write_bytes((self.kit / "valise.zip").read_bytes())
        return {"valise.zip": b""}

    def download(self, path):
        self.downloads.append(Path(path).name)

    def mount(self, path):
        Path(path, "MyDrive").mkdir(parents=True, exist_ok=True)

    def run(self, texts):
        """Each cell, in order, in one set of names."""
        names = {}
        for number, text in enumerate(texts):
            exec(compile(text, f"cellule {number}", "exec"), names)
        return names


@pytest.fixture
def host(work, tmp_path, monkeypatch):
    Project(work.folder).export("colab", passphrase=PHRASE)
    folder, site = tmp_path / "content", tmp_path / "site"
    (site / "pip").mkdir(parents=True)
    (site / "pip" / "__init__.py").touch()  # else the real pip would come first
    (site / "pip" / "__main__.py").write_text(PIP, encoding="utf-8")
    folder.mkdir()
    host = Host(folder, work.out)
    colab = types.ModuleType("google.colab")
    colab.files = types.SimpleNamespace(upload=host.upload, download=host.download)
    colab.drive = types.SimpleNamespace(mount=host.mount)
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.setattr("getpass.getpass", lambda asked: PHRASE)
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setenv("STUB_LOG", str(tmp_path / "pip.log"))
    monkeypatch.setenv("STUB_SITE", str(site))
    for name, value in {"PIP_NO_INDEX": "1", "PIP_TARGET": str(tmp_path / "nowhere")}.items():
        monkeypatch.setenv(name, value)  # whatever happens, the real pip touches nothing of ours
    monkeypatch.chdir(folder)
    return host


def on_drive(texts):
    """With the box ticked that keeps the work on Drive."""
    return [text.replace("GARDER_SUR_DRIVE = False", "GARDER_SUR_DRIVE = True") for text in texts]


def test_the_notebook_learns_measures_and_brings_back_a_double_that_answers(
    host, tmp_path, monkeypatch, capfd
):
    texts = on_drive(cells(host.kit / "sosie_colab.ipynb"))
    names = host.run(texts)
    said = capfd.readouterr().out

    asked, again = map(json.loads, (tmp_path / "pip.log").read_text("utf-8").splitlines())
    assert not any("torch" in word for word in (*asked, *again))
    assert asked[-1].endswith("[train,seal]") and asked.count("-c") == 2 and "--no-deps" in again
    found = (host.folder / "outils" / "trouve.txt").read_text("utf-8").splitlines()
    assert any(line.startswith("torch==") for line in found)

    assert host.uploads == 1 and host.downloads == [f"sosie-{names['NOM']}.zip", "rapport.html"]
    assert (host.folder / "drive" / "MyDrive" / "sosie" / "runs" / names["NOM"] / "double").is_dir()
    assert "Ressemblance" in said and PHRASE not in said
    # After a disconnection: all is run again, the valise is found on Drive, nothing is learnt twice.
    (host.folder / "valise.zip").unlink()
    training = next(place for place, text in enumerate(texts) if '"train", "--resume"' in text)
    host.run(texts[: training + 1])
    assert host.uploads == 1 and "Déjà appris" in capfd.readouterr().out

    monkeypatch.delitem(sys.modules, "google.colab")  # at home again
    engine = open_engine(host.folder / host.downloads[0])
    answer, usage = complete(engine.stream([Turn("user", "salut ?")], Sampling(max_tokens=8, seed=1)))
    assert answer.strip() and usage.tokens > 0


def test_an_unfinished_run_is_taken_up_again(host, monkeypatch):
    texts = cells(host.kit / "sosie_colab.ipynb")
    training = next(text for text in texts if '"train", "--resume"' in text)
    course = host.folder / "runs" / "colab-1"
    course.mkdir(parents=True)
    called = []
    names = {"faire": lambda *words: called.append(words), "MOI": host.folder, "NOM": "colab-1"}
    exec(training, dict(names))
    (course / "plan.json").touch()
    exec(training, dict(names))
    assert called[0][2:4] == ("--name", "colab-1") and called[1][2:4] == ("--resume", "colab-1")


def test_another_valise_than_the_notebooks_is_refused(host):
    texts = cells(host.kit / "sosie_colab.ipynb")
    taking = next(place for place, text in enumerate(texts) if "files.upload()" in text)
    with zipfile.ZipFile(host.folder / "valise.zip", "w") as other:
        other.writestr("SHA256SUMS", "rien")
    host.run(texts[: taking + 1])  # an old one, left there: it is asked for again
    assert host.uploads == 1
    (host.folder / "garde" / "valise.zip").unlink()
    (host.folder / "valise.zip").unlink()
    (host.kit / "valise.zip").write_bytes(b"PK")
    with pytest.raises(SystemExit, match="n'est pas la valise"):
        host.run(texts[: taking + 1])


def test_kaggle_finds_its_valise_packed_or_unpacked(host, tmp_path, monkeypatch):
    texts = cells(host.kit / "sosie_kaggle.ipynb")
    opening = next(place for place, text in enumerate(texts) if '"unpack"' in text)
    given = tmp_path / "input" / "ma-valise"
    given.mkdir(parents=True)
    with pytest.raises(SystemExit, match="Add Input"):
        host.run(texts[:opening])
    with zipfile.ZipFile(host.kit / "valise.zip") as valise:
        valise.extractall(given)
    names = host.run(texts[: opening + 1])
    assert names["VALISE"] == given and (Workspace(host.folder / "moi").data / "train.jsonl").is_file()
    (given / "valise.zip").write_bytes((host.kit / "valise.zip").read_bytes())
    assert host.run(texts[:opening])["VALISE"] == given / "valise.zip"
    assert os.environ.get("SOSIE_PASSPHRASE") is None

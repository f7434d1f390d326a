"""What stands in examples/ runs as it is, on the bundled conversation, and passes a strict type checker."""

import json
import subprocess
import sys

import pytest
from pages import ROOT

from sosie import demo

EXAMPLES = ROOT / "examples"
pytestmark = pytest.mark.slow


def run(name, *words, folder):
    command = [sys.executable, str(EXAMPLES / name), *map(str, words)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_export_is_counted(tmp_path):
    assert "Léa" in run("who_is_there.py", demo.EXPORT, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_double_is_trained_and_answers(tmp_path):
    pytest.importorskip("torch", reason="the bare install has no torch")
    said = run("train_and_talk.py", demo.EXPORT, demo.ME, "moi", folder=tmp_path)
    assert "perte" in said and said.count("\n- ") == 4


def test_files_of_replies_are_compared(tmp_path):
    for name in ("reponses", "vraies"):
        lines = [json.dumps({"text": f"mdr ouais {name} {n} carrément !!"}) for n in range(60)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert "R = " in run("likeness_of_files.py", "reponses.jsonl", "vraies.jsonl", folder=tmp_path)


def test_the_notebook_runs_from_its_first_cell_to_its_last(tmp_path, monkeypatch, capsys):
    pytest.importorskip("torch", reason="the bare install has no torch")
    cells = json.loads((EXAMPLES / "carnet.ipynb").read_text(encoding="utf-8"))["cells"]
    assert not any(cell.get("outputs") for cell in cells)
    monkeypatch.chdir(tmp_path)
    names = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert capsys.readouterr().out.strip()


def test_the_scripts_pass_a_strict_type_checker():
    pytest.importorskip("mypy", reason="the bare install has no mypy")
    scripts = map(str, EXAMPLES.glob("*.py"))
    command = [sys.executable, "-m", "mypy", "--strict", *scripts]  # with the cache of `make lint`
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout

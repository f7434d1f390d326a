"""The notebooks and the script as files: what a person opens, before anything is run."""

import ast
import json
import re
import subprocess

import pytest

from sosie.api import Project
from sosie.export import notebook

NAMES = ("sosie_colab.ipynb", "sosie_kaggle.ipynb")


@pytest.fixture
def kit(work):
    Project(work.folder).export("colab", model="vigostral")
    return work.out


def cells(path, kind="code"):
    """The texts of a notebook's cells."""
    told = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in told if cell["cell_type"] == kind]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_whole_and_was_never_run(name, kit):
    told = json.loads((kit / name).read_text("utf-8"))
    assert (told["nbformat"], told["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in told["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in told["cells"]:
        assert cell["cell_type"] == "markdown" or (cell["outputs"] == [] and cell["execution_count"] is None)
    assert "§" not in (kit / name).read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_is_longer_than_fifteen_lines_and_each_is_python(name, kit):
    for text in cells(kit / name):
        assert len(text.splitlines()) <= 15
        ast.parse(text)


@pytest.mark.parametrize("name", NAMES)
def test_pip_is_never_asked_for_torch_and_nothing_is_to_be_restarted(name, kit):
    for text in cells(kit / name):
        for call in re.findall(r"faire\(\"pip\".*?\)\n", text + "\n", re.DOTALL):
            assert "torch" not in call and ("-c" in call or "--no-deps" in call)
        assert "os.kill" not in text and "restart" not in text


@pytest.mark.parametrize("name", NAMES)
def test_the_titles_are_numbered_and_say_what_leaves(name, kit):
    texts = cells(kit / name, "markdown")
    numbers = [int(found[1]) for text in texts if (found := re.match(r"## (\d+)\. ", text))]
    assert numbers == [*range(1, len(numbers) + 1)] and len(numbers) >= 7
    assert "noms peuvent y rester" in texts[0] and "Google" in texts[0] and "environ" in texts[0]


CARDS = {"Tesla T4, 15360": "Tesla T4, 15 Go", "NVIDIA L4, 23034": "NVIDIA L4, 22 Go"}
CARDS["NVIDIA A100-SXM4-40GB, 40960"] = "NVIDIA A100-SXM4-40GB, 40 Go"


def look(kit, tmp_path, monkeypatch, said):
    """Run the cells that look at the card, beside an nvidia-smi that says this (None: there is none)."""
    tools = tmp_path / "outils"
    tools.mkdir()
    if said is not None:
        (tools / "nvidia-smi").write_text(f"#!/bin/sh\necho '{said}'\n", encoding="utf-8")
        (tools / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    first, _, card, *_ = cells(kit / NAMES[0])
    exec(compile(f"{first}\n{card}", "carnet", "exec"), {})


@pytest.mark.parametrize("said", CARDS)
def test_the_card_is_told_in_words(said, kit, tmp_path, monkeypatch, capsys):
    look(kit, tmp_path, monkeypatch, said)
    assert f"Carte graphique : {CARDS[said]}." in capsys.readouterr().out


def test_no_card_says_where_to_find_one(kit, tmp_path, monkeypatch):
    with pytest.raises(SystemExit, match="Modifier le type d'exécution"):
        look(kit, tmp_path, monkeypatch, None)


def test_the_script_is_bash_and_is_the_same_cells(kit):
    script = kit / "entrainer.sh"
    subprocess.run(["bash", "-n", script], check=True)
    text = script.read_text("utf-8")
    code = text.partition("<<'FIN'\n")[2].rpartition("\nFIN")[0]
    ast.parse(code)
    assert "google.colab" not in code and script.stat().st_mode & 0o100
    assert all(cell.text in code for cell in notebook.cells("box", fillings(text)) if cell.kind == "code")


def fillings(text):
    """What the script was filled with, as it shows."""
    mark, name = (re.search(rf'^{key} = "(.*?)"', text, re.MULTILINE)[1] for key in ("EMPREINTE", "NOM"))
    told = {"EMPREINTE": mark, "NOM": name, "EXTRAS": "train,qlora", "SCELLEE": "False", "BESOIN": "True"}
    return told

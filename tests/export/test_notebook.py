"""The notebooks and the script as files: what a person opens, before anything is run."""

import ast
import json
import re
import subprocess

import pytest

from sosie.api import Project
from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Turn
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
    disk, memory = re.search(r"^DISQUE, MEMOIRE = ([\d.]+), ([\d.]+)", text, re.MULTILINE).groups()
    return {**told, "DISQUE": disk, "MEMOIRE": memory}


def run_cell(kit, place, **names):
    """The first cell, then this one, with other values for names of the first."""
    first, _, card, room, *_ = cells(kit / NAMES[0])
    said = dict[str, object]()
    exec(compile(first, "carnet", "exec"), said)
    exec(compile({"card": card, "room": room}[place], "carnet", "exec"), said | names)


def test_disk_and_memory_are_looked_at_before_the_model_is_fetched(kit, capsys):
    for missing in ({"DISQUE": 1e9}, {"MEMOIRE": 1e9}):
        with pytest.raises(SystemExit, match=r"Pas assez de place : il faut 1000000000 Go de .*Exécution >"):
            run_cell(kit, "room", **{"DISQUE": 0, "MEMOIRE": 0, **missing})
    run_cell(kit, "room", DISQUE=0, MEMOIRE=0)
    assert "Assez de disque" in capsys.readouterr().out
    disk, memory = re.search(r"DISQUE, MEMOIRE = (.*), (.*)  #", cells(kit / NAMES[0])[0]).groups()
    assert 14.5 + 4 < float(disk) < 30 and float(memory) < 12  # what Colab has


def test_a_python_newer_than_the_libraries_is_told_with_where_to_choose_another(kit, monkeypatch):
    monkeypatch.setattr("sys.version_info", (3, 14, 0))
    with pytest.raises(SystemExit, match=r"Python 3\.14 est trop récent : .*Version de l'environnement"):
        run_cell(kit, "card", CARTE_NECESSAIRE=False)


def test_kaggle_says_what_its_card_asks_of_an_account(kit):
    assert "Phone Verification" in cells(kit / "sosie_kaggle.ipynb", "markdown")[0]


@pytest.mark.parametrize(("epochs", "advised"), [(1.0, False), (100.0, True)])
def test_a_long_run_is_advised_to_be_kept_on_drive(work, epochs, advised):
    dialogues = [Dialogue((Turn("user", "a " * 200), Turn("assistant", f"{n} " * 200))) for n in range(200)]
    jsonl.write(work.data / "train.jsonl", dialogues)
    work.settings.write_text(f"[train]\nepochs = {epochs}\n")
    Project(work.folder).export("colab", model="vigostral")
    (text,) = (t for t in cells(work.out / NAMES[0], "markdown") if "Garder le travail sur Drive" in t)
    assert ("Cochez-la ici" in text) == advised

"""`sosie fleet`: one JSON object with the agreed keys, sentences for people, and no stack trace."""

import json
import shutil
import socket
from pathlib import Path

import pytest

import sosie
from sosie.cli.fleet_screen import SHOWN_LETTERS, line_of
from sosie.cli.main import _run
from sosie.core.progress import Event
from sosie.fleet.journal import Journal, Outcome
from sosie.fleet.run import STATE_FOLDER

EXAMPLE = Path(sosie.__file__).parent / "demo" / "Discussion WhatsApp avec Malo.zip"


@pytest.fixture
def people(tmp_path):
    for name in ("lea", "vide"):
        (tmp_path / name).mkdir()
    shutil.copy(EXAMPLE, tmp_path / "lea")
    return tmp_path


def test_one_object_on_stdout_and_the_sentences_beside(people, capsys):
    assert _run(["fleet", "prepare", str(people), "--json", "--processes", "1"]) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert told.pop("seconds") > 0
    assert told == {"people": 2, "done": 1, "set_aside": {"NothingToDo": 1}}
    assert "vide : Il n'y a rien à lire dans ce dossier." in said.err


def test_who_is_set_aside_is_announced_and_nothing_done_is_no_success(people, capsys):
    assert _run(["fleet", "prepare", str(people), "--processes", "1"]) == 0
    assert "1 sur 2 personnes" in (said := capsys.readouterr().out) and "; 1 de côté :" in said
    (people / "lea").rename(people / ".lea")
    assert _run(["fleet", "prepare", str(people), "--processes", "1"]) == 0
    assert "0 sur 1 personne" in (said := capsys.readouterr().out) and "✓" not in said


def test_a_long_name_leaves_room_for_the_bars():
    facts = {"worker": 0, "person": "Jean-Baptiste " * 9, "doing": "a kind with no name"}
    key, words = line_of(Event("worker", 1, 2, facts))
    assert key == "  processus 1" and len(words) == SHOWN_LETTERS and words.endswith("…")


def test_nobody_to_work_for_is_a_sentence(tmp_path, capsys):
    assert _run(["fleet", "train", str(tmp_path / "nowhere"), "--model", "mini", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "NothingToDo"
    assert not (tmp_path / "nowhere").exists()


def test_settings_of_all_that_are_wrong_stop_before_anybody(people, capsys):
    (people / "sosie.toml").write_text("[prepare]\nmax_turn = 3\n", encoding="utf-8")
    assert _run(["fleet", "prepare", str(people), "--json"]) == 3
    assert "max_turns" in json.loads(capsys.readouterr().out)["error"]["mend"]


def test_an_estimate_does_nothing_and_says_what_it_rests_on(people, capsys):
    asked = ["fleet", "train", str(people), "--estimate", "1000", "--processes", "10", "--price-per-hour=2"]
    assert _run([*asked, "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "NothingToDo"
    journal = Journal(people / STATE_FOLDER)
    for number in range(10):
        journal.add("train", Outcome(f"p{number}", seconds=30.0 + number))
    assert _run(asked) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "1 000 personnes" in said.replace("\u202f", " ") and "Mesuré ici : 10 personnes" in said
    assert not (people / "lea" / "data").exists()


def test_ray_on_an_open_network_is_refused_before_anything(people, capsys, monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])
    assert _run(["fleet", "prepare", str(people), "--ray", "--json"]) == 3
    assert "sans mot de passe" in json.loads(capsys.readouterr().out)["error"]["message"]
    assert not (people / "lea" / "data").exists()

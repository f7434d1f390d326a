"""`sosie arena` in a terminal: what is refused before anything is loaded, and the tally."""

import json

import pytest

from sosie.api import Project
from sosie.arena.scoreboard import PERSON
from sosie.arena.votes import Vote, Votes
from sosie.arena.web import access as door
from sosie.cli.main import _run
from sosie.core.errors import BadData, NothingToDo
from sosie.core.workspace import Workspace
from sosie.evaluate.statistics import wilson


@pytest.fixture
def played(tmp_path):
    with Votes(tmp_path / "arena.db") as votes:
        for n in range(60):
            pair = ("lea@3fa2b1", PERSON) if n % 3 == 0 else (PERSON, "lea@3fa2b1")
            votes.add(Vote(f"ami{n % 4}", f"q{n}", *pair))
        votes.add(Vote("ami0", "q99", PERSON, "lea@3fa2b1", known=True))
    return tmp_path


def write(path, count, answer="oui"):
    path.parent.mkdir(exist_ok=True)
    turns = [{"role": "user", "content": "et N ?"}, {"role": "assistant", "content": f"{answer} N"}]
    lines = (json.dumps({"messages": turns}).replace("N", str(n)) for n in range(count))
    path.write_text("\n".join(lines), encoding="utf-8")


def test_the_tally_in_json_has_rate_interval_and_n(played, capsys):
    assert _run(["arena", "--tally", "--json", "--folder", str(played)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["votes"], said["raters"], said["questions"], said["known"]) == (60, 4, 60, 1)
    (row,) = said["fooling"]
    assert (row["player"], row["fooled"], row["n"]) == ("lea@3fa2b1", 20, 60)
    assert (row["rate"], row["low"], row["high"]) == pytest.approx((1 / 3, *wilson(20, 60)), abs=1e-12)
    assert said["strengths"] == []


def test_a_person_reads_the_tally(played, capsys):
    assert _run(["arena", "--tally", "--folder", str(played)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "33 % des votes, entre 23 et 46 (à 95 %, 60 votes)" in said.replace("\u202f", " ")
    assert "1 mis de côté" in said and "lea a été pris" in said


def test_three_players_are_ranked(played, capsys):
    with Votes(played / "arena.db") as votes:
        for n in range(20):
            votes.add(Vote("ami5", f"q{n}", PERSON, "mini"))
    assert _run(["arena", "--tally", "--folder", str(played)]) == 0
    said = capsys.readouterr().out
    assert "1. la vraie personne" in said and "3. mini" in said


def test_nobody_has_played_is_one_sentence_and_makes_no_base(tmp_path, capsys):
    assert _run(["arena", "--tally", "--json", "--folder", str(tmp_path)]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "NothingToDo"
    assert not (tmp_path / "arena.db").exists()


@pytest.fixture
def doors(monkeypatch):
    """The keys that doors are opened with, where no game is."""
    made = []
    monkeypatch.setattr(door.Door, "__init__", lambda self, host, key="": made.append((host, key)))
    return made


def test_a_wider_door_has_a_key_drawn_by_lot(tmp_path, doors):
    for _ in range(2):
        assert _run(["arena", "--host", "0.0.0.0", "--folder", str(tmp_path)]) == 3
    assert _run(["arena", "--folder", str(tmp_path)]) == 3
    (_, first), (_, second), (_, none) = doors
    assert len(first) == len(second) == 12 and first != second and none == ""


def test_the_key_comes_from_a_file_or_from_the_environment(tmp_path, monkeypatch, doors):
    (tmp_path / "clé").write_text("tuba-en-mi\n", encoding="utf-8")
    monkeypatch.setenv("SOSIE_ARENA_KEY", "de-la-variable")
    for more in ([], ["--key-file", str(tmp_path / "clé")]):
        assert _run(["arena", "--host", "0.0.0.0", *more, "--folder", str(tmp_path)]) == 3
    assert [key for _, key in doors] == ["de-la-variable", "tuba-en-mi"]


def test_a_key_among_the_words_of_the_command_is_refused_before_anything_else(tmp_path, capsys):
    assert _run(["arena", "--key", "tuba-en-mi", "--folder", str(tmp_path)]) == 3
    said = " ".join(capsys.readouterr().err.split())
    assert "peuvent l'y lire" in said and "--key-file" in said and "SOSIE_ARENA_KEY" in said
    assert "tuba" not in said


def test_a_key_that_could_be_guessed_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SOSIE_ARENA_KEY", "abc")
    assert _run(["arena", "--host", "0.0.0.0", "--folder", str(tmp_path)]) == 3
    assert "trop courte" in capsys.readouterr().err


def test_the_page_has_no_json(tmp_path, capsys):
    assert _run(["arena", "--json", "--folder", str(tmp_path)]) == 3
    assert "--tally --json" in json.loads(capsys.readouterr().out)["error"]["mend"]


def test_the_game_is_made_of_the_test_part_else_of_the_valid_one(tmp_path):
    work = Workspace(tmp_path)
    write(tmp_path / "data" / "valid.jsonl", 12, "validé")
    assert "validé" in Project(work.folder).arena(["echo"]).questions[0].answers[PERSON]
    write(tmp_path / "data" / "test.jsonl", 30)
    game = Project(work.folder).arena(["echo"], duels=20)
    assert len(game.questions) == 20 and game.players == (PERSON, "echo")
    assert game == Project(work.folder).arena(["echo"], duels=20)
    write(tmp_path / "autre.jsonl", 11, "ailleurs")
    held = Project(work.folder).arena(["echo"], held=tmp_path / "autre.jsonl")
    assert "ailleurs" in held.questions[0].answers[PERSON] and len(held.questions) == 11


def test_without_a_double_or_enough_replies_there_is_no_game(tmp_path):
    with pytest.raises(NothingToDo, match="dialogues"):
        Project(tmp_path).arena(["echo"])
    write(tmp_path / "data" / "test.jsonl", 9)
    with pytest.raises(NothingToDo, match="il y en a 9"):
        Project(tmp_path).arena(["echo"])
    write(tmp_path / "data" / "test.jsonl", 10)
    with pytest.raises(NothingToDo, match="double"):
        Project(tmp_path).arena()


def test_a_damaged_base_is_one_sentence(tmp_path):
    (tmp_path / "arena.db").write_bytes(b"x" * 4096)
    with pytest.raises(BadData, match="abîmé"):
        Project(tmp_path).tally()

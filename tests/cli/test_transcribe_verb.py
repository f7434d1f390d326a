"""`sosie transcribe` in a terminal and in JSON: counts for programs, what clean-up strikes out for people."""

import json

import pytest
from beeps import sound

from sosie.cli.main import _run


@pytest.fixture
def memos(tmp_path):
    folder = tmp_path / "memos"
    folder.mkdir()
    for name, text, word in (("a", "Euh, on on se voit demain.", "on"), ("b", "Secret secret.", "non")):
        (folder / f"{name}.wav").write_bytes(sound(word))
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    (folder / "c.wav").write_bytes(b"")
    return folder


def transcribe(memos, *words):
    return _run(["transcribe", str(memos), "--engine", "text", "--folder", str(memos.parent / "moi"), *words])


def test_in_json_there_are_counts_and_no_word_that_was_said(memos, capsys):
    assert transcribe(memos, "--json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "notes": 3,
        "transcribed": 2,
        "skipped": {"fichier vide": 1},
        "seconds_of_sound": 0.0,
    }
    assert "ecret" not in out + err


def test_a_person_sees_what_was_heard_and_what_to_do_next(memos, capsys):
    assert transcribe(memos) == 0
    out = capsys.readouterr().out
    assert "2 notes sur 3" in out and "1 · fichier vide" in out
    assert "a.wav : Euh, on on se voit demain." in " ".join(out.split())
    assert "sosie prepare" in out


def test_an_engine_that_is_not_known_names_the_nearest(memos, capsys):
    assert _run(["transcribe", str(memos), "--engine", "fasterwhisper", "--folder", str(memos.parent)]) == 3
    assert "« faster-whisper »" in "".join(capsys.readouterr())

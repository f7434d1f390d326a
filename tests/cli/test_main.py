"""The one door: French errors, exit codes, and one JSON object on stdout."""

import json

import pytest

from sosie.cli.main import _run
from sosie.cli.verbs import VERBS
from sosie.core.errors import NothingToDo
from sosie.core.french_text import decimal, duration, number, size


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_french_help_page(verb, capsys):
    assert _run([verb, "--help"]) == 0
    page = capsys.readouterr().out
    assert f"Usage : sosie {verb}" in page
    assert "default:" not in page and "[required]" not in page and "Parameters" not in page


def test_an_unknown_verb_names_the_nearest(capsys):
    assert _run(["tran"]) == 2
    assert "sosie train" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["inspect"], "Il manque"),
        (["inspect", "x", "--texte"], "--texte"),
        (["prepare", "--silence-minutes", "beaucoup"], "--silence-minutes est impossible"),
        (["prepare", "--silence-minutes", "1"], "au moins 5, au plus 2880"),
        (["plan", "--hardware", "ordinateur"], "bon type"),
    ],
)
def test_wrong_usage_is_one_french_sentence(words, said, capsys):
    assert _run(words) == 2
    told = capsys.readouterr().err
    assert said in told and "--help" in told


def test_an_error_is_one_json_object(tmp_path, capsys):
    assert _run(["inspect", str(tmp_path / "rien.zip"), "--json"]) == 3
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert set(error) == {"kind", "message", "mend"} and error["mend"]
    assert not err


def test_what_no_room_foresaw_never_shows_a_trace(monkeypatch, capsys):
    def broken(*args, **kwargs):
        raise ValueError("un texte privé")

    monkeypatch.setattr("sosie.sources.summary.MixedExports", broken)
    assert _run(["inspect", "x"]) == 3
    told = capsys.readouterr().err
    assert "ValueError" in told and "privé" not in told and "Traceback" not in told


def test_ctrl_c_is_130(monkeypatch, capsys):
    def stopped(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("sosie.sources.summary.MixedExports", stopped)
    assert _run(["inspect", "x"]) == 130


def test_a_wrong_settings_file_is_told_before_anything_is_done(tmp_path, capsys):
    (tmp_path / "sosie.toml").write_text("[prepare]\nsilense_minutes = 30\n", encoding="utf-8")
    assert _run(["prepare", "--folder", str(tmp_path)]) == 3
    assert "silence_minutes" in capsys.readouterr().err


def test_numbers_are_said_as_in_french():
    assert number(1234567) == "1\u202f234\u202f567"
    assert decimal(1.834) == "1,83"
    assert duration(75) == "1 min 15 s"
    assert size(4_120_000_000) == "4,1 Go"


def test_a_verb_of_a_verb_takes_the_table_of_the_first(tmp_path, monkeypatch):
    heard = []

    def taught(self, *given):
        heard.append(given[4].layers)
        raise NothingToDo("", "")

    monkeypatch.setattr("sosie.api.Project.train_nanochat", taught)
    (tmp_path / "sosie.toml").write_text("[nanochat]\nlayers = 3\n")
    for words, layers in (([], 3), (["--layers", "2"], 2)):
        assert _run(["nanochat", "train", *words, "--folder", str(tmp_path)]) == 3
        assert heard.pop() == layers


def test_what_follows_two_dashes_goes_to_the_program_that_is_run(tmp_path, monkeypatch):
    heard = []
    monkeypatch.setattr("sosie.nanochat.launcher.run", lambda *given: heard.append(given[3]) or 7)
    words = ["nanochat", "run", "chat_cli", "--checkout", str(tmp_path), "--", "-p", "a", "--json", "-t", "0"]
    assert _run(words) == 7
    assert heard == [("-p", "a", "--json", "-t", "0")]

"""`sosie import` and `sosie inspect`: a mix told app by app, and questions asked once."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest

from sosie.cli import import_ as verb
from sosie.cli import inspect_
from sosie.cli.console import Terminal
from sosie.cli.main import _run
from sosie.core.months import counts_by_month
from sosie.sources.summary import Summary

FIXTURES = Path(__file__).parent.parent / "fixtures"
CONTRACT = {
    *("source", "conversations", "messages", "text_messages", "system", "media", "deleted", "edited"),
    *("forwarded", "senders", "first", "last", "owner", "date_order", "entries", "skipped"),
}


@pytest.fixture
def mix(tmp_path):
    """Telegram says who its owner is; in WhatsApp they bear another name."""
    folder = tmp_path / "mêlé"
    shutil.copytree(FIXTURES / "telegram/export", folder / "Telegram")
    for name in ("Zoé", "Paul"):
        lines = f"13/02/2024, 10:00 - {name}: coucou\n13/02/2024, 10:01 - Maëlou: oui {name}\n"
        (folder / f"discussion {name}.txt").write_text(lines, encoding="utf-8")
    (folder / "notes.txt").write_text("rien à voir\n", encoding="utf-8")
    return folder


def run(capsys, *words):
    assert _run([*map(str, words)]) == 0
    return capsys.readouterr().out


def settings(work):
    return tomllib.loads((work / "sosie.toml").read_text("utf-8"))["import"]


@pytest.fixture
def answers(monkeypatch):
    """A terminal in which questions are answered from a list; those asked are kept."""
    asked, given = [], []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(verb.YesOrNo, "ask", lambda *args, **kwargs: asked.append(args) or given.pop(0))
    return asked, given


def test_inspect_shows_a_mix_as_one_summary_with_the_contract_s_keys(mix, capsys):
    told = json.loads(run(capsys, "inspect", mix, "--json"))
    assert set(told) >= CONTRACT
    assert [one["source"] for one in told["exports"]] == ["telegram", "whatsapp"]
    assert told["unread"] == [{"file": "notes.txt", "reason": "format non reconnu"}]
    assert told["entries"] == told["messages"] + told["system"] + sum(told["skipped"].values())


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_no_line_of_the_drawing_is_wider_than_the_terminal(columns, mix, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    page = run(capsys, "inspect", mix)
    assert max(len(line.rstrip()) for line in page.splitlines()) <= min(int(columns), inspect_.WIDEST)
    for part in ("Par export", "Qui écrit", "Quand", "Laissé de côté", "notes.txt : format non reconnu"):
        assert part in page
    assert "\x1b[" not in page


def test_a_name_cannot_play_with_the_terminal(capsys, tmp_path):
    (tmp_path / "a.txt").write_text("13/02/2024, 10:00 - [red]Z\x1b[2Joé: a\n" * 3, encoding="utf-8")
    page = run(capsys, "inspect", tmp_path / "a.txt")
    assert "[red]Z" in page and "\x1b" not in page


def test_months_without_a_word_are_shown_and_many_months_are_years():
    assert counts_by_month({"2024-11": 2, "2025-02": 1}, 24) == [
        ("2024-11", 2), ("2024-12", 0), ("2025-01", 0), ("2025-02", 1),
    ]  # fmt: skip
    assert counts_by_month({"2019-01": 2, "2019-02": 1, "2022-05": 4}, 24) == [
        ("2019", 3), ("2020", 0), ("2021", 0), ("2022", 4),
    ]  # fmt: skip
    assert counts_by_month({}, 24) == []


def test_a_bar_is_drawn_to_an_eighth_and_what_is_there_is_seen():
    assert inspect_.bar(10, 10, 4) == "████" and inspect_.bar(5, 10, 3) == "█▌"
    assert inspect_.bar(1, 100_000, 10) == "▏" and inspect_.bar(0, 10, 10) == ""


def test_an_export_without_messages_can_be_drawn(capsys):
    terminal = Terminal(Path(), as_json=False)
    inspect_.draw_inspect(terminal.console, Summary("whatsapp"), "vide.txt")
    assert "0 message en 0 conversation, sans date" in capsys.readouterr().out


def test_without_a_terminal_the_question_is_told_with_its_command(mix, tmp_path, capsys):
    work = tmp_path / "moi"
    page = run(capsys, "import", mix, "--folder", work)
    assert "« Maëlou » (2 messages), est-ce vous ?" in page and "toutes les discussions à deux" in page
    assert f"sosie import {mix} --me Maëlou" in page.replace("'", "")
    told = json.loads(run(capsys, "import", mix, "--folder", work, "--json"))
    (question,) = [one for one in told["questions"] if one["name"] == "Maëlou"]
    assert (
        question["source"] == "whatsapp"
        and question["reasons"]
        and question["command"].endswith("--me 'Maëlou'")
    )
    assert told["added"] == 0 and told["unread"] and "Maëlou" not in told["me"]
    told = json.loads(run(capsys, "import", mix, "--me", "Maëlou", "--folder", work, "--json"))
    assert "Maëlou" in told["me"] and not told["questions"] and not told["unclear"]
    assert settings(work)["me"] == ["Maëlou"]


@pytest.mark.parametrize("yes", [True, False])
def test_in_a_terminal_the_question_is_asked_once_and_the_answer_kept(yes, mix, tmp_path, capsys, answers):
    asked, given = answers
    given += [yes] * 9
    work = tmp_path / "moi"
    page = run(capsys, "import", mix, "--folder", work)
    assert "« Maëlou » (2 messages)" in page and "toutes les discussions à deux" in page
    assert settings(work)["aliases"]["whatsapp/Maëlou"] is yes
    before = len(asked)
    run(capsys, "import", mix, "--folder", work)
    assert len(asked) == before
    assert ("Maëlou" in json.loads(run(capsys, "import", mix, "--folder", work, "--json"))["me"]) is yes


def test_with_json_nothing_is_asked_even_in_a_terminal(mix, tmp_path, capsys, answers):
    assert json.loads(run(capsys, "import", mix, "--folder", tmp_path / "moi", "--json"))["questions"]
    assert not answers[0]


def test_a_confirmed_alias_is_learnt_from(mix, tmp_path, capsys, answers):
    answers[1].extend([True] * 9)
    work = tmp_path / "moi"
    run(capsys, "import", mix, "--folder", work)
    run(capsys, "prepare", "--folder", work)
    learnt = "".join(path.read_text("utf-8") for path in (work / "data").glob("*.jsonl"))
    assert '"content": "oui [PRÉNOM_1]"' in learnt


def test_yes_and_no_are_french():
    prompt = verb.YesOrNo("?")
    assert [prompt.process_response(said) for said in ("oui", "O", " n ", "Non")] == [
        True,
        True,
        False,
        False,
    ]


def test_several_paths_of_several_apps_are_imported_at_once(mix, tmp_path, capsys):
    paths = [mix / "Telegram", *mix.glob("discussion*.txt")]
    told = json.loads(run(capsys, "import", *paths, "--folder", tmp_path / "moi", "--json"))
    assert set(told["sources"]) == {"telegram", "whatsapp"}
    assert told["added"] == sum(part["added"] for part in told["sources"].values())

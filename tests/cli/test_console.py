"""What a log or a notebook shows of long work, where nothing can be redrawn."""

from pathlib import Path

import pytest

from sosie.cli import console
from sosie.cli.console import Terminal
from sosie.cli.train import train
from sosie.core.errors import NothingToDo, UnknownModel
from sosie.core.progress import Event


@pytest.fixture
def clock(monkeypatch):
    """Seconds, moved by hand."""
    now = [1000.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    return now


def test_a_log_shows_a_line_of_progress_from_time_to_time(clock, capsys):
    with Terminal(Path(), as_json=False) as terminal:
        for done in range(1, 41):
            clock[0] += 1
            terminal.report(Event("step", done=done, total=40, facts={"loss": 1.5}))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and lines[0].startswith("Entraînement 16/40 · perte 1,50 · encore")


def test_json_leaves_the_log_alone(clock, capsys):
    with Terminal(Path(), as_json=True) as terminal:
        for done in range(1, 41):
            clock[0] += 1
            terminal.report(Event("step", done=done, total=40))
    assert capsys.readouterr() == ("", "")


def test_a_model_is_opened_under_a_spinner_that_goes_with_what_follows(monkeypatch, capsys):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm")
    with Terminal(Path(), as_json=False) as terminal:
        terminal.report(Event("load"))
        assert [task.description for task in terminal._progress.tasks] == ["Chargement"]
        terminal.report(Event("step", done=1, total=2))
        assert [task.description for task in terminal._progress.tasks] == ["Entraînement"]
    assert "Chargement" in capsys.readouterr().out


def test_a_model_that_cannot_be_opened_leaves_no_spinner(monkeypatch, tmp_path):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with Terminal(tmp_path, as_json=False) as terminal:
        with pytest.raises(UnknownModel):
            terminal.open_engine("zzz")
        assert not terminal._progress.tasks


def test_the_engine_that_is_named_opens_it(tmp_path):
    assert Terminal(tmp_path, as_json=False).open_engine("echo", engine="echo").name == "echo"


def test_the_question_before_a_download_takes_oui(monkeypatch, tmp_path):
    monkeypatch.setattr("builtins.input", lambda *_: next(said))
    for answer, agreed in (("oui", True), ("o", True), ("non", False), ("", False)):
        said, heard = iter([answer]), []

        def trained(*args, heard=heard):
            heard.append(args[4]("Le télécharger (14,5 Go) ?"))
            raise NothingToDo("", "")

        monkeypatch.setattr("sosie.api.Project.train", lambda self, *args, hear=trained: hear(*args))
        terminal = Terminal(tmp_path, as_json=False)
        terminal.ask = True
        with pytest.raises(NothingToDo):
            train(terminal=terminal)
        assert heard == [agreed]

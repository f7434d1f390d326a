"""What a log or a notebook shows of long work, where nothing can be redrawn."""

from pathlib import Path

import pytest

from sosie.cli import console
from sosie.cli.console import Terminal
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

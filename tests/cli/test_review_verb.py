"""`sosie review` at a real terminal: what keys do, what a kill costs, and the terminal as it was before."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time

import pytest

from sosie import Project
from sosie.cli.keys import split_keys
from sosie.cli.main import _run
from sosie.core.jsonl import own_dialogues
from sosie.prepare.pipeline import options_of
from sosie.prepare.review.session import open_review

PATIENCE = 40.0  # seconds
DIALOGUES = 60


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("review")
    lines = [
        line
        for n in range(DIALOGUES)
        for line in (
            f"{n % 28 + 1:02}/{n // 28 + 1:02}/2025 10:00 - Malo: question {n} ?",
            f"{n % 28 + 1:02}/{n // 28 + 1:02}/2025 10:01 - Léa: réponse {n} oui",
            f"{n % 28 + 1:02}/{n // 28 + 1:02}/2025 10:02 - Malo: et {n} ?",
            f"{n % 28 + 1:02}/{n // 28 + 1:02}/2025 10:03 - Léa: non {n}",
        )
    ]
    export = folder / "Discussion WhatsApp avec Malo.txt"
    export.write_text("\n".join(lines), encoding="utf-8")
    project = Project(folder / "moi")
    project.import_([export], me=["Léa"])
    return project


@pytest.fixture
def project(prepared):
    for name in ("decisions.jsonl", "reviewed.jsonl"):
        (prepared.workspace.data / name).unlink(missing_ok=True)
    prepared.prepare()
    return prepared


def test_a_name_that_prepare_was_told_to_keep_stays_in_a_correction_until_its_person_is_removed(project):
    project.prepare(keep_names=("Bertrand",))
    review = project.review()
    row = review.rows()[0]
    review.edit(row.id, 1, "demande à Bertrand et à Zoé")
    assert review.row(row.id).turns[1].text == "demande à Bertrand et à [PRÉNOM_1]"
    project.forget("Bertrand", exact=True)
    named = [path for path in project.workspace.folder.rglob("*.json*") if b"Bertrand" in path.read_bytes()]
    assert [path.name for path in named if not path.name.startswith("retrait-")] == []
    assert options_of(project.workspace).keep_names == ()


class Screen:
    """A terminal in which `sosie review` runs."""

    def __init__(self, project):
        self.master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (24, 100))
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sosie", "review", "--folder", str(project.workspace.folder)],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )

    def until(self, *texts):
        """What was drawn until all of it was seen."""
        seen, end = b"", time.monotonic() + PATIENCE
        while not all(text.encode() in seen for text in texts):
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            assert ready, seen.decode("utf-8", "replace")
            seen += os.read(self.master, 65536)
        return seen.decode("utf-8", "replace")

    def press(self, keys, *texts):
        os.write(self.master, keys.encode())
        return self.until(*texts)

    def wait(self):
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            if select.select([self.master], [], [], 0.05)[0]:
                os.read(self.master, 65536)
        return self.process.poll()

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.before


def texts(project):
    parts = (own_dialogues(project.workspace, part) for part in ("train", "valid", "test"))
    return [[turn.text for turn in dialogue.turns] for part in parts for dialogue in part]


def test_fifty_dialogues_are_walked_through_and_what_was_decided_is_kept(project):
    screen = Screen(project)
    screen.until("1/60", "question 0 ?")
    for n in range(1, 50):
        screen.press("j", f"{n + 1}/60")
    screen.press("k", "49/60")
    screen.press("d", "Écarté")
    screen.press("e", "Corriger")
    screen.press("2\r", "réponse 49 oui")
    screen.press(" mon num 06 39 98 12 47\r", "[TÉLÉPHONE_1]")
    screen.press("j", "51/60")
    screen.press("d", "Écarté")
    screen.press("z", "Annulé : écarté")
    screen.press("/", "Chercher")
    screen.press("et 3\r", "1/11")
    screen.press("b", "11 dialogues")
    screen.press("d", "tout annuler")
    os.write(screen.master, b"q")
    screen.until("data/ est à jour")
    assert screen.wait() == 0 and screen.is_as_before()
    kept = texts(project)
    assert len(kept) == 60 - 1 - 11
    assert ["question 49 ?", "réponse 49 oui mon num [TÉLÉPHONE_1]", "et 49 ?", "non 49"] in kept
    again = Screen(project)
    again.until("1/60")
    again.press("f", "pauvre")
    again.press("d", "1/12")
    again.press("z", "Annulé : écarté (11 dialogues)")
    os.write(again.master, b"q")
    assert again.wait() == 0
    assert len(texts(project)) == 59


def test_a_kill_costs_at_most_the_key_in_hand_and_the_next_verb_applies_the_rest(project):
    screen = Screen(project)
    screen.until("1/60")
    for n in range(10):
        screen.press("d", f"{n + 2}/60", "Écarté")
    screen.process.kill()
    screen.process.wait()
    assert open_review(project.workspace).counts()["drop"] == 10
    assert len(texts(project)) == 60
    assert _run(["review", "--json", "--folder", str(project.workspace.folder)]) == 0
    assert len(texts(project)) == 50


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_leaves_the_terminal_as_it_was(project, number, code):
    screen = Screen(project)
    screen.until("1/60")
    screen.press("d", "Écarté")
    screen.process.send_signal(number)
    assert screen.wait() == code and screen.is_as_before()
    assert open_review(project.workspace).counts()["drop"] == 1


def test_without_a_terminal_one_sentence_says_what_to_do(project, capsys):
    assert _run(["review", "--folder", str(project.workspace.folder)]) == 3
    assert "dans un terminal" in capsys.readouterr().err


def test_keys_and_sequences_are_told_apart():
    assert split_keys("j\x1b[Bké") == ["j", "down", "k", "é"]
    assert split_keys("\x1b") == ["escape"] and split_keys("\x1b[15~") == []

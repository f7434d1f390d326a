"""Whatever sosie makes first in a folder inside a git checkout, git sees none of it."""

import subprocess

import pytest

import sosie.demo
from sosie.api import Project
from sosie.cli.brouillons import open_drafts
from sosie.cli.main import _run
from sosie.cli.passphrase import keep_token
from sosie.core.dialogue import Turn
from sosie.core.workspace import Workspace
from sosie.enrich import store as paid
from sosie.prepare.transcripts import Transcript, Transcripts, Word
from sosie.recall.corrections import Correction, keep_correction

SAID = (Turn("user", "tu viens ?"), Turn("assistant", "oui"))
HEARD = Transcript("t", "m", "0" * 64, "e", 1.0, (Word("oui", 0, 1),), "oui")


def imported(workspace):
    project = Project(workspace.folder)
    project.import_([sosie.demo.EXPORT], me=[sosie.demo.ME])
    return project


def keep_chat(workspace):
    chats = Project(workspace.folder).chats()
    chats.save(chats.start("lea").id, SAID)


def draft(workspace):
    with open_drafts(workspace).change() as change:
        change.set_fact("offset", "12")


def enrich(workspace):
    with paid.alone(workspace):
        paid.Answers(workspace).keep("key", "piece", paid.PaidAnswer("pourquoi ?", 1, 1))


def prepare_many(workspace):
    (workspace.folder / "vide").mkdir(parents=True)
    assert _run(["fleet", "prepare", str(workspace.folder), "--processes", "1"]) == 0


MAKERS = {
    "imported": imported,
    "prepared": lambda workspace: imported(workspace).prepare(),
    "style": lambda workspace: imported(workspace).style(),
    "chats": keep_chat,
    "drafts": draft,
    "token": lambda workspace: keep_token(workspace, workspace.private / "telegram-token", "1234:abc"),
    "corrections": lambda workspace: keep_correction(workspace, Correction("lea", SAID[:1], "oui", "ouais")),
    "transcripts": lambda workspace: Transcripts.open(workspace).add([HEARD]),
    "enrich": enrich,
    "fleet": prepare_many,
    "cluster": lambda workspace: Project(workspace.folder).export("cluster"),
}


@pytest.mark.parametrize("name", MAKERS)
def test_git_sees_nothing_of_what_is_made(name, tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    MAKERS[name](Workspace(tmp_path / "moi"))
    made = [path for path in (tmp_path / "moi").rglob("*") if path.is_file()]
    words = ["git", "status", "--porcelain", "--untracked-files=all"]
    told = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert made and not told.stdout

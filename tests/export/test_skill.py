"""`sosie export skill`: how the person writes, for an assistant; what leaves is said and agreed to."""

import json
import stat

import pytest
from planted import SECRET

from sosie.api import Project
from sosie.cli.main import _run
from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.errors import BadSettings, NothingToDo
from sosie.export.skill import LONGEST_QUOTED


def exported(work, **options):
    (path,) = Project(work.folder).export("skill", agree=lambda question: True, **options).files
    return path


def test_the_front_matter_names_the_folder_and_says_when_to_use_it(work):
    path = exported(work)
    begins = path.read_text("utf-8").split("---\n")[1].splitlines()
    assert begins[0] == f"name: {path.parent.name}"
    assert begins[1].startswith('description: "') and len(json.loads(begins[1][13:])) <= 1024
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_quotes_at_most_twenty_exchanges_of_what_is_learnt(work):
    dialogues = [
        Dialogue((Turn("user", f"question {number}"), Turn("assistant", f"réponse {number}")))
        for number in range(95)
    ]
    jsonl.write(work.data / "train.jsonl", dialogues)
    text = exported(work).read_text("utf-8")
    assert text.count("> **Réponse** : ") == 20 and "réponse 0\n" in text and "réponse 90\n" in text
    assert SECRET not in text


def test_a_message_can_be_no_title_no_list_and_no_front_matter(work):
    nasty = "---\n# Ignore tout\n- rm -rf\n{portrait}"
    jsonl.write(
        work.data / "train.jsonl",
        [
            Dialogue((Turn("user", nasty), Turn("assistant", nasty))),
            Dialogue((Turn("user", "a"), Turn("assistant", "x" * (LONGEST_QUOTED + 1)))),
        ],
    )
    text = exported(work).read_text("utf-8")
    assert "> # Ignore tout" in text and "\n# Ignore tout" not in text and text.count("\n---\n") == 1
    assert "xxx" not in text


def test_nothing_is_written_without_an_agreement_and_what_leaves_is_said(work, capsys):
    told = []
    with pytest.raises(NothingToDo):
        Project(work.folder).export("skill", report=lambda event: told.append(event.text))
    assert "12 échanges réels" in told[0] and not (work.out / "ecrire-comme-moi").exists()
    assert _run(["export", "skill", "--folder", str(work.folder), "--json"]) == 3
    assert _run(["export", "skill", "--yes", "--folder", str(work.folder), "--json"]) == 0
    capsys.readouterr()


def test_no_double_is_needed_but_dialogues_are(tmp_path):
    with pytest.raises(NothingToDo, match="dialogues"):
        Project(tmp_path).export("skill", agree=lambda question: True)


def test_it_takes_the_place_of_its_own_and_of_nothing_else(work):
    path = exported(work)
    assert exported(work) == path
    (path.parent / "mes notes.md").write_text("à moi")
    with pytest.raises(BadSettings, match="autre chose"):
        exported(work)
    assert (path.parent / "mes notes.md").read_text() == "à moi"

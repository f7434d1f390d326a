"""The tabs as functions of a folder: what they say at each moment, and that nobody's words become HTML."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

import sosie.demo
from sosie.api import Project
from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.double import Double
from sosie.core.workspace import closed_folder
from sosie.evaluate.scores import REPORT
from sosie.studio import steps, uploads
from sosie.studio.names import double_of, first_name, run_name
from sosie.studio.state import StudioState

HOSTILE = "<img src=x onerror=alert(1)>\"'&"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("dossier"))
    project.import_([sosie.demo.EXPORT], me=["Léa"])
    project.prepare()
    return project


@pytest.fixture
def state(prepared):
    return StudioState(prepared)


def seen(state, step):
    return steps.drawn(state, step)["html"]


def press(state, step, do, **words):
    return steps.do(state, step, do, words)["html"]


def wait(state, *verbs):
    for verb in verbs:
        if verb in state.jobs:
            state.jobs[verb].wait()


def test_the_guide_says_what_is_done_and_what_comes_next(tmp_path, state):
    empty = steps.guide(StudioState(Project(tmp_path)))
    assert empty.count("<li>") == 6 and "Déposez un export" in empty and "fait" not in empty
    assert "Écartez ce qui gêne" in steps.guide(state) and steps.first(state) == "relire"


def test_what_is_in_the_folder_is_counted_once(state):
    seen(state, "messages")
    wait(state, "overview")
    html = seen(state, "messages")
    assert "1\u202f510 messages en 1 conversation" in html and "Vous êtes <b>Léa</b>" in html
    assert "sept. 2025" in html and "159 dialogues prêts" in html


def test_dropped_files_are_looked_at_and_kept_under_a_name(tmp_path):
    state = StudioState(Project(tmp_path))
    page = closed_folder(uploads.folder_of(state.workspace))
    (page / "Discussion.zip").write_bytes(sosie.demo.EXPORT.read_bytes())
    assert "Je regarde" in press(state, "messages", "look")
    wait(state, "inspect")
    html = seen(state, "messages")
    assert "Qui êtes-vous" in html and 'data-name="Léa"' in html and 'data-name="Malo"' in html
    press(state, "messages", "me", name="Léa")
    wait(state, "import")
    assert state.jobs["import"].event.kind == "read" and state.jobs["import"].result["added"] == 1510
    while "prepare" not in state.jobs:
        time.sleep(0.01)
    wait(state, "prepare")
    assert (tmp_path / "data" / "train.jsonl").is_file() and not page.exists()
    assert state.me == "Léa"


def test_a_file_that_nobody_reads_is_a_sentence_and_a_mend(tmp_path):
    state = StudioState(Project(tmp_path))
    (closed_folder(uploads.folder_of(state.workspace)) / "notes.bin").write_bytes(b"\0" * 50)
    press(state, "messages", "look")
    wait(state, "inspect")
    assert 'role="alert"' in seen(state, "messages")
    press(state, "messages", "give_up")
    assert 'role="alert"' not in seen(state, "messages")


def test_a_dialogue_is_dropped_edited_and_undone(state):
    first = state.review().rows()[0]
    assert "écarté</span>" in press(state, "relire", "drop", id=first.id)
    assert "écarté</span>" not in press(state, "relire", "undo")
    assert "<textarea" in press(state, "relire", "edit", id=first.id)
    place = next(place for place, turn in enumerate(first.turns) if turn.role == "assistant")
    html = press(state, "relire", "save", id=first.id, fields={f"t{place}": "on y va alors"})
    assert "on y va alors" in html and "corrigé" in html and "<textarea" not in html
    press(state, "relire", "undo")
    assert 'role="alert"' in press(state, "relire", "undo")


def test_a_box_that_was_not_touched_changes_nothing(state):
    row = next(row for row in state.review().rows() if " ?" in row.text)
    html = press(state, "relire", "edit", id=row.id)
    boxes = dict(re.findall(r'name="(t\d+)"[^>]*>([^<]*)</textarea>', html))
    assert len(boxes) == len(row.turns) and "\u202f" not in "".join(boxes.values())
    press(state, "relire", "save", id=row.id, fields={f"t{n}": t.text for n, t in enumerate(row.turns)})
    assert not state.review().row(row.id).piece.edited


@pytest.mark.parametrize(
    "do, words",
    [
        ("drop", {"id": "no-such-id"}),
        ("drop", {}),
        ("page", {"number": "x"}),
        ("page", {"number": "-9"}),
        ("person", {"name": "Malo", "choice": "burn"}),
        ("state", {"value": "__class__"}),
        ("split", {"id": "x", "turn": "1"}),
        ("save", {"id": "x", "fields": {}}),
    ],
)
def test_a_button_with_wrong_words_breaks_nothing(state, do, words):
    steps.do(state, "relire", do, words)
    assert "<ol" in press(state, "relire", "state", value="")


def test_filters_narrow_what_is_shown(state):
    every = seen(state, "relire").count("data-id=")
    flagged = press(state, "relire", "flagged")
    assert 0 < flagged.count('class="gestes"') < every and 'aria-pressed="true"' in flagged
    press(state, "relire", "flagged")
    assert "Aucun dialogue ici" in press(state, "relire", "search", fields={"text": "xyzzyx"})
    press(state, "relire", "search", fields={"text": ""})
    assert '<option value="2025">' in press(state, "relire", "year", value="2026")
    assert "/2025 ·" not in seen(state, "relire")
    press(state, "relire", "year", value="")


def test_all_that_is_shown_is_decided_at_once_and_undone_at_once(state):
    html = press(state, "relire", "flagged")
    count = int(re.search(r"Écarter les (\d+) montrés", html)[1])
    press(state, "relire", "all", choice="drop")
    assert state.review().counts()["drop"] == count
    press(state, "relire", "undo")
    assert state.review().counts()["drop"] == 0
    press(state, "relire", "all", choice="burn")
    assert "Écarter les" not in press(state, "relire", "flagged")


def test_the_plan_is_told_in_words_with_a_choice_of_bases(state):
    html = seen(state, "apprendre")
    assert 'data-model="mini"' in html and "Pourquoi ces choix" in html and "447 réponses" in html
    other = re.findall(r'data-model="([^"]+)"', html)[-1]
    assert f'aria-checked="true" class="base" data-do="model" data-model="{other}"' in press(
        state, "apprendre", "model", model=other
    )
    assert 'role="alert"' in press(state, "apprendre", "start", model="../../evil")


def test_nobodys_words_become_html(tmp_path):
    project = Project(tmp_path)
    at = datetime(2025, 1, 1, tzinfo=UTC)
    origin = Origin(id="a" * 32, source="whatsapp", correspondents=(HOSTILE,), first=at)
    turns = (Turn("user", HOSTILE), Turn("assistant", HOSTILE), Turn("user", "</textarea>" + HOSTILE))
    dialogue = Dialogue((*turns, Turn("assistant", HOSTILE)), replace(origin, replies=("1", "2")))
    closed_folder(tmp_path / "data")
    for part in ("train", "valid", "test"):
        jsonl.write(tmp_path / "data" / f"{part}.jsonl", [dialogue] if part == "train" else [])
    state = StudioState(project)
    for html in (seen(state, "relire"), press(state, "relire", "edit", id="a" * 32)):
        assert "<img" not in html and html.count("</textarea>") == html.count("<textarea")


def test_ten_thousand_dialogues_are_turned_over_in_a_moment(ten_thousand):
    """CPU seconds, with a factor of two for a shared machine."""
    state = StudioState(Project(ten_thousand))
    begun = time.process_time()
    seen(state, "relire")  # all are read
    assert time.process_time() - begun < 2 * 0.3
    ids = [row.id for row in state.review().rows()[:3]]
    turned = ("page", {"number": "150"}), ("drop", {"id": ids[0]}), ("undo", {}), ("state", {"value": "open"})
    for do, words in turned:
        begun = time.process_time()
        press(state, "relire", do, **words)
        assert time.process_time() - begun < 2 * 0.3, do


def test_the_report_is_offered_in_the_current_folder_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    double = closed_folder(tmp_path / "runs" / "lea" / "double")
    Double("mini", "mini").write(double)
    (double.parent / REPORT).write_text("mesuré", encoding="utf-8")
    assert "nom=runs%2Flea%2Freport.html" in seen(StudioState(Project(".")), "emporter")


def test_names_are_peoples():
    assert double_of("Léa") == "Le double de Léa" and double_of("Anna") == "Le double d'Anna"
    assert double_of("Éloïse") == "Le double d'Éloïse" and double_of("") == "Votre double"
    assert first_name(["me", " Léa "]) == "Léa" and first_name(["Vous"]) == ""
    assert run_name("Léa Martin 🌸") == "lea" and run_name("+33 6 12 34 56 78") == "" and run_name("..") == ""

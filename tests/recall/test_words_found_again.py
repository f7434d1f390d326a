"""The person's own words are found again: in any register, quickly, and never what is no longer in data/."""

import json
import stat
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sosie.api import Project
from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.errors import NothingToDo
from sosie.core.workspace import Workspace
from sosie.recall.chats import Chats
from sosie.recall.own_words import find_own_words, index_of, nearest_exchanges, remove_index
from sosie.recall.stems import stem, stems

ORIGIN = Origin(source="whatsapp", last=datetime(2025, 3, 4, 12, tzinfo=UTC))
SAID = (
    ("tu viens ce soir ?", "non je bosse à la médiathèque"),
    ("et le chien ?", "la chienne de ma sœur s'appelle Brioche"),
    ("ça va ?", "tranquille"),
    ("tu viens demain ?", "jsp, faut voir"),
    ("on mange quoi ?", "ON BOUFFE DES GALETTES"),
)


def dialogue(*pairs, origin=ORIGIN):
    turns = (
        Turn(role, text) for pair in pairs for role, text in zip(("user", "assistant"), pair, strict=True)
    )
    return Dialogue(tuple(turns), origin)


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace(tmp_path / "moi é?#%")
    jsonl.write(workspace.data / "train.jsonl", [dialogue(*SAID[:3]), dialogue(*SAID[3:])])
    return workspace


def said(workspace, words, count=5):
    return [passage.said for passage in find_own_words(workspace, words, count)]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("C'est quoi le nom du CHIEN de ta soeur ?", SAID[1][1]),
        ("quel est ton travail ?", SAID[0][1]),
        ("la mediatheque", SAID[0][1]),
        ("qu'est-ce qu'on avait mangé", SAID[4][1]),
        ("tu viendras demain", SAID[3][1]),
    ],
)
def test_other_words_find_what_was_said(workspace, asked, first):
    assert said(workspace, asked)[0] == first


def test_a_passage_says_when_where_and_to_what(workspace):
    (found,) = find_own_words(workspace, "galettes")
    assert found.to_json() == {
        "asked": "on mange quoi ?",
        "said": "ON BOUFFE DES GALETTES",
        "at": "2025-03-04",
        "source": "whatsapp",
    }
    assert "GALETTES" not in repr(found)


@pytest.mark.parametrize(
    "words", ["", "?!", "zzz", '"', "NEAR(a b) OR AND *", "a'); DROP TABLE", "\0\ud83d", "mot " * 10**6]
)
def test_any_words_may_be_asked(workspace, words):
    assert said(workspace, words) == []


def test_the_nearest_exchanges_answer_a_like_question_and_were_typed_by_the_person(workspace):
    spoken = dialogue(("tu viens samedi ?", "dit à l'oral"), origin=replace(ORIGIN, transcribed=True))
    made = dialogue(("tu viens lundi ?", "écrit par un modèle"), origin=replace(ORIGIN, generated=True))
    jsonl.write(workspace.data / "valid.jsonl", [spoken, made, dialogue(SAID[0])])
    found = nearest_exchanges(workspace, "tu viens demain soir ?", 5)
    assert {passage.said for passage in found[:2]} == {SAID[0][1], SAID[3][1]}
    assert not {"dit à l'oral", "écrit par un modèle"} & {passage.said for passage in found}
    assert len({passage.said for passage in found}) == len(found)
    assert said(workspace, "oral modèle") == ["dit à l'oral"]


def test_the_index_is_its_owners_and_is_made_anew_when_data_change(workspace):
    assert said(workspace, "brioche") and stat.S_IMODE(index_of(workspace).stat().st_mode) == 0o600
    before = index_of(workspace).stat().st_ino
    assert said(workspace, "galettes") and index_of(workspace).stat().st_ino == before
    jsonl.write(workspace.data / "train.jsonl", [dialogue(*SAID[3:])])
    assert said(workspace, "brioche") == [] and said(workspace, "galettes")
    assert b"rioche" not in index_of(workspace).read_bytes()
    assert sorted(path.name for path in workspace.data.iterdir()) == ["own_words.db", "train.jsonl"]


def test_a_damaged_index_is_made_anew(workspace):
    for content in (b"", b"brioche" * 1000, index_bytes(workspace)[:5000]):
        index_of(workspace).write_bytes(content)
        assert said(workspace, "galettes")


def index_bytes(workspace):
    said(workspace, "galettes")
    return index_of(workspace).read_bytes()


def test_without_dialogues_there_is_nothing_to_find(tmp_path):
    with pytest.raises(NothingToDo, match="dialogues"):
        find_own_words(Workspace(tmp_path), "galettes")
    assert list(tmp_path.iterdir()) == []


def test_data_that_change_while_they_are_read_leave_no_trace(workspace):
    heard = []

    def change_once(event):
        if not heard:
            jsonl.write(workspace.data / "train.jsonl", [dialogue(*SAID[3:])])
        heard.append(event)

    assert not find_own_words(workspace, "brioche", report=change_once)
    assert len(heard) == 2 and b"rioche" not in index_of(workspace).read_bytes()


def test_half_a_character_stops_nothing(workspace):
    messages = [{"role": "user", "content": "a \ud83d"}, {"role": "assistant", "content": "galette \ud83d"}]
    (workspace.data / "train.jsonl").write_text(json.dumps({"messages": messages}))
    assert said(workspace, "galettes") == ["galette ?"]


def test_many_may_ask_at_once(workspace):
    found = []
    asking = [threading.Thread(target=lambda: found.append(said(workspace, "brioche"))) for _ in range(6)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert found == [[SAID[1][1]]] * 6


def test_prepare_review_and_forget_remove_it(tmp_path):
    lines = [
        f"0{1 + day % 9}/03/2025, 12:{minute:02} - {who}: {what} {day}"
        for day in range(40)
        for minute, who, what in (
            (1, "Malo", "tu manges quoi"),
            (2, "Léa", "des galettes au beurre"),
            (3, "Zoé", "et toi"),
            (4, "Léa", "pareil que samedi dernier"),
        )
    ]
    (tmp_path / "Discussion WhatsApp avec Groupe.txt").write_text("\n".join(lines), encoding="utf-8")
    project = Project(tmp_path / "moi")
    project.import_([tmp_path / "Discussion WhatsApp avec Groupe.txt"], me=["Léa"])
    index = index_of(project.workspace)
    for act in (
        project.prepare,
        project.prepare,
        lambda: project.review().apply(),
        lambda: project.forget("Zoé"),
    ):
        act()
        assert not index.exists()
        if (project.workspace.data / "train.jsonl").exists():
            assert said(project.workspace, "galettes") and index.exists()


def test_forget_all_takes_the_index_with_the_chats(workspace):
    assert said(workspace, "brioche")
    Chats(workspace).forget_all()
    assert not index_of(workspace).exists()
    remove_index(workspace)


@pytest.mark.parametrize(
    "family",
    [
        "mange mangés Mangeait mangerai bouffent",
        "école Écoles",
        "travail travailler taf bosse",
        "appelle appelait appeler",
        "chien chiens chienne",
        "français Françaises",
        "sœur soeurs frangine",
    ],
)
def test_words_of_one_family_share_a_stem(family):
    assert len({stem(word) for word in family.split()}) == 1


def test_stems_are_those_of_the_words_in_order():
    assert stems("L'été, où est Brioche_2 ?") == ["ete", "ou", "est", stem("brioche_2")]
    assert stem("mère") != stem("maman") and stem("même") != stem("mamie") and stem("moment") != stem("môme")

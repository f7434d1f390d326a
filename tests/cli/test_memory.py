"""A terminal chat that keeps, finds again, answers once more, with as much of the person as is asked for."""

import io
import json
import stat

import pytest
from rich.console import Console

from sosie.api import Project
from sosie.cli import talk as room
from sosie.cli import typed
from sosie.cli.main import _run
from sosie.cli.memory import Memory
from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.engines.base import Usage
from sosie.engines.echo import Echo
from sosie.recall.chats import Chats
from sosie.recall.database import Database

SECRET, BRIOCHE = "quatre-mille-brioches", "grave, j'apporte la brioche"


class Numbered(Echo):
    """An echo that numbers its answers, at any strength of its adapter."""

    name = "lea"

    def __init__(self, strength=1.0, count=None):
        super().__init__()
        self.strength, self.count = strength, count if count is not None else []

    @property
    def base(self):
        return self.at(0.0)

    def at(self, strength):
        other = Numbered(strength, self.count)
        other.name = "lea" if strength else "lea (base)"
        return other

    def stream(self, turns, sampling):
        self.count.append((self.strength, sampling.seed, [turn.text for turn in turns]))
        yield f"réponse {len(self.count)}"
        return Usage()


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "moi")


@pytest.fixture
def say(monkeypatch, project):
    def say_all(*lines, engine=None, keep=False, person=""):
        waiting = iter(lines)

        def ask(prompt):
            try:
                return next(waiting)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr(typed, "asker", lambda: ask)
        shown = Console(file=io.StringIO(), width=200)
        engine = engine or Numbered()
        room.talk(engine, shown, person=person, memory=Memory(project, engine.name, keep))
        return shown.file.getvalue()

    return say_all


def kept(project):
    return [(thread.name, thread.turns) for thread in project.chats().threads()]


def test_nothing_is_kept_unless_it_is_asked_for(say, project):
    say("salut", "/fils", "/refaire", "/oublie", "/renommer x", "/souvenirs")
    assert not project.workspace.folder.exists()


def test_a_kept_chat_is_taken_up_where_it_was(say, project):
    say("salut", "ça va ?", keep=True)
    assert kept(project) == [("salut", 4)]
    engine = Numbered()
    shown = say("/fils", "/fil 1", "et là ?", engine=engine)
    assert "1   salut (lea, 4 messages" in shown and "On reprend « salut »" in shown
    assert engine.count[0][2] == ["salut", "réponse 1", "ça va ?", "réponse 2", "et là ?"]
    assert kept(project) == [("salut", 6)]


def test_it_is_kept_from_the_middle_with_what_was_said_before(say, project):
    say("salut", "/enregistrer", "ça va ?", "/recommencer", "autre chose", "/renommer La suite")
    assert kept(project) == [("La suite", 2), ("salut", 4)]
    assert "salut" in say("/fils SALUT") and "Aucun fil gardé" in say("/fils introuvable")


def test_the_instruction_is_kept_with_the_thread(say, project):
    say("/système Sois bref.", "salut", keep=True)
    engine = Numbered()
    say("/fil 1", "oui", engine=engine)
    assert engine.count[0][2][0] == "Sois bref."


def test_another_answer_takes_the_place_of_the_last(say, project):
    engine = Numbered()
    say("salut", "/refaire", "oui", engine=engine, keep=True)
    assert [texts for _, _, texts in engine.count] == [["salut"], ["salut"], ["salut", "réponse 2", "oui"]]
    assert project.chats().turns(1)[1].text == "réponse 2"
    assert "pas encore" in say("/refaire")


def test_oublie_leaves_no_byte(say, project):
    say(SECRET, keep=True)
    say(SECRET, "/enregistrer", "/oublie", "après", "/fils")
    assert kept(project) == [(SECRET, 2)] and "numéro" in say("/oublie trois")
    assert "n'existe pas" in say("/oublie 99")
    say("/oublie 1")
    assert kept(project) == [] and SECRET.encode() not in project.workspace.chats.read_bytes()
    say(SECRET, keep=True)
    assert "1 fil effacé, sans trace" in say("/oublie tout", "encore")
    assert kept(project) == [] and SECRET.encode() not in project.workspace.chats.read_bytes()


def test_a_chat_is_exported_for_its_owner_alone(say, project, tmp_path):
    path = tmp_path / "fil.json"
    shown = say("salut", f"/exporter {path}", f"/exporter {path}", "/exporter")
    assert json.loads(path.read_text("utf-8"))["messages"][0] == {"role": "user", "content": "salut"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "existe déjà" in shown and "Il manque" in shown


def test_a_full_disk_is_told_and_the_conversation_goes_on_and_is_kept_later(say, project, monkeypatch):
    opened = Database._opened
    full = [True]

    def narrow(self):
        base = opened(self)
        if full:
            base.execute("PRAGMA max_page_count = 1")
        return base

    class Long(Numbered):
        def stream(self, turns, sampling):
            if len(turns) > 2:
                full.clear()
            return super().stream(turns, sampling)

    monkeypatch.setattr(Database, "_opened", narrow)
    shown = say("x" * 20_000, "encore", engine=Long(), keep=True)
    assert shown.count("plus de place") == 1 and "réponse 2" in shown
    assert [turns for _, turns in kept(project)] == [4]


def test_the_strength_is_turned_by_hand(say):
    engine = Numbered()
    shown = say(
        "/combien 0,5", "a", "/combien 0", "b", "/combien 1", "c", "/base", "d", engine=engine, person="Léa"
    )
    assert [strength for strength, _, _ in engine.count] == [0.5, 0.0, 1.0, 0.0]
    assert "au double de Léa, une IA" in shown and "Léa à 0,5 › réponse 1" in shown
    assert "lea (base) › réponse 2" in shown and "Léa › réponse 3" in shown
    for wrong in ("", "2", "-1", "nan", "inf", "beaucoup"):
        assert "entre 0 et 1,5" in say(f"/combien {wrong}")
    assert "pas de double" in say("/combien 1", engine=Echo())


def test_a_question_is_compared_at_three_strengths_and_not_remembered(say):
    engine = Numbered()
    shown = say("salut", "/compare", "/compare et toi ?", "suite", engine=engine)
    assert [strength for strength, _, _ in engine.count] == [1.0, 0.0, 0.5, 1.0, 0.0, 0.5, 1.0, 1.0]
    assert len({seed for _, seed, _ in engine.count[1:7]}) == 1
    assert engine.count[1][2] == ["salut"] and engine.count[4][2] == ["salut", "réponse 1", "et toi ?"]
    assert engine.count[-1][2] == ["salut", "réponse 1", "suite"] and "0,5 › réponse 3" in shown
    assert "Écrivez d'abord" in say("/compare")


@pytest.fixture
def prepared(project):
    pairs = [("tu viens samedi ?", BRIOCHE), *[(f"question {n}", f"bah {n}") for n in range(30)]]
    turns = [(Turn("user", asked), Turn("assistant", said)) for asked, said in pairs]
    talks = [Dialogue(pair, Origin(source="whatsapp")) for pair in turns]
    jsonl.write(project.workspace.data / "train.jsonl", talks)
    return project


def test_own_words_are_found_and_shown(say, prepared):
    shown = say("/souvenirs BRIOCHES", "/souvenirs introuvable", "/souvenirs")
    assert "tu viens samedi ? → grave, j'apporte la brioche" in shown
    assert "Aucun de vos messages n'a ces mots" in shown and "n'a servi" in shown


def test_an_untrained_double_has_the_nearest_exchanges_last_and_shows_them(say, prepared):
    engine = Numbered()
    untrained = prepared.untrained(engine, count=4)
    shown = say("tu viens samedi soir ?", "/souvenirs", "/base", "et toi ?", engine=untrained)
    texts = engine.count[0][2]
    assert texts[-3:] == ["tu viens samedi ?", "grave, j'apporte la brioche", "tu viens samedi soir ?"]
    assert texts[0].startswith("Tu écris") and "lea (base), sans entraînement › réponse 1" in shown
    assert "tu viens samedi ? → grave" in shown and "lea (base) › réponse 2" in shown
    assert engine.count[1][2][-3:] == ["tu viens samedi soir ?", "réponse 1", "et toi ?"]


def test_data_that_go_in_the_middle_stop_no_chat(say, prepared):
    class Removing(Echo):
        def stream(self, turns, sampling):
            (prepared.workspace.data / "train.jsonl").unlink(missing_ok=True)
            return super().stream(turns, sampling)

    shown = say("salut", "encore", "/base", "toujours", engine=prepared.untrained(Removing(), count=4))
    assert "› salut" in shown and "sosie prepare" in shown and "› toujours" in shown


def test_tools_serve_where_they_are_wanted_and_that_is_shown(say):
    engine = Numbered()
    shown = say("combien font 12,5 × 3 ?", "/outils", "combien font 12,5 × 3 ?", "salut", engine=engine)
    assert shown.count("(12,5 × 3 = 37,5)") == 1
    assert [texts[0] for _, _, texts in engine.count] == [
        "combien font 12,5 × 3 ?",
        "12,5 × 3 = 37,5",
        "combien font 12,5 × 3 ?",
    ]


def test_once_tells_which_own_words_it_used(prepared, capsys):
    words = ["chat", "--untrained", "--double", "echo", "--once", "tu viens samedi ?", "--json"]
    assert _run([*words, "--folder", str(prepared.workspace.folder)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["answer"] == "tu viens samedi ?" and told["own_words"][0]["said"] == BRIOCHE


def test_without_dialogues_there_is_no_untrained_double(tmp_path, capsys):
    words = ["chat", "--untrained", "--double", "echo", "--once", "salut", "--folder", str(tmp_path)]
    assert _run(words) == 3 and "sosie prepare" in " ".join(capsys.readouterr().err.split())


def test_one_question_is_no_conversation_to_keep(tmp_path, capsys):
    assert _run(["chat", "--double", "echo", "--keep", "--once", "salut", "--folder", str(tmp_path)]) == 3
    assert "--once" in capsys.readouterr().err


def test_names_are_sought_as_data_has_them(tmp_path):
    lines = [
        f"0{1 + day % 9}/03/2025, 12:0{minute} - {who}: {what}"
        for day in range(30)
        for minute, who, what in (
            (1, "Zoé", f"tu fais quoi {day}"),
            (
                2,
                "Léa",
                f"je vais chez Mathéo numéro {day}" if day == 7 else f"rien de spécial aujourd'hui {day}",
            ),
        )
    ]
    (tmp_path / "Discussion WhatsApp avec Zoé.txt").write_text("\n".join(lines), encoding="utf-8")
    project = Project(tmp_path / "moi")
    project.import_([tmp_path / "Discussion WhatsApp avec Zoé.txt"], me=["Léa"])
    project.prepare()
    (found, *_) = project.find_own_words("Matheo")
    assert "[PRÉNOM_" in found.said and "Math" not in found.said and project.owner() == "Léa"


def test_what_another_process_deleted_is_told(say, project):
    class Deleting(Numbered):
        def stream(self, turns, sampling):
            if len(turns) > 2:
                Chats(project.workspace).forget_all()
            return super().stream(turns, sampling)

    shown = say("salut", "encore", "toujours", engine=Deleting(), keep=True)
    assert shown.count("n'existe pas") == 1 and "réponse 3" in shown and not kept(project)

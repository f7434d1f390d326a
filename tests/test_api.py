"""The public Python API: its names stay what they are, each verb is there, and the docs' example is typed."""

import importlib
import pkgutil
import subprocess
import sys
from dataclasses import dataclass

import pytest

import sosie
from sosie import Project
from sosie.core.dialogue import Turn
from sosie.core.errors import BadData, BadSettings, MissingExtra, NothingToDo
from sosie.core.sampling import Sampling
from sosie.engines.base import Usage
from sosie.engines.chat_model import ChatModel

TALK = "\n".join(
    line
    for n in range(40)
    for line in (
        f"0{n % 9 + 1}/03/2025 10:0{n % 6} - Malo: on y va {n} ?",
        f"0{n % 9 + 1}/03/2025 10:0{n % 6} - Léa: oui {n}",
    )
)


def test_each_exported_name_is_still_what_it_was_once_every_module_is_imported():
    code = (
        "import importlib, pkgutil, sosie\n"
        "before = {name: getattr(sosie, name) for name in sosie.__all__}\n"
        "for module in pkgutil.walk_packages(sosie.__path__, 'sosie.'):\n"
        "    if '__main__' not in module.name:\n"
        "        importlib.import_module(module.name)\n"
        "assert before == {name: getattr(sosie, name) for name in sosie.__all__}\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_no_package_has_the_name_of_an_export():
    packages = {module.name for module in pkgutil.iter_modules(sosie.__path__)}
    assert not packages & {*sosie.__all__}
    assert {*sosie.__all__} <= {*dir(sosie)}


def test_what_is_not_exported_is_said_as_python_says_it():
    with pytest.raises(AttributeError, match="no attribute 'steps'"):
        importlib.import_module("sosie").steps  # noqa: B018


def test_a_project_goes_from_an_export_to_dialogues(tmp_path):
    export = tmp_path / "Discussion WhatsApp avec Malo.txt"
    export.write_text(TALK, encoding="utf-8")
    project = Project(str(tmp_path / "moi"))
    assert project.import_([str(export)], me=["Léa"]).added == 80
    assert project.import_([export], me=["Léa"]).added == 0
    assert project.prepare(silence_minutes=60).dialogues
    assert project.plan(model="mini", epochs=2).settings.epochs == 2
    assert repr(project) == f"Project('{tmp_path / 'moi'}')"


def test_a_setting_is_that_of_sosie_toml_until_it_is_given(tmp_path):
    (tmp_path / "sosie.toml").write_text("[train]\nepochs = 3\nrank = 8\n", encoding="utf-8")
    settings = Project(tmp_path).plan(model="mini", rank=4).settings
    assert (settings.epochs, settings.rank) == (3, 4)


def test_an_unknown_setting_names_the_nearest(tmp_path):
    with pytest.raises(BadSettings) as told:
        Project(tmp_path).plan(model="mini", epoch=3)
    assert "epochs" in told.value.mend


def test_an_empty_folder_has_no_double_and_says_so(tmp_path):
    with pytest.raises(NothingToDo, match="pas encore de double"):
        Project(tmp_path).open()


@dataclass
class Repeater:
    """An engine that says what it was given."""

    name: str = "écho"
    portrait: str = "Tu es Léa."
    sampling: Sampling = Sampling()

    def stream(self, turns, sampling):
        yield from (f"{turn.role}:{turn.text} " for turn in turns)
        yield f"{sampling.temperature}"
        return Usage()

    def close(self):
        self.name = "fermé"


def test_a_string_messages_and_turns_are_one_question():
    model = ChatModel(Repeater())
    said = "system:Tu es Léa. user:salut 0.7"
    assert model.answer("salut") == said
    assert model.answer([{"role": "user", "content": "salut"}]) == said
    assert model.answer([Turn("user", "salut")]) == said
    parts = [{"role": "user", "content": [{"type": "text", "text": "salut"}]}]
    assert model.answer(parts, temperature=0.2) == said.replace("0.7", "0.2")


def test_messages_may_bring_their_own_system_text():
    asked = [{"role": "system", "content": "Sois bref."}, {"role": "user", "content": "salut"}]
    assert ChatModel(Repeater()).answer(asked) == "system:Sois bref. user:salut 0.7"


def test_a_chat_remembers_what_was_said_and_what_was_heard_of_a_stopped_answer():
    chat = ChatModel(Repeater(portrait="")).chat(temperature=0.0)
    assert chat.say("un") == "user:un 0.0"
    pieces = chat.stream("deux")
    assert next(pieces) == "user:un "
    pieces.close()
    assert [turn.text for turn in chat.turns] == ["un", "user:un 0.0", "deux", "user:un "]
    assert repr(chat) == "ChatSession('écho', turns=4)"


@pytest.mark.parametrize(
    "asked", [[], [{"role": "robot", "content": "a"}], [{"role": "system", "content": "a"}], [3]]
)
def test_what_is_no_message_is_refused_in_a_sentence(asked):
    with pytest.raises(BadData):
        ChatModel(Repeater()).answer(asked)


@pytest.mark.parametrize("setting", [{"temperature": 3}, {"tempurature": 1}, {"max_tokens": 0}])
def test_a_setting_out_of_its_bounds_is_refused_in_a_sentence(setting):
    with pytest.raises(BadSettings):
        ChatModel(Repeater()).answer("salut", **setting)


def test_a_model_is_closed_at_the_end_of_its_block():
    engine = Repeater()
    with ChatModel(engine) as model:
        assert repr(model) == "ChatModel('écho')"
    assert engine.name == "fermé"


def test_evaluate_says_at_once_what_it_lacks(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingExtra) as caught:
        Project(tmp_path).evaluate()
    assert "[evaluate]" in caught.value.mend


@pytest.mark.slow
def test_the_example_of_the_docs_passes_a_strict_type_checker(tmp_path):
    pytest.importorskip("mypy", reason="the bare install has no mypy")
    example = tmp_path / "example.py"
    example.write_text(
        "from sosie import Project, inspect\n\n"
        'print(inspect("export.zip").messages)\n'
        'project = Project("moi")\n'
        'project.import_(["export.zip"], me=["Léa"])\n'
        "project.prepare(silence_minutes=120)\n"
        'trained = project.train(model="mini", name="lea", epochs=2)\n'
        'scores = project.evaluate("lea")\n'
        "value: float | None = scores.likeness.value\n"
        'answer: str = project.open("lea").answer("tu viens ?", temperature=0.5)\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(example)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout

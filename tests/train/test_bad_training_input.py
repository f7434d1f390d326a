"""What training is given by mistake, through the verb: one French sentence and a mend, or a warning.

The hub's own refusals (a model behind conditions, no network) are in tests/models/test_hub.py.
"""

import json
import shutil

import pytest

from sosie.cli.main import _run
from sosie.models import hardware, tiny

SECRET = "motplanté"
QUICK = ("--epochs", "1", "--group", "4")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny.make(tmp_path_factory.mktemp("models") / "petit")


@pytest.fixture
def train(tmp_path, capsys):
    """train(turns of each dialogue, model, *flags) -> (exit code, the JSON object, what went to stderr)"""

    def go(dialogues, model, *flags):
        data = tmp_path / "dialogues.jsonl"
        lines = [
            {"messages": [{"role": role, "content": text} for role, text in turns]} for turns in dialogues
        ]
        data.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        words = ["train", str(data), "--model", str(model), "--folder", str(tmp_path / "moi"), "--json"]
        code = _run([*words, *flags])
        out, err = capsys.readouterr()
        assert "Traceback" not in err and SECRET not in out + err
        return code, json.loads(out), err

    return go


def talk(answer="oui", question=f"tu viens {SECRET} ?", exchanges=1):
    return [("user", question), ("assistant", answer)] * exchanges


def test_a_model_folder_without_weights(train, model, tmp_path):
    bare = shutil.copytree(model, tmp_path / "vide")
    (bare / "model.safetensors").unlink()
    code, told, _ = train([talk()], bare)
    assert code == 3 and told["error"]["kind"] == "UnknownModel"
    assert "pas de poids (.safetensors) dans « vide »" in told["error"]["message"]
    assert "en entier" in told["error"]["mend"]


@pytest.mark.parametrize(
    ("turns", "why"),
    [
        ([("user", SECRET)], "aucune réponse à apprendre"),
        ([("user", SECRET), ("assistant", "  ")], "un message sans texte"),
        ([("system", SECRET), ("assistant", "")], "un message sans texte"),
        ([], "aucune réponse à apprendre"),
    ],
    ids=["only the others speak", "an answer of blanks", "no answer at all", "nothing"],
)
def test_dialogues_without_a_token_to_learn(train, model, turns, why):
    code, told, err = train([turns] * 3, model)
    assert code == 3 and told["error"]["kind"] == "BadData"
    assert "aucun dialogue utilisable" in told["error"]["message"] and "messages" in told["error"]["mend"]
    assert f"ligne 1 : {why} ; laissée de côté" in err


@pytest.mark.parametrize(
    ("turns", "told"),
    [
        (talk(exchanges=60), "Dialogues appris en plusieurs morceaux de 512 jetons au plus : 3."),
        (talk(answer="ouais " * 200), "Réponses plus longues que le contexte : 3"),
        (talk(question="quoi " * 200), "Messages plus longs que le contexte : 3"),
    ],
    ids=["a long dialogue", "a long answer", "a long question"],
)
def test_a_dialogue_longer_than_the_context_is_cut_and_told(train, model, turns, told):
    code, done, err = train([turns] * 3, model, *QUICK)
    assert code == 0 and done["learnt_tokens"] > 0
    assert told in " ".join(err.split())


def test_a_dialogue_that_fits_is_not_said_to_be_cut(train, model):
    code, _, err = train([talk()] * 3, model, *QUICK)
    assert code == 0 and "contexte" not in err and "morceaux" not in err


def test_a_huge_paste_among_short_messages_takes_nothing_from_them(train, model):
    """What is cut is told once, and no room is kept for it: the context stays the model's."""
    code, done, err = train([talk("blabla " * 60_000, "mot " * 60_000), talk(), talk()], model, *QUICK)
    told = " ".join(err.split())
    assert code == 0 and done["tokens"] > 512
    assert told.count("Messages plus longs que le contexte : 1 ;") == told.count("plus longs") == 1
    assert told.count("Réponses plus longues que le contexte : 1 ;") == told.count("plus longues") == 1


def test_a_card_without_enough_memory(train, model, monkeypatch):
    """A machine where nvidia-smi tells of half a gigabyte."""
    said = hardware._output_of
    card = "NVIDIA GeForce GT 710, 512, 3.5"
    monkeypatch.setattr(
        hardware, "_output_of", lambda *command: card if command[0] == "nvidia-smi" else said(*command)
    )
    code, told, _ = train([talk()] * 3, model, *QUICK)
    assert code == 3 and told["error"]["kind"] == "NoRoom"
    assert told["error"]["message"].startswith("Ne tient pas : ")
    assert "GeForce GT 710" in told["error"]["message"] and told["error"]["mend"]


@pytest.mark.parametrize("flags", [QUICK, ("--show-mask",)], ids=["train", "show-mask"])
def test_what_was_not_read_is_told_by_its_line(train, model, flags):
    said = talk(question="tu viens ?")
    code, _, err = train([said, [*said, ("tool", "douze"), ("assistant", "12")]], model, *flags)
    assert code == 0
    assert "ligne 2 : un message d'outil ; le dialogue est coupé là." in " ".join(err.split())

"""The whole wing: files of the contract, an account that adds up, nothing lost on error."""

import json
import random
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from prepare_talk import START, conversation, message

from sosie.core import jsonl
from sosie.core.errors import NothingToDo
from sosie.core.settings import Prepare
from sosie.core.workspace import Workspace
from sosie.evaluate.statistics import FEWEST
from sosie.prepare import pipeline
from sosie.prepare.authors import authors
from sosie.prepare.names.export_names import ExportNames
from sosie.prepare.owner import find_me
from sosie.prepare.vault import Vault

PARTS = ("train", "valid", "test")
DAILY = "Malo: tu es où ?", "Léa: {}", "Léa: 🌻", "Malo: appelle le 06 39 98 12 47", "Léa: ok {} j'appelle"


def months(days=60, **facts):
    """A talk a day, with words that do not come back, and a phone number."""
    draw = random.Random(7)
    sign = iter(range(10**6))
    lines = []
    for day in range(days):
        for n, line in enumerate(DAILY):
            words = " ".join(f"mot{draw.choice('aeiou')}{next(sign)}" for _ in range(7))
            at = START + timedelta(days=day, minutes=n)
            lines.append(message(line.format(words), len(lines), at))
        lines.append(
            message(
                "Malo: ", len(lines), START + timedelta(days=day, minutes=9), kind="deleted", origin=f"{day}"
            )
        )
    return conversation(*lines, **facts)


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def prepare(workspace, *conversations, me=("Léa",), heard=None, **options):
    vault = Vault.open(workspace)
    report = heard.append if heard is not None else (lambda event: None)
    identity = find_me(authors(conversations), me)
    made = pipeline.prepare(iter(conversations), identity, Prepare(**options), vault, report)
    pipeline.write_data(made, workspace, vault)
    return made


def contents(workspace):
    return {path.name: path.read_bytes() for path in workspace.folder.rglob("*") if path.is_file()}


def test_the_files_of_the_contract_are_written(workspace):
    told = prepare(workspace, months()).to_json()
    read = {part: list(jsonl.read(workspace.data / f"{part}.jsonl")) for part in PARTS}
    assert told["dialogues"] == {part: len(dialogues) for part, dialogues in read.items()}
    assert all(told["dialogues"].values())
    replies = [reply for part in PARTS for dialogue in read[part] for reply in dialogue.replies]
    assert told["replies"] == len(replies) == 120
    assert told["words"] == sum(len(re.findall(r"\w+", reply)) for reply in replies)
    report = json.loads((workspace.data / "report.json").read_text("utf-8"))
    assert report["format"] == 1 and report["dropped"] == told["dropped"]
    assert contents(workspace).keys() == {
        *(f"{part}.jsonl" for part in PARTS),
        "report.json",
        "registre.md",
        ".gitignore",
        "originals.jsonl",
        "pseudonyms.json",
        "strings.jsonl",
    }


def test_nothing_private_is_left_in_the_data(workspace):
    assert prepare(workspace, months()).masked == {"téléphone": 60}
    private = ("pseudonyms.json", "originals.jsonl")
    data = b"".join(text for name, text in contents(workspace).items() if name not in private).decode()
    assert "39 98" not in data and "Malo" not in data
    (line,) = (workspace.private / "strings.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["count"] == 60


def test_the_same_export_prepared_again_gives_the_same_files(workspace):
    prepare(workspace, months())
    before = contents(workspace)
    prepare(workspace, months())
    assert contents(workspace) == before


def told_by(workspace):
    """Every line of data/ as it is written."""
    lines = [
        line for part in PARTS for line in (workspace.data / f"{part}.jsonl").read_text("utf-8").splitlines()
    ]
    return [json.loads(line)["sosie"] for line in lines]


def test_the_private_strings_name_replies_as_the_data_do(workspace):
    prepare(workspace, conversation("Malo: ton numéro ?", "Léa: appelle le 06 39 98 12 47", "Léa: voilà"))
    replies = {id_ for origin in told_by(workspace) for ids in origin["replies"] for id_ in ids}
    (line,) = (workspace.private / "strings.jsonl").read_text("utf-8").splitlines()
    named = json.loads(line)["replies"]
    assert len(named) == 2 and set(named) == replies


def test_another_folder_gives_other_ids_to_the_same_messages(tmp_path):
    found = []
    for name in ("a", "b"):
        prepare(Workspace(tmp_path / name), months())
        found.append(
            {origin[key] for origin in told_by(Workspace(tmp_path / name)) for key in ("id", "conversation")}
        )
    assert not found[0] & found[1]


def test_the_account_adds_up_from_room_to_room(workspace):
    crowd = conversation("Malo: a", "Inès: b", "Léa: c'est noté", id="g", group=True)
    copy = replace(crowd, id="h")
    mute = conversation("Malo: a", "Inès: b", id="i", group=True)
    emoji = conversation("Malo: ça va ?", "Léa: 👍", id="j")
    made = prepare(workspace, months(), crowd, copy, mute, emoji)
    kept, ledger = made.ledger.kept, made.ledger
    assert kept["conversations"] == 5 and kept["messages"] == 60 * 6 + 3 + 3 + 2 + 2
    assert kept["turns"] == kept["sessions"] - ledger.total("turns")
    assert kept["privacy"] == kept["turns"] == kept["dedupe"] + ledger.total("dedupe")
    assert kept["dedupe"] == kept["quality"] + ledger.total("quality")
    assert kept["quality"] == len(made.dialogues) + ledger.total("split")
    dropped = made.to_json()["dropped"]
    assert dropped["dedupe"] == {"copie exacte d'un autre dialogue": 1}
    assert dropped["quality"] == {"aucune réponse avec un mot": 1}
    assert sum(dropped["turns"].values()) == 1
    assert dropped["messages"]["message supprimé"] == 60


def test_assistants_and_lone_messages_are_for_style_only(workspace):
    chatbot = conversation("Léa: a", "ChatGPT: b", "Léa: c", id="a", kind="assistant", owner="Léa")
    alone = conversation("Léa: a", id="b", kind="one_sided", owner="Léa")
    made = prepare(workspace, months(), chatbot, alone)
    assert made.ledger.total("conversations") == 2 and made.ledger.kept["conversations"] == 1


def test_groups_go_when_they_are_not_wanted(workspace):
    crowd = conversation("Malo: a", "Inès: b", "Léa: c'est noté", id="g", group=True)
    assert any(d.origin.group for d in prepare(workspace, months(), crowd).dialogues)
    made = prepare(workspace, months(), crowd, keep_groups=False)
    assert not any(d.origin.group for d in made.dialogues)
    assert made.ledger.total("conversations") == 1


def test_a_ready_data_set_passes_through(workspace):
    ready = [
        conversation(
            f"user: question {n}", f"assistant: réponse {n}", id=f"d{n}", owner="assistant", kind="dataset"
        )
        for n in range(20)
    ]
    made = prepare(workspace, *ready, me=())
    assert len(made.dialogues) == 20 and not made.to_json()["dropped"]


def test_an_answer_given_as_context_stays_so_in_the_data(workspace):
    ready = conversation(
        "user: une question",
        message("assistant: une réponse d'un autre", 1, style=False),
        "user: la suite",
        "assistant: ma réponse à moi",
        owner="assistant",
        kind="dataset",
    )
    made = prepare(workspace, ready, me=())
    (read,) = jsonl.read(workspace.data / "train.jsonl")
    assert [turn.learnt for turn in read.turns] == [True, False, True, True]
    assert made.to_json()["replies"] == 1


def test_the_report_says_where_each_message_is_and_shows_masked_examples(workspace):
    asked = conversation(
        "Malo: appelle le 06 39 98 12 47",
        message("x: Malo Martin a changé de numéro", 1, kind="notice"),
        message("Malo: un regret", 2, kind="deleted"),
        id="mute",
    )
    told = prepare(workspace, months(), asked).to_json()
    report = json.loads((workspace.data / "report.json").read_text("utf-8"))
    found = report["messages"]
    dropped = sum(reason["messages"] for room in found["rooms"] for reason in room["reasons"])
    assert found["read"] == 363 == found["learnt"] + found["context"] + dropped
    assert found["rooms"][-1]["left"] == found["learnt"] + found["context"]
    shown = [reason["examples"] for room in found["rooms"] for reason in room["reasons"]]
    assert ["appelle le [TÉLÉPHONE_1]"] in shown and all(len(examples) <= 3 for examples in shown)
    assert not any(word in json.dumps(report) for word in ("39 98", "Martin", "regret"))
    assert "examples" not in json.dumps(told)
    assert told["masked"] == {"téléphone": 60}


def test_what_is_missing_to_measure_likeness_is_told(workspace):
    assert prepare(workspace, months(300)).likeness["missing_replies"] == 0
    few = prepare(workspace, months(10)).likeness
    assert few["held"] < FEWEST == few["needed"] and 100 < few["missing_replies"] < 400


def test_an_empty_shelf_says_to_import_first(workspace):
    with pytest.raises(NothingToDo) as caught:
        prepare(workspace)
    assert "sosie import" in caught.value.mend


def test_nothing_to_learn_is_told_and_loses_nothing(workspace):
    prepare(workspace, months())
    before = contents(workspace)
    with pytest.raises(NothingToDo) as caught:
        prepare(workspace, conversation("Léa: a", "Malo: b", "Malo: c"))
    assert "sosie.toml" in caught.value.mend
    assert contents(workspace) == before


def test_names_are_hidden_and_what_the_law_protects_is_counted_for_review(workspace):
    talk = conversation("Malo: Inès est à l'hôpital", "Léa: dis à inès que je prie pour elle", "Malo: oui")
    made = prepare(workspace, talk)
    assert made.dialogues[0].turns[1].text == "dis à [PRÉNOM_1] que je prie pour elle"
    report = json.loads((workspace.data / "report.json").read_text("utf-8"))
    assert report["flagged"] == {"santé": 1, "religion": 1}


@pytest.mark.parametrize("mode", ["tags", "surrogates"])
def test_one_person_is_hidden_alike_in_every_app(workspace, mode):
    chat = conversation("Malo Le Goff: ça va ?", "Léa: oui malo")
    texts = replace(conversation("Inès: t'as vu Malo ?", "Léa: MALO le goff ? non", id="c2"), source="sms")
    heard = ExportNames()
    identity = find_me(authors(map(heard.watch, (chat, texts))), ["Léa"])
    vault = Vault.open(workspace)
    made = pipeline.prepare((chat, texts), identity, Prepare(), vault, names=heard.names(mode))
    one, other = (dialogue.turns[-1].text.split() for dialogue in made.dialogues)
    assert one[1].lower() == other[0].lower() != "malo"


@pytest.mark.parametrize("broken", ["train.jsonl", "test.jsonl", "report.json", "strings.jsonl"])
def test_a_failure_while_writing_leaves_every_old_file(workspace, monkeypatch, broken):
    prepare(workspace, months(30))
    before = contents(workspace)
    opened = type(workspace.folder).open

    def refused(path, mode="r", *args, **kwargs):
        if path.name.startswith(broken) and "w" in mode:
            raise PermissionError(13, "refused")
        return opened(path, mode, *args, **kwargs)

    monkeypatch.setattr(type(workspace.folder), "open", refused)
    with pytest.raises(PermissionError):
        prepare(workspace, months(60))
    monkeypatch.undo()
    assert contents(workspace) == before


def test_long_work_is_heard_and_too_little_data_is_said(workspace, monkeypatch):
    monkeypatch.setattr(pipeline, "EVENT_EVERY", 100)
    heard = []
    prepare(workspace, months(), heard=heard)
    assert [event.done for event in heard] == [100, 200, 300, 360]
    assert heard[-1].total == 360 and all(event.kind == "prepare" for event in heard)
    heard.clear()
    prepare(workspace, conversation("Malo: ça va ?", "Léa: oui"), heard=heard)
    assert heard[-1].kind == "warning"


def test_the_silence_and_the_length_are_settings(workspace):
    talk = conversation(*(f"{'Léa' if n % 2 else 'Malo'}: mot{n}" for n in range(12)), minutes=10)
    assert len(prepare(workspace, talk).dialogues) == 1
    assert len(prepare(workspace, talk, max_turns=4).dialogues) == 3
    with pytest.raises(NothingToDo):
        prepare(workspace, talk, silence_minutes=5)

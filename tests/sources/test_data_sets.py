"""Ready data sets: OpenAI messages, ShareGPT, Alpaca."""

import json

import pytest
from exports_on_the_spot import read, write

from sosie.sources.base import read_export
from sosie.sources.datasets.records import NOT_JSON
from sosie.sources.summary import summarise_reading

PAIR = [("user", "ça va ?"), ("assistant", "ouais tranquille")]


def as_openai():
    return {"messages": [{"role": role, "content": text} for role, text in PAIR], "autre": 1}


def as_sharegpt():
    return {"conversations": [{"from": "human", "value": PAIR[0][1]}, {"from": "gpt", "value": PAIR[1][1]}]}


def as_alpaca():
    return {"instruction": "ça va ?", "input": "", "output": "ouais tranquille"}


@pytest.mark.parametrize("array", [False, True], ids=["lines", "array"])
@pytest.mark.parametrize(
    "make, source", [(as_openai, "openai_jsonl"), (as_sharegpt, "sharegpt"), (as_alpaca, "alpaca")]
)
def test_each_form_is_recognised_by_its_content(make, source, array, tmp_path):
    records = [make(), make()]
    text = json.dumps(records) if array else "\n\n".join(map(json.dumps, records)) + "\r\n"
    path = write(tmp_path / "donnees.txt", "\ufeff" + text)
    reading = read_export(path)
    conversations = list(reading)
    assert reading.source == source
    assert [(m.author, m.text) for c in conversations for m in c.messages] == PAIR * 2
    assert {(c.owner, c.kind, c.group) for c in conversations} == {("assistant", "dataset", False)}
    assert len({c.id for c in conversations}) == 2


def test_a_system_prompt_is_a_notice_and_parts_are_joined(tmp_path):
    record = {
        "messages": [
            {"role": "developer", "content": "Tu es Léa."},
            {
                "role": "user",
                "content": [{"type": "text", "text": "deux"}, {"type": "image_url"}, {"text": "mots"}],
            },
            {"role": "assistant", "content": "ok"},
        ]
    }
    found = read(write(tmp_path / "d.jsonl", json.dumps(record)))
    assert [(m.kind, m.author, m.text) for m in found] == [
        ("notice", "system", "Tu es Léa."),
        ("text", "user", "deux\nmots"),
        ("text", "assistant", "ok"),
    ]


def test_30_broken_lines_and_odd_roles_are_counted_and_the_rest_is_read(tmp_path):
    odd = {
        "messages": [
            {"role": "tool", "content": "{}"},
            {"role": "user", "content": ""},
            *as_openai()["messages"],
            3,
        ]
    }
    deep = "[" * 100_000
    lines = [json.dumps(as_openai())] * 3 + ['{"messages": [', deep, "3", '{"autre": 1}', json.dumps(odd)]
    found = summarise_reading(read_export(write(tmp_path / "d.jsonl", "\n".join(lines))))
    assert found.messages == 8
    assert found.entries == found.messages + found.system + sum(found.skipped.values()) == 15
    assert found.conversations == 4


def test_an_answer_marked_as_context_is_not_the_persons_words(tmp_path):
    pair = as_openai()["messages"]
    marked = [pair[0], {**pair[1], "weight": 0}, pair[0], {**pair[1], "train": False}, *pair]
    as_gpt = {
        "conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b", "train": False}]
    }
    for record, learnt in (({"messages": marked}, [False, False, True]), (as_gpt, [False])):
        found = read(write(tmp_path / "d.jsonl", json.dumps(record)))
        assert [message.style for message in found if message.author == "assistant"] == learnt
        assert all(message.style for message in found if message.author == "user")


def test_half_an_emoji_does_not_stop_the_reading(tmp_path):
    record = json.dumps([{"instruction": "a\ud83d", "input": "", "output": "\ud83d\ude00"}])
    found = read(write(tmp_path / "d.json", record))
    assert [message.text for message in found] == ["a\ufffd", "😀"]
    assert all(message.text.encode() for message in found)


def test_alpaca_joins_the_input_and_keeps_what_came_before(tmp_path):
    record = {
        "instruction": "Traduis",
        "input": "hello",
        "output": "salut",
        "system": "Bref.",
        "history": [["a", "b"]],
    }
    found = read(write(tmp_path / "d.json", json.dumps([record])))
    assert [(m.author, m.text) for m in found] == [
        ("system", "Bref."),
        ("user", "a"),
        ("assistant", "b"),
        ("user", "Traduis\nhello"),
        ("assistant", "salut"),
    ]


def test_ids_stay_the_same_in_a_longer_file(tmp_path):
    other = {"instruction": "autre", "input": "", "output": "x"}
    short = read(write(tmp_path / "a.jsonl", json.dumps(as_alpaca())))
    long = read(write(tmp_path / "b.jsonl", "\n".join(map(json.dumps, [other, as_alpaca()]))))
    assert [m.id for m in short] == [m.id for m in long[2:]]


def test_a_cut_or_damaged_array_gives_the_rest(tmp_path):
    good = [{"instruction": f"dis {n}", "output": f"voilà {n}"} for n in range(4)]
    text = json.dumps(good, indent=1).replace('"dis 1"', '"dis 1').removesuffix("}\n]")
    reading = read_export(write(tmp_path / "a.json", text))
    assert [message.text for one in reading for message in one.messages if message.author == "user"] == [
        "dis 0",
        "dis 2",
    ]
    assert reading.log.skipped == {NOT_JSON: 2}


def test_one_object_over_several_lines_is_read(tmp_path):
    turns = [{"role": "user", "content": "ça va ?"}, {"role": "assistant", "content": "oui"}]
    path = write(tmp_path / "a.json", json.dumps({"messages": turns}, indent=2))
    assert [message.text for one in read_export(path) for message in one.messages] == ["ça va ?", "oui"]

"""Claude: blocks, attachments, branches."""

import json

import pytest
from exports_on_the_spot import read, write
from folder_golden import FIXTURES, golden, lines

from sosie.sources.base import read_export

EXPORT = FIXTURES / "claude" / "export"


def message(key, sender="human", text="", **given):
    return {"uuid": key, "sender": sender, "text": text, "created_at": "2025-01-01T10:00:00Z", **given}


def told(tmp_path, *messages, **given):
    value = [{"uuid": "c", "name": "N", "chat_messages": list(messages), **given}]
    return read(write(tmp_path / "c.json", json.dumps(value)))


def test_the_fixture_gives_its_golden_lines():
    assert lines(EXPORT) == golden("claude")


def test_20_the_owner_is_the_human():
    assert {(one.owner, one.kind) for one in read_export(EXPORT)} == {("human", "assistant")}


@pytest.mark.parametrize(
    "texts, whole",
    [(["un. ", "deux."], "un. deux."), (["un.", "deux."], "un.\ndeux."), (["un\n", "", "deux"], "un\ndeux")],
)
def test_27_text_blocks_are_joined_and_the_others_left_out(texts, whole, tmp_path):
    blocks = [{"type": "text", "text": text} for text in texts]
    blocks[1:1] = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "tool_use", "input": {}},
        {"type": "tool_result"},
    ]
    (found,) = told(tmp_path, message("m", "assistant", "bloc non pris en charge", content=blocks))
    assert found.text == whole


def test_27_the_plain_text_is_taken_where_there_are_no_blocks(tmp_path):
    assert [
        m.text for m in told(tmp_path, message("m", text="oui"), message("n", text="non", content=[]))
    ] == ["oui", "non"]


def test_27_what_is_in_an_attachment_is_not_the_persons(tmp_path):
    paste = [{"file_name": "", "extracted_content": "mille mots collés"}]
    found = told(tmp_path, message("m", attachments=paste), message("n", text="résume", attachments=paste))
    assert [(m.kind, m.text) for m in found] == [("file", ""), ("file", "résume")]


def test_a_question_asked_again_leaves_its_first_branch(tmp_path):
    chain = [
        message("a", text="un", parent_message_uuid="00000000-0000-4000-8000-000000000000"),
        message("b", text="deux, mal dit", parent_message_uuid="a"),
        message("c", text="deux", parent_message_uuid="a"),
    ]
    assert [m.text for m in told(tmp_path, *chain)] == ["un", "deux"]
    assert [m.text for m in told(tmp_path, *chain, current_leaf_message_uuid="b")] == ["un", "deux, mal dit"]
    chain[2]["parent_message_uuid"] = "perdu"
    assert len(told(tmp_path, *chain)) == 3


def test_both_shapes_of_the_whole_are_read(tmp_path):
    one = {"uuid": "c", "name": "N", "chat_messages": [message("m", text="oui")]}
    for value in ([one], {"conversations": [one]}, one):
        assert [m.text for m in read(write(tmp_path / "c.json", json.dumps(value)))] == ["oui"]

"""Le Chat: flat arrays in a folder or a zip."""

import json
import zipfile

from exports_on_the_spot import read, write
from folder_golden import FIXTURES, golden, lines

from sosie.sources.base import read_export

EXPORT = FIXTURES / "lechat" / "export"


def item(key, role, content, **given):
    return {
        "id": key,
        "chatId": "c",
        "role": role,
        "content": content,
        "createdAt": f"2025-01-01T10:0{key}:00Z",
        **given,
    }


def test_the_fixture_gives_its_golden_lines():
    assert lines(EXPORT) == golden("lechat")


def test_27_a_zip_of_flat_arrays_is_read_like_the_folder(tmp_path):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in EXPORT.iterdir():
            archive.write(file, file.name)
    assert lines(path) == golden("lechat")


def test_27_two_chats_never_share_a_message(tmp_path):
    for chat in ("a", "b"):
        write(tmp_path / f"chat-{chat}.json", json.dumps([item("1", "user", "oui", chatId=chat)]))
    assert len({message.id for message in read(tmp_path)}) == 2


def test_27_text_chunks_are_joined_and_tool_calls_left_out(tmp_path):
    chunks = [
        {"type": "text", "text": "un "},
        {"type": "tool_call", "text": "x"},
        {"type": "text", "text": "deux"},
    ]
    path = write(tmp_path / "c.json", json.dumps([item("1", "assistant", "", contentChunks=chunks)]))
    assert [message.text for message in read(path)] == ["un deux"]


def test_an_answer_begun_again_is_read_in_its_last_version(tmp_path):
    items = [
        item("1", "user", "q"),
        item("2", "assistant", "b", version=1),
        item("2", "assistant", "a", version=0),
    ]
    path = write(tmp_path / "c.json", json.dumps(items))
    assert [message.text for message in read(path)] == ["q", "b"]


def test_20_the_owner_is_the_user():
    assert {(one.owner, one.kind) for one in read_export(EXPORT)} == {("user", "assistant")}

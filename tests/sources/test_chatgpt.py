"""ChatGPT: the tree, what is hidden in it, shards."""

import json
import zipfile

from exports_on_the_spot import read, write
from folder_golden import FIXTURES, golden, lines

from sosie.sources.base import read_export
from sosie.sources.summary import summarise_reading

EXPORT = FIXTURES / "chatgpt" / "export"


def node(key, parent, role, text, at=1.7e9, **message):
    content = {"content_type": "text", "parts": [text]}
    told = {"id": key, "author": {"role": role}, "create_time": at, "content": content, **message}
    return {"id": key, "parent": parent, "children": [], "message": told}


def conversation(*nodes, current=None, **given):
    return {"id": "c", "title": "T", "mapping": {n["id"]: n for n in nodes}, "current_node": current, **given}


def texts(tmp_path, *conversations):
    return [m.text for m in read(write(tmp_path / "c.json", json.dumps(list(conversations))))]


def test_the_fixture_gives_its_golden_lines():
    assert lines(EXPORT) == golden("chatgpt")


def test_20_the_owner_is_the_user_and_the_assistant_is_no_style():
    for one in read_export(EXPORT):
        assert (one.owner, one.kind) == ("user", "assistant")
        assert all(m.automatic and not m.style for m in one.messages if m.author == "assistant")


def test_26_only_the_branch_of_the_current_node_is_read(tmp_path):
    tree = [
        node("q", "r", "user", "a"),
        node("x", "q", "assistant", "non"),
        node("y", "q", "assistant", "oui"),
    ]
    assert texts(tmp_path, conversation(*tree, current="y")) == ["a", "oui"]
    assert texts(tmp_path, conversation(*tree, current="x")) == ["a", "non"]


def test_26_without_a_current_node_the_newest_leaf_is_the_end(tmp_path):
    tree = [
        node("q", "r", "user", "a"),
        node("x", "q", "assistant", "non", 1.7e9),
        node("y", "q", "assistant", "oui", 1.8e9),
    ]
    assert texts(tmp_path, conversation(*tree)) == ["a", "oui"]


def test_26_without_any_links_the_order_of_the_file_holds(tmp_path):
    tree = [node("1", None, "user", "a"), node("2", None, "assistant", "b"), node("3", None, "user", "c")]
    for one in tree:
        del one["parent"], one["children"]
    assert texts(tmp_path, conversation(*tree)) == ["a", "b", "c"]


def test_26_a_tree_that_bites_its_tail_ends(tmp_path):
    tree = [node("q", "a", "user", "a"), node("a", "q", "assistant", "b")]
    assert texts(tmp_path, conversation(*tree, current="a")) == ["a", "b"]


def test_26_hidden_nodes_reasoning_and_tools_are_out(tmp_path):
    hidden = {"metadata": {"is_visually_hidden_from_conversation": True}}
    chain = [
        node("s", "r", "system", "tu es utile"),
        node("h", "s", "user", "caché", **hidden),
        node("e", "h", "user", "x", content={"content_type": "user_editable_context", "user_profile": "moi"}),
        node("q", "e", "user", "question"),
        node("t", "q", "assistant", "x", content={"content_type": "thoughts", "thoughts": []}),
        node("n", "t", "assistant", "analyse", channel="analysis"),
        node("c", "n", "assistant", "search()", recipient="web"),
        node("p", "c", "assistant", "x", content={"content_type": "code", "text": "print()"}),
        node("o", "p", "tool", "résultat"),
        node("a", "o", "assistant", "réponse", None, recipient="all", channel="final"),
    ]
    found = summarise_reading(
        read_export(write(tmp_path / "c.json", json.dumps([conversation(*chain, current="a")]))), texts=True
    )
    assert [text["text"] for text in found.texts] == ["question", "réponse"]
    assert found.entries == 10 and sum(found.skipped.values()) == 8


def test_26_null_times_are_no_time_and_do_not_stop_the_reading(tmp_path):
    path = write(tmp_path / "c.json", json.dumps([conversation(node("q", None, "user", "a", None))]))
    assert [m.at for m in read(path)] == [None]


def test_26_empty_conversations_are_counted_and_not_given(tmp_path):
    told = [conversation(), conversation(node("q", None, "user", "a"), id="d"), conversation(id="e")]
    found = summarise_reading(read_export(write(tmp_path / "c.json", json.dumps(told))))
    assert (found.conversations, found.messages, found.skipped) == (1, 1, {"conversation vide": 2})


def test_26_shards_in_a_zip_are_read_in_their_order_and_a_conversation_once(tmp_path):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for n in (10, 9, 2):
            one = conversation(node("q", None, "user", f"n{n}"), id=f"c{n}")
            archive.writestr(f"conversations-{n:03}.json", json.dumps([one]))
        archive.writestr(
            "conversations.json", json.dumps([conversation(node("q", None, "user", "n2"), id="c2")])
        )
        archive.writestr("user.json", "{}")
    assert [message.text for message in read(path)] == ["n2", "n9", "n10"]


def test_dictated_words_are_words_and_not_a_way_of_writing(tmp_path):
    parts = [{"content_type": "audio_transcription", "text": "allô"}, {"content_type": "audio_asset_pointer"}]
    content = {"content_type": "multimodal_text", "parts": parts}
    path = write(
        tmp_path / "c.json", json.dumps([conversation(node("q", None, "user", "", content=content))])
    )
    (found,) = read(path)
    assert (found.kind, found.text, found.style) == ("voice", "allô", False)


def test_a_file_sent_along_is_a_medium_with_a_caption(tmp_path):
    metadata = {"attachments": [{"name": "bail.pdf", "mime_type": "application/pdf"}]}
    path = write(
        tmp_path / "c.json", json.dumps([conversation(node("q", None, "user", "lis", metadata=metadata))])
    )
    assert [(m.kind, m.text) for m in read(path)] == [("file", "lis")]


def test_31_a_stray_zero_byte_costs_one_conversation_and_not_the_export(tmp_path):
    told = [conversation(node("q", None, "user", f"n{n}"), id=f"c{n}") for n in range(3)]
    text = json.dumps(told).replace('"c1"', '"\0c1')
    assert [m.text for m in read(write(tmp_path / "c.json", text))] == ["n0", "n2"]


def test_a_single_conversation_and_a_wrapped_list_are_read_too(tmp_path):
    one = conversation(node("q", None, "user", "seul"))
    for value in (one, {"conversations": [one]}):
        assert [m.text for m in read(write(tmp_path / "c.json", json.dumps(value)))] == ["seul"]

"""Slack: people, marks, threads, machines."""

import json

import pytest
from exports_on_the_spot import read, write

from sosie.core.errors import UnknownExport
from sosie.sources.base import read_export
from sosie.sources.slack.markup import Marks, readable_text

MARKS = Marks({"U1": "Léa"}, {"C1": "général"})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<@U1> et <@U9|bob> et <@U8>", "@Léa et @bob et @U8"),
        ("<#C1> <#C9|plage>", "#général #plage"),
        ("<!here> <!subteam^S1|@equipe> <!date^1709280060^{date}|1er mars>", "@here @equipe 1er mars"),
        (
            "<https://exemple.fr|le doc> <https://exemple.fr> <mailto:a@b.fr|a@b.fr>",
            "le doc (https://exemple.fr) https://exemple.fr a@b.fr",
        ),
        ("&lt;b&gt; &amp;amp; 3 &lt; 5", "<b> &amp; 3 < 5"),
        ("a < b et c", "a < b et c"),
        ("&gt; dit par un autre\noui", "oui"),
        ("&gt;_&lt; oups", ">_< oups"),
        ("oui\n&gt;&gt;&gt; dit\npar un autre", "oui"),
    ],
)
def test_marks_are_shown_as_people_see_them(text, shown):
    assert readable_text(text, MARKS) == shown


@pytest.fixture
def workspace(tmp_path):
    def make(messages, users=None, **lists):
        write(tmp_path / "slack/users.json", json.dumps(users or [{"id": "U1", "name": "lea"}]))
        for name, items in lists.items():
            write(tmp_path / f"slack/{name}.json", json.dumps(items))
        for day, items in messages.items():
            write(tmp_path / f"slack/{day}.json", json.dumps(items, ensure_ascii=False))
        return tmp_path / "slack"

    return make


def test_days_are_read_in_order_and_messages_by_their_time(workspace):
    path = workspace(
        {
            "plage/2024-03-02": [{"user": "U1", "ts": "1709366400.0001", "text": "3"}],
            "plage/2024-03-01": [
                {"user": "U1", "ts": "1709280060.0002", "text": "2"},
                {"user": "U1", "ts": "1709280000.0001", "text": "1"},
            ],
        }
    )
    assert [message.text for message in read(path)] == ["1", "2", "3"]


def test_namesakes_are_told_apart_by_their_ids(workspace):
    users = [{"id": f"U{n}", "name": f"tom{n}", "profile": {"display_name": "Tom"}} for n in (1, 2)]
    path = workspace(
        {"c/2024-03-01": [{"user": f"U{n}", "ts": f"170928000{n}.0", "text": "x"} for n in (1, 2)]}, users
    )
    assert [message.author for message in read(path)] == ["Tom", "Tom (tom2)"]


def test_a_direct_conversation_is_named_after_its_people(workspace):
    path = workspace(
        {"D0123456/2024-03-01": [{"user": "U1", "ts": "1.0", "text": "x"}]},
        dms=[{"id": "D0123456", "members": ["U1", "U9"]}],
    )
    (thread,) = read_export(path)
    assert (thread.title, thread.group) == ("lea", False)


@pytest.mark.parametrize(
    "item", [{"subtype": "bot_message", "username": "jenkins"}, {"bot_id": "B1"}, {"user": "USLACKBOT"}]
)
def test_bots_are_automatic(workspace, item):
    (message,) = read(workspace({"c/2024-03-01": [{"user": "U1", "ts": "1709280001.0", "text": "x"} | item]}))
    assert message.automatic


@pytest.mark.parametrize(
    "subtype", ["channel_join", "channel_leave", "channel_purpose", "pinned_item", "inventé_demain"]
)
def test_what_nobody_says_is_a_notice(workspace, subtype):
    (message,) = read(
        workspace({"c/2024-03-01": [{"user": "U1", "subtype": subtype, "ts": "1709280001.0", "text": "x"}]})
    )
    assert (message.kind, message.author) == ("notice", "")


def test_a_day_cut_short_gives_what_is_left_of_it(workspace):
    path = workspace({"c/2024-03-01": []})
    write(
        path / "c/2024-03-01.json",
        '[{"user": "U1", "ts": "1709280001.0", "text": "oui"}, {"user": "U1", "ts": "17',
    )
    reading = read_export(path)
    assert [m.text for thread in reading for m in thread.messages] == ["oui"]
    assert sum(reading.log.skipped.values()) == 1


def test_an_export_without_its_list_of_users_is_read_by_ids(tmp_path):
    write(
        tmp_path / "s/c/2024-03-01.json",
        json.dumps([{"user": "U1", "type": "message", "ts": "1709280001.0", "text": "oui"}]),
    )
    assert [(m.author, m.text) for m in read(tmp_path / "s")] == [("U1", "oui")]


def test_the_people_of_an_enterprise_grid_are_in_another_file(tmp_path):
    write(tmp_path / "s/org_users.json", json.dumps([{"id": "U7", "profile": {"display_name": "Mona"}}]))
    talk = [{"type": "message", "user": "U7", "ts": "1709280001.000200", "text": "<@U7> c'est moi"}]
    write(tmp_path / "s/canal/2024-03-01.json", json.dumps(talk))
    (only,) = read(tmp_path / "s")
    assert (only.author, only.text) == ("Mona", "@Mona c'est moi")


def test_words_that_are_in_blocks_only_are_read_without_the_quotation(workspace):
    section = [
        {"type": "text", "text": "vu avec "},
        {"type": "user", "user_id": "U1"},
        {"type": "text", "text": " <3 "},
        {"type": "emoji", "name": "tada"},
    ]
    items = [{"type": "rich_text_section", "elements": [{"type": "text", "text": word}]} for word in "ab"]
    elements = [
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "dit par un autre"}]},
        {"type": "rich_text_section", "elements": section},
        {"type": "rich_text_list", "elements": items},
    ]
    blocks = [{"type": "rich_text", "elements": elements}]
    talk = {"type": "message", "user": "U1", "ts": "1709280001.000200", "text": "", "blocks": blocks}
    (only,) = read(workspace({"canal/2024-03-01": [talk]}))
    assert only.text.split("\n") == ["", "vu avec @lea <3 :tada:", "a", "b"][1:]


def test_a_workspace_without_a_message_is_refused(workspace):
    with pytest.raises(UnknownExport):
        read(workspace({"plage/2024-03-02": []}))

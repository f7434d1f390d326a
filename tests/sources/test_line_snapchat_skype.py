"""LINE, Snapchat and Skype, as their exports come."""

import json

import pytest
from exports_on_the_spot import read, said, write

from sosie.sources.base import read_export


@pytest.mark.parametrize(
    ("day", "at"),
    [
        ("2024.02.01 Jeudi", "2024-02-01"),
        ("2024.02.01 Thursday", "2024-02-01"),
        ("2024/02/01(木)", "2024-02-01"),
        ("2024年2月1日", "2024-02-01"),
        ("Thu, 02/01/2024", "2024-02-01"),
        ("jeu. 01/02/2024", "2024-02-01"),
    ],
)
def test_days_of_line_in_any_language(tmp_path, day, at):
    other = (
        "Wed, 02/14/2024"
        if day.startswith("Thu,")
        else "14/02/2024"
        if "jeu" in day
        else "2024.02.14 Mercredi"
    )
    path = write(
        tmp_path / "l.txt",
        "[LINE] Chat history with Yuki\nSaved on: 2024/02/03 10:00\n\n"
        f"{day}\n09:05PM\tYuki\tok\n\n{other}\n9:00\tYuki\tfin\n",
    )
    (thread,) = read_export(path)
    first, last = thread.messages
    assert (thread.title, thread.group) == ("Yuki", False)
    assert (first.at.isoformat(), last.at.day) == (f"{at}T21:05:00", 14)


@pytest.mark.parametrize(
    ("time", "hour"),
    [("午後9:05", 21), ("上午09:05", 9), ("午前0:05", 0), ("下午12:05", 12), ("12:05am", 0), ("23:05", 23)],
)
def test_hours_of_line_in_any_language(tmp_path, time, hour):
    path = write(
        tmp_path / "l.txt",
        f"[LINE] Yukiとのトーク履歴\n保存日時：2024/02/03\n\n2024/02/01(木)\n{time}\tYuki\tok\n",
    )
    assert [m.at.hour for m in read(path)] == [hour]


def test_a_group_of_line_without_heading_and_a_quote_of_its_owner(tmp_path):
    text = '2024.02.01 Jeudi\n10:00\tA\t"cité"\n10:01\tB\t[Photo]\n10:02\tC\t[photo de toi]\n'
    text += "10:03\tB a rejoint le groupe\n"
    (thread,) = read_export(write(tmp_path / "l.txt", text))
    found = [(m.author, m.kind, m.text) for m in thread.messages]
    assert thread.group and found == [
        ("A", "text", '"cité"'),
        ("B", "image", ""),
        ("C", "text", "[photo de toi]"),
        ("", "notice", "B a rejoint le groupe"),
    ]


def snap(text, sender="loup", sent=False, minute=0, **given):
    at = f"2024-06-01 10:{minute:02}:00 UTC"
    return {
        "From": sender,
        "Media Type": "TEXT",
        "Created": at,
        "Content": text,
        "Conversation Title": None,
        "IsSender": sent,
    } | given


def test_snapchat_is_turned_round_and_its_owner_is_known(tmp_path):
    history = {"loup": [snap("2", minute=2), snap("1", "moi", True, minute=1)]}
    (thread,) = read_export(write(tmp_path / "json/chat_history.json", json.dumps(history)))
    assert thread.owner == "moi" and [m.text for m in thread.messages] == ["1", "2"]


def test_snapchat_before_2023(tmp_path):
    old = {
        "Received Saved Chat History": [
            {"From": "loup", "Media Type": "TEXT", "Created": "2021-01-01 12:01:00 UTC", "Text": "et toi"}
        ],
        "Sent Saved Chat History": [
            {"To": "loup", "Media Type": "TEXT", "Created": "2021-01-01 12:00:00 UTC", "Text": "ça va"}
        ],
    }
    (thread,) = read_export(write(tmp_path / "chat_history.json", json.dumps(old)))
    assert (thread.title, thread.owner) == ("loup", "me")
    assert said(list(thread.messages)) == [("me", "ça va"), ("loup", "et toi")]


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ("STATUSERASEDMESSAGE", "deleted"),
        ("STATUSCALLMISSEDVIDEO", "call"),
        ("STATUSPARTICIPANTREMOVED", "notice"),
        ("NOTE", "voice"),
    ],
)
def test_what_snapchat_says_is_no_message(tmp_path, media, kind):
    text = json.dumps({"loup": [snap("", minute=1) | {"Media Type": media}, snap("ok", minute=0)]})
    assert [m.kind for m in read(write(tmp_path / "chat_history.json", text))] == ["text", kind]


def test_a_snapchat_file_cut_short_gives_what_is_left(tmp_path):
    text = json.dumps({"loup": [snap(str(n), minute=n) for n in range(9)]})
    reading = read_export(write(tmp_path / "chat_history.json", text[: len(text) // 2]))
    assert sum(len(list(thread.messages)) for thread in reading) >= 3
    assert reading.log.skipped


def skype(*messages, owner="8:live:moi", **told):
    thread = {"id": "8:leo", "displayName": "Léo", "MessageList": list(messages)} | told
    return json.dumps({"userId": owner, "exportDate": "x", "conversations": [thread]})


def word(content, sender="8:leo", number=1, kind="RichText", **given):
    told = {
        "id": f"170000000{number}000",
        "displayName": None,
        "messagetype": kind,
        "content": content,
        "from": sender,
    }
    return told | {"originalarrivaltime": f"2023-11-14T22:1{number}:20Z"} | given


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("t&apos;es l&agrave; ?", "t'es là ?"),
        ('oui <ss type="smile">:)</ss>', "oui :)"),
        (
            "<quote author='x'><legacyquote>[1] Léo: </legacyquote>son texte"
            "<legacyquote>&lt;&lt;&lt;</legacyquote></quote>mien",
            "mien",
        ),
        ("<quote>jamais fermé", ""),
        ("3 &lt; 5 &amp; <b raw_pre='*'>gras</b>\nligne", "3 < 5 & gras\nligne"),
        ("a < b", "a < b"),
    ],
)
def test_skypes_texts_are_html(tmp_path, content, text):
    assert [m.text for m in read(write(tmp_path / "messages.json", skype(word(content))))] == [text]


def test_skype_is_turned_round_and_its_owner_is_known(tmp_path):
    path = write(
        tmp_path / "messages.json",
        skype(word("2", number=2), word("1", "8:live:moi"), word("", kind="Event/Call", number=3)),
    )
    (thread,) = read_export(path)
    assert thread.owner == "live:moi"
    assert [(m.author, m.kind, m.text) for m in thread.messages] == [
        ("live:moi", "text", "1"),
        ("Léo", "text", "2"),
        ("Léo", "call", ""),
    ]


def test_skypes_own_list_of_calls_holds_calls(tmp_path):
    path = write(tmp_path / "messages.json", skype(word("", kind="Text", properties={"call-log": "{}"})))
    assert [m.kind for m in read(path)] == ["call"]


def test_a_broken_message_of_skype_costs_itself(tmp_path):
    text = skype(word("1"), word("2", number=2), word("3", number=3)).replace(
        '"content": "2"', '"content": "2'
    )
    reading = read_export(write(tmp_path / "messages.json", text))
    assert [m.text for thread in reading for m in thread.messages] == ["1", "3"] and sum(
        reading.log.skipped.values()
    ) >= 1


def test_a_skype_message_without_sender_in_an_export_without_owner_is_by_somebody(tmp_path):
    said_by_none = {"id": "1", "messagetype": "RichText", "content": "ok", "from": None}
    export = {"userId": None, "conversations": [{"id": "8:x", "MessageList": [said_by_none]}]}
    assert said(read(write(tmp_path / "messages.json", json.dumps(export)))) == [("inconnu", "ok")]


@pytest.mark.parametrize("kind", ["RichText/Html", "RichText/HTML", "richtext/html"])
@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>un <b>mot</b></p><p>deux</p>", "un mot\ndeux"),
        ("<div><div>ligne<br/>autre</div></div>", "ligne\nautre"),
        ('<p>oui <img itemtype="x" alt="🙂" src="y"></p>', "oui 🙂"),
        ('<p>oui <emoji id="smile" alt="🙂"></emoji></p>', "oui 🙂"),
        ('<blockquote itemtype="Reply"><p>à eux</p></blockquote><p>à moi</p>', "à moi"),
        ("2 &lt; 3&nbsp;!", "2 < 3 !"),
    ],
)
def test_what_teams_writes_in_html_is_words(kind, content, text, tmp_path):
    item = {"id": "1", "from": "8:ana", "messagetype": kind, "content": content}
    item["originalarrivaltime"] = "2023-11-14T22:13:20Z"
    told = {"userId": "8:live:moi", "exportDate": "2024-01-01T10:00"}
    thread = {"id": "8:ana", "displayName": "Ana", "MessageList": [item]}
    path = write(tmp_path / "messages.json", json.dumps({**told, "conversations": [thread]}))
    assert said(read(path)) == [("Ana", text)]


def test_snapchat_s_entities_are_characters(tmp_path):
    item = {"From": "a.b", "Media Type": "TEXT", "Created": "2025-03-02 09:16:00 UTC", "IsSender": False}
    path = write(
        tmp_path / "chat_history.json",
        json.dumps({"a.b": [{**item, "Content": "l&#39;&eacute;t&eacute; &lt;3"}]}),
    )
    assert said(read(path)) == [("a.b", "l'été <3")]

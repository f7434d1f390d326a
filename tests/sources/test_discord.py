"""Discord, by DiscordChatExporter."""

import json

import pytest
from exports_on_the_spot import read, said, write
from folder_golden import FIXTURES, golden, lines

from sosie.sources.base import read_export

EXPORT = FIXTURES / "discord" / "export"
LOU = {"id": "1", "name": "lou.g", "nickname": "Lou", "isBot": False}


def message(n, content="", author=LOU, kind="Default", **given):
    at = f"2024-01-01T10:{n:02}:00+01:00"
    return {"id": str(1000 + n), "type": kind, "timestamp": at, "content": content, "author": author, **given}


def channel(*messages, **given):
    head = {
        "guild": {"id": "0", "name": "G"},
        "channel": {"id": "5", "type": "GuildTextChat", "name": "c", **given},
    }
    return json.dumps(head | {"messages": list(messages), "messageCount": len(messages)}, indent=2)


def test_the_fixture_gives_its_golden_lines():
    assert lines(EXPORT) == golden("discord")


def test_19_offsets_that_change_within_a_file_keep_the_order_of_time():
    messages = [message for one in read_export(EXPORT) for message in one.messages]
    assert [f"{m.at:%H:%M}" for m in messages[1:4]] == ["00:30", "01:05", "01:06"]
    assert messages == sorted(messages, key=lambda m: m.at)


def test_17_forwarded_words_are_marked_and_nobodys_style():
    forwarded = [m for one in read_export(EXPORT) for m in one.messages if m.forwarded]
    assert [(m.text, m.style, m.reply_to) for m in forwarded] == [("Avis de coup de vent", False, None)]


def test_bots_are_automatic_and_all_other_types_are_notices(tmp_path):
    bot = {**LOU, "id": "2", "nickname": "Bot", "isBot": True}
    kinds = ["RecipientAdd", "ChannelNameChange", "ThreadCreated", "8", "20", "Call"]
    path = write(
        tmp_path / "c.json",
        channel(message(0, "bip", bot), *(message(n, "x", kind=k) for n, k in enumerate(kinds, 1))),
    )
    found = read(path)
    assert (found[0].automatic, found[0].style) == (True, False)
    assert [m.kind for m in found[1:]] == ["notice"] * 5 + ["call"]


def test_old_exports_number_the_types(tmp_path):
    path = write(
        tmp_path / "c.json",
        channel(message(0, "a", kind=0), message(1, "b", kind=19), message(2, "c", kind=7)),
    )
    assert [m.kind for m in read(path)] == ["text", "text", "notice"]


def test_two_people_of_one_nickname_stay_two(tmp_path):
    path = write(
        tmp_path / "c.json", channel(message(0, "a"), message(1, "b", {**LOU, "id": "9", "name": "lou_9"}))
    )
    assert said(read(path)) == [("Lou", "a"), ("Lou (lou_9)", "b")]


@pytest.mark.parametrize(
    "name, kind", [("a.png", "image"), ("voice-message.ogg", "voice"), ("b.MP4", "video"), ("c.pdf", "file")]
)
def test_attachments_have_their_kind_and_keep_the_caption(name, kind, tmp_path):
    path = write(
        tmp_path / "c.json", channel(message(0, "tiens", attachments=[{"fileName": name, "url": "x"}]))
    )
    assert [(m.kind, m.text) for m in read(path)] == [(kind, "tiens")]


def test_an_export_that_is_newest_first_is_turned_round(tmp_path):
    path = write(tmp_path / "c.json", channel(*(message(n, str(n)) for n in (3, 2, 1))))
    assert [m.text for m in read(path)] == ["1", "2", "3"]


def test_the_parts_of_a_channel_are_one_conversation_in_order(tmp_path):
    write(tmp_path / "d" / "c.json", channel(message(0, "0"), message(1, "1")))
    for part in (10, 2):
        write(tmp_path / "d" / f"c [part {part}].json", channel(message(part, str(part))))
    (one,) = read_export(tmp_path / "d")
    assert [m.text for m in one.messages] == ["0", "1", "2", "10"]


def test_a_direct_chat_is_no_group(tmp_path):
    path = write(tmp_path / "c.json", channel(message(0, "a"), type="DirectTextChat", name="Lou"))
    assert [(one.group, one.title, one.owner) for one in read_export(path)] == [(False, "Lou", None)]


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("ah <:chat_roux:900000000000000001> oui", "ah :chat_roux: oui"),
        ("<a:fete:900000000000000002>", ":fete:"),
        ("rdv <t:1730710800:R> ?", "rdv ?"),
        ("<t:1730710800>", ""),
        ("va dans <#900000000000000003>", "va dans"),
        ("<@9> a < b", "a < b"),
        ("</jouer:900000000000000004>", "/jouer"),
    ],
)
def test_what_discord_stores_is_shown_as_people_see_it(stored, shown, tmp_path):
    (only,) = read(write(tmp_path / "c.json", channel(message(1, stored))))
    assert only.text == shown


PLAIN = """==============================================================
Guild: Direct Messages
Channel: nina
==============================================================

[13/11/2024 21:30] nina_k
coucou

deux lignes

[13/11/2024 21:31] max (pinned)
vu : ok
[pas un en-tête]

{Attachments}
https://cdn.exemple.fr/plage.jpg

{Reactions}
x (2)

[14/11/2024 00:05] nina_k

{Stickers}
https://cdn.exemple.fr/s.png

==============================================================
Exported 3 message(s)
==============================================================
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_plain_text_of_discord_chat_exporter(end, tmp_path):
    reading = read_export(write(tmp_path / "Direct Messages - nina [5].txt", PLAIN.replace("\n", end)))
    (thread,) = reading
    first, second, third = thread.messages
    assert (reading.source, thread.title, thread.group) == ("discord", "nina", False)
    assert said([first, second, third]) == [
        ("nina_k", "coucou\n\ndeux lignes"),
        ("max", "vu : ok\n[pas un en-tête]"),
        ("nina_k", ""),
    ]
    assert (second.kind, third.kind) == ("image", "image")
    assert first.at.isoformat() == "2024-11-13T21:30:00"
    assert reading.log.entries == 3


def test_the_short_dates_of_older_plain_text(tmp_path):
    old = {"13/11/2024 21:30": "13-Nov-20 09:30 PM", "13/11/2024 21:31": "13-Nov-20 09:31 PM"}
    text = PLAIN.replace("14/11/2024 00:05", "14-nov.-20 00:05")
    for new, written in old.items():
        text = text.replace(new, written)
    found = read(write(tmp_path / "nina.txt", text))
    assert [f"{message.at:%d/%m/%Y %H:%M}" for message in found[::2]] == [
        "13/11/2020 21:30",
        "14/11/2020 00:05",
    ]

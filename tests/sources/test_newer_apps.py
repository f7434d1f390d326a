"""Apps read since 2026: what their exports hold beside words, and the forms that they have had."""

import json
import time
from contextlib import suppress

import pytest
from exports_on_the_spot import read, said, write
from folder_golden import FIXTURES

from sosie.core.errors import SosieError
from sosie.sources.base import read_export
from sosie.sources.imessage.exporter_lines import Words, own_words

PAGES = FIXTURES / "signalbackup" / "pages"
X_ACCOUNT = 'window.YTD.account.part0 = [{"account": {"accountId": "42", "username": "zoe"}}]'


def x_archive(folder, *messages):
    told = [{"dmConversation": {"conversationId": "42-77", "messages": messages}}]
    write(folder / "account.js", X_ACCOUNT)
    write(folder / "direct-messages.js", f"window.YTD.direct_messages.part0 = {json.dumps(told)}")
    return folder


def x_message(text, **more):
    event = {"id": "1", "senderId": "42", "text": text, "createdAt": "2024-02-02T01:00:28.774Z"}
    return {"messageCreate": event | more}


@pytest.mark.parametrize(
    ("text", "more", "told"),
    [
        ("c&#39;est &lt;3 &amp; toi", {}, "c'est <3 & toi"),
        (
            "vois https://t.co/a",
            {"urls": [{"url": "https://t.co/a", "expanded": "https://exemple.fr/b"}]},
            "vois https://exemple.fr/b",
        ),
        ("vois https://t.co/a", {"mediaUrls": ["https://x/a.jpg"]}, "vois"),
    ],
)
def test_what_x_escapes_and_shortens_is_as_it_was_written(text, more, told, tmp_path):
    assert said(read(x_archive(tmp_path, x_message(text, **more)))) == [("zoe", told)]


def test_groups_of_tiktok_are_read_beside_its_threads(tmp_path):
    def message(who, text):
        return {"Date": "2025-03-02 09:15:00", "From": who, "Content": text}

    threads = {"ChatHistory": {"Chat History with leo.rx:": [message("zoe.b", "un")]}}
    groups = {"GroupChat": {"Rando": [message("zoe.b", "deux"), message("nour", "trois")]}}
    export = {"Direct Message": {"Direct Messages": threads, "Group Chat": groups}}
    found = list(read_export(write(tmp_path / "user_data_tiktok.json", json.dumps(export))))
    assert [(one.title, one.group, len(list(one.messages))) for one in found] == [
        ("leo.rx", False, 1),
        ("Rando", True, 2),
    ]


@pytest.mark.parametrize(
    ("title", "answered", "asked"),
    [
        ("Vous avez saisi\u00a0: une quiche ?", False, "une quiche ?"),
        ("Requête : une quiche ?", False, "une quiche ?"),
        ("Question de goût ?", True, "Question de goût ?"),
    ],
)
def test_what_was_asked_of_gemini_is_found_in_other_words(title, answered, asked, tmp_path):
    told = {"header": "Gemini", "title": title, "time": "2025-03-02T09:15:00Z"}
    told |= {"safeHtmlItem": [{"html": "<p>oui</p>"}]} if answered else {}
    found = said(read(write(tmp_path / "MonActivité.json", json.dumps([told]))))
    assert found == [("user", asked), ("assistant", "oui")][: 1 + answered]


def test_an_old_export_of_hangouts_is_read_as_a_later_one(tmp_path):
    later = FIXTURES / "hangouts" / "export" / "Takeout" / "Hangouts" / "Hangouts.json"
    threads = json.loads(later.read_text(encoding="utf-8"))["conversations"]
    old = [
        {
            "conversation_state": {
                "conversation": one["conversation"]["conversation"],
                "event": one["events"],
            }
        }
        for one in threads
    ]
    path = write(tmp_path / "Hangouts.json", json.dumps({"conversation_state": old}))
    assert [(m.id, m.author, m.text) for m in read(path)] == [(m.id, m.author, m.text) for m in read(later)]


def test_the_pages_of_imessage_exporter_say_what_its_texts_say():
    pages, texts = (read(FIXTURES / "imessage_exporter" / form) for form in ("html", "export"))
    assert [(m.author, m.kind, m.at, m.edited) for m in pages] == [
        (m.author, m.kind, m.at, m.edited) for m in texts
    ]
    assert [m.text for m in pages] == [
        "tu passes ? <3",
        "oui\nvers midi",
        "parfait alors",
        "",
        "You named the conversation Rando",
        "à demain",
        "",
        "https://exemple.fr/rando",
    ]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["oui", "Reactions:", "Loved by Léo", ""], Words("oui")),
        (["oui", "", "bon"], Words("oui\n\nbon")),
        (["attachments/10/2.mov"], Words("", "video")),
        (["Library/Application Support/MobileSync/Backup/ab/8f/8f4889c3"], Words("", "file")),
        (["https://exemple.fr", "Un titre", "Un résumé"], Words("https://exemple.fr")),
        (["Apple Pay message:", "5 €"], Words("", "file")),
        (["vu par Léo"], Words("vu par Léo")),
        (["and/or c'est pareil"], Words("and/or c'est pareil")),
    ],
)
def test_what_imessage_exporter_adds_is_nobody_s_word(lines, told):
    assert own_words(lines) == told


def test_the_text_of_sigtop_says_what_its_json_says():
    told = [(m.author, m.text, m.at) for m in read(FIXTURES / "sigtop" / "text") if m.author]
    rows = [(m.author, m.text, m.at) for m in read(FIXTURES / "sigtop" / "export") if m.kind != "deleted"]
    assert [one for one in told if one[1] != "vers midi\n\nsi la pluie cesse"] == [
        one for one in rows if one[0] and one[1] != "vers midi"
    ]


def test_tinder_gives_one_side_only():
    assert {one.kind for one in read_export(FIXTURES / "tinder" / "export")} == {"one_sided"}


def test_a_question_to_copilot_comes_before_the_answer_of_the_same_second():
    (first, *_) = read(FIXTURES / "copilot" / "export")
    assert (first.author, first.text) == ("Human", "fais-moi un plan, stp")


def test_the_pages_of_signalbackup_tools_are_one_thread_a_folder():
    found = {one.title: (one.group, one.owner, list(one.messages)) for one in read_export(PAGES)}
    assert [(name, group, owner) for name, (group, owner, _) in found.items()] == [
        ("Nour", False, "me"),
        ("Rando", True, "me"),
    ]
    assert [(m.author, m.kind, m.text) for m in found["Nour"][2]] == [
        ("", "notice", "You are now connected"),
        ("Nour", "text", "tu passes ? <3"),
        ("me", "text", "vers midi"),
        ("Nour", "image", "regarde la vue\nelle est belle"),
        ("Nour", "deleted", ""),
        ("", "call", "Outgoing call"),
        ("me", "text", "https://exemple.fr"),
    ]
    assert said(found["Rando"][2]) == [("Tom", "qui conduit"), ("me", "moi je veux bien")]


@pytest.mark.parametrize("filler", [" " * 300_000, "<p" * 150_000, "<quote " * 40_000, "<img " * 60_000])
def test_long_runs_of_one_thing_cost_no_time(filler, tmp_path):
    start = time.process_time()
    item = {"id": "1", "from": "8:ana", "messagetype": "RichText/Html", "content": f"<p>a</p>{filler}b"}
    export = {"userId": "8:x", "exportDate": "", "conversations": [{"id": "8:ana", "MessageList": [item]}]}
    read(write(tmp_path / "skype" / "messages.json", json.dumps(export)))
    read(x_archive(tmp_path / "x", x_message(f"a{filler}b", mediaUrls=["a.jpg"])))
    rows = f"from,to,date,message\nZoé,a{filler}b,2024-03-12 10:00,un\nMalo,Zoé,2024-03-12 10:01,deux\n"
    with suppress(SosieError):
        read(write(tmp_path / "t.csv", rows))
    assert time.process_time() - start < 2


def test_the_short_text_of_sigtop_tells_words_from_what_it_says_of_them():
    told = [(m.author, m.text, m.kind, m.edited) for m in read(FIXTURES / "sigtop" / "short")]
    assert told == [
        ("Nour", "tu passes ?", "text", False),
        ("You", "vers midi\nou une heure", "text", True),
        ("Nour", "", "file", False),
        ("", "", "call", False),
        ("You", "la plage : vide", "file", False),
        ("Nour", "[enfin] on respire", "text", False),
    ]


def test_the_text_of_tiktok_gives_what_its_json_would():
    first, second = read_export(FIXTURES / "tiktok" / "text")
    assert [(one.title, one.owner, one.group) for one in (first, second)] == [
        ("leo.rx", "zoe.b", False),
        ("nour", "zoe.b", False),
    ]
    assert [(m.author, m.text, m.kind) for m in first.messages] == [
        ("zoe.b", "mdr", "text"),
        ("zoe.b", "", "file"),
        ("leo.rx", "regarde : ça\n\net ça", "text"),
    ]


def test_what_deepseek_gave_before_it_had_fragments_is_read_without_what_it_thought():
    told = said(read(FIXTURES / "deepseek" / "old"))
    assert told == [
        ("user", "une recette de crêpes ?"),
        ("assistant", "De la farine, des œufs, du lait."),
        ("user", "et sans œufs"),
        ("assistant", "Avec de la bière."),
    ]

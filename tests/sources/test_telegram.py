"""Telegram Desktop, trap by trap (the numbers are those of the list of traps the readers are held to)."""

import json
import subprocess
import sys
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from exports_on_the_spot import read, said, write
from folder_golden import FIXTURES, golden, lines

from sosie.core.errors import UnknownExport
from sosie.sources.base import read_export, recognise
from sosie.sources.files.archive import open_archive
from sosie.sources.summary import summarise_reading

MAKER = Path(__file__).parent.parent.parent / "tools" / "make_telegram.py"
ME, MALIK = ("Zoé", "user22"), ("Malik", "user11")


def message(number, text="ok", who=MALIK, **more):
    name, ident = who
    told = {"id": number, "type": "message", "date": "2024-07-01T10:05:00", "date_unixtime": "1719821100"}
    return {**told, "from": name, "from_id": ident, "text": text, **more}


def one_chat(*messages, kind="personal_chat", **head):
    return json.dumps({"name": "Malik", "type": kind, "id": 11, **head, "messages": messages})


@pytest.fixture
def chat(tmp_path):
    return lambda *messages, **head: write(tmp_path / "result.json", one_chat(*messages, **head))


@pytest.mark.parametrize("form", ["telegram", "telegram_2020", "telegram_html"])
def test_each_fixture_gives_its_golden_lines(form):
    assert lines(FIXTURES / form / "export") == golden(form)


@pytest.mark.parametrize(
    "text",
    [
        "ça va 🙏",
        ["ça ", "va", " 🙏"],
        ["ça ", {"type": "bold", "text": "va"}, " 🙏", ""],
        [{"type": "italic", "text": ["ça ", {"type": "bold", "text": "va"}]}, " 🙏"],
    ],
)
def test_17_text_is_a_string_or_pieces_of_it(chat, text):
    assert said(read(chat(message(1, text)))) == [("Malik", "ça va 🙏")]


def test_17_text_may_stand_in_text_entities_alone(chat):
    parts = [{"type": "plain", "text": "ça "}, {"type": "link", "text": "exemple.fr"}]
    assert said(read(chat(message(1, "", text_entities=parts)))) == [("Malik", "ça exemple.fr")]


def test_17_ids_are_numbers_or_words_and_names_may_be_null(chat):
    found = read(chat(message(1), message(2, who=(None, 32507588)), message(3, who=(None, "user33"))))
    assert [m.author for m in found] == ["Malik", "32507588", "user33"]


def test_17_services_are_notices_and_calls(chat):
    service = {**message(1, ""), "type": "service", "actor": "Malik", "action": "pin_message"}
    found = read(chat(service, {**service, "id": 2, "action": "phone_call"}, message(3)))
    assert [m.kind for m in found] == ["notice", "call", "text"]


def test_17_forwarded_words_are_not_the_sender_s_style(chat):
    found = read(chat(message(1, forwarded_from="Le Journal"), message(2, forwarded_from=None), message(3)))
    assert [(m.forwarded, m.style) for m in found] == [(True, False), (True, False), (False, True)]


def test_17_what_bots_wrote_is_nobody_s_style(chat):
    bot = ("MétéoBot", "user11")
    path = chat(message(1, who=bot), message(2, who=ME, via_bot="@gif"), message(3, who=ME), kind="bot_chat")
    assert [(m.automatic, m.style) for m in read(path)] == [(True, False), (False, False), (False, True)]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"photo": "(File not included.)"}, "image"),
        ({"file": "x", "media_type": "sticker"}, "image"),
        ({"file": "x", "media_type": "voice_message"}, "voice"),
        ({"file": "x", "media_type": "video_message", "mime_type": "video/mp4"}, "video"),
        ({"file": "x", "mime_type": "image/png"}, "image"),
        ({"file": "x", "mime_type": "application/pdf"}, "file"),
        ({"location_information": {"latitude": 1, "longitude": 2}}, "location"),
        ({"contact_information": {"first_name": "Zoé"}}, "file"),
        ({"poll": {"question": "Vendredi ?"}}, "text"),
    ],
)
def test_17_media_keep_their_caption_and_no_file_name(chat, more, kind):
    with_caption, without = read(chat(message(1, "la vue", **more), message(2, "", **more)))
    assert (with_caption.kind, with_caption.text) == (kind, "la vue")
    assert (without.kind, without.text) == (kind, "")


def test_17_1970_means_that_nobody_edited(chat):
    times = ("1970-01-01T02:00:00", "2024-07-01T10:06:00")
    assert [m.edited for m in read(chat(*(message(n, edited=at) for n, at in enumerate(times))))] == [
        False,
        True,
    ]


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Montreal", "UTC"])
def test_18_times_are_utc_where_the_file_gives_it_and_local_where_it_does_not(chat, zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        old = {key: value for key, value in message(2).items() if key != "date_unixtime"}
        found = summarise_reading(read_export(chat(message(1))))
        assert (found.first, found.last) == ("2024-07-01T08:05:00Z", "2024-07-01T08:05:00Z")
        found = summarise_reading(read_export(chat(old)))
        assert (found.first, found.last) == ("2024-07-01T10:05:00", "2024-07-01T10:05:00")
    finally:
        monkeypatch.undo()
        time.tzset()


def test_18_a_message_that_lost_its_utc_time_takes_it_from_the_clock_of_the_others(chat):
    lost = {**message(2, date="2024-07-01T10:07:00"), "date_unixtime": "?"}
    assert [f"{m.at:%H:%M%z}" for m in read(chat(lost, message(3)))] == ["08:07+0000", "08:05+0000"]


def test_19_the_zone_of_the_machine_is_not_taken_where_summer_time_ends(chat):
    local = [message(n, date="2024-10-27T02:30:00", date_unixtime=str(1729989000 + 3600 * n)) for n in (0, 1)]
    assert [f"{m.at:%H:%M}" for m in read(chat(*local))] == ["00:30", "01:30"]


def test_20_the_owner_is_told_by_the_account(tmp_path):
    told = {"user_id": 22, "first_name": "Zoé", "last_name": "Roux"}
    inside = json.loads(one_chat(message(1), message(2, who=("Zoé R.", "user22"))))
    for personal, owner in (
        (told, "Zoé R."),
        ({"user_id": 22}, "Zoé R."),
        ({**told, "user_id": 5}, "Zoé Roux"),
    ):
        text = json.dumps({"personal_information": personal, "chats": {"list": [inside]}})
        assert [c.owner for c in read_export(write(tmp_path / "result.json", text))] == [owner]


def test_20_the_owner_of_one_chat_is_the_one_who_is_not_the_other(chat):
    assert next(read_export(chat(message(1), message(2, who=ME)))).owner == "Zoé"
    assert next(read_export(chat(message(1), message(2, who=ME), kind="private_group"))).owner is None


def test_21_saved_messages_serve_style_only(chat):
    kept = next(read_export(chat(message(1, who=ME), kind="saved_messages", id=22, name=None)))
    assert (kept.kind, kept.owner, kept.title) == ("one_sided", "Zoé", "Messages enregistrés")


def test_replies_are_linked_inside_a_chat_only(chat):
    inside = message(2, reply_to_message_id=1)
    outside = message(3, reply_to_message_id=1, reply_to_peer_id="channel5")
    assert [m.reply_to for m in read(chat(message(1), inside, outside))] == [None, "telegram-user-11-1", None]


def test_an_id_stays_the_same_in_a_longer_export(chat):
    nameless = [
        {key: value for key, value in message(0, t).items() if key != "id"} for t in ("a", "ok", "ok")
    ]
    before = [m.id for m in read(chat(message(1), *nameless))]
    after = [m.id for m in read(chat(message(1), *nameless, message(7)))]
    assert after[:-1] == before and len(set(before)) == len(before)


def test_chats_whose_names_come_after_their_messages_are_read(tmp_path):
    inside = {"messages": [message(1)], "name": "Malik", "id": 11, "type": "personal_chat"}
    for document in (inside, [inside], {"chats": {"list": [inside]}}):
        (found,) = read_export(write(tmp_path / "result.json", json.dumps(document)))
        assert (found.title, found.id) == ("Malik", "telegram-user-11")


def test_28_an_export_is_known_by_what_is_in_it(tmp_path):
    path = write(tmp_path / "conversation de juillet", one_chat(message(1)))
    assert recognise(open_archive(path)) == "telegram"


@pytest.mark.parametrize(
    "text",
    [
        '{"messages": [{"role": "user", "content": "ça va ?"}, {"role": "assistant", "content": "oui"}]}',
        '{"guild": {"id": "1"}, "messages": [{"id": "1", "type": "Default", "content": "ok"}]}',
        '{"participants": ["a"], "messages": [{"senderName": "a", "timestamp": 1735063200000}]}',
        '{"name": "un paquet", "type": "module"}',
        "[1, 2, 3]",
        "<html><body>rien</body></html>",
    ],
)
def test_28_other_files_are_left_to_others(tmp_path, text):
    from sosie.sources.telegram.reader import Telegram

    assert Telegram().sniff(open_archive(write(tmp_path / "result.json", text))) == 0


def test_28_a_folder_or_a_zip_is_read_for_its_export_alone(tmp_path):
    path = tmp_path / "ChatExport_2024-07-01.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ChatExport_2024-07-01/files/notes.json", one_chat(message(9, "un document envoyé")))
        archive.writestr("ChatExport_2024-07-01/messages.html", "<html>")
        archive.writestr("ChatExport_2024-07-01/result.json", one_chat(message(1, "oui")))
        archive.writestr("ChatExport_2024-07-01/photos/photo_1.jpg", b"\xff\xd8")
    assert said(read(path)) == [("Malik", "oui")]


def test_28_no_private_word_is_in_an_error(tmp_path):
    path = write(tmp_path / "result.json", '{"name": "secretissime", "messages": "secretissime"}')
    with pytest.raises(UnknownExport) as error:
        read(path) if recognise(open_archive(path)) else None
    assert "secretissime" not in f"{error.value.message}{error.value.mend}"


def test_30_31_one_bad_entry_costs_itself_and_is_counted(tmp_path):
    bad = message(2, date_unixtime="hier", date="jamais")
    text = one_chat(message(1), bad, {"id": 3, "type": "unsupported"}, message(4), "?", message(5))
    reading = read_export(write(tmp_path / "result.json", text.replace('"?"', '{"id": 6, oups}')))
    assert [m.id[-1] for c in reading for m in c.messages] == ["1", "4", "5"]
    assert reading.log.skipped == {
        "date impossible": 1,
        "message que Telegram n'a pas exporté": 1,
        "message illisible": 1,
    }
    assert reading.log.entries == 6


def test_31_a_file_that_was_cut_gives_what_came_before(tmp_path):
    text = one_chat(message(1), message(2), message(3))
    reading = read_export(write(tmp_path / "result.json", text[: text.index('"id": 3') + 20]))
    assert [m.id[-1] for c in reading for m in c.messages] == ["1", "2"]
    assert reading.log.skipped == {"partie du fichier illisible": 1}


def test_31_chats_after_a_damaged_heading_are_read(tmp_path):
    chats = [json.loads(one_chat(message(1), id=n, name=f"n° {n}")) for n in (1, 2, 3)]
    text = json.dumps({"personal_information": {"user_id": 5}, "chats": {"list": chats}}, ensure_ascii=False)
    reading = read_export(write(tmp_path / "result.json", text.replace('"n° 2", "type"', '"n° 2, "type"')))
    assert [c.title for c in reading for _ in c.messages] == ["n° 1", "n° 3"]


def test_31_an_account_whose_first_lines_are_damaged_is_known_and_read(tmp_path):
    inside = json.loads(one_chat(message(1)))
    text = json.dumps({"about": "Vos données", "contacts": {"list": [1]}, "chats": {"list": [inside]}})
    reading = read_export(write(tmp_path / "result.json", text.replace('"contacts": {', '"contacts: {')))
    assert [m.text for c in reading for m in c.messages] == ["ok"]
    assert reading.log.skipped == {"partie du fichier illisible": 1}


def test_32_emoji_survive_and_halves_of_them_do_not_break_anything(tmp_path):
    text = one_chat(message(1, "👩‍👩‍👧 👍🏽 🇫🇷 e\u0301"), message(2, "\ud83d seul"))
    found = read(write(tmp_path / "result.json", text))
    assert [m.text for m in found] == ["👩‍👩‍👧 👍🏽 🇫🇷 e\u0301", "\ufffd seul"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings_and_line_ends_change_nothing(tmp_path, encoding):
    text = json.dumps(json.loads(one_chat(message(1, "déjà\nlà"))), ensure_ascii=False, indent=1)
    assert said(read(write(tmp_path / "r.json", text.replace("\n", "\r\n"), encoding))) == [
        ("Malik", "déjà\nlà")
    ]


def test_conversations_may_be_read_late_in_part_or_not_at_all():
    export = FIXTURES / "telegram" / "export"
    whole = {c.id: [m.id for m in c.messages] for c in read_export(export)}
    late = {c.id: [m.id for m in c.messages] for c in list(read_export(export))}
    assert late == whole
    for conversation in read_export(export):
        assert next(conversation.messages).id == whole[conversation.id][0]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    def make(count):
        out = tmp_path_factory.mktemp("telegram") / f"{count}.json"
        command = [sys.executable, str(MAKER), str(out), "--messages", str(count), "--truth", f"{out}.truth"]
        subprocess.run(command, check=True)
        return out

    return make


def test_the_generator_s_truth_is_what_is_found(made):
    path = made(3000)
    expected = json.loads(Path(f"{path}.truth").read_text(encoding="utf-8"))
    found = summarise_reading(read_export(path)).to_json()
    assert {name: found[name] for name in expected} == expected
    assert path.stat().st_size / 3000 >= 300


def test_memory_does_not_grow_with_the_file(made):
    peaks = []
    for count in (3000, 3000, 9000):  # the first one also loads what is loaded once
        path = made(count)
        tracemalloc.start()
        summarise_reading(read_export(path))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] <= 1.15 * peaks[1]


def test_html_pages_follow_one_another_and_joined_messages_keep_their_author(tmp_path):
    def entry(number, author, text, joined=""):
        name = f'<div class="from_name">{author}</div>' if author else ""
        stamp = '<div class="pull_right date details" title="01.07.2024 10:05:00 UTC+02:00">10:05</div>'
        return (
            f'<div class="message default clearfix{joined}" id="message{number}"><div class="body">'
            f'{stamp}{name}<div class="text">{text}</div></div></div>'
        )

    pages = {
        "": entry(1, "Malik", "un"),
        "2": entry(2, "", "deux", " joined"),
        "10": entry(3, "Zoé", "trois"),
    }
    for number, body in pages.items():
        write(tmp_path / "export" / f"messages{number}.html", f"<html><body>{body}</body></html>")
    found = read(tmp_path / "export")
    assert said(found) == [("Malik", "un"), ("Malik", "deux"), ("Zoé", "trois")]
    assert f"{found[0].at:%H:%M%z}" == "08:05+0000"


def test_quoted_words_of_a_page_are_left_out_beside_the_sender_s_own(tmp_path):
    quoted = "<blockquote>tu apportes<br>le pain ?</blockquote>"
    stamp = '<div class="pull_right date details" title="01.07.2024 10:05:00 UTC+02:00">10:05</div>'
    entry = (
        '<div class="message default clearfix" id="message{}"><div class="body">'
        f'{stamp}<div class="from_name">Zoé</div><div class="text">{{}}</div></div></div>'
    )
    page = entry.format(1, f"{quoted}<br>je l'ai") + entry.format(2, quoted)
    both, alone = read(write(tmp_path / "messages.html", page))
    assert (both.text, alone.text) == ("je l'ai", "tu apportes\nle pain ?")


@pytest.mark.parametrize("kind", ["blockquote", "expandable_blockquote"])
def test_quoted_words_beside_the_sender_s_own_are_left_out(kind, chat):
    quoted = {"type": kind, "text": "tu apportes le pain ?"}
    both, alone = read(chat(message(1, [quoted, "\nje l'ai"]), message(2, [quoted])))
    assert (both.text, alone.text) == ("je l'ai", "tu apportes le pain ?")

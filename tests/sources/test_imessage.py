"""iMessage: the base of a Mac, of every age."""

import hashlib
import os
import sqlite3
import zipfile

import pytest
from damaged import survives
from exports_on_the_spot import said
from imessage_base import MINUTE, NOON, body, make

from sosie.core.errors import SosieError
from sosie.sources.base import read_export, recognise
from sosie.sources.files.archive import open_archive
from sosie.sources.imessage.typedstream import first_string

LONG = "é" * 70 + " voilà plus de cent vingt-sept octets"


def threads(path):
    return {c.title: list(c.messages) for c in read_export(path)}


@pytest.fixture
def base(tmp_path):
    return lambda *messages, script="", name="chat.db": make(tmp_path / name, *messages, script=script)


@pytest.mark.parametrize("start", ["plain", "mutable"])
@pytest.mark.parametrize(
    "text", ["ça va ?", LONG, "mot " * 20_000, "👨‍👩‍👧 🇫🇷 e\u0301", "a" * 127, "a" * 128]
)
def test_trap_22_lengths_of_any_width_are_read(text, start):
    assert first_string(body(text, start)) == text


def test_trap_22_words_are_found_where_text_is_null(base):
    found = threads(base({"attributedBody": body(LONG)}, {"text": "vieux", "attributedBody": None}))
    assert said(found["+33639980107"]) == [("+33639980107", LONG), ("+33639980107", "vieux")]


def test_trap_22_tapbacks_and_group_events_are_notices(base):
    path = base(
        {"text": "A aimé « oui »", "associated_message_type": 2000, "is_from_me": 1},
        {"text": "A retiré un cœur", "associated_message_type": 3000},
        {"text": None, "item_type": 2, "chats": [2]},
        {"text": "réponse", "associated_message_type": 0},
    )
    kinds = [m.kind for messages in threads(path).values() for m in messages]
    assert sorted(kinds) == ["notice", "notice", "notice", "text"]


def test_trap_22_an_attachment_leaves_its_kind_and_the_caption(base):
    path = base(
        {"attributedBody": body("\ufffcregarde"), "cache_has_attachments": 1},
        {"attributedBody": body("\ufffc"), "cache_has_attachments": 1},
        {"text": None, "is_audio_message": 1, "cache_has_attachments": 1},
        script="INSERT INTO attachment VALUES (1, '~/a.heic', 'a.heic', 'image/heic');"
        "INSERT INTO attachment VALUES (2, '~/b.mov', 'b.mov', NULL);"
        "INSERT INTO message_attachment_join VALUES (1, 1), (2, 2);",
    )
    found = [(m.kind, m.text) for m in threads(path)["+33639980107"]]
    assert found == [("image", "regarde"), ("video", ""), ("voice", "")]


def test_trap_22_dates_in_seconds_and_in_nanoseconds(base):
    path = base(
        {"text": "après", "date": NOON}, {"text": "avant", "date": 478_519_200}, {"text": "sans", "date": 0}
    )
    times = [m.at.isoformat() if m.at else None for m in threads(path)["+33639980107"]]
    assert times == [None, "2016-03-01T10:00:00+00:00", "2024-02-10T12:00:00+00:00"]


def test_trap_22_nothing_is_written_even_beside_the_base(base):
    path = base({"text": "coucou"})
    path.chmod(0o400)
    before = hashlib.sha256(path.read_bytes()).hexdigest(), os.listdir(path.parent), path.stat().st_mtime_ns
    threads(path)
    assert before == (
        hashlib.sha256(path.read_bytes()).hexdigest(),
        os.listdir(path.parent),
        path.stat().st_mtime_ns,
    )


def test_the_last_messages_of_a_copied_folder_are_read_from_its_wal(tmp_path):
    live = tmp_path / "live"
    live.mkdir()
    path = make(live / "chat.db", {"text": "vieux"})
    base = sqlite3.connect(path)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute(
        "INSERT INTO message (ROWID, guid, text, handle_id, date) VALUES (9, 'g9', 'tout neuf', 1, ?)", [NOON]
    )
    base.execute("INSERT INTO chat_message_join VALUES (1, 9)")
    base.commit()
    copy = tmp_path / "copie"
    copy.mkdir()
    for name in ("chat.db", "chat.db-wal"):
        (copy / name).write_bytes((live / name).read_bytes())
    base.close()
    assert [m.text for m in threads(copy)["+33639980107"]] == ["tout neuf", "vieux"]
    assert sorted(os.listdir(copy)) == ["chat.db", "chat.db-wal"]


def test_one_person_by_sms_and_by_imessage_is_one_thread(base):
    found = threads(
        base(
            {"text": "par iMessage"},
            {"text": "par SMS", "handle_id": 3, "chats": [3]},
            {"text": "2", "chats": [1, 3]},
        )
    )
    assert list(found) == ["+33639980107"]
    assert [m.text for m in found["+33639980107"]] == ["par iMessage", "par SMS", "2"]


def test_trap_20_the_owner_is_me(base):
    (thread, *_) = read_export(base({"text": "oui", "is_from_me": 1, "handle_id": 0}))
    assert thread.owner == "me" and [m.author for m in thread.messages] == ["me"]


def test_unsent_edited_and_threaded_messages(base):
    path = base(
        {"text": None, "date_edited": NOON, "is_from_me": 1},
        {"attributedBody": body("corrigé"), "date_edited": NOON},
        {"text": "oui", "thread_originator_guid": "g2"},
        {"text": None, "date_retracted": NOON},
    )
    found = [(m.kind, m.edited, m.reply_to) for m in threads(path)["+33639980107"]]
    assert found == [
        ("deleted", False, None),
        ("text", True, None),
        ("text", False, "g2"),
        ("deleted", False, None),
    ]


def test_a_game_or_a_payment_is_not_somebodys_style(base):
    path = base(
        {"attributedBody": body("\ufffd"), "balloon_bundle_id": "com.gamerdelights.gamepigeon.ext"},
        {"text": "https://exemple.fr", "balloon_bundle_id": "com.apple.messages.URLBalloonProvider"},
    )
    assert [(m.kind, m.text, m.style) for m in threads(path)["+33639980107"]] == [
        ("file", "", False),
        ("text", "https://exemple.fr", True),
    ]


def test_messages_whose_thread_was_erased_are_still_told(base):
    found = threads(base({"text": "seul", "chats": []}))
    assert [m.text for m in found["Sans discussion"]] == ["seul"]


def test_an_older_base_with_fewer_columns_is_read(tmp_path):
    base = sqlite3.connect(tmp_path / "sms.db")
    base.executescript(
        "CREATE TABLE handle(ROWID integer primary key, id text);"
        "CREATE TABLE chat(ROWID integer primary key, guid text, style integer, chat_identifier text);"
        "CREATE TABLE message(ROWID integer primary key, guid text, text text, handle_id integer,"
        " date integer, is_from_me integer);"
        "CREATE TABLE chat_message_join(chat_id integer, message_id integer);"
        "INSERT INTO handle VALUES (1, '36179'); INSERT INTO chat VALUES (1, 'x;-;36179', 45, '36179');"
        "INSERT INTO message VALUES (1, 'g', 'code 1234', 1, 300000000, 0);"
        "INSERT INTO chat_message_join VALUES (1, 1);"
    )
    base.close()
    assert said(threads(tmp_path / "sms.db")["36179"]) == [("36179", "code 1234")]


def test_a_zip_is_read_and_leaves_nothing_behind(base, tmp_path, monkeypatch):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    with zipfile.ZipFile(tmp_path / "iMessage.zip", "w") as packed:
        packed.write(base({"text": "zippé"}), "Messages/chat.db")
    assert [m.text for m in threads(tmp_path / "iMessage.zip")["+33639980107"]] == ["zippé"]
    assert os.listdir(place) == []


def test_the_messages_of_a_thread_outlive_its_reading(base):
    """What the store does: one conversation is taken, the reading is let go."""
    thread = next(read_export(base({"text": "un"}, {"text": "deux"})))
    assert [m.text for m in thread.messages] == ["un", "deux"]


def test_another_base_is_not_ours(tmp_path):
    base = sqlite3.connect(tmp_path / "msgstore.db")
    base.execute("CREATE TABLE message(a)")
    base.close()
    with pytest.raises(SosieError):
        recognise(open_archive(tmp_path / "msgstore.db"))


def test_a_base_that_counts_for_ever_stops_by_itself(base):
    path = base(
        script="ALTER TABLE handle RENAME TO real_handle;"
        "CREATE VIEW handle AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)"
        " SELECT id AS ROWID, id FROM n;"
    )
    assert survives(path, "imessage") == 0


def test_a_minute_lies_between_messages(base):
    first, second = threads(base({"text": "a"}, {"text": "b"}))["+33639980107"]
    assert (second.at - first.at).total_seconds() * 10**9 == MINUTE

"""WhatsApp's own bases and what WhatsApp-Chat-Exporter makes of them."""

import json
import sqlite3
import zipfile
from datetime import UTC, datetime

import pytest
from damaged import survives
from folder_golden import FIXTURES
from whatsapp_bases import CONTACTS, NOON, android, encrypted, iphone, make, old_android

from sosie.core.errors import SosieError
from sosie.sources.base import read_export
from sosie.sources.mixed_exports import MixedExports

KEY = bytes(range(32))


def read(path):
    """{title: (group, [(author, kind, text)])} of what is recognised as a backup, and the log."""
    reading = read_export(path)
    assert reading.source == "whatsapp_backup"
    told = {}
    for thread in reading:
        assert thread.owner == "me"
        told[thread.title] = thread.group, [(m.author, m.kind, m.text) for m in thread.messages]
    return told, reading.log


def messages(path):
    return [message for thread in read_export(path) for message in thread.messages]


def test_an_android_base_is_read_with_the_names_beside_it(tmp_path):
    android(
        tmp_path / "msgstore.db",
        {"text_data": "tu viens ?"},
        {"text_data": "oui", "from_me": 1},
        {"message_type": 1, "text_data": "la plage"},
        {"message_type": 15},
        {"message_type": 7, "text_data": "33639980142"},
        {"message_type": 90},
        {"chat_row_id": 2, "sender_jid_row_id": 3, "text_data": "lundi ?"},
        {"chat_row_id": 2, "sender_jid_row_id": 4, "text_data": "ou mardi"},
        {"chat_row_id": 3, "sender_jid_row_id": 3, "text_data": "ma story"},
        {"chat_row_id": 99, "text_data": "de nulle part"},
    )
    make(tmp_path / "wa.db", CONTACTS)
    told, log = read(tmp_path)
    assert told == {
        "Awa": (
            False,
            [
                ("Awa", "text", "tu viens ?"),
                ("me", "text", "oui"),
                ("Awa", "image", "la plage"),
                ("Awa", "deleted", ""),
                ("", "notice", "33639980142"),
                ("Awa", "call", ""),
            ],
        ),
        "Chorale": (True, [("Nino", "text", "lundi ?"), ("Nino", "text", "ou mardi")]),
    }
    assert log.entries == 10
    assert log.skipped == {"statut ou chaîne": 1, "message illisible dans la base": 1}


def test_without_the_book_of_contacts_people_are_their_numbers(tmp_path):
    told, _ = read(android(tmp_path / "msgstore.db", {"text_data": "ok"}))
    assert told == {"+33639980142": (False, [("+33639980142", "text", "ok")])}


def test_times_replies_edits_and_forwards_of_an_android_base(tmp_path):
    script = """INSERT INTO message_quoted VALUES (3, 'A0'); INSERT INTO message_edit_info VALUES (2, 'x');
    INSERT INTO message_media VALUES (5, 'application/pdf', 'bail.pdf')"""
    path = android(
        tmp_path / "msgstore.db",
        {"text_data": "un"},
        {"text_data": "deux"},
        {"text_data": "à faire suivre", "origination_flags": 5},
        {"message_type": 9, "text_data": "bail.pdf"},
        script=script,
    )
    first, reply, forward, file = messages(path)
    assert first.at == datetime.fromtimestamp(NOON / 1000, UTC) and first.edited and not first.reply_to
    assert reply.reply_to == first.id
    assert forward.forwarded and not forward.style
    assert (file.kind, file.text) == ("file", "")


def test_an_android_base_of_the_older_generation(tmp_path):
    path = old_android(
        tmp_path / "msgstore.db",
        {"data": "tu viens ?"},
        {"data": "oui", "key_from_me": 1, "quoted_row_id": 7},
        {"media_wa_type": "3", "media_caption": "le concert", "key_from_me": 1},
        {"status": 6, "data": "Chorale"},
        {
            "key_remote_jid": "3363-15@g.us",
            "remote_resource": "33639980177@s.whatsapp.net",
            "data": "lundi ?",
        },
        script="INSERT INTO messages_quotes VALUES (7, 'A0')",
    )
    told, log = read(path)
    assert told == {
        "+33639980142": (
            False,
            [
                ("+33639980142", "text", "tu viens ?"),
                ("me", "text", "oui"),
                ("me", "video", "le concert"),
                ("", "notice", "Chorale"),
            ],
        ),
        "Chorale": (True, [("+33639980177", "text", "lundi ?")]),
    }
    assert log.entries == 5 and messages(path)[1].reply_to == "A0"


def test_an_iphone_base(tmp_path):
    path = iphone(
        tmp_path / "ChatStorage.sqlite",
        {"ZTEXT": "tu viens ?"},
        {"ZTEXT": "oui", "ZISFROMME": 1, "ZMEDIAITEM": 2},
        {"ZMESSAGETYPE": 1, "ZMEDIAITEM": 1},
        {"ZMESSAGETYPE": 8, "ZMEDIAITEM": 3, "ZTEXT": "bulletin.pdf"},
        {"ZMESSAGETYPE": 14},
        {"ZMESSAGETYPE": 10, "ZTEXT": "1"},
        {"ZMESSAGETYPE": 7, "ZTEXT": "https://exemple.fr lis ça"},
        {"ZCHATSESSION": 2, "ZGROUPMEMBER": 2, "ZTEXT": "lundi ?"},
        {"ZCHATSESSION": 2, "ZGROUPMEMBER": 1, "ZTEXT": "mardi"},
        {"ZCHATSESSION": 9, "ZTEXT": "de nulle part"},
    )
    told, log = read(path)
    assert told == {
        "Awa": (
            False,
            [
                ("Awa", "text", "tu viens ?"),
                ("me", "text", "oui"),
                ("Awa", "image", "la plage"),
                ("Awa", "file", ""),
                ("Awa", "deleted", ""),
                ("", "notice", "1"),
                ("Awa", "text", "https://exemple.fr lis ça"),
            ],
        ),
        "Chorale": (True, [("Nino", "text", "lundi ?"), ("Awa", "text", "mardi")]),
    }
    assert log.entries == 10
    found = messages(path)
    assert found[0].at == datetime(2024, 4, 8, 12, tzinfo=UTC) and found[1].reply_to == "Z1"


def test_the_same_thread_has_one_id_in_the_base_and_in_what_was_made_of_it(tmp_path):
    base = android(tmp_path / "msgstore.db", {"text_data": "ok"})
    made = FIXTURES / "whatsapp_backup" / "export"
    assert {thread.id for thread in read_export(base)} & {thread.id for thread in read_export(made)}


@pytest.mark.parametrize("marked", [True, False])
def test_an_encrypted_base_is_opened_with_the_key_beside_it(marked, tmp_path):
    pytest.importorskip("cryptography", reason="the bare install has no cryptography")
    base = android(tmp_path / "plain.db", {"text_data": "ok"}).read_bytes()
    (tmp_path / "plain.db").unlink()
    (tmp_path / "msgstore.db.crypt15").write_bytes(encrypted(base, KEY, marked))
    digits = KEY.hex()
    (tmp_path / "cle.txt").write_text(" ".join(digits[i : i + 4] for i in range(0, 64, 4)) + "\n")
    told, _ = read(tmp_path)
    assert told == {"+33639980142": (False, [("+33639980142", "text", "ok")])}


def test_a_wrong_key_and_a_missing_one_are_told(tmp_path):
    pytest.importorskip("cryptography", reason="the bare install has no cryptography")
    base = android(tmp_path / "plain.db", {"text_data": "ok"})
    path = tmp_path / "msgstore.db.crypt15"
    path.write_bytes(encrypted(base.read_bytes(), KEY))
    base.unlink()
    with pytest.raises(SosieError) as told:
        list(read_export(path))
    assert "chiffrée" in told.value.message and "cle.txt" in told.value.mend
    (tmp_path / "cle.txt").write_text("0" * 64)
    with pytest.raises(SosieError) as told:
        list(read_export(tmp_path))
    assert "cette clé" in told.value.message and "0000" not in told.value.message


def test_an_encrypted_base_among_other_exports_does_not_refuse_them(tmp_path):
    (tmp_path / "msgstore.db.crypt14").write_bytes(bytes(300))
    (tmp_path / "_chat.txt").write_text("[05/03/2024, 10:00:00] Awa: ok\n[05/03/2024, 10:01:00] Nino: oui\n")
    exports = MixedExports(tmp_path)
    assert [len(list(t.messages)) for reading in exports for t in reading] == [2]
    assert [one.file for one in exports.unread] == ["msgstore.db.crypt14"]


def test_a_base_among_other_exports_keeps_its_names_when_read_again(tmp_path):
    android(tmp_path / "msgstore.db", {"text_data": "ok"})
    make(tmp_path / "wa.db", CONTACTS)
    (tmp_path / "iPhone").mkdir()
    (tmp_path / "iPhone" / "_chat.txt").write_text(
        "[05/03/2024, 10:00:00] Awa: ok\n[05/03/2024, 10:01:00] Nino: oui\n"
    )
    exports = MixedExports(tmp_path)
    needed = {}
    for reading in exports:
        titles = [(list(thread.messages), thread.title)[1] for thread in reading]
        needed[reading.source] = reading, titles
    reading, titles = needed["whatsapp_backup"]
    assert titles == ["Awa"] and not exports.unread
    assert set(exports.needed(reading) or ()) == {"msgstore.db", "wa.db"}


def test_22_a_hostile_base_ends_in_a_sentence_or_in_messages(tmp_path):
    loop = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, i, i FROM n"
    script = f"DROP TABLE chat; CREATE TABLE other(a); CREATE VIEW chat AS {loop};"
    assert survives(android(tmp_path / "a.db", {"text_data": "ok"}, script=script), "whatsapp_backup") == 0
    script = "DROP TABLE message_quoted; CREATE TABLE message_quoted(message_row_id, key_id);"
    rows = [{"text_data": "ok", "key_id": None, "timestamp": -1, "message_type": "x"}] * 300
    assert survives(android(tmp_path / "b.db", *rows, script=script), "whatsapp_backup") == 300


def test_a_base_without_some_columns_is_read(tmp_path):
    path = tmp_path / "msgstore.db"
    base = sqlite3.connect(path)
    base.executescript(
        """CREATE TABLE jid(_id integer primary key, raw_string text);
        CREATE TABLE chat(_id integer primary key, jid_row_id integer);
        CREATE TABLE message(_id integer primary key, chat_row_id integer, text_data text);
        INSERT INTO jid VALUES (1, '33639980142@s.whatsapp.net'); INSERT INTO chat VALUES (1, 1);
        INSERT INTO message VALUES (1, 1, 'ok');"""
    )
    base.close()
    told, _ = read(path)
    assert told == {"+33639980142": (False, [("+33639980142", "text", "ok")])}


def test_a_zip_of_a_base_is_read(tmp_path):
    base = iphone(tmp_path / "ChatStorage.sqlite", {"ZTEXT": "ok"})
    with zipfile.ZipFile(tmp_path / "sauvegarde.zip", "w") as packed:
        packed.write(base, "iPhone/ChatStorage.sqlite")
    assert read(tmp_path / "sauvegarde.zip")[0] == {"Awa": (False, [("Awa", "text", "ok")])}


def test_another_json_that_begins_with_an_address_is_not_taken(tmp_path):
    path = tmp_path / "result.json"
    path.write_text(json.dumps({"lea@exemple.fr": {"name": "Léa", "messages": []}}))
    with pytest.raises(SosieError):
        read_export(path)

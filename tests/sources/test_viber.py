"""Viber's base of a computer, in what public tools agree on."""

import zipfile
from datetime import UTC, datetime

import pytest
from damaged import survives
from viber_base import viber

from sosie.core.errors import UnknownExport
from sosie.sources.base import read_export


def read(path):
    """{title: (group, [(author, kind, text)])} of what is recognised, and the log."""
    reading = read_export(path)
    assert reading.source == "viber"
    told = {t.title: (t.group, [(m.author, m.kind, m.text) for m in t.messages]) for t in reading}
    return told, reading.log


def test_threads_are_read_with_the_names_that_the_owner_gave(tmp_path):
    path = viber(
        tmp_path / "viber.db",
        {"Body": "tu viens ?"},
        {"Body": "oui", "ContactID": 1},
        {"Type": 2, "Subject": "la plage", "Body": "/photo.jpg"},
        {"Type": 4},
        {"Body": "lundi ?", "ChatID": 2, "ContactID": 3},
        {"Body": "ou mardi", "ChatID": 2, "ContactID": 1},
        {"Body": "c'est qui ?", "ChatID": 3, "ContactID": 4},
    )
    told, log = read(path)
    assert told == {
        "Awa": (
            False,
            [
                ("Awa", "text", "tu viens ?"),
                ("me", "text", "oui"),
                ("Awa", "image", "la plage"),
                ("Awa", "image", ""),
            ],
        ),
        "Chorale": (True, [("Nino", "text", "lundi ?"), ("me", "text", "ou mardi")]),
        "+33639980188": (False, [("+33639980188", "text", "c'est qui ?")]),
    }
    assert log.entries == 7 and not log.skipped


def test_an_older_base_says_by_the_direction_who_wrote(tmp_path):
    told, _ = read(viber(tmp_path / "viber.db", {"Body": "a", "Direction": 0}, {"Body": "b", "Direction": 1}))
    assert told["Awa"][1] == [("Awa", "text", "a"), ("me", "text", "b")]


def test_what_a_message_said_before_it_was_changed_is_passed_over_and_counted(tmp_path):
    told, log = read(viber(tmp_path / "viber.db", {"Body": "jeudi", "ClientFlag": 64}, {"Body": "vendredi"}))
    assert told["Awa"][1] == [("Awa", "text", "vendredi")]
    assert log.skipped == {"ancienne version d'un message": 1}


def test_times_are_utc_and_a_zip_is_read_too(tmp_path):
    path = viber(tmp_path / "viber.db", {"Body": "ok"}, script="PRAGMA page_size=512; VACUUM;")
    with zipfile.ZipFile(tmp_path / "viber.zip", "w") as zipped:
        zipped.write(path, "ViberPC/33639980101/viber.db")
    for one in (path, tmp_path / "viber.zip"):
        (thread,) = read_export(one)
        assert [m.at for m in thread.messages] == [datetime(2024, 4, 8, 12, 1, tzinfo=UTC)]


def test_a_base_without_some_columns_is_read(tmp_path):
    script = "ALTER TABLE Messages DROP COLUMN ClientFlag; DROP TABLE ChatInfo;"
    told, _ = read(viber(tmp_path / "viber.db", {"Body": "ok"}, script=script))
    assert told["Awa"][1] == [("Awa", "text", "ok")]


def test_22_a_hostile_base_ends_in_a_sentence_or_in_messages(tmp_path):
    loop = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS ContactID FROM n"
    script = f"DROP TABLE Contact; CREATE TABLE other(a); CREATE VIEW Contact AS {loop};"
    assert survives(viber(tmp_path / "a.db", {"Body": "ok"}, script=script), "viber") == 0
    rows = [{"Body": b"\xff\xfe", "TimeStamp": -1, "Type": "x", "ContactID": "y"}] * 30 + [{"Body": 3}]
    assert survives(viber(tmp_path / "b.db", *rows), "viber") == 31


def test_an_encrypted_base_is_unknown_in_a_sentence(tmp_path):
    (tmp_path / "viber.db").write_bytes(bytes(range(256)) * 16)
    with pytest.raises(UnknownExport):
        read_export(tmp_path / "viber.db")

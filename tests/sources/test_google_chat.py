"""Google Chat: dates in words, people by their addresses."""

import json

import pytest
from exports_on_the_spot import read, write

from sosie.sources.base import read_export
from sosie.sources.values.written_dates import clock_of, from_words


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("Tuesday, January 17, 2023 at 4:02:36\u202fPM UTC", "2023-01-17T16:02:36+00:00"),
        ("Wednesday, January 18, 2023 at 12:03:00 AM UTC", "2023-01-18T00:03:00+00:00"),
        ("Wednesday, January 18, 2023 at 12:03:00 PM UTC", "2023-01-18T12:03:00+00:00"),
        ("Tuesday, 14 March 2023 at 22:41:03 UTC", "2023-03-14T22:41:03+00:00"),
        ("mardi 17 janvier 2023 à 16:02:36 UTC", "2023-01-17T16:02:36+00:00"),
        ("mardi 17 janvier 2023 à 16:02:36 UTC+1", "2023-01-17T16:02:36+01:00"),
        ("mar. 4 févr. 2025 à 09:05", "2025-02-04T09:05:00"),
        ("1er août 2021 à 9 h 05", "2021-08-01T09:05:00"),
        ("Dienstag, 17. Januar 2023 um 16:02:36 UTC", "2023-01-17T16:02:36+00:00"),
        ("3 mai 2022", "2022-05-03T00:00:00"),
        ("31 février 2022", None),
        ("demain", None),
        (7, None),
    ],
)
def test_dates_in_words(written, at):
    found = from_words(written)
    assert (found.isoformat() if found else None) == at


def test_times_alone():
    assert [clock_of(text) for text in ("9:05 PM", "12:00 am", "21 h 05", "21:05:30", "9h", "midi")] == [
        (21, 5, 0),
        (0, 0, 0),
        (21, 5, 0),
        (21, 5, 30),
        (9, 0, 0),
        None,
    ]


def item(text, name="Léo", email="leo@exemple.fr", number=1, **given):
    return {
        "creator": {"name": name, "email": email, "user_type": "Human"},
        "created_date": f"Tuesday, January 17, 2023 at 4:0{number}:00\u202fPM UTC",
        "text": text,
        "topic_id": "t",
        "message_id": f"g/t/{number}",
        **given,
    }


def test_a_file_alone_is_read_too(tmp_path):
    path = write(tmp_path / "messages.json", json.dumps({"messages": [item("oui")]}))
    assert [(m.author, m.text, m.at.hour) for m in read(path)] == [("Léo", "oui", 16)]


def test_namesakes_are_told_apart_and_a_new_name_is_the_same_person(tmp_path):
    messages = [item("1"), item("2", email="autre@exemple.fr", number=2), item("3", name="Léo B.", number=3)]
    path = write(tmp_path / "messages.json", json.dumps({"messages": messages}))
    assert [m.author for m in read(path)] == ["Léo", "Léo (autre@exemple.fr)", "Léo"]


def test_trap_20_the_owner_is_told_by_the_export_unless_there_are_two(tmp_path):
    write(tmp_path / "t/Groups/DM 1/messages.json", json.dumps({"messages": [item("oui")]}))
    for number, owner in ((1, "Léo"), (2, None)):
        user = {"user": {"name": "Léo", "email": "leo@exemple.fr"}}
        write(tmp_path / f"t/Users/User {number}/user_info.json", json.dumps(user))
        assert [thread.owner for thread in read_export(tmp_path / "t")] == [owner]


def test_older_exports_without_ids_keep_true_repeats_apart(tmp_path):
    messages = [item("ok"), item("ok")]
    for message in messages:
        del message["message_id"]
    path = write(tmp_path / "messages.json", json.dumps({"messages": messages}))
    first, second = read(path)
    assert first.id != second.id and [m.id for m in read(path)] == [first.id, second.id]

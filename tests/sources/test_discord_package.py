"""Discord's own package: the owner's words, and theirs alone."""

import json
import shutil

from exports_on_the_spot import read, write
from folder_golden import FIXTURES, golden, lines

from sosie.sources.base import read_export
from sosie.sources.summary import summarise_reading

EXPORT = FIXTURES / "discord_package" / "export"
CHANNEL = json.dumps({"id": "7", "type": 1, "recipients": ["1", "2"]})


def test_the_fixture_gives_its_golden_lines():
    assert lines(EXPORT) == golden("discord_package")


def test_20_and_21_the_owner_is_known_and_the_talk_is_one_sided():
    assert {(one.owner, one.kind) for one in read_export(EXPORT)} == {("Lou", "one_sided")}
    assert {message.author for message in read(EXPORT)} == {"Lou"}


def test_the_zip_is_read_like_the_folder(tmp_path):
    path = shutil.make_archive(str(tmp_path / "package"), "zip", EXPORT)
    assert lines(type(tmp_path)(path)) == golden("discord_package")


def test_folders_are_known_by_what_is_in_them(tmp_path):
    write(tmp_path / "p" / "Messages" / "c7" / "channel.json", CHANNEL)
    rows = [{"ID": 1 << 61, "Timestamp": "illisible", "Contents": "oui", "Attachments": ""}]
    write(tmp_path / "p" / "Messages" / "c7" / "messages.json", json.dumps(rows))
    write(
        tmp_path / "p" / "Messages" / "c7" / "messages.csv", "ID,Timestamp,Contents,Attachments\n1,x,oui,\n"
    )
    (one,) = read_export(tmp_path / "p")
    (message,) = one.messages
    assert (one.title, one.owner, one.group) == ("c7", "moi", False)
    assert (message.text, message.at.year) == ("oui", 2032)  # the id holds the time


def test_30_rows_that_are_none_are_counted(tmp_path):
    write(tmp_path / "p" / "c7" / "channel.json", "{")
    text = "ID,Timestamp,Contents,Attachments\n1,2021-01-01 10:00:00+00:00,oui,\n2,trop,court\n\n"
    write(
        tmp_path / "p" / "c7" / "messages.csv",
        text + f"3,x,{'y' * 200_000},\n4,2021-01-01 10:00:00+00:00,fin,\n",
    )
    found = summarise_reading(read_export(tmp_path / "p"), texts=True)
    assert [one["text"] for one in found.texts] == ["oui", "fin"]
    assert found.entries == 4

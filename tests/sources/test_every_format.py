"""What every format must stand, on our own exports of it: any zone, name and line end, and any accident.

A new format is tested here as soon as it is in BUILT_IN and `specimens` knows an export of it.
"""

import io
import json
import time
import unicodedata
import zipfile
import zlib

import pytest
from damaged import MUTATIONS, ZIPPED, damage, outcome
from folder_golden import lines
from specimens import SECRET, Specimen, lay, specimens

from sosie.sources.base import BUILT_IN, read_export

ALL = [(form, number) for form in BUILT_IN for number in range(len(specimens(form)))]
BASE = b"SQLite format 3\0"
TEXT = [(f, n) for f, n in ALL if not any(data.startswith(BASE) for data in specimens(f)[n].values())]
ZONES = ("Europe/Paris", "America/Montreal", "UTC")

every_export = pytest.mark.parametrize("form, number", ALL)
every_text = pytest.mark.parametrize("form, number", TEXT)


def test_every_format_has_an_export_to_be_tested_on():
    assert {form for form, _ in ALL} == set(BUILT_IN)


@every_export
def test_18_the_zone_of_the_machine_changes_nothing(form, number, tmp_path, monkeypatch):
    path = lay(specimens(form)[number], tmp_path)
    found = []
    for zone in ZONES:
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        found.append("\n".join(lines(path, form)))
    monkeypatch.undo()
    time.tzset()
    assert found[0] == found[1] == found[2]


def with_mark(data: bytes) -> bytes:
    try:
        return data.decode("utf-8-sig").encode("utf-8-sig")
    except UnicodeDecodeError:
        return data  # a table of Excel's: its encoding has no mark


def with_crlf(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def without_end(data: bytes) -> bytes:
    return data.rstrip(b"\r\n")


@every_text
@pytest.mark.parametrize("change", [with_mark, with_crlf, without_end])
def test_2_marks_and_line_ends_change_nothing(form, number, change, tmp_path):
    whole = specimens(form)[number]
    plain = lines(lay(whole, tmp_path / "a" / "export"), form)
    changed = {name: change(data) for name, data in whole.items()}
    assert lines(lay(changed, tmp_path / "b" / "export"), form) == plain


@every_export
@pytest.mark.parametrize("accents", ["NFC", "NFD"])
def test_33_names_with_accents_change_nothing(form, number, accents, tmp_path):
    whole = specimens(form)[number]
    plain = lines(lay(whole, tmp_path / "a" / "export"), form)
    folder = tmp_path / unicodedata.normalize(accents, "Été chez Éloïse") / "export"
    assert lines(lay(whole, folder), form) == plain


@every_export
@pytest.mark.parametrize("encoding, flags", [("utf-8", 8), ("utf-8", 0), ("cp437", 0)])
def test_33_names_with_accents_in_a_zip_change_nothing(form, number, encoding, flags, tmp_path):
    whole, path = specimens(form)[number], tmp_path / "export.zip"
    path.write_bytes(zip_named(whole, "Eloise", "ascii", 0))
    plain = lines(path, form)
    path.write_bytes(zip_named(whole, "Éloïse", encoding, flags))
    assert [line.replace("Éloïse", "Eloise") for line in lines(path, form)] == plain


def zip_named(whole: Specimen, folder: str, encoding: str, flags: int) -> bytes:
    """A zip whose members lie in a folder, its name in these bytes, said to be UTF-8 or not."""
    name = folder.encode(encoding)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for inside, data in whole.items():
            archive.writestr(zipfile.ZipInfo(f"{'N' * len(name)}/{inside}"), data)
    data = bytearray(out.getvalue().replace(b"N" * len(name), name))
    for start, place in ((b"PK\3\4", 7), (b"PK\1\2", 9)):
        at = data.find(start)
        while at >= 0:
            data[at + place] = flags | data[at + place] & ~8
            at = data.find(start, at + 4)
    return bytes(data)


@pytest.mark.parametrize("form", BUILT_IN)
def test_31_damaged_exports_are_read_or_refused_and_never_quoted(form, tmp_path):
    """A hundred of the ten thousand of tools/fuzz.py, with the same bounds; no error holds a private word."""
    whole = specimens(form)
    exports = [lay(each, tmp_path / str(number)) for number, each in enumerate(whole)]
    entries = 0
    for number in range(MUTATIONS):
        place = number % len(whole)
        hurt = damage(whole[place], number, zlib.crc32(form.encode()))
        path = lay(hurt, tmp_path) / ZIPPED if ZIPPED in hurt else lay(hurt, exports[place])
        entries += outcome(path, form).entries
        lay({name: whole[place][name] for name in hurt if name != ZIPPED}, exports[place])
    assert entries > 0


@every_export
def test_30_the_entries_of_whole_exports_add_up(form, number, tmp_path):
    reading = read_export(lay(specimens(form)[number], tmp_path), form)
    messages = [message for conversation in reading for message in conversation.messages]
    assert any(SECRET in message.text for message in messages)
    assert reading.log.entries == len(messages) + reading.log.skipped.total()
    assert SECRET not in json.dumps(reading.log.skipped, ensure_ascii=False)


@pytest.mark.parametrize("value", ["[1]", "{}", "7", "null", '"x"', "1e999", "true"])
@pytest.mark.parametrize(
    "key", ["type", "personal_information", "chats", "messages", "participants", "mapping"]
)
def test_28_keys_that_hold_something_else_are_no_obstacle_to_any_reader(key, value, tmp_path):
    (tmp_path / "a.json").write_text(
        f'{{"{key}": {value}, "name": {value}, "id": {value}}}', encoding="utf-8"
    )
    assert outcome(tmp_path / "a.json").refused == "UnknownExport"

"""Archives made to harm: one sentence each, or passed over; never much time, memory, or a file outside."""

import io
import os
import struct
import time
import tracemalloc
import zipfile

import pytest
from damaged import outcome
from exports_on_the_spot import read, said, write
from zip_bomb import bomb_of

from sosie.core.errors import SosieError, UnknownExport, UnsafeArchive
from sosie.sources.base import read_export
from sosie.sources.files.archive import open_archive
from sosie.sources.files.zip_members import MOST_FILES

CHAT = "01/02/2024, 10:00 - Zoé: motplanté\n"


def refused(path, kind=SosieError):
    """The error of an export, which is a sentence and a mend and quotes nothing."""
    with pytest.raises(kind) as caught:
        read(path)
    told = f"{caught.value.message} {caught.value.mend}"
    assert caught.value.message.endswith(".") and caught.value.mend
    assert "motplanté" not in told and str(path.parent) not in told
    return caught.value


def listing(path, names, size=10, offset=0, local=b""):
    """A zip of which only the list matters: all its members lie at the same place."""
    entries = bytearray()
    for name in names:
        entries += struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0x800, 8, 0, 0x21, 0, 10, size, len(name), 0, 0, 0, 0, 0, offset
        )
        entries += name
    count = min(len(names), 0xFFFF)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(entries), len(local), 0)
    path.write_bytes((local or b"PK\3\4") + bytes(entries) + end)
    return path


def zip_of(path, *entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def test_31_bombs_in_bombs_are_never_opened(tmp_path):
    inner = bomb_of(tmp_path / "bombe.zip", 1 << 30).read_bytes()
    for _ in range(3):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(10):
                archive.writestr(f"{number}.zip", inner)
        inner = out.getvalue()
    (tmp_path / "poupées.zip").write_bytes(inner)
    start = time.process_time()
    refused(tmp_path / "poupées.zip", UnknownExport)
    assert time.process_time() - start < 2


def test_31_a_chat_beside_a_bomb_in_a_zip_is_read(tmp_path):
    bomb = bomb_of(tmp_path / "bombe.zip", 1 << 30).read_bytes()
    path = zip_of(tmp_path / "a.zip", ("_chat.txt", CHAT), ("cadeau.zip", bomb))
    assert said(read(path)) == [("Zoé", "motplanté")]


def test_31_members_that_lie_over_one_another_are_a_bomb_together(tmp_path):
    path = listing(tmp_path / "a.zip", [b"%d.txt" % n for n in range(1000)], size=60 << 20)
    assert "démesurée" in refused(path, UnsafeArchive).message


def test_31_more_files_than_any_export_has_are_refused_in_little_time_and_memory(tmp_path):
    path = listing(tmp_path / "a.zip", [b"%d.txt" % n for n in range(MOST_FILES + 1)], size=0)
    found = outcome(path)  # within the bounds of any export of that size
    assert found.refused == "UnsafeArchive" and found.seconds < 5


def test_31_a_wrong_checksum_is_a_damaged_archive(tmp_path):
    path = zip_of(tmp_path / "a.zip", ("_chat.txt", CHAT * 3))
    data = bytearray(path.read_bytes())
    for start, place in ((b"PK\3\4", 14), (b"PK\1\2", 16)):
        data[data.index(start) + place] ^= 0xFF
    path.write_bytes(data)
    assert "abîmée" in refused(path, UnknownExport).message


def test_31_the_large_kind_of_zip_is_read_like_any_other(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("_chat.txt", "w", force_zip64=True) as member:
        member.write(CHAT.encode())
    assert said(read(path)) == [("Zoé", "motplanté")]


@pytest.mark.parametrize("place", range(4, 56, 4))
def test_31_a_large_kind_of_zip_whose_end_says_nonsense_is_refused(place, tmp_path):
    data = zip_of(tmp_path / "a.zip", ("_chat.txt", CHAT)).read_bytes()
    start = data.index(b"PK\5\6")
    end = bytearray(
        struct.pack(
            "<4sQHHIIQQQQ",
            b"PK\6\6",
            44,
            45,
            45,
            0,
            0,
            1,
            1,
            start - data.index(b"PK\1\2"),
            data.index(b"PK\1\2"),
        )
    )
    end[place : place + 4] = b"\xff\xff\xff\x7f"
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, start, 1)
    told = bytearray(data[start:])
    told[8:20] = b"\xff" * 12
    path = write(tmp_path / "b.zip", "")
    path.write_bytes(data[:start] + bytes(end) + locator + bytes(told))
    assert outcome(path).entries in (0, 1)


def test_31_strong_encryption_is_refused_like_the_weak(tmp_path):
    path = zip_of(tmp_path / "a.zip", ("_chat.txt", CHAT))
    data = bytearray(path.read_bytes())
    for start, flags, method in ((b"PK\3\4", 6, 8), (b"PK\1\2", 8, 10)):
        at = data.index(start)
        data[at + flags] |= 1
        data[at + method] = 99
    path.write_bytes(data)
    assert "mot de passe" in refused(path, UnsafeArchive).message


@pytest.mark.parametrize(
    "name",
    [
        " ",
        ".",
        "a\nb.txt",
        "a\0b.txt",
        "x" * 60_000,
        "\u202etxt.tahc_",
        "CON",
        "a" * 300 + "/" + "b" * 300,
    ],
)
def test_31_an_odd_name_beside_a_chat_harms_nothing(name, tmp_path):
    path = zip_of(tmp_path / "a.zip", (name, b"\xff\xd8"), ("_chat.txt", CHAT))
    assert said(read(path)) == [("Zoé", "motplanté")]


def test_31_a_file_without_a_name_is_passed_over(tmp_path):
    refused(listing(tmp_path / "a.zip", [b""]), UnknownExport)


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_31_a_name_that_is_there_twice_is_one_file(tmp_path):
    path = zip_of(
        tmp_path / "a.zip", ("_chat.txt", CHAT), ("_chat.txt", CHAT.replace("motplanté", "seconde"))
    )
    assert said(read(path)) == [("Zoé", "seconde")]


def test_31_pipes_and_devices_in_a_folder_are_passed_over(tmp_path):
    write(tmp_path / "export" / "_chat.txt", CHAT)
    os.mkfifo(tmp_path / "export" / "tuyau.txt")
    assert said(read(tmp_path / "export")) == [("Zoé", "motplanté")]


def test_31_a_link_to_a_file_in_a_folder_is_refused(tmp_path):
    write(tmp_path / "export" / "_chat.txt", CHAT)
    os.symlink("/etc/hostname", tmp_path / "export" / "plus.txt")
    refused(tmp_path / "export", UnsafeArchive)


def test_31_nothing_is_ever_unpacked(tmp_path):
    path = zip_of(tmp_path / "a.zip", ("dossier/_chat.txt", CHAT), ("dossier/photo.jpg", b"\xff\xd8"))
    read(path)
    assert os.listdir(tmp_path) == ["a.zip"]


def test_31_a_compressed_chat_of_many_megabytes_is_read_a_little_at_a_time(tmp_path):
    lines = "".join(f"01/02/2024, 10:{n % 60:02} - Zoé: {'bla ' * 60}{n}\n" for n in range(60_000))
    path = zip_of(tmp_path / "a.zip", ("_chat.txt", lines))
    del lines
    with open_archive(path).text("_chat.txt") as stream:
        tracemalloc.start()
        assert sum(1 for _ in stream) == 60_000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 2 << 20
    assert read_export(path).source == "whatsapp"

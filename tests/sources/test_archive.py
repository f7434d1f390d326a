"""What is refused before it can harm, and how it is said."""

import io
import os
import random
import stat
import time
import tracemalloc
import zipfile

import pytest
from exports_on_the_spot import read, said, write
from zip_bomb import bomb_of

from sosie.core.errors import SosieError, UnknownExport, UnsafeArchive
from sosie.sources.base import read_export
from sosie.sources.files.archive import open_archive

CHAT = "01/02/2024, 10:00 - Zoé: motplanté\n"


def zip_of(path, entries, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "C:\\x", "..\\x", "\\x"])
def test_31_names_that_climb_out_are_refused(name, tmp_path):
    with pytest.raises(UnsafeArchive) as caught:
        read_export(zip_of(tmp_path / "a.zip", {name: CHAT, "_chat.txt": CHAT}))
    assert caught.value.mend and "motplanté" not in str(caught.value)


def test_31_a_four_gigabyte_bomb_is_refused_at_once_and_in_little_memory(tmp_path):
    path = bomb_of(tmp_path / "bombe.zip", 4 << 30)
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(UnsafeArchive):
        read_export(path)
    assert time.process_time() - start < 1
    assert tracemalloc.get_traced_memory()[1] < 20 << 20
    tracemalloc.stop()


def test_31_a_bomb_that_lies_about_its_size_is_stopped_while_it_inflates(tmp_path):
    path = bomb_of(tmp_path / "bombe.zip", 1 << 30, announced=10 << 20)
    tracemalloc.start()
    with pytest.raises(SosieError), open_archive(path).open("_chat.txt") as stream:
        while stream.read(1 << 20):
            pass
    assert tracemalloc.get_traced_memory()[1] < 20 << 20
    tracemalloc.stop()


def test_31_what_is_inflated_is_counted_whatever_the_headers_say(tmp_path, monkeypatch):
    path = zip_of(tmp_path / "a.zip", {"_chat.txt": CHAT * 50_000})
    archive = open_archive(path)
    monkeypatch.setattr("sosie.core.zip_safety.SMALL", 1000)
    monkeypatch.setattr("sosie.core.zip_safety.RATIO", 2)
    with pytest.raises(UnsafeArchive), archive.open("_chat.txt") as stream:
        stream.read()


def test_31_one_endless_line_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("sosie.sources.files.archive.LONGEST_LINE", 1 << 20)
    path = write(tmp_path / "chat.txt", CHAT + "x" * (3 << 20))
    with pytest.raises(UnknownExport):
        read(path)


def encrypted(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"_chat.txt": CHAT})
    data = bytearray(path.read_bytes())
    for start, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(start) + place] |= 1
    path.write_bytes(data)
    return path


def linked_inside(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("_chat.txt")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return path


def linked_folder(tmp_path):
    folder = tmp_path / "export"
    write(folder / "_chat.txt", CHAT)
    os.symlink("/etc", folder / "plus")
    return folder


def bzipped(tmp_path):
    return zip_of(tmp_path / "a.zip", {"_chat.txt": CHAT}, zipfile.ZIP_BZIP2)


@pytest.mark.parametrize("make", [encrypted, linked_inside, linked_folder, bzipped])
def test_31_other_dangerous_archives_are_refused(make, tmp_path):
    with pytest.raises(UnsafeArchive) as caught:
        read_export(make(tmp_path))
    assert caught.value.mend


def cut(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"_chat.txt": CHAT * 100})
    path.write_bytes(path.read_bytes()[:60])
    return path


def spoilt(tmp_path):
    path = zip_of(
        tmp_path / "a.zip",
        {"_chat.txt": "".join(CHAT.replace("10:00", f"10:{n % 60:02}") for n in range(9000))},
    )
    data = bytearray(path.read_bytes())
    data[200:400] = bytes(200)
    path.write_bytes(data)
    return path


def empty(tmp_path):
    return write(tmp_path / "vide.txt", "")


def empty_zip(tmp_path):
    return zip_of(tmp_path / "vide.zip", {})


def empty_folder(tmp_path):
    return tmp_path


def pdf(tmp_path):
    return write(tmp_path / "chat.txt", "%PDF-1.7\nmotplanté\nendobj\n" * 9, "cp1252")


def binary(tmp_path):
    (tmp_path / "chat.txt").write_bytes(bytes(range(256)) * 40 + "motplanté".encode())
    return tmp_path / "chat.txt"


def no_chat(tmp_path):
    return zip_of(tmp_path / "photos.zip", {"a.jpg": b"\xff\xd8", "notes.txt": "motplanté rien à voir\n"})


def no_chat_at_all(tmp_path):
    return zip_of(tmp_path / "photos.zip", {"a.jpg": b"\xff\xd8", "b.jpg": b"\xff\xd8"})


def missing(tmp_path):
    return tmp_path / "absent.zip"


def pipe(tmp_path):
    os.mkfifo(tmp_path / "tuyau")
    return tmp_path / "tuyau"


WRONG = [cut, spoilt, empty, empty_zip, empty_folder, pdf, binary, no_chat, no_chat_at_all, missing, pipe]


@pytest.mark.parametrize("make", WRONG)
def test_28_a_wrong_file_says_what_was_expected_and_quotes_nothing(make, tmp_path):
    with pytest.raises(UnknownExport) as caught:
        read(make(tmp_path))
    told = f"{caught.value.message} {caught.value.mend}"
    assert caught.value.mend and "motplanté" not in told and str(tmp_path) not in told


def test_28_it_says_how_many_lines_were_read(tmp_path):
    with pytest.raises(UnknownExport, match="28 lignes lues") as caught:
        read(pdf(tmp_path))
    assert "WhatsApp" in caught.value.mend


@pytest.mark.parametrize("source", ["whatsapp", "openai_jsonl"])
def test_28_a_forced_format_does_not_make_nonsense_readable(source, tmp_path):
    path = write(tmp_path / "notes.txt", "motplanté\nrien à voir\n")
    with pytest.raises(UnknownExport) as caught:
        read_export(path, source).__next__()
    assert "motplanté" not in caught.value.message + caught.value.mend


def test_an_unknown_format_names_the_nearest(tmp_path):
    with pytest.raises(UnknownExport) as caught:
        read_export(write(tmp_path / "a.txt", CHAT), "whatsap")
    assert "« whatsapp »" in caught.value.mend


def renamed_in_zip(name: bytes, flags: int = 0) -> bytes:
    """A zip whose only member is named by these bytes, said to be UTF-8 or not."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("N" * len(name), CHAT)
    data = bytearray(out.getvalue().replace(b"N" * len(name), name))
    for start, place in ((b"PK\3\4", 7), (b"PK\1\2", 9)):
        data[data.index(start) + place] = flags
    return bytes(data)


@pytest.mark.parametrize(
    "name, flags",
    [
        ("Discussion WhatsApp avec Zoé & Léa.txt".encode(), 0x08),
        ("Discussion WhatsApp avec Zoé & Léa.txt".encode(), 0),
        ("Discussion WhatsApp avec Zoé & Léa.txt".encode("cp437"), 0),
    ],
    ids=["UTF-8 said so", "UTF-8 not said so", "cp437"],
)
def test_33_names_with_accents_are_read_in_zips(name, flags, tmp_path):
    path = tmp_path / "export.zip"
    path.write_bytes(renamed_in_zip(name, flags))
    (conversation,) = read_export(path)
    assert conversation.title == "Zoé & Léa"
    assert said(list(conversation.messages)) == [("Zoé", "motplanté")]


def test_a_folder_is_read_like_the_zip_it_came_from(tmp_path):
    folder = tmp_path / "WhatsApp Chat - Zoé"
    write(folder / "_chat.txt", "[01/02/2024, 10:00:00] Zoé: oui\n")
    write(folder / "._chat.txt", "\0\1")
    (folder / "00001-PHOTO.jpg").write_bytes(b"\xff\xd8")
    (conversation,) = read_export(folder)
    assert conversation.title == "Zoé"


@pytest.mark.parametrize("seed", range(40))
def test_31_a_damaged_zip_is_read_or_refused_with_a_sentence(seed, tmp_path):
    draw = random.Random(seed)
    days = {
        f"chat{n}.txt": "\n".join(f"0{n}/02/2024, 10:00 - Zoé: mot {i}" for i in range(40)) for n in (1, 2)
    }
    path = zip_of(tmp_path / "a.zip", days)
    data = bytearray(path.read_bytes())
    for _ in range(draw.choice((1, 3, 10))):
        data[draw.randrange(4, len(data))] = draw.randrange(256)  # its first signs stay: it is still a zip
    path.write_bytes(data)
    try:
        for conversation in read_export(path):
            list(conversation.messages)
    except SosieError as error:
        assert error.mend

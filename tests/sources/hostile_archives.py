"""Exports made to harm, each written where it is needed: small on the disk, or soon gone.

ARCHIVES["a zip of a million names"](folder)  ->  the path to give to `sosie inspect`
"""

import bz2
import gzip
import io
import itertools
import lzma
import os
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from zip_bomb import bomb_of

CHAT = "01/02/2024, 10:00 - Zoé: motplanté\n"
END = struct.Struct("<4s4H2IH")
Made = Callable[[Path], Path]
ARCHIVES: dict[str, Made] = {}
READABLE = {  # of a known kind, and with hardly anything in it
    "brackets of dates",
    "dates without an end",
    "a page of Telegram with boxes in boxes",
    "a mail in parts in parts",
    "subtitles without words",
    "one message a hundred thousand times",
}


def archive(name: str) -> Callable[[Made], Made]:
    def keep(made: Made) -> Made:
        ARCHIVES[name] = made
        return made

    return keep


def text(name: str, file: str, content: "str | bytes | Callable[[], bytes]") -> None:
    """An attack that is one file of this content."""

    def made(folder: Path) -> Path:
        data = content() if callable(content) else content
        (folder / file).write_bytes(data.encode() if isinstance(data, str) else data)
        return folder / file

    ARCHIVES[name] = made


def zip_of(path: Path, *entries: tuple, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as out:
        for name, data in entries:
            out.writestr(name, data)
    return path


def entry(name: bytes, size: int = 10, offset: int = 0, method: int = 8, flags: int = 0x800) -> bytes:
    """One line of a zip's list."""
    told = (20, 20, flags, method, 0, 0x21, 0, 10, size, len(name), 0, 0, 0, 0, 0, offset)
    return struct.pack("<4s6H3I5H2I", b"PK\1\2", *told) + name


def listing(
    path: Path, entries: bytes, count: int, said: int | None = None, local: bytes = b"PK\3\4"
) -> Path:
    """A zip of which only the list matters."""
    many = min(count if said is None else said, 0xFFFF)
    end = END.pack(b"PK\5\6", 0, 0, many, many, len(entries), len(local), 0)
    path.write_bytes(local + entries + end)
    return path


def patched(path: Path, *places: tuple[bytes, int, bytes]) -> Path:
    """Bytes changed at so far after the last sign of that kind."""
    data = bytearray(path.read_bytes())
    for sign, after, new in places:
        at = data.rindex(sign) + after
        data[at : at + len(new)] = new
    path.write_bytes(data)
    return path


def local_header(name: bytes, data: bytes, size: int) -> bytes:
    told = (20, 0, 8, 0, 0x21, 0, len(data), size, len(name), 0)
    return struct.pack("<4s5H3I2H", b"PK\3\4", *told) + name + data


# Zips: their lists


@archive("a zip of a million names")
def million(folder: Path) -> Path:
    names = b"".join(entry(b"%d.txt" % number, 0) for number in range(1_000_000))
    return listing(folder / "a.zip", names, 1_000_000)


@archive("a zip of a million names that says it has one")
def million_hidden(folder: Path) -> Path:
    names = b"".join(entry(b"%d.txt" % number, 0) for number in range(1_000_000))
    return listing(folder / "a.zip", names, 1_000_000, said=1)


@archive("a zip of a million files, of the large kind")
def million_large(folder: Path) -> Path:
    names = b"".join(entry(b"%d.txt" % number, 0) for number in range(1_000_000))
    start, place = 4, 4 + len(names)
    large = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1_000_000, 1_000_000, len(names), start)
    finder = struct.pack("<4sIQI", b"PK\6\7", 0, place, 1)
    end = END.pack(b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    (folder / "a.zip").write_bytes(b"PK\3\4" + names + large + finder + end)
    return folder / "a.zip"


@archive("a zip that says four thousand million million files")
def lying_large(folder: Path) -> Path:
    names = entry(b"_chat.txt")
    large = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1 << 52, 1 << 52, len(names), 4)
    finder = struct.pack("<4sIQI", b"PK\6\7", 0, 4 + len(names), 1)
    end = END.pack(b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    (folder / "a.zip").write_bytes(b"PK\3\4" + names + large + finder + end)
    return folder / "a.zip"


@archive("a zip whose list is longer than the file")
def long_list(folder: Path) -> Path:
    path = zip_of(folder / "a.zip", ("_chat.txt", CHAT))
    return patched(path, (b"PK\5\6", 12, struct.pack("<I", 0xFFFFFFF0)))


@archive("a zip of long names, 100 MB of them")
def long_names(folder: Path) -> Path:
    name = b"x" * 65_000
    return listing(folder / "a.zip", entry(name) * 1600, 1600)


@archive("a zip whose members lie over one another")
def overlapping(folder: Path) -> Path:
    names = b"".join(entry(b"%d.txt" % number, 60 << 20) for number in range(1000))
    return listing(folder / "a.zip", names, 1000)


@archive("a zip of chats that are one and the same megabytes")
def quoted(folder: Path) -> Path:
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    size = len(CHAT.encode()) * 400_000
    data = squeezed.compress(CHAT.encode() * 400_000) + squeezed.flush()
    local = local_header(b"0.txt", data, size)
    told = (
        20,
        20,
        0x800,
        8,
        0,
        0x21,
        zlib.crc32(CHAT.encode() * 400_000),
        len(data),
        size,
        5,
        0,
        0,
        0,
        0,
        0,
        0,
    )
    names = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\1\2", *told) + b"%d.txt" % number for number in range(10)
    ) + b"".join(entry(b"%d" % number) for number in range(10, 5000))
    return listing(folder / "a.zip", names, 5000, local=local)


# Zips: their members


@archive("a bomb")
def bomb(folder: Path) -> Path:
    return bomb_of(folder / "a.zip", 4 << 30)


@archive("a bomb that says it is small")
def small_bomb(folder: Path) -> Path:
    return bomb_of(folder / "a.zip", 2 << 30, announced=1000)


@archive("bombs in bombs in bombs")
def dolls(folder: Path) -> Path:
    inner = bomb_of(folder / "b.zip", 1 << 30).read_bytes()
    for _ in range(3):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            for number in range(10):
                made.writestr(f"{number}.zip", inner)
        inner = out.getvalue()
    (folder / "a.zip").write_bytes(inner)
    (folder / "b.zip").unlink()
    return folder / "a.zip"


@archive("a zip in a zip, and nothing else")
def zip_in_zip(folder: Path) -> Path:
    inner = zip_of(folder / "b.zip", ("_chat.txt", CHAT)).read_bytes()
    (folder / "b.zip").unlink()
    return zip_of(folder / "a.zip", ("b.zip", inner))


@archive("a zip under a password")
def encrypted(folder: Path) -> Path:
    path = zip_of(folder / "a.zip", ("_chat.txt", CHAT))
    return patched(path, (b"PK\3\4", 6, b"\1"), (b"PK\1\2", 8, b"\1"))


for told, method in (("lzma", 14), ("bzip2", 12), ("deflate64", 9), ("an unknown way", 77), ("zstd", 93)):

    def squeezed(folder: Path, method: int = method) -> Path:
        path = zip_of(folder / "a.zip", ("_chat.txt", CHAT))
        number = struct.pack("<H", method)
        return patched(path, (b"PK\3\4", 8, number), (b"PK\1\2", 10, number))

    ARCHIVES[f"a zip that is compressed by {told}"] = squeezed

for told, name in (
    ("climbs out", "../../_chat.txt"),
    ("climbs out by other strokes", "..\\..\\_chat.txt"),
    ("is at the root", "/etc/_chat.txt"),
    ("is on another disk", "C:\\_chat.txt"),
    ("is on another machine", "\\\\machine\\dossier\\_chat.txt"),
    ("turns back in its middle", "a/b/../../../_chat.txt"),
):
    ARCHIVES[f"a zip whose file {told}"] = lambda folder, name=name: zip_of(folder / "a.zip", (name, CHAT))


@archive("a zip of a link")
def link(folder: Path) -> Path:
    info = zipfile.ZipInfo("_chat.txt")
    info.external_attr = 0o120777 << 16
    return zip_of(folder / "a.zip", (info, "/etc/passwd"))


@archive("a zip that is cut")
def cut(folder: Path) -> Path:
    path = zip_of(folder / "a.zip", ("_chat.txt", os.urandom(100_000)))
    path.write_bytes(path.read_bytes()[:50_000])
    return path


@archive("a zip with nothing in it")
def empty_zip(folder: Path) -> Path:
    return zip_of(folder / "a.zip")


@archive("a zip whose compressed bytes are noise")
def noise(folder: Path) -> Path:
    path = zip_of(folder / "_chat.zip", ("_chat.txt", "".join(f"{CHAT}{n}" for n in range(50_000))))
    data = bytearray(path.read_bytes())
    data[60:20_000] = os.urandom(19_940)
    path.write_bytes(data)
    return path


@archive("a zip whose folders are ten thousand deep")
def deep_folders(folder: Path) -> Path:
    return zip_of(folder / "a.zip", *((f"{'a/' * 30_000}{n}.bin", b"\0") for n in range(20)))


@archive("a zip of fifty thousand small JSON files")
def many_small(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.zip", "w") as out:
        for number in range(50_000):
            out.writestr(f"messages/inbox/a_{number}/x{number}.json", b"{}")
    return folder / "a.zip"


@archive("a zip after a megabyte of something else")
def prefixed(folder: Path) -> Path:
    path = zip_of(folder / "a.zip", ("_chat.txt", CHAT))
    path.write_bytes(bytes(1 << 20) + path.read_bytes())
    return path


@archive("a zip of sixty thousand small texts")
def many_texts(folder: Path) -> Path:
    entries = ((f"notes/{number}.txt", "bonjour") for number in range(60_000))
    return zip_of(folder / "notes.zip", *entries, method=zipfile.ZIP_STORED)


text(
    "messages whose words are lists in lists",
    "a.jsonl",
    lambda: b'{"messages": [{"role": "user", "content": [[["a"]], 7, {"text": {}}]}]}\n' * 20,
)


@archive("a zip of the same name a thousand times")
def same_name(folder: Path) -> Path:
    return listing(folder / "a.zip", entry(b"_chat.txt") * 1000, 1000)


# Other containers, by what they begin with


def tar_of(path: Path, mode: str) -> Path:
    with tarfile.open(path, mode) as out:
        info = tarfile.TarInfo("_chat.txt")
        info.size = len(CHAT.encode())
        out.addfile(info, io.BytesIO(CHAT.encode()))
    return path


ARCHIVES["a tar"] = lambda folder: tar_of(folder / "export.tar", "w")
ARCHIVES["a tgz"] = lambda folder: tar_of(folder / "takeout.tgz", "w:gz")
ARCHIVES["a tar.bz2 under another name"] = lambda folder: tar_of(folder / "export.txt", "w:bz2")
text("a chat in gzip", "_chat.txt.gz", gzip.compress(CHAT.encode() * 1000))
text("a bomb in gzip", "a.gz", lambda: gzip.compress(bytes(64 << 20)))
text("a chat in bzip2", "_chat.txt.bz2", bz2.compress(CHAT.encode() * 1000))
text("a chat in xz", "_chat.txt.xz", lzma.compress(CHAT.encode() * 1000))
text("a chat in zstd", "_chat.txt.zst", b"\x28\xb5\x2f\xfd\x04\x58" + bytes(200))
text("a 7z", "export.7z", b"7z\xbc\xaf\x27\x1c\0\4" + os.urandom(2000))
text("a rar", "export.rar", b"Rar!\x1a\x07\1\0" + os.urandom(2000))
text("a rar under the name of a zip", "export.zip", b"Rar!\x1a\x07\0" + os.urandom(2000))
text("an empty 7z", "export.7z", b"")


# JSON

text("two million brackets", "a.json", lambda: b"[" * 2_000_000)
text("two million brackets, in lines", "a.json", lambda: b"[\n" * 1_000_000)
text("two million braces", "a.json", lambda: b"{" * 2_000_000)
text("half a million objects, each in the last", "a.json", lambda: b'{"a":' * 400_000)
text("objects and arrays in one another", "result.json", lambda: b'[{"messages":' * 200_000)
text(
    "brackets after a good beginning",
    "result.json",
    lambda: b'{"name": "Zo", "messages": [' + b"[" * 2_000_000,
)
text("braces in brackets, closed", "a.json", lambda: b"[" * 900_000 + b"{}" + b"]" * 900_000)
text("brackets a hundred at a time", "a.json", lambda: (b"[" * 90 + b'"a",') * 25_000)
text("an array of millions of numbers", "a.json", lambda: b"[" + b"1," * 8_000_000 + b"1]")
text(
    "an object of a million keys",
    "a.json",
    lambda: b'{"' + b'":1,"'.join(b"%d" % n for n in range(1_000_000)),
)
text("a number of ten million digits", "a.json", lambda: b'{"messages": [' + b"9" * 10_000_000 + b"]}")
text("a string of 60 MB", "a.json", lambda: b'{"messages": "' + b"a" * (60 << 20) + b'"}')
text("trees in trees of a history", "a.json", lambda: b'{"mapping":{' * 170_000)
text("a string that never ends", "a.json", lambda: b'{"messages": ["' + b"a\\" * (15 << 20))
text("quotes, millions of them", "a.json", lambda: b'{"a":"' * 700_000)
text("objects on lines that are no messages", "a.jsonl", lambda: b'{"a": [{"b": {}}]}\n' * 200_000)
text(
    "a deep line in JSON lines",
    "a.jsonl",
    lambda: b'{"messages": ' + b"[" * 500_000 + b"\n" + b'{"a":1}\n' * 9,
)


# Text, tables, pages, mails

text("nothing at all", "_chat.txt", b"")
text("a byte-order mark alone", "_chat.txt", b"\xef\xbb\xbf")
text("an UTF-16 mark alone", "_chat.txt", b"\xff\xfe")
text("spaces", "_chat.txt", lambda: b" " * 1_000_000)
text("ends of lines", "_chat.txt", lambda: b"\n" * 5_000_000)
text("noise", "_chat.txt", lambda: os.urandom(2_000_000))
text("zeros", "_chat.txt", lambda: bytes(20_000_000))
text("a line of 20 MB", "_chat.txt", lambda: b"a" * (20 << 20))
text("a line of 15 MB of digits", "_chat.txt", lambda: b"1/" * (7 << 20))
text("dates without an end", "_chat.txt", lambda: b"01/02/2024, 10:00 - " * 100_000)
text("brackets of dates", "_chat.txt", lambda: b"[01/02/2024 10:00:00] " * 100_000)
text("colons", "dialogue.txt", lambda: b": " * 1_000_000)
text(
    "names on every line, all of them new", "a.txt", lambda: b"".join(b"%d : \n" % n for n in range(300_000))
)
text(
    "a quote that is never closed",
    "a.csv",
    lambda: b'date;auteur;message\n01/02/2024;Zo;"' + b"a;\n" * 500_000,
)
text("one message a hundred thousand times", "a.csv", lambda: b"date;auteur;message\n;" * 100_000)
text(
    "a table of a million columns",
    "a.csv",
    lambda: b"date;auteur;message" + b";a" * 1_000_000 + b"\n" + b";" * 1_000_000,
)
text("a million separators on each line", "a.csv", lambda: b"auteur;message\n" + b";" * 5_000_000)
text("boxes in boxes in a page", "messages.html", lambda: b"<html><body>" + b"<div>" * 1_000_000)
text("tags that are never closed", "messages.html", lambda: b"<html><body>" + b"<div " * 1_000_000)
text("attributes without an end", "messages.html", lambda: b'<html><body class="' + b"a=b " * 1_000_000)
text(
    "a page of Telegram with boxes in boxes",
    "messages.html",
    lambda: (
        b'<html><body class="page_wrap"><div class="history">'
        + b'<div class="message default clearfix"><div class="body">' * 100_000
    ),
)
text(
    "laughs a thousand million times",
    "sms.xml",
    lambda: (
        b'<?xml version="1.0"?><!DOCTYPE smses [<!ENTITY a0 "ha">'
        + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
        + b']><smses count="1"><sms address="1" date="1" type="1" body="&a9;" /></smses>'
    ),
)
text(
    "a file of this machine as an entity",
    "sms.xml",
    ('<?xml version="1.0"?><!DOCTYPE smses [<!ENTITY x SYSTEM "file:///etc/passwd">]><smses>&x;</smses>'),
)
text("messages that are never closed in XML", "sms.xml", lambda: b"<smses count='1'>" + b"<mms " * 600_000)
text("parts in parts in XML", "sms.xml", lambda: b"<smses><mms date='1'>" + b"<parts>" * 600_000)
text(
    "a mail in parts in parts",
    "a.eml",
    lambda: (
        b"From: a@b.fr\nTo: c@d.fr\nSubject: x\nDate: Mon, 1 Jan 2024 10:00:00 +0100\n"
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(30_000))
    ),
)
text(
    "a header of 10 MB",
    "a.eml",
    lambda: b"From: " + b"<a@b.fr>, " * 1_000_000 + b"\nTo: c@d.fr\nSubject: x\nDate: Mon, 1 Jan 2024\n\n",
)
text("a mailbox of separators", "a.mbox", lambda: b"From a@b.fr Mon Jan  1 10:00:00 2024\n" * 100_000)
text("subtitles without words", "a.srt", lambda: b"00:00:01,000 --> 00:00:02,000\n" * 200_000)


# SQLite


def base_of(folder: Path, *queries: str) -> Path:
    with sqlite3.connect(folder / "chat.db") as base:
        for query in queries:
            base.execute(query)
    base.close()
    return folder / "chat.db"


COUNTING = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x"
MESSAGE_VIEWS = [
    f"CREATE VIEW {table} AS {COUNTING} AS ROWID, x AS guid, x AS text, x AS date, x AS chat_id, x AS id, "
    "x AS message_id, x AS handle_id, x AS is_from_me FROM n"
    for table in ("message", "chat", "handle", "chat_message_join", "attachment")
]

ARCHIVES["a base of views without an end"] = lambda folder: base_of(folder, *MESSAGE_VIEWS)
ARCHIVES["a base with tables that only look right"] = lambda folder: base_of(
    folder, *(f"CREATE TABLE {table} (a)" for table in ("message", "chat", "handle", "chat_message_join"))
)
text("a base that is cut", "chat.db", b"SQLite format 3\0" + os.urandom(4000))


@archive("a base whose pages are noise")
def noisy_base(folder: Path) -> Path:
    path = base_of(
        folder,
        "CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid, text, date, handle_id, is_from_me)",
        "CREATE TABLE chat (ROWID INTEGER PRIMARY KEY, guid)",
        "CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id)",
        "CREATE TABLE chat_message_join (chat_id, message_id)",
        f"INSERT INTO message SELECT x, x, x, x, x, 0 FROM ({COUNTING} FROM n LIMIT 50000)",
        f"INSERT INTO chat_message_join SELECT 1, x FROM ({COUNTING} FROM n LIMIT 50000)",
    )
    data = bytearray(path.read_bytes())
    for at in itertools.count(4096, 8192):
        if at + 4096 > len(data):
            break
        data[at : at + 4096] = os.urandom(4096)
    path.write_bytes(data)
    return path


# What is no file at all

ARCHIVES["a device that never ends"] = lambda folder: Path("/dev/zero")
ARCHIVES["a device of noise"] = lambda folder: Path("/dev/urandom")
ARCHIVES["a device that is empty"] = lambda folder: Path("/dev/null")
ARCHIVES["a link to a device"] = lambda folder: linked(folder, "/dev/zero")
ARCHIVES["a link to itself"] = lambda folder: linked(folder, str(folder / "export.txt"))
ARCHIVES["a folder of links"] = lambda folder: linked(folder, "/etc/passwd").parent
ARCHIVES["nothing under a name of 5,000 signs"] = lambda folder: folder / ("x" * 5000)


def linked(folder: Path, target: str) -> Path:
    (folder / "export.txt").symlink_to(target)
    return folder / "export.txt"


@archive("a pipe that nobody writes to")
def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "export.zip")
    return folder / "export.zip"


@archive("a folder of pipes")
def pipes(folder: Path) -> Path:
    for name in ("_chat.txt", "result.json", "chat.db"):
        os.mkfifo(folder / name)
    return folder


@archive("a folder that is empty")
def empty_folder(folder: Path) -> Path:
    return folder


@archive("a folder twelve hundred deep")
def deep_folder(folder: Path) -> Path:
    here = os.open(folder, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    return folder

"""Which files of an archive may be of a format, by how their names end and by what they begin with.

ending(archive, ".xml")                        ->  ["sms-2023.xml", "sms-2024.xml"]
ending(archive, "/messages.json")              ->  ["Groups/DM 1/messages.json"]
ending(archive, ".xml") of one file, "sms"     ->  ["sms"]        the only file may have any name
"""

import re
from collections.abc import Iterator

from sosie.sources.files.archive import Archive
from sosie.sources.files.decoding import read_as
from sosie.sources.files.text_file import beginning

_NUMBER = re.compile(r"([0-9]+)")
_FEW = 20  # files that are looked at to recognise an archive

_BEGINNING = 1 << 17  # bytes that decide what a file is


def files_ending(archive: Archive, *endings: str) -> list[str]:
    names = archive.names
    return [name for name in names if len(names) == 1 or f"/{name}".lower().endswith(endings)]


def json_key(name: str) -> str:
    """The pattern of a key of JSON, and not of a text that quotes one: the name comes first, as `re` finds a
    plain beginning twenty times faster than one that looks behind."""
    return rf'"{name}"(?<!\\"{name}")'


def files_holding(archive: Archive, end: str, *patterns: "re.Pattern[str]") -> list[str]:
    """The files with such an ending whose beginning matches all the patterns."""
    heads = ((name, read_as(archive.head(name)[:_BEGINNING])) for name in files_ending(archive, end))
    return [name for name, head in heads if all(pattern.search(head) for pattern in patterns)]


def _json_files(archive: Archive) -> list[str]:
    """The files that may hold conversations, the likeliest first, in the order of their numbers."""
    names = files_ending(archive, ".json")
    return sorted(names, key=lambda name: ("conversation" not in name.lower(), by_number(name)))


def files_matching(archive: Archive, *patterns: "re.Pattern[str]", most: int | None = None) -> Iterator[str]:
    """The JSON files whose beginning matches all the patterns."""
    for name in _json_files(archive)[:most]:
        head = beginning(archive, name)
        if not name.lower().endswith(".json") and not head.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
            continue  # one file alone, of another kind
        if all(pattern.search(head) for pattern in patterns):
            yield name


def sniff_files(archive: Archive, *patterns: "re.Pattern[str]") -> float:
    """How sure the first files make that an archive is of this kind."""
    return 0.98 if any(files_matching(archive, *patterns, most=_FEW)) else 0.0


def bytes_to_read(archive: Archive) -> int:
    """Bytes that may have to be read."""
    return sum(archive.sizes[name] for name in _json_files(archive))


def by_number(name: str) -> list[tuple[int, str]]:
    """A key that puts « conversations-10 » after « conversations-9 »."""
    return [(int(part[:18]), "") if part.isdecimal() else (0, part) for part in _NUMBER.split(name)]

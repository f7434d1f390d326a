"""Which files of an archive may be of a format, by how their names end and by what they begin with.

ending(archive, ".xml")                        ->  ["sms-2023.xml", "sms-2024.xml"]
ending(archive, "/messages.json")              ->  ["Groups/DM 1/messages.json"]
ending(archive, ".xml") of one file, "sms"     ->  ["sms"]        the only file may have any name
"""

import re

from sosie.sources.files.archive import Archive
from sosie.sources.files.decoding import read_as

BEGINNING = 1 << 17  # bytes that tell what a file is


def ending(archive: Archive, *endings: str) -> list[str]:
    names = archive.names
    return [name for name in names if len(names) == 1 or f"/{name}".lower().endswith(endings)]


def holding(archive: Archive, end: str, *signs: "re.Pattern[str]") -> list[str]:
    """Those whose beginning holds all the signs."""
    heads = ((name, read_as(archive.head(name)[:BEGINNING])) for name in ending(archive, end))
    return [name for name, head in heads if all(sign.search(head) for sign in signs)]

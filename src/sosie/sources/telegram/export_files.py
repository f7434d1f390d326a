"""Which files of an archive are Telegram's exports, and which are documents that somebody sent in a chat.

result.json                              named so, and with messages in it
DataExport_2024-07-01/result.json        the same in a folder
chats.json                               another name, where none is called result.json
"""

import io
from itertools import islice
from pathlib import PurePosixPath

from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import ending
from sosie.sources.files.json_stream import JsonStream
from sosie.sources.telegram.messages import is_message

PERSONAL = frozenset({"personal_chat", "bot_chat", "saved_messages", "replies", "verification_codes"})
GROUPS = frozenset(f"{a}_{b}" for a in ("private", "public") for b in ("group", "supergroup", "channel"))
LISTS = ("chats", "left_chats", "list")
CANDIDATES = 20  # files that may be exports, where none is called result.json
DEPTH = 8


def exports(archive: Archive) -> list[str]:
    """The files of an archive that are exports, not documents that somebody sent in a chat."""
    names = ending(archive, ".json")
    titled = [name for name in names if PurePosixPath(name).name.lower().startswith("result")]
    likely = titled or sorted(names, key=lambda name: name.count("/"))[:CANDIDATES]
    sure = titled or likely[:1]
    return [
        name
        for name in likely
        if looks_right(begun := beginning(archive, name)) or (name in sure and later(begun))
    ]


def beginning(archive: Archive, name: str) -> JsonStream:
    return JsonStream(io.BytesIO(archive.head(name)))


def later(stream: JsonStream) -> bool:
    """The same for a file whose first lines are damaged."""
    while stream.find("messages"):
        if looks_right(stream):
            return True
    return False


def looks_right(stream: JsonStream, depth: int = 0) -> bool:
    """Whether there are chats in a file that begins so, or it says whose account it is."""
    if depth < DEPTH and stream.sign() == "[":
        return any(looks_right(stream, depth + 1) for _ in stream.elements())
    for key in stream.keys() if depth < DEPTH else ():
        if key == "messages":
            first = list(islice(stream.records(is_message), 5))
            return any(map(is_message, first))
        if key == "type" and isinstance(kind := stream.take(), str) and kind in PERSONAL | GROUPS:
            return True
        if key in LISTS and looks_right(stream, depth + 1):
            return True
        if key == "personal_information" and isinstance(me := stream.take(), dict) and "user_id" in me:
            return True
    return False

"""Which files of an archive are Telegram's exports, and which are documents sent in a chat.

result.json                              named so, and with messages in it
DataExport_2024-07-01/result.json        the same in a folder
chats.json                               another name, where none is called result.json
"""

import io
import posixpath
from contextlib import suppress
from itertools import islice

from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_ending
from sosie.sources.files.json_stream import JsonStream
from sosie.sources.files.json_window import Broken
from sosie.sources.telegram.messages import is_message

PERSONAL = frozenset({"personal_chat", "bot_chat", "saved_messages", "replies", "verification_codes"})
GROUPS = frozenset(f"{a}_{b}" for a in ("private", "public") for b in ("group", "supergroup", "channel"))
CHAT_LISTS = ("chats", "left_chats", "list")
_CANDIDATES = 20  # files that may be exports, where none is called result.json
DEPTH = 8
_MOST_TRIES = 10_000  # lists called « messages » that may hold none, in the beginning of a damaged file


def result_files(archive: Archive) -> list[str]:
    """The files of an archive that are exports, not documents sent in a chat."""
    names = files_ending(archive, ".json")
    titled = [name for name in names if posixpath.basename(name).lower().startswith("result")]
    likely = titled or sorted(names, key=lambda name: name.count("/"))[:_CANDIDATES]
    sure = titled or likely[:1]
    return [
        name
        for name in likely
        if _looks_right(stream := _beginning(archive, name)) or (name in sure and _later(stream))
    ]


def _beginning(archive: Archive, name: str) -> JsonStream:
    return JsonStream(io.BytesIO(archive.head(name)))


def _later(stream: JsonStream) -> bool:
    """The same for a file whose first lines are damaged."""
    for _ in range(_MOST_TRIES):
        if not stream.find("messages"):
            return False
        if _looks_right(stream):
            return True
    return False


def _looks_right(stream: JsonStream) -> bool:
    """Whether there are chats in a file that begins so, or it says whose account it is."""
    with suppress(Broken):
        return _has_chats(stream, DEPTH)
    return False


def _has_chats(stream: JsonStream, deeper: int) -> bool:
    """The same; Broken, as a whole, where chats would be deeper than any export has them."""
    if not deeper:
        raise Broken(0)
    if stream.peek() == "[":
        return any(_has_chats(stream, deeper - 1) for _ in stream.elements())
    for key in stream.keys():  # noqa: SIM118  no dict
        if key == "messages":
            first = list(islice(stream.records(is_message), 5))
            return any(map(is_message, first))
        if key == "type" and isinstance(kind := stream.take(), str) and kind in PERSONAL | GROUPS:
            return True
        if key in CHAT_LISTS and _has_chats(stream, deeper - 1):
            return True
        if key == "personal_information" and isinstance(me := stream.take(), dict) and "user_id" in me:
            return True
    return False

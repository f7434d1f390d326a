"""TikTok: `user_data_tiktok.json` of « Télécharger tes données », or its text (tiktok_text.py).

    {"Direct Message": {"Direct Messages": {"ChatHistory": {"Chat History with leo.rx:": [
        {"Date": "2025-03-02 09:15:00", "From": "zoe.b", "Content": "mdr"}]}}},
     "Profile And Settings": {"Profile Info": {"ProfileMap": {"userName": "zoe.b"}}}}

Newest first, in UTC. The names of the sections change with the years; those of the threads do not.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_holding
from sosie.sources.files.json_stream import CUT, JsonStream, open_json, records_wanted
from sosie.sources.files.json_values import text_of
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.tiktok_text import text_files, text_rows
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_iso

if TYPE_CHECKING:
    from sosie.sources.base import Log

_THREAD = re.compile(r"Chat History with (?P<other>.{1,200}?):?\s*")
_OURS = re.compile(r'(?<!\\)"(?:Chat History with [^"\\]{1,200}|ChatHistory)"\s*:')
_ALSO = re.compile(r'(?<!\\)"Direct Messages?"\s*:\s*\{')
_NAMES = ("/user_data_tiktok.json", "/user_data.json")  # a zip may hold very many other files
_GROUPS = "GroupChat"  # beside the threads, from 2025: {"GroupChat": {"Rando": [...]}}
_DEPTH = 8
_SHOWN: dict[str, MessageKind] = {"[image]": "image", "[sticker]": "image", "[video]": "video"}
_LINK = re.compile(r"https://(?:www|vm)\.tiktok\w*\.com/\S+")


class TikTok(FileReader):
    expects = "les données TikTok (user_data_tiktok.json, ou le dossier de textes)"
    sureness = 0.96

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        found = (name for end in _NAMES for name in files_holding(archive, end, _OURS, _ALSO))
        return list(dict.fromkeys(found)) or text_files(archive, most)

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        """The threads, once the whole file was read: who its owner is comes last."""
        spool, ids = MessageSpool(), MessageIds()
        people: dict[str, set[str]] = {}
        rooms: set[str] = set()
        owners: list[str] = []
        in_text = name.endswith(".txt")
        rows = text_rows(archive, name, log) if in_text else _rows(archive, name, log, rooms, owners)
        for other, row in rows:
            log.entries += 1
            found = _message(row, other, name, ids)
            people.setdefault(other, set()).add(found.author)
            spool.add(other, found)
        owner = next(filter(None, owners), "")
        for other, authors in people.items():
            yield Conversation(
                id=f"tiktok-{digest(other)}",
                title=other,
                source="tiktok",
                group=other in rooms or len(authors | {owner, other}) > 3,
                messages=spool.take(other),
                owner=owner or next(iter(authors - {other}), None),
            )


def _rows(
    archive: Archive, name: str, log: "Log", rooms: set[str], owners: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(the thread, each message); `rooms` hears which threads are groups, `owners` whose file it is."""
    stream = open_json(archive, name, log.advance)
    for key in _walk(stream):
        if key == "userName":
            owners.append(text_of(stream.take()))
            continue
        thread = _THREAD.fullmatch(key)
        other = thread["other"] if thread else key
        rooms |= set() if thread else {other}
        for item in records_wanted(stream.records(_is_message, key), _is_message, log):
            yield other, item
    if stream.cut:
        log.skip(CUT)


def _walk(stream: JsonStream, depth: int = 0, groups: bool = False) -> Iterator[str]:
    """The keys of threads and of the owner's name, the stream standing before their values."""
    for key in stream.keys():  # noqa: SIM118 (a stream is no dict)
        if key == "userName" or _THREAD.fullmatch(key) or (groups and stream.peek() == "["):
            yield key
        elif depth < _DEPTH and stream.peek() == "{":
            yield from _walk(stream, depth + 1, groups=key == _GROUPS)


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and "Date" in value and "From" in value


def _message(item: dict[str, Any], other: str, name: str, ids: MessageIds) -> Message:
    author, written = text_of(item.get("From")) or "inconnu", text_of(item.get("Date"))
    text = text_of(item.get("Content")).strip()
    kind = "file" if _LINK.fullmatch(text) else _SHOWN.get(text.lower(), "text")
    return Message(
        id=ids.of(other, author, written, text),
        author=author,
        text=text if kind == "text" else "",
        at=from_iso(written.removesuffix(" UTC"), utc=True),
        kind=kind,
        origin=f"{name}:{written}",
    )

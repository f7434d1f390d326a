"""Snapchat: `json/chat_history.json` of « Mes données ».

    {"ami.snap": [{"From": "ami.snap", "IsSender": false, "Media Type": "TEXT", "Content": "tkt",
                   "Created": "2024-06-01 10:01:00 UTC", "Created(microseconds)": 1717236060000,
                   "Conversation Title": null}]}

or, before 2023, {"Received Saved Chat History": [{"From", "Text"...}], "Sent Saved Chat History": [...]}.
Newest first. « Created(microseconds) » counts thousandths. The owner is the author of what has `IsSender`.
Where there is no JSON, the pages are read (html_pages.py): there the owner is who is not the thread's other.
"""

import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_holding
from sosie.sources.files.json_stream import CUT, open_json, records_wanted
from sosie.sources.files.json_values import text_of
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.files.text_file import beginning, open_text
from sosie.sources.snapchat.html_pages import chat_pages, page_records
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_iso, from_thousandths

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(r'"Media Type"\s*:\s*"')
_OLD = re.compile(r"(?P<way>Received|Sent) (?:Un)?[Ss]aved Chat History")
_ME = "me"
_KINDS: dict[str, MessageKind] = {
    "TEXT": "text",
    "MEDIA": "image",
    "PHOTO": "image",
    "IMAGE": "image",
    "STICKER": "image",
    "VIDEO": "video",
    "NOTE": "voice",
    "LOCATION": "location",
    "SHARE": "file",
    "SHARESAVEDSTORY": "file",
    "STATUSERASEDMESSAGE": "deleted",
    "STATUSCALLMISSEDAUDIO": "call",
    "STATUSCALLMISSEDVIDEO": "call",
}
_Item = dict[str, Any]


class Snapchat(FileReader):
    expects = "les données Snapchat (chat_history.json, ou les pages html/chat_history)"
    sureness = 0.95

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        return files_holding(archive, "/chat_history.json", _OURS) or chat_pages(archive)

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        """The threads of a file; in an old one, all messages with one person are a thread."""
        spool, ids = MessageSpool(), MessageIds()
        titles: dict[str, str] = {}
        authors: dict[str, set[str]] = {}
        owner = ""
        for thread, item in _records(archive, name, log):
            log.entries += 1
            thread = thread or text_of(item.get("From")) or text_of(item.get("To"))
            sent = item.get("IsSender") is True
            author = text_of(item.get("From")) or (_ME if sent else thread or "inconnu")
            owner = owner or (author if sent else "")
            titles.setdefault(thread, "")
            titles[thread] = titles[thread] or text_of(item.get("Conversation Title"))
            authors.setdefault(thread, set()).add(author)
            spool.add(thread, _message(item, author, name, thread, ids))
        for thread, title in titles.items():
            others = authors[thread] - {thread}
            yield Conversation(
                id=f"snapchat-{digest(thread)}",
                title=title or thread,
                source="snapchat",
                group=bool(title) or len(authors[thread]) > 2,
                messages=spool.take(thread),
                owner=owner or (next(iter(others)) if len(others) == 1 < len(authors[thread]) else None),
            )


def _records(archive: Archive, name: str, log: "Log") -> Iterator[tuple[str, _Item]]:
    """(the thread, "" where a message's sender or recipient tells it; the message) of each of a file."""
    if _OURS.search(beginning(archive, name)):
        stream = open_json(archive, name, log.advance)
        for key in stream.keys():  # noqa: SIM118 (a stream is no dict)
            old = _OLD.fullmatch(key)
            for item in records_wanted(stream.records(_is_message), _is_message, log):
                yield ("", item | {"IsSender": old["way"] == "Sent"}) if old else (key, item)
        if stream.cut:
            log.skip(CUT)
        return
    with open_text(archive, name, log.advance) as page:
        yield from page_records(page.read(), name)


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("Media Type"), str)


def _message(item: _Item, author: str, name: str, thread: str, ids: MessageIds) -> Message:
    kind = _KINDS.get(item["Media Type"].upper(), "notice")
    text = text_of(item.get("Content")) or text_of(item.get("Text"))
    created = text_of(item.get("Created"))
    at = from_thousandths(item.get("Created(microseconds)")) or from_iso(
        created.removesuffix(" UTC"), utc=True
    )
    shared = item["Media Type"].upper().startswith("SHARE")
    return Message(
        id=ids.of(thread, author, at.isoformat() if at else created, item["Media Type"], text),
        author="" if kind == "notice" else author,
        text=html.unescape(text).strip(),
        at=at,
        kind=kind,
        origin=f"{name}:{created}",
        style=not shared,  # what is shared was made by others
    )

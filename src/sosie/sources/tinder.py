"""Tinder: `data.json` of the personal data that it gives. It holds what its owner sent, and nothing else.

{"Usage": {…}, "User": {…}, "Messages": [{"match_id": "Match 12", "messages": [
    {"to": 12, "from": "You", "message": "t&#39;es l&agrave; ?",
     "sent_date": "Tue, 14 May 2024 18:05:12 GMT"}]}]}

Newest match first; texts hold HTML entities. Without the answers nothing can be learnt but style.
"""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_holding, json_key
from sosie.sources.files.json_stream import CUT, JsonStream, open_json, records_wanted
from sosie.sources.files.json_values import text_of
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_iso
from sosie.sources.values.written_dates import from_words

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(json_key("match_id") + r"\s*:")
_ALSO = re.compile(json_key("sent_date") + r"\s*:")
_YOU = "You"
_WORDS = ("", "1", "text")  # what `type` is, where there are words; else a gif, a song, a card
_KINDS: dict[str, MessageKind] = {"gif": "image", "sticker": "image", "gesture": "image", "photo": "image"}


class Tinder(FileReader):
    expects = "les données de Tinder (data.json)"
    sureness = 0.97

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        return files_holding(archive, ".json", _OURS, _ALSO)[:most]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        stream = open_json(archive, name, log.advance)
        for key in stream.keys():  # noqa: SIM118 (a stream is no dict)
            if key == "Messages":
                for _ in stream.elements():
                    if found := _match(stream, name, log):
                        yield found
        if stream.cut:
            log.skip(CUT)


def _match(stream: JsonStream, name: str, log: "Log") -> Conversation | None:
    """The thread that begins here; None where nothing is in it."""
    title = ""
    spool, ids = MessageSpool(), MessageIds()
    authors: set[str] = set()
    for key in stream.keys():  # noqa: SIM118
        if key == "match_id":
            title = text_of(stream.take())
        elif key == "messages":
            for item in records_wanted(stream.records(_is_message), _is_message, log):
                log.entries += 1
                found = _message(item, name, ids)
                authors.add(found.author)
                spool.add("", found)
    if not spool.threads:
        return None
    return Conversation(
        id=f"tinder-{digest(title or name)}",
        title=title or "Tinder",
        source="tinder",
        group=False,
        messages=spool.take(""),
        owner=_YOU,
        kind="one_sided" if authors == {_YOU} else "chat",
    )


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and "sent_date" in value and ("message" in value or "type" in value)


def _message(item: dict[str, Any], name: str, ids: MessageIds) -> Message:
    author, written = text_of(item.get("from")) or _YOU, text_of(item.get("sent_date"))
    text, what = html.unescape(text_of(item.get("message"))).strip(), text_of(item.get("type"))
    kind = "text" if what in _WORDS else _KINDS.get(what, "file")
    return Message(
        id=ids.of(author, written, text),
        author=author,
        text=text if kind == "text" else "",
        at=from_iso(written, utc=True) or _in_words(written),
        kind=kind,
        origin=f"{name}:{written}",
    )


def _in_words(written: str) -> datetime | None:
    """« Tue, 14 May 2024 18:05:12 GMT »; the zone is the same where it is missing."""
    at = from_words(written)
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at

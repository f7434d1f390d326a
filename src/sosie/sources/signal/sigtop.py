"""sigtop: one file a chat, in JSON (the rows of Signal Desktop's base), or in text: sigtop_text.py,
sigtop_short.py.

    Malo (+33639980102).json
    [{"id": "a", "type": "incoming", "body": "t'es là ?", "sent_at": 1710234060000, "source": "+33639980102",
      "attachments": [{"contentType": "image/jpeg"}], "quote": null, "reactions": []}, …]

The owner is `You`. In JSON a chat's name is the file's; the members of a group are known by their numbers.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import by_number, files_ending, json_key
from sosie.sources.files.json_stream import open_json, records_wanted
from sosie.sources.files.json_values import dicts_of, list_of, text_of
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.files.text_file import beginning
from sosie.sources.signal.sigtop_short import in_local_time, is_sigtop_short, short_messages
from sosie.sources.signal.sigtop_text import is_sigtop_text, text_messages
from sosie.sources.values.media_kind import kind_of_type
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_thousandths

if TYPE_CHECKING:
    from sosie.sources.base import Log

_BEGINS = re.compile(r"\A\ufeff?\s*\[\s*\{")
_OURS = re.compile(json_key("sent_at") + r"\s*:")
_ALSO = re.compile(r'(?<!\\)"(?:conversationId|hasAttachments|sourceServiceId|sourceUuid)"\s*:')
_NUMBER = re.compile(r"\s*\((?:\+\d{5,20}|[0-9a-f-]{36})\)\Z")  # « Malo (+33639980102) »
_YOU = "You"
_NOBODY = "inconnu"
_MENTION = "\ufffc"
_Item = dict[str, Any]


class Sigtop(FileReader):
    expects = "un dossier de sigtop (un .json ou un .txt par discussion)"
    sureness = 0.95

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        names = sorted(files_ending(archive, ".json", ".txt"), key=by_number)
        return [name for name in names[:most] if _is_ours(beginning(archive, name))]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        title = _NUMBER.sub("", PurePosixPath(name).stem)
        spool = MessageSpool()
        authors: set[str] = set()
        read = _reader_of(beginning(archive, name))
        for message in read(archive, name, log):
            authors.add(message.author)
            spool.add("", message)
        others = authors - {_YOU, ""}
        pair = len(others) < 2 and read is _json_messages
        if spool.threads:
            messages = spool.take("", lambda author: title if pair and author != _YOU else author)
            yield Conversation(
                id=f"sigtop-{digest(title)}",
                title=title,
                source="sigtop",
                group=len(others) > 1,
                messages=messages if read is not short_messages else map(in_local_time, messages),
                owner=_YOU,
            )


def _is_ours(text: str) -> bool:
    if _BEGINS.match(text):
        return bool(_OURS.search(text) and _ALSO.search(text))
    return is_sigtop_text(text) or is_sigtop_short(text)


def _reader_of(text: str) -> "Callable[[Archive, str, Log], Iterator[Message]]":
    if _BEGINS.match(text):
        return _json_messages
    return text_messages if is_sigtop_text(text) else short_messages


def _json_messages(archive: Archive, name: str, log: "Log") -> Iterator[Message]:
    ids = MessageIds()
    records = open_json(archive, name, log.advance).objects(_is_message)
    for item in records_wanted(records, _is_message, log):
        log.entries += 1
        sender = next(
            (
                found
                for key in ("source", "sourceServiceId", "sourceUuid")
                if (found := text_of(item.get(key)))
            ),
            _NOBODY,
        )
        author = _YOU if item["type"] == "outgoing" else sender
        kind, identity = _kind(item), text_of(item.get("id"))
        sent = text_of(item.get("sent_at")) or text_of(item.get("timestamp"))
        yield Message(
            id=ids.of(identity) if identity else ids.of(author, sent),
            author="" if kind in ("notice", "call") else author,
            text=_words(item) if kind not in ("notice", "call", "deleted") else "",
            at=from_thousandths(sent),
            kind=kind,
            origin=f"{name}:{identity}",
            edited=bool(list_of(item, "editHistory")) and kind != "deleted",
        )


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str) and "sent_at" in value


def _kind(item: _Item) -> MessageKind:
    if item["type"] not in ("incoming", "outgoing"):
        return "call" if item["type"] == "call-history" else "notice"
    if item.get("isErased") is True or item.get("deletedForEveryone") is True:
        return "deleted"
    if item.get("sticker"):
        return "image"
    for file in dicts_of(item, "attachments"):
        voice = file.get("flags") == 1 and kind_of_type(file.get("contentType")) == "voice"
        return "voice" if voice else kind_of_type(file.get("contentType"))
    return "text" if text_of(item.get("body")).strip() else "notice"


def _words(item: _Item) -> str:
    """The words, people mentioned by their names."""
    words = text_of(item.get("body"))
    if _MENTION in words:
        named = (text_of(one.get("replacementText")) for one in dicts_of(item, "bodyRanges"))
        names = (f"@{found}" for found in named if found)
        words = re.sub(_MENTION, lambda _: next(names, ""), words)
    return words.strip()

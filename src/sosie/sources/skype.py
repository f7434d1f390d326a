"""Skype, and Teams for private persons: `messages.json` of the exports that Microsoft gives.

    {"userId": "8:live:zoe", "exportDate": "2024-01-01T10:00", "conversations": [
        {"id": "8:leo", "displayName": "Léo", "MessageList": [
            {"id": "1700000000000", "from": "8:leo", "displayName": null, "messagetype": "RichText",
             "originalarrivaltime": "2023-11-14T22:13:20Z", "content": "t&apos;es l&agrave; ?"}]}]}

Newest first; texts are HTML, quotes of others included: those are cut. Calls and comings are notices.
"""

import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_holding
from sosie.sources.files.json_stream import CUT, JsonStream, open_json, records_wanted
from sosie.sources.files.json_values import dict_of, text_of
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_iso

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(r'"MessageList"\s*:')
_ALSO = re.compile(r'"(?:messagetype|originalarrivaltime|exportDate|conversationid)"\s*:')
_QUOTE = re.compile(r"<(?P<tag>quote|blockquote)\b[^<>]*>.*?(?:</(?P=tag)>|\Z)", re.DOTALL | re.IGNORECASE)
_PICTURE = re.compile(r"<(?:img|emoji)\b[^<>]*?\balt=\"(?P<alt>[^\"<>]{1,40})\"[^<>]*>", re.IGNORECASE)
_BREAKS = re.compile(  # spaces are tried from their first one only: there may be very many
    r"(?:(?<!\s)\s+)?(?:</?(?:p|div|br|li|ul|ol|h[1-6]|tr|table|pre)\b[^<>]*>\s*)+", re.IGNORECASE
)
_TAG = re.compile(r"</?[a-zA-Z_][^<>]*>")
_EDITED = "<e_m "
_KINDS: dict[str, MessageKind] = {
    "": "text",
    "Text": "text",
    "RichText": "text",
    "RichText/Html": "text",
    "RichText/UriObject": "image",
    "RichText/Media_Album": "image",
    "RichText/Media_Video": "video",
    "RichText/Media_FlikMsg": "video",
    "RichText/Media_CallRecording": "video",
    "RichText/Media_AudioMsg": "voice",
    "RichText/Media_GenericFile": "file",
    "RichText/Media_Card": "file",
    "RichText/Contacts": "file",
    "RichText/Files": "file",
    "RichText/Location": "location",
    "RichText/ScheduledCallInvite": "call",
    "Event/Call": "call",
}
_FOLDED: dict[str, MessageKind] = {name.lower(): kind for name, kind in _KINDS.items()}
_Item = dict[str, Any]


class Skype(FileReader):
    expects = "un export Skype (messages.json)"
    sureness = 0.96

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        return files_holding(archive, "/messages.json", _OURS, _ALSO)

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        stream = open_json(archive, name, log.advance)
        owner = ""
        for key in stream.keys():  # noqa: SIM118 (a stream is no dict)
            if key == "userId":
                owner = text_of(stream.take())
            elif key == "conversations":
                for _ in stream.elements():
                    if found := _conversation(stream, name, owner, log):
                        yield found
        if stream.cut:
            log.skip(CUT)


def _conversation(stream: JsonStream, name: str, owner: str, log: "Log") -> Conversation | None:
    """The thread that begins here; None where nothing is in it."""
    thread: _Item = {}
    spool, ids = MessageSpool(), MessageIds()
    authors: set[str] = set()
    for key in stream.keys():  # noqa: SIM118
        if key != "MessageList":
            thread[key] = stream.take()
            continue
        for item in records_wanted(stream.records(_is_message, "MessageList"), _is_message, log):
            log.entries += 1
            found = _message(item, thread, owner, name, ids)
            authors.add(found.author)
            spool.add("", found)
    if not spool.threads:
        return None
    identity = text_of(thread.get("id"))
    return Conversation(
        id=f"skype-{digest(identity)}",
        title=_title(thread) or _short(identity),
        source="skype",
        group=identity.startswith("19:") or len(authors - {""}) > 2,
        messages=spool.take(""),
        owner=_short(owner) or None,
    )


def _title(thread: _Item) -> str:
    return text_of(dict_of(thread, "threadProperties").get("topic")) or text_of(thread.get("displayName"))


def _short(identity: str) -> str:
    """« 8:live:zoe » -> « live:zoe »"""
    return re.sub(r"\A\d+:", "", identity)


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("messagetype"), str) and "content" in value


def _message(item: _Item, thread: _Item, owner: str, name: str, ids: MessageIds) -> Message:
    sender, content = text_of(item.get("from")), text_of(item.get("content"))
    kind = _FOLDED.get(item["messagetype"].lower(), "notice")
    properties = dict_of(item, "properties")
    if properties.get("deletetime"):
        kind = "deleted"
    elif "call-log" in properties:
        kind = "call"
    if sender == owner and _short(owner):
        author = _short(owner)
    else:
        called = text_of(item.get("displayName")) or (
            _title(thread) if sender == text_of(thread.get("id")) else ""
        )
        author = called or _short(sender) or "inconnu"
    identity = text_of(item.get("id"))
    return Message(
        id=ids.of(identity or content, sender),
        author="" if kind == "notice" else author,
        text=_readable_text(content) if kind == "text" else "",
        at=from_iso(item.get("originalarrivaltime"), utc=True),
        kind=kind,
        origin=f"{name}:{identity}",
        edited=_EDITED in content,
    )


def _readable_text(content: str) -> str:
    """The words of the author, without the tags and without what they quote."""
    text = content
    if "<" in content:
        own = _QUOTE.sub("", content)
        text = _TAG.sub("", _BREAKS.sub("\n", _PICTURE.sub(lambda found: found["alt"], own)))
    return html.unescape(text.replace("&nbsp;", " ")).strip()

"""Element, and Tchap: `export.json` of « Exporter la discussion » in JSON, one room of Matrix.

    {"room_name": "Colocs", "exported_by": "Zoé", "messages": [
        {"type": "m.room.message", "event_id": "$b", "sender": "@malo:exemple.fr",
         "origin_server_ts": 1741000060000, "content": {"msgtype": "m.text",
            "body": "> <@zoe:exemple.fr> salut\\n\\nyo",
            "m.relates_to": {"m.in_reply_to": {"event_id": "$a"}}}}]}

An edit is an event of its own, or lies in the event it replaces; reactions are no messages; the quote at the
beginning of an answer is not its author's. People are named by the events that say who came.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_holding
from sosie.sources.files.json_stream import CUT, open_json, records_wanted
from sosie.sources.files.json_values import dict_of, text_of
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.values.display_names import People
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_thousandths

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(r'(?<!\\)"(?:room_name|room_creator|exported_by)"\s*:')
_ALSO = re.compile(r'(?<!\\)"(?:origin_server_ts|event_id)"\s*:')
_QUOTE = re.compile(r"\A(?:>.*\n)+\n*")
_SKIPPED = {
    "m.reaction": "réaction",
    "m.room.encrypted": "message resté chiffré",
    "m.bad.encrypted": "message resté chiffré",
}
_EDIT = "modification d'un message"
_MOST_EDITS = 100_000
_KINDS: dict[str, MessageKind] = {
    "m.image": "image",
    "m.sticker": "image",
    "m.video": "video",
    "m.audio": "voice",
    "m.file": "file",
    "m.location": "location",
}
_Event = dict[str, Any]


class Element(FileReader):
    expects = "un export Element ou Tchap (export.json d'une discussion)"
    sureness = 0.97

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        return files_holding(archive, ".json", _OURS, _ALSO)[:most]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        """The room, once it was read: an edit comes after the message that it changes."""
        room: _Event = {}
        people, spool, ids = People(), MessageSpool(), MessageIds()
        named: dict[str, str] = {}
        edits: dict[str, str] = {}
        senders: set[str] = set()
        stream = open_json(archive, name, log.advance)
        for key in stream.keys():  # noqa: SIM118 (a stream is no dict)
            if key != "messages":
                room[key] = stream.take()
                continue
            for event in records_wanted(stream.records(_is_event), _is_event, log):
                named.update(_member(event))
                room.setdefault("room_id", event.get("room_id"))
                if edited := _edit_of(event):
                    edits.update([edited] if len(edits) < _MOST_EDITS else [])
                    log.skip(_EDIT)
                elif reason := _SKIPPED.get(event["type"]) or _SKIPPED.get(_shape(event)):
                    log.skip(reason)
                else:
                    log.entries += 1
                    message = _message(event, name, ids)
                    senders.add(message.author)
                    spool.add("", message)
        if stream.cut:
            log.skip(CUT)
        if not spool.threads:
            return
        exporter = text_of(room.get("exported_by"))
        for sender in sorted(senders - {""}):
            people.name(sender, named.get(sender, ""), sender)
        title = text_of(room.get("room_name")).strip()
        others = [people[sender] for sender in sorted(senders - {""}) if people[sender] != exporter]
        yield Conversation(
            id=f"element-{digest(text_of(room.get('room_id')) or title or name)}",
            title=title or ", ".join(others) or name,
            source="element",
            group=len(named.keys() | senders - {""}) > 2,
            messages=_edited(spool.take("", people.__getitem__), edits),
            owner=_owner(exporter, senders, people),
        )


def _is_event(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str) and "sender" in value


def _member(event: _Event) -> dict[str, str]:
    """{"@zoe:exemple.fr": "Zoé"} of an event that says who came."""
    if event["type"] != "m.room.member":
        return {}
    content = dict_of(event, "content") or dict_of(dict_of(event, "unsigned"), "prev_content")
    account = text_of(event.get("state_key")) or text_of(event.get("sender"))
    shown = text_of(content.get("displayname")).strip()
    return {account: shown} if account and shown else {}


def _shape(event: _Event) -> str:
    """« m.text », « m.image »"""
    return text_of(dict_of(event, "content").get("msgtype"))


def _edit_of(event: _Event) -> tuple[str, str] | None:
    """(id of the message that is changed, its new words)"""
    content = dict_of(event, "content")
    relation = dict_of(content, "m.relates_to")
    if relation.get("rel_type") != "m.replace" or "m.new_content" not in content:
        return None
    return digest(text_of(relation.get("event_id"))), text_of(dict_of(content, "m.new_content").get("body"))


def _edited(messages: Iterator[Message], edits: dict[str, str]) -> Iterator[Message]:
    for message in messages:
        changed = edits.get(message.id, "").strip()
        yield replace(message, text=changed, edited=True) if changed and message.kind == "text" else message


def _message(event: _Event, name: str, ids: MessageIds) -> Message:
    content, identity = dict_of(event, "content"), text_of(event.get("event_id"))
    bundled = dict_of(dict_of(dict_of(event, "unsigned"), "m.relations"), "m.replace")
    changed = dict_of(dict_of(bundled, "content"), "m.new_content")
    kind = _kind(event, content)
    sender = text_of(event.get("sender")) or "inconnu"
    answered = text_of(dict_of(dict_of(content, "m.relates_to"), "m.in_reply_to").get("event_id"))
    return Message(
        id=ids.of(identity) if identity else ids.of(text_of(event.get("origin_server_ts")), sender),
        author="" if kind in ("notice", "call") else sender,
        text=_words(changed or content, kind),
        at=from_thousandths(event.get("origin_server_ts")),
        kind=kind,
        origin=f"{name}:{identity}",
        reply_to=digest(answered) if answered else None,
        edited=bool(changed) and kind == "text",
        automatic=content.get("msgtype") == "m.notice",
    )


def _kind(event: _Event, content: _Event) -> MessageKind:
    what = event["type"]
    if what.startswith(("m.call.", "org.matrix.msc3401.call")):
        return "call"
    if what == "m.sticker":
        return "image"
    if what != "m.room.message":
        return "notice"
    if "redacted_because" in dict_of(event, "unsigned") or not content:
        return "deleted"
    return _KINDS.get(_shape(event), "text")


def _words(content: _Event, kind: MessageKind) -> str:
    """What the author wrote; a caption is there where the file has a name of its own."""
    body = text_of(content.get("body"))
    if kind == "text":
        answers = "m.in_reply_to" in dict_of(content, "m.relates_to")
        return (_QUOTE.sub("", body) if answers else body).strip()
    filename = text_of(content.get("filename"))
    return body.strip() if filename and filename != body and kind in ("image", "video", "file") else ""


def _owner(exporter: str, senders: set[str], people: People) -> str | None:
    """The author who exported the room, named by their name or by their account."""
    accounts = sorted(senders - {""}) if exporter else []
    return next((people[one] for one in accounts if exporter == people[one] or one in exporter), None)

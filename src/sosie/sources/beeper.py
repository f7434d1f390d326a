"""Beeper: the history of all its messengers, as `sosie import http://127.0.0.1:23373` downloaded it.

    {"beeper": 1,
     "accounts": [{"accountID": "signal", "user": {"id": "@zoe:beeper.local", "fullName": "Zoé"}}],
     "chats": [{"id": "!a:beeper.local", "accountID": "signal", "title": "Malo", "type": "single",
                "participants": [{"id": "@malo:beeper.local", "fullName": "Malo Roy"}],
                "messages": [{"id": "7", "senderID": "@malo:beeper.local", "type": "TEXT",
                              "timestamp": "2026-01-05T10:00:00Z", "text": "on arrive"}]}]}

Newest first. Reactions, hidden messages and those that could not be sent are no messages.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_holding
from sosie.sources.files.html_text import html_to_text
from sosie.sources.files.json_stream import CUT, JsonStream, open_json, records_wanted
from sosie.sources.files.json_values import dict_of, dicts_of, object_in, text_of
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.values.display_names import People
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_iso

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(r'\A\s*\{\s*"beeper"\s*:\s*1\b')
_HTML = re.compile(r"</(?:p|a|b|i|u|s|strong|em|del|code|pre|span|div|li|ul|ol|blockquote|h\d)>|<br\s*/?>")
_ME, _UNNAMED = "me", "moi"
_KINDS: dict[str, MessageKind] = {
    "TEXT": "text",
    "NOTICE": "notice",
    "IMAGE": "image",
    "STICKER": "image",
    "VIDEO": "video",
    "VOICE": "voice",
    "AUDIO": "voice",
    "FILE": "file",
    "LOCATION": "location",
}
_ATTACHED: dict[str, MessageKind] = {"img": "image", "video": "video", "audio": "voice"}
_Item = dict[str, Any]


@dataclass(slots=True)
class _Owner:
    """The person whose Beeper it is: one name in every messenger, and the ids of their accounts."""

    name: str = _UNNAMED
    ids: set[str] = field(default_factory=set)

    def sent(self, item: _Item) -> bool:
        return item.get("isSender") is True or text_of(item.get("senderID")) in self.ids


class Beeper(FileReader):
    expects = "l'historique de Beeper Desktop (sosie import http://127.0.0.1:23373)"
    sureness = 0.99

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        return files_holding(archive, ".json", _OURS)[:most]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        stream, owner = open_json(archive, name, log.advance), _Owner()
        people: dict[str, People] = {}  # by account: two messengers may know one person
        for key in stream.keys():  # noqa: SIM118 (a stream is no dict)
            if key == "accounts":
                owner = _owner(stream.take())
            elif key == "chats":
                for _ in stream.elements():
                    if found := _conversation(stream, name, owner, people, log):
                        yield found
        if stream.cut:
            log.skip(CUT)


def _owner(accounts: Any) -> _Owner:
    users = [dict_of(one, "user") for one in dicts_of({"accounts": accounts}, "accounts")]
    names = (shown for user in users if (shown := text_of(user.get("fullName")).strip()))
    return _Owner(next(names, _UNNAMED), {text_of(user.get("id")) for user in users} - {""})


def _conversation(
    stream: JsonStream, name: str, owner: _Owner, people_of: dict[str, People], log: "Log"
) -> Conversation | None:
    """The thread that begins here; None where nothing is in it."""
    chat: _Item = {}
    spool, ids, senders = MessageSpool(), MessageIds(), dict[str, str]()
    for key in stream.keys():  # noqa: SIM118
        if key != "messages":
            chat[key] = stream.take()
            continue
        bots = {text_of(one.get("id")) for one in dicts_of(chat, "participants") if one.get("isNetworkBot")}
        for item in records_wanted(stream.records(_is_message), _is_message, log):
            if reason := _skipped(item):
                log.skip(reason)
                continue
            log.entries += 1
            found = _message(item, name, text_of(chat.get("id")), owner, bots, ids)
            senders.setdefault(found.author, text_of(item.get("senderName")))
            spool.add("", found)
    if not spool.threads:
        return None
    people = people_of.setdefault(text_of(chat.get("accountID")), People())
    people.name(_ME, owner.name)
    _name(people, chat, senders)
    identity = text_of(chat.get("id"))
    others = [people[sender] for sender in senders if sender not in ("", _ME)]
    return Conversation(
        id=f"beeper-{digest(identity)}",
        title=text_of(chat.get("title")).strip() or ", ".join(others) or identity,
        source="beeper",
        group=chat.get("type") == "group" or len(others) > 1,
        messages=spool.take("", people.__getitem__),
        owner=owner.name,
    )


def _name(people: People, chat: _Item, senders: dict[str, str]) -> None:
    """Give each sender of a chat the name that it shows: the participant's, else that of their messages."""
    shown = {text_of(one.get("id")): one for one in dicts_of(chat, "participants")}
    for sender, named in senders.items():
        if sender:
            one = shown.get(sender, {})
            account = text_of(one.get("username"))
            people.name(sender, text_of(one.get("fullName")).strip() or named or account, account or sender)


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and "id" in value and "timestamp" in value


def _skipped(item: _Item) -> str:
    """Why it is no message; empty where it is one."""
    if item.get("type") == "REACTION":
        return "réaction"
    if item.get("isHidden") is True:
        return "message caché"
    failed = text_of(dict_of(item, "sendStatus").get("status")).upper().startswith("FAIL")
    return "envoi raté" if failed else ""


def _message(item: _Item, name: str, chat: str, owner: _Owner, bots: set[str], ids: MessageIds) -> Message:
    kind, identity = _kind(item), text_of(item["id"])
    sender = text_of(item.get("senderID")) or text_of(item.get("senderName")) or "inconnu"
    answered = text_of(item.get("linkedMessageID"))
    return Message(
        id=ids.of(chat, identity),
        author="" if kind == "notice" else _ME if owner.sent(item) else sender,
        text="" if kind == "deleted" else _words(item),
        at=from_iso(item["timestamp"], utc=True),
        kind=kind,
        origin=f"{name}:{identity}",
        reply_to=digest(chat, answered) if answered else None,
        edited=kind == "text" and bool(item.get("editedTimestamp")),
        automatic=sender in bots,
    )


def _kind(item: _Item) -> MessageKind:
    if item.get("isDeleted") is True:
        return "deleted"
    kind = _KINDS.get(text_of(item.get("type")).upper(), "text")
    attached = dicts_of(item, "attachments")
    return _ATTACHED.get(text_of(attached[0].get("type")), "file") if kind == "text" and attached else kind


def _words(item: _Item) -> str:
    """What was written, without the marks of rich text; the name of a file is no caption."""
    text = text_of(item.get("text"))
    if text.startswith("{") and "entities" in (told := object_in(text) or {}):
        text = text_of(told.get("text"))
    if text in [text_of(one.get("fileName")) for one in dicts_of(item, "attachments")]:
        return ""
    return html_to_text(text) if _HTML.search(text) else text.strip()

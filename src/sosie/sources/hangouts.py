"""Google Hangouts, until 2022: `Hangouts.json` of Google Takeout.

    {"conversations": [{"conversation": {"conversation": {"id": {"id": "Ugx"}, "type": "STICKY_ONE_TO_ONE",
        "self_conversation_state": {"self_read_state": {"participant_id": {"gaia_id": "1"}}},
        "participant_data": [{"id": {"gaia_id": "2"}, "fallback_name": "Léo"}, …]}},
     "events": [{"sender_id": {"gaia_id": "2"}, "timestamp": "1453583984620495", "event_id": "e1",
        "chat_message": {"message_content": {"segment": [{"type": "TEXT", "text": "t'es là ?"}]}}}]}]}

Before 2017: {"conversation_state": [{"conversation_state": {"conversation": …, "event": …}}]}. Times are
microseconds since 1970. Calls, comings and renamings are notices.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_holding
from sosie.sources.files.json_stream import CUT, JsonStream, open_json, records_wanted
from sosie.sources.files.json_values import dict_of, dicts_of, list_of, number_of, text_of
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.values.display_names import People
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_seconds

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(r'(?<!\\)"(?:participant_data|self_conversation_state|otr_status)"\s*:')
_ALSO = re.compile(r'(?<!\\)"(?:gaia_id|chat_id)"\s*:')
_NOBODY = "inconnu"
_Item = dict[str, Any]


class Hangouts(FileReader):
    expects = "un export Google Hangouts (Takeout : Hangouts.json)"
    sureness = 0.97

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        return files_holding(archive, ".json", _OURS, _ALSO)[:most]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        people = People()
        stream = open_json(archive, name, log.advance)
        for key in stream.keys():  # noqa: SIM118 (a stream is no dict)
            if key in ("conversations", "conversation_state"):
                for _ in stream.elements():
                    if found := _conversation(stream, name, people, log):
                        yield found
        if stream.cut:
            log.skip(CUT)


def _conversation(stream: JsonStream, name: str, people: People, log: "Log") -> Conversation | None:
    """The thread that begins here; None where nothing is in it."""
    spool, ids, about = MessageSpool(), MessageIds(), dict[str, Any]()
    senders: set[str] = set()
    for key in _walk(stream):
        if key == "conversation":
            found = stream.take()
            about |= found if isinstance(found, dict) else {}
            continue
        for event in records_wanted(stream.records(_is_event, key), _is_event, log):
            log.entries += 1
            message = _message(event, name, ids)
            senders.add(message.author)
            spool.add("", message)
    if not spool.threads:
        return None
    about = dict_of(about, "conversation") or about
    for one in dicts_of(about, "participant_data"):
        people.name(_account(one.get("id")), text_of(one.get("fallback_name")))
    read = dict_of(dict_of(about, "self_conversation_state"), "self_read_state")
    owner = _account(read.get("participant_id"))
    members = sorted(
        {_account(one.get("id")) for one in dicts_of(about, "participant_data")} | senders - {""}
    )
    others = [_name(account, people) for account in members if account != owner]
    identity = text_of(dict_of(about, "id").get("id")) or ", ".join(members)
    return Conversation(
        id=f"hangouts-{digest(identity)}",
        title=text_of(about.get("name")).strip() or ", ".join(others) or "Hangouts",
        source="hangouts",
        group=about.get("type") == "GROUP" or len(members) > 2,
        messages=spool.take("", lambda account: _name(account, people)),
        owner=_name(owner, people) if owner != _NOBODY else None,
    )


def _walk(stream: JsonStream) -> Iterator[str]:
    """« conversation » and « events », the stream standing before their values."""
    for key in stream.keys():  # noqa: SIM118
        if key in ("conversation", "events", "event"):
            yield key
        elif key == "conversation_state":
            yield from _walk(stream)


def _account(identity: Any) -> str:
    found = identity if isinstance(identity, dict) else {}
    return text_of(found.get("gaia_id")) or text_of(found.get("chat_id")) or _NOBODY


def _name(account: str, people: People) -> str:
    return people[account] if account in people else people.name(account, "")


def _is_event(value: Any) -> bool:
    return isinstance(value, dict) and "timestamp" in value and "sender_id" in value


def _message(event: _Item, name: str, ids: MessageIds) -> Message:
    content = dict_of(dict_of(event, "chat_message"), "message_content")
    sender, identity = _account(event.get("sender_id")), text_of(event.get("event_id"))
    text = "".join(
        "\n" if segment.get("type") == "LINE_BREAK" else text_of(segment.get("text"))
        for segment in dicts_of(content, "segment")
    ).strip()
    kind = _kind(event, content, text)
    microseconds = number_of(event.get("timestamp"))
    return Message(
        id=ids.of(identity or text, sender, str(microseconds)),
        author="" if kind in ("notice", "call") else sender,
        text=text,
        at=from_seconds(microseconds / 1_000_000),
        kind=kind,
        origin=f"{name}:{identity}",
    )


def _kind(event: _Item, content: _Item, text: str) -> MessageKind:
    if "hangout_event" in event:
        return "call"
    if list_of(content, "attachment"):
        shapes = {text_of(one) for item in dicts_of(content, "attachment") for one in _shapes(item)}
        return "location" if shapes & {"PLACE", "PLACE_V2"} else "image" if "PLUS_PHOTO" in shapes else "file"
    return "text" if text else "notice"


def _shapes(attachment: _Item) -> list[Any]:
    """What an attachment is: ["PLUS_PHOTO"]"""
    return list_of(dict_of(attachment, "embed_item"), "type")

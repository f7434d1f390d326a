"""Instagram's `messages.json`, one file for all threads, as exports had it until 2020.

    [{"participants": ["zoe.r", "leo_42"], "conversation": [
        {"sender": "leo_42", "created_at": "2019-05-01T12:00:00.123456+00:00", "text": "t'as vu ?",
         "media_share_url": "https://…", "media_owner": "chat.du.jour", "media_share_caption": "Miaou"},
        {"sender": "zoe.r", "created_at": "...", "heart": "❤️", "likes": [{"username": ..., "date": ...}]}]}]

Newest first. A caption was written by the owner of the picture: it is never read. The owner is the `username`
of the profile.json beside it.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_holding
from sosie.sources.files.decoding import read_as
from sosie.sources.files.json_stream import CUT, JsonStream, open_json, records_wanted
from sosie.sources.files.json_values import list_of, object_in
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.meta.messages import mended
from sosie.sources.values.media_kind import kind_of_name
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_iso

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = tuple(
    re.compile(pattern)
    for pattern in (
        r'"conversation"\s*:\s*\[',
        r'"participants"\s*:\s*\[',
        r'"sender"\s*:\s*"',
        r'"created_at"\s*:\s*"',
    )
)
_SHARED = (
    "media_share_url",
    "media_owner",
    "story_share",
    "profile_share_username",
    "live_video_share",
    "link",
)
_ERASED = "compte supprimé"


def files(archive: Archive) -> list[str]:
    return files_holding(archive, "/messages.json", *_OURS)


def read_threads(archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
    """The threads of one such file."""
    owner = _owner_name(archive)
    stream = open_json(archive, name, log.advance)
    for _ in stream.elements():
        if found := _conversation(stream, name, owner, log):
            yield found
    while stream.find("conversation"):  # after damage
        if found := _conversation(stream, name, owner, log):
            yield found
    if stream.cut:
        log.skip(CUT)


def _owner_name(archive: Archive) -> str:
    for name in archive.names:
        if PurePosixPath(name).name == "profile.json":
            profile = object_in(read_as(archive.head(name))) or {}
            if username := mended(profile.get("username")):
                return username
    return ""


def _conversation(stream: JsonStream, name: str, owner: str, log: "Log") -> Conversation | None:
    """The thread that begins here; None where nothing is in it."""
    people: list[str] = []
    spool, ids = MessageSpool(), MessageIds()
    for key in stream.keys():  # noqa: SIM118 (a stream is no dict)
        if key == "participants":
            people = [mended(one) for one in list_of({key: stream.take()}, key)]
        elif key == "conversation":
            for item in records_wanted(stream.records(_is_message, key), _is_message, log):
                log.entries += 1
                spool.add("", _message(item, name, ids))
    if not spool.threads:
        return None
    others = [one for one in people if one and one != owner]
    return Conversation(
        id=f"instagram-{digest(*sorted(people))}",
        title=", ".join(others) or _ERASED,
        source="instagram",
        group=len(people) > 2,
        messages=spool.take(""),
        owner=owner or None,
    )


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and "sender" in value and from_iso(value.get("created_at")) is not None


def _message(item: dict[str, Any], name: str, ids: MessageIds) -> Message:
    author, text = mended(item["sender"]) or _ERASED, mended(item.get("text")) or mended(item.get("heart"))
    kind = _kind_of(item)
    at = from_iso(item["created_at"], utc=True)
    return Message(
        id=ids.of("instagram", item["created_at"], author, kind, text),
        author="" if kind == "notice" else author,
        text=text.strip() if kind != "notice" else mended(item.get("action")),
        at=at,
        kind=kind,
        origin=f"{name}:{item['created_at']}",
        style=kind not in ("notice", "call"),
    )


def _kind_of(item: dict[str, Any]) -> MessageKind:
    """What was sent. A link alone is a text."""
    if "video_call_action" in item:
        return "call"
    if "action" in item and not item.get("text"):
        return "notice"
    if sent := item.get("media") or item.get("media_url"):
        found = kind_of_name(sent)
        return found if found != "file" else "image"
    if "voice_media" in item:
        return "voice"
    if "animated_media_images" in item:
        return "image"
    return "file" if any(key in item for key in _SHARED) and not item.get("text") else "text"

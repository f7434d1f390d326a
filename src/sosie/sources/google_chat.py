"""Google Chat, as Google Takeout gives it.

    Users/User 117/user_info.json           {"user": {"name": "Paul", "email": "p@exemple.fr"}}: the owner
    Groups/DM k6oxHQ/group_info.json        {"members": [{"name", "email"}...]}
    Groups/Space AAAA/group_info.json       {"name": "Projet été", "members": [...]}
    Groups/.../messages.json                {"messages": [{"creator": {"name", "email", "user_type"},
                                              "created_date": "Tuesday, January 17, 2023 at 4:02:36 PM UTC",
                                              "text": "tu viens ?", "message_id": "k6oxHQ/t/t"}]}

Dates are in words (written_dates.py). What has neither text nor file is a notice: a member came or left.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_holding
from sosie.sources.files.decoding import read_as
from sosie.sources.files.json_stream import objects
from sosie.sources.files.json_values import dict_of, dicts_of, object_in, text_of
from sosie.sources.values.display_names import People
from sosie.sources.values.media_kind import kind_of_names
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_iso
from sosie.sources.values.written_dates import from_words

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(
    r'"messages"\s*:\s*\[\s*\{\s*"(?:creator|created_date|text|topic_id|message_id|message_state)"'
)
_ALSO = re.compile(r'"created_date"\s*:\s*"')
_Item = dict[str, Any]


class GoogleChat:
    expects = "un export Google Chat (Takeout : Groups/…/messages.json)"

    def sniff(self, archive: Archive) -> float:
        return (
            0.97 if any(_ALSO.search(read_as(archive.head(name))) for name in _chats(archive)[:50]) else 0.0
        )

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        names = _chats(archive)
        log.total = sum(archive.sizes[name] for name in names)
        people = People()
        owner = _owner(archive, people)
        for name in names:
            folder = PurePosixPath(name).parent
            info = _small(archive, f"{folder / 'group_info.json'}")
            members = [_person(member, people) for member in dicts_of(info, "members")]
            others = ", ".join(member for member in members if member != owner)
            yield Conversation(
                id=f"google_chat-{digest(folder.name or archive.name)}",
                title=text_of(info.get("name")) or others or folder.name or archive.name,
                source="google_chat",
                group=folder.name.startswith("Space ") or len(members) > 2,
                messages=_messages(archive, name, people, log),
                owner=owner,
            )


def _chats(archive: Archive) -> list[str]:
    """The files of messages, without the conversations that hold no message."""
    return files_holding(archive, "/messages.json", _OURS)


def _small(archive: Archive, name: str) -> _Item:
    """A small file as an object; empty where it is not there or is something else."""
    if name not in archive.sizes:
        return {}
    return object_in(read_as(archive.head(name))) or {}


def _owner(archive: Archive, people: People) -> str | None:
    """The account's owner; None where the folders of several accounts were put together."""
    found = [_small(archive, name) for name in archive.names if PurePosixPath(name).name == "user_info.json"]
    users = [user for info in found if (user := dict_of(info, "user"))]
    return _person(users[0], people) if len(users) == 1 else None


def _person(creator: _Item, people: People) -> str:
    """The name of a person, whose account is an e-mail address."""
    name, email = text_of(creator.get("name")), text_of(creator.get("email")).lower()
    return people.name(email or name or "inconnu", name or email, email)


def _messages(archive: Archive, name: str, people: People, log: "Log") -> Iterator[Message]:
    ids = MessageIds()
    for item in objects(archive, name, _is_message, log):
        log.entries += 1
        yield _message(item, name, people, ids)


def _is_message(value: _Item) -> bool:
    return isinstance(value.get("creator"), dict) or isinstance(value.get("created_date"), str)


def _message(item: _Item, name: str, people: People, ids: MessageIds) -> Message:
    creator, text = dict_of(item, "creator"), text_of(item.get("text")).strip()
    author, written = _person(creator, people), text_of(item.get("created_date"))
    kind = _kind(item, text)
    identity = text_of(item.get("message_id"))
    answered = text_of(dict_of(item, "quoted_message_metadata").get("message_id"))
    return Message(
        id=ids.of(identity) if identity else ids.of(author, written, text),
        author="" if kind == "notice" else author,
        text="" if kind == "deleted" else text,
        at=from_words(written) or from_iso(written),
        kind=kind,
        origin=f"{name}:{identity}" if identity else name,
        reply_to=digest(answered) if answered else None,
        edited=bool(item.get("updated_date")),
        automatic=text_of(creator.get("user_type")).lower() in ("bot", "app"),
    )


def _kind(item: _Item, text: str) -> MessageKind:
    if text_of(item.get("message_state")) == "DELETED" or dict_of(item, "deletion_metadata"):
        return "deleted"
    files = [
        file.get("original_name") or file.get("export_name") for file in dicts_of(item, "attached_files")
    ]
    if files:
        return kind_of_names(files)
    if text:
        return "text"
    return "file" if dicts_of(item, "annotations") else "notice"

"""Slack: the zip of a workspace, or its folder.

    users.json                   [{"id": "U1", "name": "lea", "profile": {"display_name": "léa"}}]
    channels.json groups.json dms.json mpims.json        [{"id": "C1", "name": "général", "members": ["U1"]}]
    général/2024-03-01.json      [{"type": "message", "user": "U1", "ts": "1709280060.000200",
                                   "text": "<@U2> tu peux relire &lt;brouillon&gt; ?", "thread_ts": "..."}]

A folder is a channel, named after it (a direct one after its id). `ts` is UTC, and the message's id in its
channel. What bears a `subtype` is a notice, unless a person or a bot speaks in it.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.file_reader import unless_empty
from sosie.sources.files.archive import Archive
from sosie.sources.files.json_stream import objects, open_json
from sosie.sources.files.json_values import dict_of, dicts_of, list_of, text_of
from sosie.sources.slack.blocks import text_of_blocks
from sosie.sources.slack.markup import Marks, readable_text
from sosie.sources.slack.users_and_channels import (
    CHANNEL_LISTS,
    USER_LISTS,
    SlackItem,
    by_folder,
    channel_names,
    names_of,
    read_list,
)
from sosie.sources.values.display_names import People
from sosie.sources.values.media_kind import kind_of_name, kind_of_type
from sosie.sources.values.message_ids import digest
from sosie.sources.values.timestamps import from_seconds

if TYPE_CHECKING:
    from sosie.sources.base import Log

_DAY = re.compile(r"(?:.*/)?(?P<channel>[^/]+)/\d{4}-\d{2}-\d{2}\.json\Z")
_SPOKEN = frozenset(
    {"", "bot_message", "file_share", "me_message", "thread_broadcast", "slackbot_response", "file_comment"}
)
_CALLS = frozenset({"huddle_thread", "sh_room_created", "sh_room_shared"})
_MACHINES = frozenset({"bot_message", "slackbot_response", "assistant_app_thread"})
_SLACKBOT = "USLACKBOT"


class Slack:
    expects = "un export Slack (un zip avec users.json et un dossier par canal)"

    def sniff(self, archive: Archive) -> float:
        days = _days(archive)
        if not days:
            return 0.0
        if any(PurePosixPath(name).name in (*USER_LISTS, *CHANNEL_LISTS) for name in archive.names):
            return 0.97
        first = open_json(archive, next(iter(days.values()))[0]).objects(_is_message)
        return 0.9 if any(isinstance(item, dict) and _is_message(item) for item in first) else 0.0

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        days = _days(archive)
        log.total = sum(archive.sizes[name] for names in days.values() for name in names)
        users = {
            item["id"]: item
            for file in reversed(USER_LISTS)
            for item in read_list(archive, file)
            if isinstance(item.get("id"), str)
        }
        people = People()
        for identity, item in users.items():
            people.name(identity, *names_of(item))
        channels = by_folder(archive)
        for folder, names in days.items():
            channel = channels.get(folder, {})
            marks = Marks({identity: people[identity] for identity in users}, channel_names(channels))
            messages = unless_empty(_messages(archive, names, users, people, marks, log))
            if messages is None:
                continue
            yield Conversation(
                id=f"slack-{digest(text_of(channel.get('id')) or folder)}",
                title=_title(folder, channel, people),
                source="slack",
                group=channel.get("list") != "dms.json" and not re.fullmatch("D[A-Z0-9]{6,}", folder),
                messages=messages,
            )


def _days(archive: Archive) -> dict[str, list[str]]:
    """The files of each channel by date."""
    found: dict[str, list[str]] = {}
    for name in archive.names:
        if match := _DAY.match(name):
            found.setdefault(match["channel"], []).append(name)
    return {channel: sorted(names) for channel, names in found.items()}


def _title(folder: str, channel: SlackItem, people: People) -> str:
    """A channel's name; the people of a direct conversation, who have none."""
    members = channel.get("members")
    if channel.get("list") in ("dms.json", "mpims.json") and isinstance(members, list):
        known = [people[member] for member in members if isinstance(member, str) and member in people]
        return ", ".join(known) or folder
    return text_of(channel.get("name")) or folder


def _messages(
    archive: Archive, names: list[str], users: dict[str, SlackItem], people: People, marks: Marks, log: "Log"
) -> Iterator[Message]:
    for name in names:
        for item in sorted(objects(archive, name, _is_message, log), key=_second):
            log.entries += 1
            yield _message(item, f"{name}:{item['ts']}", users, people, marks)


def _second(item: SlackItem) -> float:
    at = from_seconds(item["ts"])
    return at.timestamp() if at else 0.0


def _is_message(item: SlackItem) -> bool:
    return isinstance(item.get("ts"), str) and item.get("type", "message") == "message"


def _message(
    item: SlackItem, origin: str, users: dict[str, SlackItem], people: People, marks: Marks
) -> Message:
    user, subtype, ts = text_of(item.get("user")), text_of(item.get("subtype")), item["ts"]
    text = readable_text(text_of(item.get("text")) or text_of_blocks(item), marks)
    kind, shared = _kind(item, subtype)
    automatic = bool(
        subtype in _MACHINES or item.get("bot_id") or user == _SLACKBOT or users.get(user, {}).get("is_bot")
    )
    answered = text_of(item.get("thread_ts"))
    return Message(
        id=ts,
        author="" if kind == "notice" else _author(item, user, people),
        text="" if kind == "deleted" else text,
        at=from_seconds(ts),
        kind=kind,
        origin=origin,
        reply_to=answered if answered not in ("", ts) else None,
        edited=isinstance(item.get("edited"), dict),
        forwarded=shared and not text,
        automatic=automatic,
    )


def _kind(item: SlackItem, subtype: str) -> tuple[MessageKind, bool]:
    """(kind, whether it passes on what another person said)"""
    if subtype in _CALLS:
        return "call", False
    if subtype == "tombstone":
        return "deleted", False
    if subtype not in _SPOKEN:
        return "notice", False
    files = dicts_of(item, "files") or [file for file in [dict_of(item, "file")] if file]
    shared = bool(list_of(item, "attachments"))
    if not files:
        return "text", shared
    kind = kind_of_type(files[0].get("mimetype"))
    return kind if kind != "file" else kind_of_name(files[0].get("name")), shared


def _author(item: SlackItem, user: str, people: People) -> str:
    """The name of who spoke; a bot's own name, a person of another workspace by the message's own fields."""
    if user in people:
        return people[user]
    profile, bot = dict_of(item, "user_profile"), dict_of(item, "bot_profile")
    called = names_of({"profile": profile, "name": text_of(profile.get("name"))})[0]
    called = called or text_of(item.get("username")) or text_of(bot.get("name"))
    called = called or ("Slackbot" if user == _SLACKBOT else "")
    account = user or text_of(item.get("bot_id")) or called or "inconnu"
    return people.name(account if user else f"{account}/{called}", (called), account)

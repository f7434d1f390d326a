"""Discord, as DiscordChatExporter writes it: one JSON file a channel, or several parts of it; HTML; or text.

    {"guild": {"id": "9", "name": "La guilde"},
     "channel": {"id": "5", "type": "GuildTextChat", "name": "général"},
     "messages": [
       {"id": "11", "type": "Default", "timestamp": "2024-10-27T02:30:00+02:00", "timestampEdited": null,
        "content": "quelqu'un ?", "author": {"id": "1", "name": "lena.k", "nickname": "Léna", "isBot": false},
        "attachments": [], "stickers": [], "mentions": [], "reference": {"messageId": "10"}}]}

`Default` and `Reply` are messages, all other types are notices. The offset changes with summer time. Who
exported is not said. An export may be newest first: it is turned round.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.discord.html_channel import html_channel, html_files
from sosie.sources.discord.markup import readable_text
from sosie.sources.discord.plain_text import text_channel, text_files
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import by_number, files_matching, json_key, sniff_files
from sosie.sources.files.json_stream import objects, open_json
from sosie.sources.files.json_values import dict_of, dicts_of, list_of, number_of, text_of
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.values.display_names import People
from sosie.sources.values.media_kind import kind_of_names
from sosie.sources.values.timestamps import from_iso

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(r'\{\s*"guild"\s*:\s*\{')
_ALSO = re.compile(json_key("messages") + r"\s*:\s*\[")
_SPOKEN_TYPES = ("Default", "Reply", "0", "19", "")  # a number in old exports, nothing in other tools
_PAIR = "DirectTextChat"
_FEW = 20  # texts that are looked at to recognise an archive
_NOBODY = "Inconnu"


class Discord:
    expects = "un export Discord (DiscordChatExporter, en JSON de préférence)"

    def sniff(self, archive: Archive) -> float:
        others = text_files(archive, _FEW) or html_files(archive, _FEW)
        return sniff_files(archive, _OURS, _ALSO) or 0.98 * bool(others)

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        names = list(files_matching(archive, _OURS, _ALSO))
        texts = _without(text_files(archive), names)
        pages = _without(html_files(archive), [*names, *texts])
        log.total = sum(archive.sizes[name] for name in (*names, *texts, *pages))
        channels: dict[str, list[_ChannelFile]] = {}
        for name in names:
            part = _header(archive, name)
            channels.setdefault(part.channel, []).append(part)
        people = People()
        for identity, parts in channels.items():
            parts.sort(key=lambda part: by_number(part.first))
            yield Conversation(
                id=f"discord-{identity}",
                title=parts[0].title,
                source="discord",
                group=parts[0].kind != _PAIR,
                messages=_in_order(archive, parts, people, log),
            )
        for name in texts:
            yield text_channel(archive, name, log)
        for name in pages:
            yield html_channel(archive, name, log)


def _without(names: list[str], read: list[str]) -> list[str]:
    """The files whose channel is not read from another form of it: « salon [5].json », « salon [5].html »."""
    stems = {name.rpartition(".")[0] for name in read}
    return [name for name in names if name.rpartition(".")[0] not in stems]


class _ChannelFile(NamedTuple):
    """What the beginning of a file says."""

    name: str
    channel: str
    title: str
    kind: str
    first: str  # the id of its first message
    newest_first: bool


def _header(archive: Archive, name: str) -> _ChannelFile:
    """The header of a file, and which way its messages go."""
    stream = open_json(archive, name)
    channel = next((stream.take() for key in stream.keys() if key == "channel"), None)  # noqa: SIM118
    channel = channel if isinstance(channel, dict) else {}
    some = (value for value in open_json(archive, name).objects(_is_one) if isinstance(value, dict))
    ids = [number_of(value.get("id")) for value in islice(filter(_is_one, some), 2)]
    title, kind = text_of(channel.get("name")) or name, text_of(channel.get("type"))
    newest_first = len(ids) == 2 and ids[1] < ids[0]
    return _ChannelFile(
        name, text_of(channel.get("id")) or name, title, kind, str(min(ids, default=0)), newest_first
    )


def _in_order(
    archive: Archive, parts: Iterable[_ChannelFile], people: People, log: "Log"
) -> Iterator[Message]:
    """The messages of a channel, oldest first."""
    for part in parts:
        found = _messages(archive, part.name, people, log)
        if not part.newest_first:
            yield from found
            continue
        spool = MessageSpool()
        for message in found:
            spool.add("", message)
        if spool.threads:
            yield from spool.take("")


def _messages(archive: Archive, name: str, people: People, log: "Log") -> Iterator[Message]:
    """The messages of a file as they come."""
    for value in objects(archive, name, _is_one, log):
        log.entries += 1
        yield _message_of(value, people)


def _is_one(value: dict[str, Any]) -> bool:
    return "id" in value and "timestamp" in value and "author" in value  # an embed has no id


def _message_of(value: dict[str, Any], people: People) -> Message:
    """One message or notice."""
    at, identity, shape = (
        from_iso(value["timestamp"], utc=True),
        text_of(value.get("id")),
        text_of(value.get("type")),
    )
    content = text_of(value.get("content"))
    if shape not in _SPOKEN_TYPES:
        kind: MessageKind = "call" if shape == "Call" else "notice"
        return Message(identity, "", content, at, kind, identity, style=False)
    author = dict_of(value, "author")
    forwarded = dict_of(value, "forwardedMessage")
    kind = _kind_of({**forwarded, **{k: v for k, v in value.items() if v}})
    return Message(
        id=identity,
        author=_name_of(author, people),
        text=readable_text(content or text_of(forwarded.get("content")), _mentioned(value)),
        at=at,
        kind=kind,
        origin=identity,
        reply_to=None if forwarded else text_of(dict_of(value, "reference").get("messageId")) or None,
        edited=bool(value.get("timestampEdited")),
        forwarded=bool(forwarded),
        automatic=bool(author.get("isBot")),
        style=not forwarded and not author.get("isBot"),
    )


def _kind_of(value: dict[str, Any]) -> MessageKind:
    """From what is attached; stickers are pictures."""
    if files := dicts_of(value, "attachments"):
        return kind_of_names(file.get("fileName") or file.get("url") for file in files)
    return "image" if list_of(value, "stickers") else "text"


def _name_of(author: dict[str, Any], people: People) -> str:
    """« Léna », her nickname there, else her account."""
    account, nickname = text_of(author.get("name")), text_of(author.get("nickname"))
    identity = text_of(author.get("id")) or account or _NOBODY
    return people.name(identity, nickname or account or _NOBODY, account if account != nickname else identity)


def _mentioned(value: dict[str, Any]) -> dict[str, str]:
    """The names of the people that a message mentions, by id."""
    return {
        text_of(one.get("id")): text_of(one.get("nickname")) or text_of(one.get("name"))
        for one in dicts_of(value, "mentions")
    }

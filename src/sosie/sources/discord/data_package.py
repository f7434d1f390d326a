"""Discord's own data package: only what the owner wrote, channel by channel.

    account/user.json                   {"id": "42", "username": "lena.k", "global_name": "Léna"}
    messages/index.json                 {"123": "Direct Message with tom_", "5": "général in La guilde"}
    messages/c123/channel.json          {"id": "123", "type": "DM", "recipients": ["42", "7"]}
    messages/c123/messages.json         [{"ID": 1, "Timestamp": "2024-10-27 00:30:00", "Contents": "mdr",
                                          "Attachments": "https://….png"}]          newest first, UTC
    messages/c123/messages.csv          ID,Timestamp,Contents,Attachments           older packages

Folders are found by what is in them: their names changed over the years. Ids differ from those of an
export of whole channels: such a thread must not become a one-sided one.
"""

import csv
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message
from sosie.sources.discord.markup import readable_text
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import by_number
from sosie.sources.files.json_stream import NO_MESSAGE, UNREADABLE, objects
from sosie.sources.files.json_values import number_of, object_in, text_of
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.files.text_file import beginning, open_text
from sosie.sources.values.media_kind import kind_of_names
from sosie.sources.values.message_ids import digest
from sosie.sources.values.timestamps import EPOCH, MILLISECOND, from_iso

if TYPE_CHECKING:
    from sosie.sources.base import Log

_LISTS = ("messages.json", "messages.csv")
_OURS = re.compile(r'"ID"\s*:.*"Contents"\s*:|\A\W*ID,Timestamp,Contents', re.DOTALL)
_WITH = re.compile(r"direct message with\s+|message privé avec\s+", re.IGNORECASE)
_PAIRS = ("DM", "1")
_SNOWFLAKE = 1_420_070_400_000  # thousandths from 1970 to Discord's own year zero
_ME = "moi"


class DiscordPackage:
    expects = "le paquet de données de Discord (un zip avec un dossier « messages »)"

    def sniff(self, archive: Archive) -> float:
        channels = [
            name for name in _message_files(archive)[:50] if _OURS.search(beginning(archive, name)[:4000])
        ]
        return 0.98 if channels else 0.0

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        names = _message_files(archive)
        log.total = sum(archive.sizes[name] for name in names)
        owner, titles = _account(archive), _index(archive)
        for name in names:
            spool = MessageSpool()
            for message in _messages(archive, name, owner, log):
                spool.add("", message)
            if spool.threads:
                yield _conversation(archive, name, owner, titles, spool)


def _message_files(archive: Archive) -> list[str]:
    """The lists of messages, each beside a `channel.json`; one that is there in both forms counts once."""
    found: dict[str, str] = {}
    known = set(archive.names)
    for name in sorted(archive.names, key=by_number):
        if not name.lower().endswith(_LISTS):
            continue
        path = PurePosixPath(name)
        if path.name.lower() in _LISTS and str(path.with_name("channel.json")) in known:
            found[str(path.parent)] = min(
                name, found.get(str(path.parent), name), key=lambda n: n[-3:] == "csv"
            )
    return list(found.values())


def _small_object(archive: Archive, name: str) -> dict[str, Any]:
    """A small object; empty where it is not there or not readable."""
    if name not in archive.sizes:
        return {}
    return object_in(beginning(archive, name)) or {}


def _account(archive: Archive) -> str:
    """The owner's name, as others see it."""
    for name in archive.names:
        if PurePosixPath(name).name.lower() == "user.json":
            user = _small_object(archive, name)
            if "username" in user:
                return text_of(user.get("global_name")) or text_of(user["username"]) or _ME
    return _ME


def _index(archive: Archive) -> dict[str, Any]:
    """Titles by channel."""
    for name in archive.names:
        if PurePosixPath(name).name.lower() == "index.json" and (found := _small_object(archive, name)):
            return found
    return {}


def _conversation(
    archive: Archive, name: str, owner: str, titles: dict[str, Any], spool: MessageSpool
) -> Conversation:
    folder = PurePosixPath(name).parent
    channel = _small_object(archive, str(folder / "channel.json"))
    identity = text_of(channel.get("id")) or folder.name.lstrip("c")
    title = text_of(channel.get("name")) or _title_in(titles.get(identity)) or folder.name
    return Conversation(
        id=f"discord-package-{identity}",
        title=title,
        source="discord_package",
        group=text_of(channel.get("type")) not in _PAIRS,
        messages=spool.take(""),
        owner=owner,
        kind="one_sided",
    )


def _title_in(title: Any) -> str:
    """« Direct Message with tom_a#0 » -> « tom_a »"""
    return _WITH.sub("", text_of(title)).removesuffix("#0")


def _messages(archive: Archive, name: str, owner: str, log: "Log") -> Iterator[Message]:
    """The owner's messages in one channel, as they come."""
    table = name.lower().endswith("csv")
    for value in _rows(archive, name, log) if table else objects(archive, name, _is_one, log):
        identity, content = text_of(value.get("ID")), text_of(value.get("Contents"))
        log.entries += 1
        yield Message(
            id=f"package-{identity or digest(name, repr(value))}",
            author=owner,
            text=readable_text(content, {}),
            at=from_iso(value.get("Timestamp"), utc=True) or _sent_at(number_of(identity)),
            kind=kind_of_names(_attached(value.get("Attachments"))),
            origin=f"{name}:{identity}",
        )


def _is_one(value: dict[str, Any]) -> bool:
    return "Contents" in value


def _attached(value: Any) -> list[Any]:
    """Addresses, parted by spaces or in a list."""
    return value if isinstance(value, list) else text_of(value).split()


def _sent_at(snowflake: int) -> datetime | None:
    """When a message with this id was sent: Discord's ids hold the time."""
    thousandths = snowflake >> 22
    return EPOCH + (_SNOWFLAKE + thousandths) * MILLISECOND if 0 < thousandths < 1 << 42 else None


def _rows(archive: Archive, name: str, log: "Log") -> Iterator[dict[str, Any]]:
    with open_text(archive, name, log.advance) as stream:
        table = csv.reader(stream)
        header: list[str] = []
        while True:
            try:
                row = next(table, None)
            except csv.Error:
                log.skip(UNREADABLE)
                continue
            if row is None:
                return
            if not header:
                header = [cell.strip("\ufeff ") for cell in row]
            elif len(row) == len(header) and "Contents" in header:
                yield dict(zip(header, row, strict=True))
            elif row:
                log.skip(NO_MESSAGE)

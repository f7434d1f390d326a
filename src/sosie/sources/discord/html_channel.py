"""Discord, as DiscordChatExporter writes it in HTML: one page a channel, in the exporter's local time.

    <div class="preamble__entry">Direct Messages</div> <div class="preamble__entry">tom</div>
    <div class="chatlog__message-group"> ... </div>                          html_groups.py

A page may be hundreds of megabytes: it is read group after group.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Message
from sosie.sources.discord.html_groups import Group, GroupEntry
from sosie.sources.discord.markup import with_whole_year
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_ending
from sosie.sources.files.decoding import read_as
from sosie.sources.files.html_walk import Close, Open, Text, walk
from sosie.sources.files.text_file import open_text
from sosie.sources.table.times import Times, day_of
from sosie.sources.values.display_names import People
from sosie.sources.values.message_ids import MessageIds, digest

if TYPE_CHECKING:
    from sosie.sources.base import Log

_GROUP = "chatlog__message-group"
_OURS = re.compile(rf"<div class=[\"']?{_GROUP}\b")
_HEADINGS = frozenset({"preamble__entry", "info__guild-name", "info__channel-name"})
_BLOCK = 1 << 18  # characters
_MOST_GROUP = 1 << 22
_MOST_DAYS = 10_000
_PRIVATE = "Direct Messages"
_IMPOSSIBLE = "date impossible"


def html_files(archive: Archive, most: int | None = None) -> list[str]:
    """The pages that hold groups of messages as DiscordChatExporter's do."""
    names = files_ending(archive, ".html", ".htm")[:most]
    return [name for name in names if _OURS.search(read_as(archive.head(name)))]


def html_channel(archive: Archive, name: str, log: "Log") -> Conversation:
    people: set[str] = set()
    days: list[str] = []
    for entry in _entries(archive, name):
        people.add(entry.account or entry.author)
        if len(days) < _MOST_DAYS and (day := day_of(with_whole_year(entry.stamp))) and day not in days[-1:]:
            days.append(day)
    times = Times(days)
    log.date_order = log.date_order or times.order
    guild, title = _headings(read_as(archive.head(name)), name)
    return Conversation(
        id=f"discord-{digest(title)}",
        title=title,
        source="discord",
        group=guild != _PRIVATE or len(people - {""}) > 2,
        messages=_messages(archive, name, times, log),
    )


def _messages(archive: Archive, name: str, times: Times, log: "Log") -> Iterator[Message]:
    people, ids = People(), MessageIds()
    for entry in _entries(archive, name, log):
        at = times.of(with_whole_year(entry.stamp))
        if at is None:
            log.skip(_IMPOSSIBLE)
            continue
        log.entries += 1
        account = entry.account or entry.author or "Inconnu"
        author = people.name(account, entry.author or account)
        text = entry.text.strip()
        identity = entry.number or ids.of(author, entry.stamp, text)
        notice = entry.service
        yield Message(
            id=identity,
            author="" if notice else author,
            text=" ".join(text.split()) if notice else text,
            at=at.replace(tzinfo=None),
            kind="notice" if notice else entry.kind,
            origin=f"{name}:{identity}",
            reply_to=entry.reply_to or None,
            edited=entry.edited,
            forwarded=entry.forwarded,
            automatic=entry.bot,
            style=not (notice or entry.bot or entry.forwarded),
        )


def _entries(archive: Archive, name: str, log: "Log | None" = None) -> Iterator[GroupEntry]:
    with open_text(archive, name, log.advance if log else None) as page:
        rest = ""
        while block := page.read(_BLOCK):
            rest += block
            *groups, rest = _OURS.split(rest) if len(rest) < _MOST_GROUP else [rest, ""]
            for group in groups:
                yield from Group(group).entries
        yield from Group(rest).entries


def _headings(page: str, name: str) -> tuple[str, str]:
    """(the guild, the channel) from the top of a page."""
    found: list[str] = []
    inside = False
    first = _OURS.search(page)
    for token in walk(page[: first.start() if first else 0]):
        if isinstance(token, Open):
            inside = inside or bool(_HEADINGS & set(token.attributes.get("class", "").split()))
        elif isinstance(token, Close):
            inside = False
        elif isinstance(token, Text) and inside and (text := " ".join(token.text.split())):
            found.append(text)
    if len(found) < 2:
        return "", found[0] if found else PurePosixPath(name).stem
    return found[0], found[1].rpartition(" / ")[2] or found[1]

"""Discord, as DiscordChatExporter writes it in plain text: one file a channel, in the exporter's local time.

    ==============================================================
    Guild: Direct Messages
    Channel: tom
    ==============================================================

    [27/10/2024 02:30] lena.k
    quelqu'un ?

    [27/10/2024 02:32] tom_ (pinned)
    parfait

    {Reactions}
    👍 (2)

The names are accounts. What stands below « {Reactions} » or « {Embed} » was written by others.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.discord.markup import readable_text, with_whole_year
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_ending
from sosie.sources.files.decoding import read_as
from sosie.sources.table.times import Times, day_of
from sosie.sources.values.media_kind import kind_of_names
from sosie.sources.values.message_ids import MessageIds, digest

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(r"\s*={20,}\s*\nGuild: .*\nChannel: (?P<title>.*)\n")
_HEADER = re.compile(r"\[(?P<time>[^\[\]\n]{8,40})\] (?P<who>[^\n]{1,100}?)(?: \(pinned\))?\n?\Z")
_SECTION = re.compile(r"\{(?P<name>Attachments|Embed|Stickers|Reactions|Forwarded Message)\}\s*\Z")
_RULE = re.compile(r"={20,}\s*\Z")
_MOST_TEXT = 100_000
_MOST_DAYS = 10_000
_IMPOSSIBLE = "date impossible"


def text_files(archive: Archive, most: int | None = None) -> list[str]:
    """The texts that begin as DiscordChatExporter's do."""
    names = files_ending(archive, ".txt")[:most]
    return [name for name in names if _OURS.match(read_as(archive.head(name)[:2000]).replace("\r\n", "\n"))]


def text_channel(archive: Archive, name: str, log: "Log") -> Conversation:
    found = _OURS.match(read_as(archive.head(name)[:2000]).replace("\r\n", "\n"))
    title = found["title"].strip() if found else PurePosixPath(name).stem
    people: set[str] = set()
    days: list[str] = []
    for when, who, _ in _entries(archive, name):
        people.add(who)
        if len(days) < _MOST_DAYS and (day := day_of(when)) and day not in days[-1:]:
            days.append(day)
    times = Times(days)
    log.date_order = log.date_order or times.order
    return Conversation(
        id=f"discord-{digest(title)}",
        title=title,
        source="discord",
        group=len(people) > 2,
        messages=_messages(archive, name, times, log),
    )


def _messages(archive: Archive, name: str, times: Times, log: "Log") -> Iterator[Message]:
    ids = MessageIds()
    for number, (when, who, lines) in enumerate(_entries(archive, name, log), 1):
        at = times.of(with_whole_year(when))
        if at is None:
            log.skip(_IMPOSSIBLE)
            continue
        text, kind, forwarded = _content(lines)
        log.entries += 1
        yield Message(
            id=ids.of(when, who, text),
            author=who,
            text=text,
            at=at.replace(tzinfo=None),
            kind=kind,
            origin=f"{name}:{number}",
            forwarded=forwarded,
            style=not forwarded,
        )


def _entries(archive: Archive, name: str, log: "Log | None" = None) -> Iterator[tuple[str, str, list[str]]]:
    """(time as written, author, lines) of each message; a header follows a blank line."""
    entry: tuple[str, str, list[str]] | None = None
    size, blank = 0, False
    with archive.text(name, log.advance if log else None) as lines:
        for line in lines:
            header = _HEADER.match(line) if blank and line[0] == "[" else None
            if header and any(character.isdigit() for character in header["time"]):
                if entry:
                    yield entry
                entry, size = (header["time"], header["who"], []), 0
            elif entry and size < _MOST_TEXT:
                entry[2].append(line)
                size += len(line)
            blank = not line.strip()
    if entry:
        yield entry


def _content(lines: list[str]) -> tuple[str, MessageKind, bool]:
    """(the words of the author, what came with them, whether another person's words are passed on)"""
    section, words, kind, forwarded = "", [], "text", False
    for line in lines:
        if _RULE.match(line):
            break
        if found := _SECTION.match(line):
            section = found["name"]
            forwarded = forwarded or section == "Forwarded Message"
        elif not section:
            words.append(line)
        elif line.strip() and kind == "text" and section in ("Attachments", "Stickers"):
            kind = "image" if section == "Stickers" else kind_of_names([line.strip()])
    return readable_text("".join(words), {}), kind, forwarded  # type: ignore[return-value]

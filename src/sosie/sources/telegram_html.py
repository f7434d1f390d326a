"""Telegram Desktop's HTML form, read where there is no result.json: messages.html, messages2.html...

    <div class="message default clearfix" id="message3">   "joined": said by whom the one before was said
      <div class="pull_right date details" title="01.07.2024 10:06:00 UTC+02:00">
      <div class="from_name">Aïcha</div>
      <div class="reply_to details">... <a href="#go_to_message2">
      <div class="forwarded body"> ... </div>
      <div class="media_wrap clearfix">  <div class="text">ouais<br>grave</div>
    <div class="message service" id="message4">  <div class="body details">...</div>

Day headings are services with an id below 0: they are no entries. Services bear no time: they take that of
the message before. What was edited, and whose the account is, are not told.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Kind, Message
from sosie.sources.archive import HEAD, Archive
from sosie.sources.decoding import encoding_of, read_as
from sosie.sources.html_walk import Open, Text, walk
from sosie.sources.ids import digest
from sosie.sources.moments import from_iso

if TYPE_CHECKING:
    from sosie.sources.base import Log

OURS = '<div class="message '
PAGE = re.compile(r"messages(\d*)\.html\Z", re.IGNORECASE)
STAMP = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d):(\d\d):(\d\d)(?: UTC([+-]\d\d:\d\d))?")
ANSWERED = re.compile(r"#go_to_message(-?\d+)")
VIA = re.compile(r"\s+via @\w+\Z")
MEDIA: tuple[tuple[str, Kind], ...] = (
    ("voice", "voice"),
    ("photo", "image"),
    ("sticker", "image"),
    ("video", "video"),
    ("animated", "video"),
    ("location", "location"),
    ("venue", "location"),
    ("media", "file"),
)
EMPTY = frozenset({"img", "br", "meta", "link", "input", "hr", "source", "wbr"})
LONGEST_MEDIA = 2000  # characters of class names
DEEPEST = 100
DAMAGED = "partie du fichier illisible"


@dataclass(slots=True)
class Entry:
    """One `<div class="message ...">` as it is read."""

    number: str
    service: bool
    joined: bool
    stamp: str = ""
    author: str = ""
    text: str = ""
    reply_to: str = ""
    media: str = ""  # the classes of what was sent
    forwarded: bool = False


def chats(archive: Archive) -> dict[str, list[str]]:
    """The pages of each folder that holds a chat, in order."""
    found: dict[str, list[str]] = {}
    for name in archive.names:
        if PAGE.fullmatch(PurePosixPath(name).name) or len(archive.names) == 1:
            found.setdefault(str(PurePosixPath(name).parent), []).append(name)
    return {folder: sorted(names, key=page) for folder, names in found.items() if any_right(archive, names)}


def page(name: str) -> int:
    told = PAGE.search(name)
    return int(told[1]) if told and told[1] else 1


def any_right(archive: Archive, names: list[str]) -> bool:
    """Whether the first page, or the next where that one is damaged, is Telegram's."""
    heads = (read_as(archive.head(name)) for name in sorted(names, key=page)[:2])
    return any(head[:200].lstrip("\ufeff \r\n").startswith("<") and OURS in head for head in heads)


def read(archive: Archive, log: "Log") -> Iterator[Conversation]:
    """The chats of an archive in HTML form."""
    found = chats(archive)
    log.total = sum(archive.sizes[name] for names in found.values() for name in names)
    for names in found.values():
        first = Page(read_as(archive.head(names[0])))
        authors = {entry.author for entry in first.entries if entry.author}
        title = first.title.strip() or "Telegram"
        key = f"telegram-html-{digest(title)}"
        told = messages(archive, names, key, log)
        yield Conversation(key, title, "telegram", len(authors) > 2, told)


def messages(archive: Archive, names: list[str], key: str, log: "Log") -> Iterator[Message]:
    """The messages of one chat, page after page."""
    author, zone, at = "", "", None
    for name in names:
        with archive.open(name, log.advance) as stream:
            data = stream.read()
        found = Page(data.decode(encoding_of(data[:HEAD]) or "utf-8", errors="replace"))
        zone = zone or found.zone
        for entry in found.entries:
            if entry.number.startswith("-"):
                continue
            at = time_of(entry.stamp, zone) or (at if entry.service else None)
            author = author if entry.joined and not entry.author else entry.author
            if at is None and not entry.service:
                log.skip("date impossible")
                continue
            log.entries += 1
            yield message_of(entry, author, at, key, f"{name}:{entry.number}")
        if found.depth:
            log.skip(DAMAGED)


def message_of(entry: Entry, author: str, at: datetime | None, key: str, origin: str) -> Message:
    number = f"{key}-{entry.number}"
    text = "\n".join(line.strip() for line in entry.text.strip().split("\n"))
    if entry.service:
        return Message(number, "", text, at, "notice", origin, style=False)
    via = bool(VIA.search(author))
    return Message(
        number,
        VIA.sub("", author) or "Inconnu",
        text,
        at,
        next((kind for word, kind in MEDIA if word in entry.media), "text"),
        origin,
        f"{key}-{entry.reply_to}" if entry.reply_to else None,
        forwarded=entry.forwarded,
        style=not (entry.forwarded or via),
    )


def time_of(stamp: str, zone: str) -> datetime | None:
    """« 01.07.2024 10:06:00 UTC+02:00 »; the older exports give no zone, and all of one do or do not."""
    told = STAMP.search(stamp)
    if told is None:
        return None
    day, month, year, hour, minute, second, own = told.groups()
    return from_iso(f"{year}-{month}-{day}T{hour}:{minute}:{second}{own or zone}")


class Page:
    """The entries of one page, by the classes of the elements that are open."""

    def __init__(self, text: str) -> None:
        self.entries: list[Entry] = []
        self.title = ""
        self._open: list[tuple[str, str]] = []  # (tag, its classes between spaces)
        for token in walk(text):
            if isinstance(token, Text):
                self._say(token.text.replace("\n", " "))
            elif isinstance(token, Open):
                self._enter(token.name, token.attributes)
            else:
                self._leave(token.name)

    @property
    def zone(self) -> str:
        """The first zone that is told, « +02:00 »."""
        told = (STAMP.search(entry.stamp) for entry in self.entries)
        return next((found[7] for found in told if found and found[7]), "")

    @property
    def depth(self) -> int:
        """How many elements were never closed."""
        return len(self._open)

    def _enter(self, tag: str, told: dict[str, str]) -> None:
        classes = f" {told.get('class', '')} "
        if tag == "br":
            self._say("\n")
        if " message " in classes:
            number = told.get("id", "").removeprefix("message")
            self.entries.append(Entry(number, " service " in classes, " joined " in classes))
        elif self.entries:
            entry = self.entries[-1]
            entry.stamp = entry.stamp or (told.get("title", "") if " date details " in classes else "")
            entry.forwarded = entry.forwarded or " forwarded " in classes
            if self._inside(" media_wrap ") and len(entry.media) < LONGEST_MEDIA:
                entry.media += classes
            if answered := ANSWERED.match(told.get("href", "")):
                entry.reply_to = answered[1]
        if tag not in EMPTY and len(self._open) < DEEPEST:
            self._open.append((tag, classes))

    def _leave(self, tag: str) -> None:
        if any(name == tag for name, _ in self._open[-8:]):
            while self._open.pop()[0] != tag:
                continue

    def _say(self, text: str) -> None:
        if not self.entries:
            self.title += text if self._inside(" text bold ") else ""
            return
        entry = self.entries[-1]
        if self._inside(" from_name ") and not self._inside(" forwarded "):
            entry.author = (entry.author + text).strip()
        elif entry.service and self._inside(" details ") or self._inside(" text "):
            entry.text += text

    def _inside(self, name: str) -> bool:
        return any(name in classes for _, classes in self._open[-12:])

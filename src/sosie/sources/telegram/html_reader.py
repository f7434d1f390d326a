"""Telegram Desktop's HTML form, read where there is no result.json: messages.html, messages2.html...

    <div class="message default clearfix" id="message3">   "joined": said by whom the one before was said
      <div class="pull_right date details" title="01.07.2024 10:06:00 UTC+02:00">
      <div class="from_name">Aïcha</div>
      <div class="reply_to details">... <a href="#go_to_message2">
      <div class="forwarded body"> ... </div>
      <div class="media_wrap clearfix">  <div class="text">ouais<br>grave</div>
    <div class="message service" id="message4">  <div class="body details">...</div>

Day headings are services with an id below 0: they are no entries. Services bear no time: they take that of
the message before. Edits are not marked; whose the account is, only by the title of a chat for two.
"""

import posixpath
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.files.archive import HEAD, Archive
from sosie.sources.files.decoding import encoding_of, read_as
from sosie.sources.telegram.html_page import STAMP, Entry, Page
from sosie.sources.values.message_ids import digest
from sosie.sources.values.timestamps import from_iso

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = '<div class="message '
_PAGE = re.compile(r"messages(\d*)\.html\Z", re.IGNORECASE)
_VIA = re.compile(r"\s+via @\w+\Z")
_MEDIA: tuple[tuple[str, MessageKind], ...] = (
    ("poll", "text"),  # a form: its question is no text
    ("voice", "voice"),
    ("photo", "image"),
    ("sticker", "image"),
    ("video", "video"),
    ("animated", "video"),
    ("location", "location"),
    ("venue", "location"),
    ("media", "file"),
)
_DAMAGED = "partie du fichier illisible"


def html_chats(archive: Archive) -> dict[str, list[str]]:
    """The pages of each folder that holds a chat, in order."""
    found: dict[str, list[str]] = {}
    for name in archive.names:
        if _PAGE.fullmatch(posixpath.basename(name)) or len(archive.names) == 1:
            found.setdefault(str(PurePosixPath(name).parent), []).append(name)
    return {folder: sorted(names, key=_page) for folder, names in found.items() if _any_right(archive, names)}


def _page(name: str) -> int:
    match = _PAGE.search(name)
    return int(match[1]) if match and match[1] else 1


def _any_right(archive: Archive, names: list[str]) -> bool:
    """Whether the first page, or the next where that one is damaged, is Telegram's."""
    heads = (read_as(archive.head(name)) for name in sorted(names, key=_page)[:2])
    return any(head[:200].lstrip("\ufeff \r\n").startswith("<") and _OURS in head for head in heads)


def read_html(archive: Archive, log: "Log") -> Iterator[Conversation]:
    """The chats of an archive in HTML form."""
    found = html_chats(archive)
    log.total = sum(archive.sizes[name] for names in found.values() for name in names)
    for names in found.values():
        first = Page(read_as(archive.head(names[0])))
        authors = {entry.author for entry in first.entries if entry.author}
        title = first.title.strip() or "Telegram"
        key = f"telegram-html-{digest(title)}"
        spoken = _messages(archive, names, key, log)
        me = authors - {title} if len(authors) == 2 and title in authors else set()
        yield Conversation(key, title, "telegram", len(authors) > 2, spoken, next(iter(me), None))


def _messages(archive: Archive, names: list[str], key: str, log: "Log") -> Iterator[Message]:
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
            at = _time_of(entry.stamp, zone) or (at if entry.service else None)
            author = author if entry.joined and not entry.author else entry.author
            if at is None and not entry.service:
                log.skip("date impossible")
                continue
            log.entries += 1
            yield _message_of(entry, author, at, key, f"{name}:{entry.number}")
        if found.depth:
            log.skip(_DAMAGED)


def _message_of(entry: Entry, author: str, at: datetime | None, key: str, origin: str) -> Message:
    number = f"{key}-{entry.number}"
    text = "\n".join(line.strip() for line in (entry.text.strip() or entry.quoted.strip()).split("\n"))
    if entry.service:
        return Message(number, "", text, at, "notice", origin, style=False)
    via = bool(_VIA.search(author))
    return Message(
        number,
        _VIA.sub("", author) or "Inconnu",
        text,
        at,
        next((kind for word, kind in _MEDIA if word in entry.media), "text"),
        origin,
        f"{key}-{entry.reply_to}" if entry.reply_to else None,
        forwarded=entry.forwarded,
        style=not (entry.forwarded or via),
    )


def _time_of(stamp: str, zone: str) -> datetime | None:
    """« 01.07.2024 10:06:00 UTC+02:00 »; the older exports give no zone, and all of one do or do not."""
    match = STAMP.search(stamp)
    if match is None:
        return None
    day, month, year, hour, minute, second, own = match.groups()
    return from_iso(f"{year}-{month}-{day}T{hour}:{minute}:{second}{own or zone}")

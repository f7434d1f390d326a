"""One page of Telegram's HTML form as the entries that are on it, by the classes of the elements.

<div class="message default clearfix joined" id="message3">  ...  <div class="text">ouais<br>grave</div>
->  Entry(number="3", service=False, joined=True, text="ouais\\ngrave", ...)
"""

import re
from dataclasses import dataclass

from sosie.sources.files.html_walk import Open, Text, walk

STAMP = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d):(\d\d):(\d\d)(?: UTC([+-]\d\d:\d\d))?")
_ANSWERED = re.compile(r"#go_to_message(-?\d+)")
_EMPTY = frozenset({"img", "br", "meta", "link", "input", "hr", "source", "wbr"})
_LONGEST_MEDIA = 2000  # characters of class names
_DEEPEST = 100


@dataclass(slots=True)
class Entry:
    """One `<div class="message ...">` as it is read."""

    number: str
    service: bool
    joined: bool
    stamp: str = ""
    author: str = ""
    text: str = ""
    quoted: str = ""  # in a block: another person's words, where the sender's stand beside them
    reply_to: str = ""
    media: str = ""  # the classes of what was sent
    forwarded: bool = False


class Page:
    """The entries of one page, by the classes of the elements that are open."""

    def __init__(self, text: str) -> None:
        self.entries: list[Entry] = []
        self.title = ""
        self._open: list[tuple[str, str]] = []  # (tag, its classes between spaces)
        for token in walk(text):
            if isinstance(token, Text):
                self._add_text(token.text.replace("\n", " "))
            elif isinstance(token, Open):
                self._enter(token.name, token.attributes)
            else:
                self._leave(token.name)

    @property
    def zone(self) -> str:
        """The first zone that is written, « +02:00 »."""
        stamps = (STAMP.search(entry.stamp) for entry in self.entries)
        return next((found[7] for found in stamps if found and found[7]), "")

    @property
    def depth(self) -> int:
        """How many elements were never closed."""
        return len(self._open)

    def _enter(self, tag: str, attributes: dict[str, str]) -> None:
        classes = f" {attributes.get('class', '')} "
        if tag == "br":
            self._add_text("\n")
        if " message " in classes:
            number = attributes.get("id", "").removeprefix("message")
            self.entries.append(Entry(number, " service " in classes, " joined " in classes))
        elif self.entries:
            entry = self.entries[-1]
            entry.stamp = entry.stamp or (attributes.get("title", "") if " date details " in classes else "")
            entry.forwarded = entry.forwarded or " forwarded " in classes
            if self._inside(" media_wrap ") and len(entry.media) < _LONGEST_MEDIA:
                entry.media += classes
            if answered := _ANSWERED.match(attributes.get("href", "")):
                entry.reply_to = answered[1]
        if tag not in _EMPTY and len(self._open) < _DEEPEST:
            self._open.append((tag, classes))

    def _leave(self, tag: str) -> None:
        if any(name == tag for name, _ in self._open[-8:]):
            while self._open.pop()[0] != tag:
                continue

    def _add_text(self, text: str) -> None:
        if not self.entries:
            self.title += text if self._inside(" text bold ") else ""
            return
        entry = self.entries[-1]
        if self._inside(" from_name ") and not self._inside(" forwarded "):
            entry.author = (entry.author + text).strip()
        elif self._inside(" text ") and any(tag == "blockquote" for tag, _ in self._open[-12:]):
            entry.quoted += text
        elif entry.service and self._inside(" details ") or self._inside(" text "):
            entry.text += text

    def _inside(self, name: str) -> bool:
        return any(name in classes for _, classes in self._open[-12:])

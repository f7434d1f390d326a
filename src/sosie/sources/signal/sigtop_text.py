"""The text of sigtop: paragraphs of fields, then the words.

    Conversation: Malo (+33639980102)

    From: You
    Type: outgoing
    Sent: Tue, 12 Mar 2024 10:02:00 +0100
    Attachment: a.jpg (image/jpeg, 1234 bytes)
    Reaction: ❤️ from Malo (+33639980102)

    > From: Malo (+33639980102)                  the quote, before the words
    > Sent: Tue, 12 Mar 2024 10:01:00 +0100
    >
    > t'es là ?

    oui

An edited message has its versions one under the other, each line after « | », the last one first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from sosie.core.message import Message, MessageKind
from sosie.sources.files.archive import LONGEST_LINE, Archive
from sosie.sources.files.text_file import open_text
from sosie.sources.values.media_kind import kind_of_type
from sosie.sources.values.message_ids import MessageIds

if TYPE_CHECKING:
    from sosie.sources.base import Log

_HEAD = re.compile(
    r"\A\ufeff?Conversation: .{1,300}\r?\n\s*\r?\n(?:From: .{1,300}\r?\n)?Type: [\w-]{1,40}\r?$", re.MULTILINE
)
_FIELD = re.compile(r"(?P<name>From|Type|Sent|Received|Attachment|Reaction|Edited): (?P<value>.*)")
_TYPE = re.compile(r"Type: [\w-]{1,40}\Z")
_NUMBER = re.compile(r" ?\((?:\+\d{5,20}|[0-9a-f-]{36})\)\Z")
_ATTACHED = re.compile(r".*\((?P<mime>[\w.+/-]+), -?\d+ bytes\)\Z")
_LONGEST = 1 << 20  # characters of one message
_TOO_LONG = "plus long qu'un message ne peut l'être"


@dataclass(slots=True)
class _Entry:
    number: int
    fields: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    inside: bool = False  # past the fields


def is_sigtop_text(text: str) -> bool:
    return bool(_HEAD.match(text))


def text_messages(archive: Archive, name: str, log: "Log") -> Iterator[Message]:
    """The messages of one file."""
    ids = MessageIds()
    with open_text(archive, name, log.advance, LONGEST_LINE) as lines:
        for entry in _entries(line.rstrip("\r\n") for line in lines):
            if sum(map(len, entry.words)) > _LONGEST:
                log.skip(_TOO_LONG)
                continue
            log.entries += 1
            kind, text = _kind(entry), _own_words(entry.words, "Edited" in entry.fields)
            outgoing = entry.fields.get("Type") == "outgoing"
            author = "You" if outgoing else _NUMBER.sub("", entry.fields.get("From", "")) or "inconnu"
            kind = "notice" if kind == "text" and not text else kind
            yield Message(
                id=ids.of(author, entry.fields.get("Sent", ""), text),
                author="" if kind in ("notice", "call") else author,
                text=text,
                at=_time_of(entry.fields.get("Sent") or entry.fields.get("Received", "")),
                kind=kind,
                origin=f"{name}:{entry.number}",
                edited="Edited" in entry.fields and kind == "text",
            )


def _entries(lines: Iterator[str]) -> Iterator[_Entry]:
    """A message begins with « From: » then « Type: », or with « Type: » alone, after an empty line."""
    entry: _Entry | None = None
    before: tuple[str, ...] = ("", "")  # two lines that may begin a message
    for number, line in enumerate(lines, 1):
        begins = _TYPE.match(line) and (
            before[1] == "" or (before[0] == "" and before[1].startswith("From: "))
        )
        if begins:
            sender = before[1] if before[1].startswith("From: ") else ""
            if entry:
                if sender and entry.words:
                    entry.words.pop()
                yield entry
            entry = _Entry(
                number, {"From": sender.removeprefix("From: "), "Type": line.removeprefix("Type: ")}
            )
        elif entry:
            found = None if entry.inside else _FIELD.match(line)
            if found:
                entry.fields.setdefault(found["name"], found["value"])
            else:
                entry.inside = True
                entry.words.append(line)
        before = (before[1], line)
    if entry:
        yield entry


def _own_words(lines: list[str], edited: bool) -> str:
    """What the author wrote: the last version, without what it quotes."""
    if edited:
        versions = [line for line in lines if line.startswith("|")]
        lines = []
        for line in versions:
            bare = line[1:].removeprefix(" ")
            if lines and bare.startswith("Version: "):
                break
            lines.append(bare)
        while lines and (_FIELD.match(lines[0]) or lines[0].startswith("Version: ")):
            del lines[0]
    start = next((i for i, line in enumerate(lines) if line), len(lines))
    if lines[start : start + 1] and lines[start].startswith("> From: "):
        while start < len(lines) and lines[start].startswith(">"):
            start += 1
    return "\n".join(lines[start:]).strip()


def _kind(entry: _Entry) -> MessageKind:
    what = entry.fields.get("Type")
    if what not in ("incoming", "outgoing"):
        return "call" if what == "call-history" else "notice"
    if "Attachment" in entry.fields:
        found = _ATTACHED.match(entry.fields["Attachment"])
        return kind_of_type(found["mime"] if found else None)
    return "text"


def _time_of(written: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(written)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None

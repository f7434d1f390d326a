"""The short text of sigtop (`text-short`): a line a message, in local time; its words may have more lines.

2024-03-12 10:01 Malo: t'es là ?
2024-03-12 10:02 You: [reply to Malo on 2024-03-12 10:01, 1 attachment] oui
2024-03-12 10:03 Malo: [call-history message]
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sosie.core.message import Message, MessageKind
from sosie.sources.files.archive import LONGEST_LINE, Archive
from sosie.sources.files.text_file import open_text
from sosie.sources.values.message_ids import MessageIds

if TYPE_CHECKING:
    from sosie.sources.base import Log

_TIME = r"(?:\d{4}-\d\d-\d\d \d\d:\d\d|unknown)"
_LINE = re.compile(rf"\ufeff?(?P<at>{_TIME}) (?P<author>[^\n:]{{1,200}}):(?: (?P<rest>.*))?")
_BEGINS = re.compile(rf"\A{_LINE.pattern}$", re.MULTILINE)
_OWN = re.compile(rf"^\ufeff?{_TIME} You:(?: |\r?$)", re.MULTILINE)
_OTHER = re.compile(r"\[(?P<what>[a-z][a-z-]{1,40}) message\]\s*")
_DETAIL = rf"(?:reply to [^\n]{{1,200}} on {_TIME}|edited|\d+ attachments?)"
_DETAILS = re.compile(rf"\[(?P<said>{_DETAIL}(?:, {_DETAIL}){{0,2}})\] ?")
_LONGEST = 1 << 20  # characters of one message
_TOO_LONG = "plus long qu'un message ne peut l'être"


def is_sigtop_short(text: str) -> bool:
    """Its first line is a message, and one of its first is its owner's."""
    return bool(_BEGINS.match(text) and _OWN.search(text))


def short_messages(archive: Archive, name: str, log: "Log") -> Iterator[Message]:
    """The messages of one file."""
    ids = MessageIds()
    with open_text(archive, name, log.advance, LONGEST_LINE) as lines:
        for number, head, words in _entries(line.rstrip("\r\n") for line in lines):
            if sum(map(len, words)) > _LONGEST:
                log.skip(_TOO_LONG)
                continue
            log.entries += 1
            kind, text, edited = _read("\n".join(words))
            yield Message(
                id=ids.of(head["author"], head["at"], text),
                author="" if kind in ("notice", "call") else head["author"],
                text=text,
                at=_time_of(head["at"]),
                kind=kind,
                origin=f"{name}:{number}",
                edited=edited,
            )


def _entries(lines: Iterator[str]) -> Iterator[tuple[int, re.Match[str], list[str]]]:
    head: re.Match[str] | None = None
    start, words = 0, list[str]()
    for number, line in enumerate(lines, 1):
        if found := _LINE.fullmatch(line):
            if head:
                yield start, head, words
            start, head, words = number, found, [found["rest"] or ""]
        else:
            words.append(line)
    if head:
        yield start, head, words


def _read(words: str) -> tuple[MessageKind, str, bool]:
    """(kind, what was written, whether it was edited)"""
    if other := _OTHER.fullmatch(words):
        return ("call" if other["what"] == "call-history" else "notice"), "", False
    details = _DETAILS.match(words)
    told = details["said"] if details else ""
    text = words[details.end() if details else 0 :].strip()
    if "attachment" in told.rpartition(" on ")[2]:
        return "file", text, "edited" in told
    return ("text" if text else "notice"), text, "edited" in told.rpartition(" on ")[2]


def in_local_time(message: Message) -> Message:
    """Its zone is not told: UTC was said for the spool only."""
    return replace(message, at=message.at.replace(tzinfo=None)) if message.at else message


def _time_of(written: str) -> datetime | None:
    try:
        return datetime.fromisoformat(written).replace(tzinfo=UTC)
    except ValueError:
        return None

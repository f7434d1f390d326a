"""The parts of a thread: message_1.json, message_2.json... (10 000 messages each at most), or its HTML pages.

    {"participants": [{"name": ...}, ...], "messages": [newest, ..., oldest], "title": ...,
     "thread_path": "inbox/inesbenaissa_1"}
    {"participants": ["...", ...], "threadName": "Inès_1", "messages": [oldest, ..., newest]}          (E2EE)

A part that is damaged gives what can still be read of it. Parts are put in order by the times in them, since
their numbers do not always show it; where parts overlap, as two exports in one folder do, what they share
comes once.
"""

import io
import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from sosie.sources.files.archive import HEAD, Archive, OnBytes
from sosie.sources.files.decoding import encoding_of
from sosie.sources.files.json_stream import JsonStream
from sosie.sources.meta.html_page import read_page
from sosie.sources.meta.messages import ParsedMessage, is_message, mended, parse_message, stamp_of

if TYPE_CHECKING:
    from sosie.sources.base import Log

_STAMPS = re.compile(rb'"timestamp(?:_ms)?"\s*:\s*(\d{12,13})\b')
_MESSAGES = re.compile(r'"messages"\s*:\s*(?=\[)')
_TITLE = re.compile(r'"(?:title|threadName)"\s*:\s*("(?:[^"\\]|\\.)*")')
_PEOPLE = re.compile(r'"participants"\s*:\s*(\[[^\]]*\])')
_BROKEN_PART = "partie illisible"
_BROKEN = "message illisible"
_TWICE = "message déjà lu dans une autre partie"


class PartEntry(NamedTuple):
    message: ParsedMessage
    part: str


@dataclass(slots=True)
class ThreadPart:
    """What one file holds, oldest message first."""

    title: str = ""
    folder: str = ""  # as the file itself gives it
    people: tuple[str, ...] = ()
    group: bool = False  # said to be one; a group may have two left
    entries: list[PartEntry] = field(default_factory=list)


def read_part(archive: Archive, name: str, log: "Log", on_bytes: OnBytes | None = None) -> ThreadPart | None:
    """The part that a file holds; None, counted in the log, where nothing of it can be read."""
    with archive.open(name, on_bytes) as stream:
        data = stream.read()
    text = data.decode(encoding_of(data[:HEAD]) or "utf-8", errors="replace").lstrip("\ufeff")
    if not text.lstrip().startswith("<"):
        document, broken = parse_document(text)
    else:
        document, broken = read_page(text), 0
    records = document.get("messages")
    if not isinstance(records, list) or not (records or document.get("participants")):
        log.skip(_BROKEN_PART)
        return None
    entries = [
        PartEntry(parse_message(record, stamp), name)
        for record in records
        if isinstance(record, dict) and (stamp := stamp_of(record)) is not None
    ]
    broken += len(records) - len(entries)
    if broken:
        log.skip(_BROKEN, broken)
    if len(entries) > 1 and entries[0].message.stamp >= entries[-1].message.stamp:
        entries.reverse()
    entries.sort(key=_stamp_at)
    folder = mended(document.get("thread_path")).rpartition("/")[2]
    group = "joinable_mode" in document or "Group" in str(document.get("thread_type"))
    return ThreadPart(_title_of(document), folder, _people_of(document), group, entries)


def parse_document(text: str) -> tuple[dict[str, Any], int]:
    """(the document, how many of its messages are broken)."""
    try:
        document = json.loads(text, strict=False)
        return (document, 0) if isinstance(document, dict) else ({}, 0)
    except (ValueError, RecursionError):
        return _salvage(text)


def _salvage(text: str) -> tuple[dict[str, Any], int]:
    """The same for a document that is cut, or damaged inside."""
    found: dict[str, Any] = {}
    opened = _MESSAGES.search(text)
    if not opened:
        return found, 0
    for key, pattern in (("participants", _PEOPLE), ("title", _TITLE)):
        for match in list(pattern.finditer(text))[-1:]:
            try:
                found[key] = json.loads(match[1], strict=False)
            except (ValueError, RecursionError):
                continue
    stream = JsonStream(io.BytesIO(text[opened.end() :].encode(errors="replace")))
    records = list(stream.records(is_message))
    found["messages"] = [record for record in records if record is not None]
    return found, len(records) - len(found["messages"]) + stream.cut


def _title_of(document: dict[str, Any]) -> str:
    return mended(document.get("title") or document.get("threadName")).strip()


def _people_of(document: dict[str, Any]) -> tuple[str, ...]:
    """The names of the participants, each once."""
    participants = document.get("participants")
    listed = participants if isinstance(participants, list) else []
    names = (item.get("name") if isinstance(item, dict) else item for item in listed)
    return tuple(dict.fromkeys(filter(None, (mended(name).strip() for name in names))))


def _stamp_at(entry: PartEntry) -> int:
    return entry.message.stamp


def by_time(archive: Archive, names: list[str]) -> list[str]:
    """Parts in the order of their oldest messages, found without reading them whole."""
    return names if len(names) < 2 else sorted(names, key=lambda name: _oldest(archive, name))


def _oldest(archive: Archive, name: str) -> int:
    with archive.open(name) as stream:
        return min(map(int, _STAMPS.findall(stream.read())), default=0)


def merge_parts(parts: Iterator[ThreadPart], log: "Log") -> Iterator[PartEntry]:
    """The entries of parts, which come in the order of their oldest, in the order of time."""
    waiting: list[PartEntry] = []
    for part in parts:
        if part.entries:
            ready = bisect_left(waiting, _stamp_at(part.entries[0]), key=_stamp_at)
            yield from _without_repeats(waiting[:ready], log)
            waiting = sorted([*waiting[ready:], *part.entries], key=_stamp_at)
    yield from _without_repeats(waiting, log)


def _without_repeats(entries: list[PartEntry], log: "Log") -> Iterator[PartEntry]:
    """Without what several parts hold; repeats inside one part are true ones."""
    for _, group in groupby(entries, key=_stamp_at):
        same = list(group)
        if len(same) == 1:
            yield same[0]
            continue
        ranks: dict[tuple[str, ParsedMessage], int] = {}
        seen: set[tuple[ParsedMessage, int]] = set()
        for entry in same:
            rank = ranks.setdefault((entry.part, entry.message), 0)
            ranks[entry.part, entry.message] += 1
            if (entry.message, rank) in seen:
                log.skip(_TWICE)
            else:
                seen.add((entry.message, rank))
                yield entry

"""What a path holds, counted: the answer of `sosie inspect`."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sosie.core.counted import counted
from sosie.core.message import MEDIA, Conversation, Message
from sosie.core.progress import Event, Report, silent
from sosie.core.writing import private
from sosie.sources.base import Reading
from sosie.sources.mixed_exports import MixedExports
from sosie.sources.values.date_order import DateOrder
from sosie.sources.values.timestamps import sortable

_UNSPOKEN = frozenset({"notice", "call"})  # the platform speaks
_SUMMED = (
    *("conversations", "messages", "text_messages", "system", "media", "deleted", "edited", "forwarded"),
    "entries",
)
_SHORT = ("source", "conversations", "messages", "first", "last", "owner", "date_order", "entries", "skipped")


@counted
@dataclass(slots=True)
class Summary:
    """`entries` = messages + system + the sum of skipped. Times are local, or end in Z where UTC is known."""

    source: str
    conversations: int = 0
    messages: int = 0
    text_messages: int = 0
    system: int = 0
    media: int = 0
    deleted: int = 0
    edited: int = 0
    forwarded: int = 0
    senders: dict[str, int] = field(default_factory=dict)
    first: str | None = None
    last: str | None = None
    owner: str | None = None
    date_order: DateOrder | None = None
    entries: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    by_month: dict[str, int] = field(default_factory=dict)
    exports: list[dict[str, Any]] = field(default_factory=list)  # one an app, where there are several
    unread: list[dict[str, str]] = field(default_factory=list)  # files that no reader recognised, and why
    attached: int = 0  # files beside the messages: photos, voice notes...
    texts: list[dict[str, str]] | None = None  # only where asked for

    def short(self) -> dict[str, Any]:
        """One export among several."""
        record = asdict(self)
        return {name: record[name] for name in _SHORT}

    def to_json(self) -> dict[str, Any]:
        record = asdict(self)
        if self.texts is None:
            del record["texts"]
        return record


_Texts = list[list[dict[str, Any]]]  # what was said, conversation by conversation


def summarise_reading(reading: Reading, texts: bool = False, report: Report = silent) -> Summary:
    """Read everything once and count. The texts are kept only where `texts` asks for them."""
    texts_seen: _Texts | None = [] if texts else None
    found = _counted(reading, texts_seen, report)
    if texts_seen is not None:
        found.texts = _in_time_order(texts_seen)
    return found


def summarise(exports: MixedExports, texts: bool = False, report: Report = silent) -> Summary:
    """The same for a path that may hold several exports: their sums, and each of them in short."""
    texts_seen: _Texts | None = [] if texts else None
    read = [(reading, _counted(reading, texts_seen, report)) for reading in exports]
    parts = [(reading, part) for reading, part in read if not reading.empty] or read
    found = parts[0][1] if len(parts) == 1 else _add_up([part for _, part in parts])
    if len(parts) > 1:
        found.exports = [{"file": exports.label(reading), **part.short()} for reading, part in parts]
    found.unread = [asdict(left) for left in exports.unread]
    found.attached = exports.attached
    if texts_seen is not None:
        found.texts = _in_time_order(texts_seen)
    return found


def _counted(reading: Reading, texts_seen: _Texts | None, report: Report) -> Summary:
    found = Summary(reading.source)
    counts = _Counters()
    reading.follow(report)
    for conversation in reading:
        found.conversations += 1
        found.owner = found.owner or conversation.owner
        messages = conversation.messages
        if texts_seen is not None:
            texts_seen.append([])
            messages = _collecting(messages, conversation, texts_seen[-1])
        counts.add(messages)
    report(Event("read", reading.log.total, reading.log.total))
    counts.into(found)
    found.date_order = reading.log.date_order
    found.entries, found.skipped = reading.log.entries, dict(reading.log.skipped)
    return found


def _add_up(parts: Sequence[Summary]) -> Summary:
    """The sums of several exports. An owner or an order of dates that is not the same for all is None."""
    found = Summary(" + ".join(dict.fromkeys(part.source for part in parts)))
    for name in _SUMMED:
        setattr(found, name, sum(getattr(part, name) for part in parts))
    for name in ("senders", "skipped", "by_month"):
        total: Counter[str] = Counter()
        for part in parts:
            total.update(getattr(part, name))
        setattr(found, name, dict(sorted(total.items()) if name == "by_month" else total.most_common()))
    found.first = min(filter(None, (part.first for part in parts)), default=None)
    found.last = max(filter(None, (part.last for part in parts)), default=None)
    owners = {part.owner for part in parts if part.messages}
    found.owner = owners.pop() if len(owners) == 1 else None
    orders = {part.date_order for part in parts if part.date_order}
    found.date_order = orders.pop() if len(orders) == 1 else None
    return found


class _Counters:
    """Counters that are fast to add to."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.senders: Counter[str] = Counter()
        self.days: Counter[tuple[int, int]] = Counter()
        self.with_text = self.edited = self.forwarded = 0
        self.first: datetime | None = None
        self.last: datetime | None = None

    def add(self, messages: Iterable[Message]) -> None:
        """Count the messages of one conversation; most of the time is spent here, hence the bare loop."""
        kinds, senders, days, first, last = self.kinds, self.senders, self.days, self.first, self.last
        for message in messages:
            kind = message.kind
            kinds[kind] += 1
            if kind in _UNSPOKEN:
                continue
            senders[message.author] += 1
            self.with_text += message.text != "" and kind != "deleted"
            self.edited += message.edited
            self.forwarded += message.forwarded
            if (at := message.at) is not None:
                days[at.year, at.month] += 1
                try:
                    if last is None or at > last:
                        last = at
                    if first is None or at < first:
                        first = at
                except TypeError:  # one of them has a zone, the other none
                    first, last = min(first or at, at, key=sortable), max(last or at, at, key=sortable)
        self.first, self.last = first, last

    def into(self, found: Summary) -> None:
        found.system = self.kinds["notice"] + self.kinds["call"]
        found.messages = self.kinds.total() - found.system
        found.media = sum(self.kinds[kind] for kind in MEDIA)
        found.deleted = self.kinds["deleted"]
        found.text_messages, found.edited, found.forwarded = self.with_text, self.edited, self.forwarded
        found.senders = dict(self.senders.most_common())
        found.first, found.last = _iso_time(self.first), _iso_time(self.last)
        found.by_month = {
            f"{year:04}-{month:02}": count for (year, month), count in sorted(self.days.items())
        }


def _iso_time(at: datetime | None) -> str | None:
    """« 2024-11-30T09:03:00 », with Z where UTC is known."""
    if at is None:
        return None
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at.tzinfo else f"{at:%Y-%m-%dT%H:%M:%S}"


def _collecting(
    messages: Iterable[Message], conversation: Conversation, texts_seen: list[dict[str, Any]]
) -> Iterator[Message]:
    """The same messages, their texts appended to `texts_seen`."""
    for message in messages:
        if message.kind not in _UNSPOKEN:
            words = {"conversation": conversation.title, "sender": message.author, "text": message.text}
            texts_seen.append({"at": sortable(message.at), "words": words})
        yield message


def _in_time_order(texts_seen: list[list[dict[str, Any]]]) -> list[dict[str, str]]:
    """All conversations merged by time; each keeps its own order, even where its clock went back."""
    return [text["words"] for text in heapq.merge(*texts_seen, key=lambda text: text["at"])]


@private
def inspect(
    path: Path | str, source: str | None = None, texts: bool = False, report: Report = silent
) -> Summary:
    """What a path holds, one export or several: who, how much, when, what was left out. Writes nothing."""
    return summarise(MixedExports(Path(path), source), texts=texts, report=report)

"""What an export holds, counted: the answer of `sosie inspect`."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from sosie.core.message import MEDIA, Conversation, Message
from sosie.core.progress import Event, Report, silent
from sosie.sources.base import Reading
from sosie.sources.dates import DateOrder

SILENT = frozenset({"notice", "call"})  # the platform speaks
EVERY = 1000  # messages between two looks at the progress


@dataclass(slots=True)
class Tally:
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
    texts: list[dict[str, str]] | None = None  # only where asked for

    def to_json(self) -> dict[str, Any]:
        record = asdict(self)
        if self.texts is None:
            del record["texts"]
        return record


def tally(reading: Reading, texts: bool = False, report: Report = silent) -> Tally:
    """Read everything once and count. The texts are kept only where `texts` asks for them."""
    found = Tally(reading.source)
    counts = Counts()
    told: list[list[dict[str, Any]]] = []
    for conversation in reading:
        found.conversations += 1
        found.owner = found.owner or conversation.owner
        messages = with_progress(conversation.messages, reading, report)
        if texts:
            told.append([])
            messages = noting(messages, conversation, told[-1])
        counts.add(messages)
    report(Event("read", reading.log.total, reading.log.total))
    counts.into(found)
    found.date_order = reading.log.date_order
    found.entries, found.skipped = reading.log.entries, dict(reading.log.skipped)
    if texts:
        found.texts = _in_time_order(told)
    return found


class Counts:
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
            if kind in SILENT:
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

    def into(self, found: Tally) -> None:
        found.system = self.kinds["notice"] + self.kinds["call"]
        found.messages = self.kinds.total() - found.system
        found.media = sum(self.kinds[kind] for kind in MEDIA)
        found.deleted = self.kinds["deleted"]
        found.text_messages, found.edited, found.forwarded = self.with_text, self.edited, self.forwarded
        found.senders = dict(self.senders.most_common())
        found.first, found.last = written(self.first), written(self.last)
        found.by_month = {
            f"{year:04}-{month:02}": count for (year, month), count in sorted(self.days.items())
        }


def written(at: datetime | None) -> str | None:
    """« 2024-11-30T09:03:00 », with Z where UTC is known."""
    if at is None:
        return None
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at.tzinfo else f"{at:%Y-%m-%dT%H:%M:%S}"


def with_progress(
    messages: Iterable[Message], reading: Reading, report: Report, done: int = 0, total: int = 0
) -> Iterator[Message]:
    """The same messages, and a word of progress from time to time, in bytes."""
    for number, message in enumerate(messages):
        if number % EVERY == 0:
            reading.tell(report, done, total)
        yield message


def noting(
    messages: Iterable[Message], conversation: Conversation, told: list[dict[str, Any]]
) -> Iterator[Message]:
    """The same messages, what people said in them being put down in `told`."""
    for message in messages:
        if message.kind not in SILENT:
            words = {"conversation": conversation.title, "sender": message.author, "text": message.text}
            told.append({"at": sortable(message.at), "words": words})
        yield message


def _in_time_order(told: list[list[dict[str, Any]]]) -> list[dict[str, str]]:
    """All conversations woven by time; each keeps its own order, even where its clock went back."""
    return [text["words"] for text in heapq.merge(*told, key=lambda text: text["at"])]


def sortable(at: datetime | None) -> datetime:
    """A time that compares with any other of the same export."""
    if at is None:
        return datetime.min
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at

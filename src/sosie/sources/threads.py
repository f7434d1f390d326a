"""Which exports tell the same thread: seen by the messages they share, not by their names.

A chat exported again is longer, may begin later, and may bear another file name. It is the same thread

    - where what both cover is largely the same messages (a quarter, and three at least), or
    - where it is the same pair of people, or the same title, and nothing contradicts it:
      no time in common, or a few messages of those times in common.

Two groups of one name that were alive at the same time share nothing: they stay two.
"""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sosie.core.message import Conversation, Message
from sosie.sources.tally import sortable

MINUTE = 60


@dataclass(slots=True)
class Content:
    """One conversation as numbers, 17 bytes a message."""

    ids: "array[int]" = field(default_factory=lambda: array("q"))
    minutes: "array[int]" = field(default_factory=lambda: array("q"))  # 0 where there is no time
    said: "array[int]" = field(default_factory=lambda: array("b"))  # 0 for a notice

    def add(self, message: Message) -> None:
        self.ids.append(hash(message.id))
        self.minutes.append(minute_of(message.at))
        self.said.append(message.kind != "notice")

    def span(self) -> tuple[int, int]:
        times = [minute for minute in self.minutes if minute]
        return (min(times), max(times)) if times else (0, 0)


class Known:
    """The threads that are there, and which message is in which: about 100 bytes a message."""

    def __init__(self) -> None:
        self._threads: list[str] = []
        self._numbers: dict[str, int] = {}
        self._spans: list[tuple[int, int]] = []
        self._where: dict[int, int] = {}  # message -> the first thread that has it
        self._also: set[tuple[int, int]] = set()  # and the others: « Bonne année ! » is in many

    def thread_of(self, conversation: Conversation, content: Content) -> str:
        """The id of the thread that this conversation tells, an old one or a new one."""
        if conversation.kind == "dataset":
            return conversation.id
        shared = Counter(self._where[i] for i in content.ids if i in self._where)
        namesakes = [number for number, name in enumerate(self._threads) if _root(name) == conversation.id]
        for number, count in shared.most_common(3) + [(number, shared[number]) for number in namesakes]:
            if self._same(number, number in namesakes, count, content):
                return self._threads[number]
        return f"{conversation.id}~{len(namesakes) + 1}" if namesakes else conversation.id

    def _same(self, number: int, namesake: bool, shared: int, content: Content) -> bool:
        first, last = self._spans[number]
        common = sum(first <= minute <= last for minute in content.minutes)
        if namesake:
            return shared * 100 >= common - 3
        return shared == len(content.ids) or (shared >= 3 and shared * 4 >= common)

    def learn(self, thread: str, content: Content) -> tuple[int, int]:
        """Put a conversation's messages in a thread; (those that are new, those that were there)."""
        number = self._number(thread)
        new = old = 0
        for i, said in zip(content.ids, content.said, strict=True):
            if self._has(number, i):
                old += said
            else:
                new += said
                if self._where.setdefault(i, number) != number:
                    self._also.add((number, i))
        first, last = content.span()
        earlier, later = self._spans[number]
        self._spans[number] = (min(filter(None, (first, earlier)), default=0), max(last, later))
        return new, old

    def _number(self, thread: str) -> int:
        if thread not in self._numbers:
            self._numbers[thread] = len(self._threads)
            self._threads.append(thread)
            self._spans.append((0, 0))
        return self._numbers[thread]

    def _has(self, number: int, i: int) -> bool:
        return self._where.get(i) == number or (number, i) in self._also


def _root(thread: str) -> str:
    return thread.partition("~")[0]


def content_of(messages: Iterator[Message]) -> Content:
    content = Content()
    for message in messages:
        content.add(message)
    return content


def minute_of(at: datetime | None) -> int:
    """Minutes since the year 1, and 0 where there is no time."""
    if at is None:
        return 0
    at = sortable(at)
    return at.toordinal() * 1440 + at.hour * MINUTE + at.minute

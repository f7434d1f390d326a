"""Same-thread matching: exports of one thread are found by the messages they share, not by their names.

A chat exported again is longer, may begin later, and may bear another file name. It is the same thread

    - where what both cover is largely the same messages (a quarter, and three at least), or
    - where it is the same pair of people, or the same title, and nothing contradicts it:
      no time in common, or a few messages of those times in common.

Two groups of one name that were alive at the same time share nothing: they stay two. A contact who was
renamed on the phone between two exports says the same things at the same times under both names: one person.
"""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sosie.core.message import MEDIA, Conversation, Message
from sosie.core.source_table import source_row
from sosie.sources.values.timestamps import sortable

_MINUTE = 60
_ENOUGH_SHARED = 3  # shared messages that make two threads one, or two names one person


class MessageKeys:
    """64-bit keys of messages, without their authors; a true repeat has another key."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._minute = -1
        self._ranks: Counter[int] = Counter()

    def of(self, message: Message) -> int:
        minute = minute_of(message.at)
        if minute != self._minute:
            self._minute = minute
            self._ranks.clear()
        content = self._source, minute, "media" if message.kind in MEDIA else message.kind, message.text
        by_author = hash((*content, message.author))
        self._ranks[by_author] += 1
        return hash((*content, self._ranks[by_author]))


@dataclass(slots=True)
class Fingerprint:
    """One conversation as numbers, 29 bytes a message."""

    ids: "array[int]" = field(default_factory=lambda: array("q"))
    keys: "array[int]" = field(default_factory=lambda: array("q"))
    minutes: "array[int]" = field(default_factory=lambda: array("q"))  # 0 where there is no time
    who: "array[int]" = field(default_factory=lambda: array("I"))  # an author's place in `names`
    spoken: "array[int]" = field(default_factory=lambda: array("b"))  # 0 for a notice
    names: list[str] = field(default_factory=list)

    def span(self) -> tuple[int, int]:
        times = [minute for minute in self.minutes if minute]
        return (min(times), max(times)) if times else (0, 0)

    def speakers(self) -> set[str]:
        numbers = {who for who, spoke in zip(self.who, self.spoken, strict=True) if spoke}
        return {self.names[who] for who in numbers}

    def said_between(self, first: int, last: int, names: set[str]) -> Iterator[tuple[int, str]]:
        """(key, author) of the messages of some people from one minute to another."""
        wanted = {index: name for index, name in enumerate(self.names) if name in names}
        for key, minute, who, spoke in zip(self.keys, self.minutes, self.who, self.spoken, strict=True):
            if spoke and who in wanted and first <= minute <= last:
                yield key, wanted[who]


def fingerprint_of(messages: Iterator[Message], source: str = "") -> Fingerprint:
    content, keys = Fingerprint(), MessageKeys(source)
    indexes: dict[str, int] = {}
    for message in messages:
        content.ids.append(hash(message.id))
        content.keys.append(keys.of(message))
        content.minutes.append(minute_of(message.at))
        content.who.append(indexes.setdefault(message.author, len(indexes)))
        content.spoken.append(message.kind != "notice")
    content.names = list(indexes)
    return content


Renamed = dict[str, str]  # an earlier name of a person: the name in a later export


@dataclass(slots=True)
class KnownThread:
    """What is known of one thread; its names are the latest."""

    id: str
    group: bool
    first: int = 0  # minutes
    last: int = 0
    ids: set[int] = field(default_factory=set)
    parts: list[Fingerprint] = field(default_factory=list)

    def speakers(self) -> set[str]:
        return set().union(*(part.speakers() for part in self.parts))


class ThreadIndex:
    """The threads that are there, and which message is in which: about 200 bytes a message."""

    def __init__(self) -> None:
        self._threads: dict[str, KnownThread] = {}
        self._where: dict[int, str] = {}  # a message's key -> the first thread that has it

    def find(self, conversation: Conversation, content: Fingerprint) -> tuple[str, Renamed]:
        """The thread of this conversation, a known one or a new one, and who changed name in it."""
        if conversation.kind == "dataset":
            return conversation.id, {}
        shared = Counter(self._where[key] for key in content.keys if key in self._where)
        namesakes = [name for name in self._threads if _root(name) == conversation.id]
        for name in [name for name, _ in shared.most_common(3)] + namesakes:
            thread = self._threads[name]
            renamed = _find_renamed(thread, content)
            if self._same(thread, name in namesakes, shared[name], conversation, content, renamed):
                return name, renamed
        return f"{conversation.id}~{len(namesakes) + 1}" if namesakes else conversation.id, {}

    def _same(
        self,
        thread: KnownThread,
        namesake: bool,
        shared: int,
        here: Conversation,
        content: Fingerprint,
        renamed: Renamed,
    ) -> bool:
        common = sum(thread.first <= minute <= thread.last for minute in content.minutes)
        if namesake:
            return shared * 100 >= common - 3
        if not source_row(
            here.source
        ).named:  # their chats and messages have ids of their own, whoever is renamed
            shared = sum(i in thread.ids for i in content.ids)
        if not (thread.group or here.group) and _has_strangers(thread, content, renamed):
            return False  # the same wishes, sent to another person
        return (shared >= _ENOUGH_SHARED and shared * 4 >= common) or thread.ids.issuperset(content.ids)

    def add(
        self, name: str, content: Fingerprint, group: bool = False, renamed: Renamed | None = None
    ) -> tuple[int, int]:
        """Put a conversation's messages in a thread; (how many are new, how many were there)."""
        thread = self._threads.setdefault(name, KnownThread(name, group))
        there = {key for part in thread.parts for key, _ in part.said_between(0, 1 << 40, set(renamed or ()))}
        later = {index for index, now in enumerate(content.names) if now in (renamed or {}).values()}
        new = old = 0
        for i, key, who, spoke in zip(content.ids, content.keys, content.who, content.spoken, strict=True):
            if i in thread.ids or (who in later and key in there):
                old += spoke
            else:
                new += spoke
            thread.ids.add(i)
            self._where.setdefault(key, name)
        first, last = content.span()
        thread.first = min(filter(None, (first, thread.first)), default=0)
        thread.last, thread.group = max(last, thread.last), thread.group or group
        for part in thread.parts:
            part.names = [(renamed or {}).get(before, before) for before in part.names]
        thread.parts.append(content)
        return new, old


def _find_renamed(thread: KnownThread, content: Fingerprint) -> Renamed:
    """Who speaks under another name than before: the same words at the same minutes, and nothing else."""
    before, now = thread.speakers(), content.speakers()
    gone, come = before - now, now - before
    if not gone or not come:
        return {}
    first, last = content.span()
    common = max(first, thread.first), min(last, thread.last)
    known = {key: name for part in thread.parts for key, name in part.said_between(*common, gone)}
    before_by_name = Counter(known.values())
    heard: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for key, name in content.said_between(*common, come):
        heard[name] += 1
        if key in known:
            pairs[known[key], name] += 1
    found: Renamed = {}
    for (old, new), count in pairs.most_common():
        clear = count >= _ENOUGH_SHARED or (count == 2 == heard[new] == before_by_name[old])
        if clear and count * 5 >= heard[new] * 4 and old not in found and new not in found.values():
            found[old] = new
    return found


def _has_strangers(thread: KnownThread, content: Fingerprint, renamed: Renamed) -> bool:
    """Whether a person who never spoke in the thread speaks here, while it went on."""
    first, last = content.span()
    new = content.speakers() - thread.speakers() - set(renamed.values())
    return any(content.said_between(max(first, thread.first), min(last, thread.last), new))


def _root(thread: str) -> str:
    return thread.partition("~")[0]


def minute_of(at: datetime | None) -> int:
    """Minutes since the year 1, and 0 where there is no time."""
    if at is None:
        return 0
    at = sortable(at)
    return at.toordinal() * 1440 + at.hour * _MINUTE + at.minute

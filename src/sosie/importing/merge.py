"""Several exports of one thread as one: minute by minute, what they share once, in the order of each.

What was edited or deleted since gives way to its newest state. A person who was renamed between two exports
keeps the latest name, and what they said under both is there once.
"""

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from sosie.core.message import Conversation, Message
from sosie.importing.same_thread import MessageKeys, Renamed, minute_of

_Aged = tuple[int, int, Message]  # the age of its export, its key or 0, the message


def renamed_since(part: Conversation, later: Iterable[Renamed | None]) -> Conversation:
    """A part whose people bear the names that later exports gave them."""
    changes = [renamed for renamed in later if renamed]
    if not changes:
        return part

    def latest(name: str | None) -> str | None:
        for renamed in changes:
            name = renamed.get(name, name) if name else name
        return name

    return replace(part, owner=latest(part.owner), messages=_under(latest, part.messages))


def _under(latest: Callable[[str | None], str | None], messages: Iterable[Message]) -> Iterator[Message]:
    for message in messages:
        name = latest(message.author) or ""
        yield message if name == message.author else replace(message, author=name)


def merged(parts: Sequence[Conversation], renamed: Collection[str] = ()) -> Conversation:
    """Parts of one thread, the oldest export first, as one: its name is the latest.

    `renamed` are the people whose messages have no stable id: ids were made with an earlier name.
    """
    if len(parts) == 1:
        return parts[0]
    return replace(
        parts[0],
        title=parts[-1].title,
        group=any(part.group for part in parts),
        owner=next((part.owner for part in parts if part.owner), None),
        messages=_merge([part.messages for part in parts], parts[0].source, renamed),
    )


def _merge(parts: Sequence[Iterable[Message]], source: str, renamed: Collection[str]) -> Iterator[Message]:
    """Minute by minute; inside a minute, each export keeps its own order, an older one first."""
    tagged = [_tagged(age, part, source, renamed) for age, part in enumerate(parts)]
    seen: set[int] = set()
    for _, minute in groupby(heapq.merge(*tagged, key=_minute), key=_minute):
        for message in _merge_minute(list(minute)):
            if hash(message.id) not in seen:
                seen.add(hash(message.id))
                yield message


def _tagged(age: int, part: Iterable[Message], source: str, renamed: Collection[str]) -> Iterator[_Aged]:
    keys = MessageKeys(source)
    for message in part:
        yield age, keys.of(message) if message.author in renamed else 0, message


def _minute(aged: _Aged) -> int:
    return minute_of(aged[2].at)


def _merge_minute(minute: list[_Aged]) -> Iterator[Message]:
    """One minute of all exports: what they share once, in its newest state."""
    newest = max(age for age, _, _ in minute)
    ids = {message.id for age, _, message in minute if age == newest}
    states = {message.id: message for _, _, message in minute}  # of one that keeps its id, the newest
    before = {message.id for age, _, message in minute if age < newest}
    changed = [
        message.author
        for age, _, message in minute
        if age == newest and (message.edited or message.kind == "deleted") and message.id not in before
    ]
    first_export: dict[int, int] = {}  # what renamed people said -> the export that had it first
    for age, key, message in minute:
        if age < newest and message.id not in ids and message.author in changed:
            changed.remove(message.author)
        elif not key or first_export.setdefault(key, age) == age:
            yield states[message.id]

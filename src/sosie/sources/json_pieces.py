"""Big JSON documents, a piece at a time: memory grows with the largest piece, not with the file.

    [{...}, {...}]                            ->  Piece("", {...}), Piece("", {...})
    {"guild": {...}, "messages": [{...}]}     ->  Piece("guild", {...}), Piece("messages", {...})
    {"title": ..., "mapping": ...}            ->  Piece("", {...}), for it has none of the lists asked for
    [{...}, {"id": "1", "te%@#, {...}]        ->  Piece("", {...}), Piece("", BROKEN), Piece("", {...})

A broken piece costs itself: reading goes on at the next place that looks like one. Several documents in one
file (JSON lines too) are read one after the other.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TextIO

from sosie.sources.archive import Archive
from sosie.sources.plain import plain

CHUNK = 1 << 18  # characters read at once
LONGEST = 64 << 20  # characters of one piece
CUT = 12  # a literal or an escape may be cut so far from the end of what was read
OPENING = 256  # characters that the beginning of an item may take
DEEP = 500  # where so many levels are too deep to be read, what is that much further is still inside of them
# No item is inside so many others: trying each level to the end would take the square of their number.
NEST = re.compile(r'(?:\[\s*|\{\s*"[^"\\]{0,100}"\s*:\s*){200}')
SPACE = re.compile(r"[\s\ufeff]*")
OBJECT = re.compile(r'\{\s*"')
DECODER = json.JSONDecoder(strict=False)
BROKEN: Final = object()  # stands for what could not be read
UNREADABLE = "morceau illisible"

Looks = Callable[[dict[str, Any]], bool]


class Piece(NamedTuple):
    """`key` names the list or the key of the document's object; it is empty for items of a bare array."""

    key: str
    value: Any


def pieces(
    archive: Archive,
    name: str,
    looks: Looks,
    lists: tuple[str, ...],
    told: Callable[[int], None] | None = None,
) -> Iterator[Piece]:
    """The pieces of one file. `looks` recognises an item, so that reading can go on after a broken one.

    The arrays named in `lists` are given item by item, and so is a bare array; all else is given whole.
    """
    with plain(archive, name, told, newline="") as stream:
        yield from Walk(stream, looks, lists)


class Walk:
    """A place in a text of which only a window is in memory."""

    def __init__(self, stream: TextIO, looks: Looks, lists: tuple[str, ...]) -> None:
        self._stream, self._looks, self._lists = stream, looks, lists
        self._text, self._at, self._ended = "", 0, False
        self._deep = False  # the last try met too many levels
        self._told = False  # that the end is not where it should be
        self._opening = OBJECT  # how an item begins; the first key is always the same once one is known

    def __iter__(self) -> Iterator[Piece]:
        while char := self._peek():
            if char == "[":
                self._at += 1
                yield from self._array("")
            elif char == "{":
                self._at += 1
                yield from self._object()
            else:
                yield from self._rescued()

    def _array(self, key: str) -> Iterator[Piece]:
        """Items, up to the closing bracket."""
        while char := self._peek():
            if char in "],":
                self._at += 1
                if char == "]":
                    return
                continue
            value = self._value()
            yield Piece(key, value)
            if value is not BROKEN:
                self._learn(value)
            elif not self._found():
                return
        yield from self._too_soon()

    def _object(self) -> Iterator[Piece]:
        """The keys of an object: one by one around a list that was asked for, else all together."""
        kept: dict[str, Any] = {}
        streamed = False
        while (char := self._peek()) != "}":
            if char == ",":
                self._at += 1
                continue
            if not char:
                yield from self._too_soon()
                break
            key = self._value() if char == '"' else BROKEN
            if not isinstance(key, str) or self._peek() != ":":
                yield from self._rescued()
                continue
            self._at += 1
            begins = self._peek()
            if key in self._lists and begins == "[":
                self._at += 1
                yield from map(Piece._make, kept.items())
                kept, streamed = {}, True
                yield from self._array(key)
            elif (value := self._value()) is BROKEN:
                yield from self._rescued()
            else:
                kept[key] = value
        self._at += 1
        if streamed:
            yield from map(Piece._make, kept.items())
        elif kept:
            yield Piece("", kept)

    def _rescued(self) -> Iterator[Piece]:
        """One broken piece, then the items that follow it."""
        key = self._lists[0] if self._lists else ""
        yield Piece(key, BROKEN)
        if self._found():
            yield from self._array(key)

    def _too_soon(self) -> Iterator[Piece]:
        """The file ends where it should go on: told once."""
        if not self._told:
            self._told = True
            yield Piece("", BROKEN)

    def _found(self) -> bool:
        """Go to the next place where something that looks like an item can be read, or to the end."""
        self._at += 1
        while True:
            place = self._opening.search(self._text, self._at)
            if nest := place and NEST.match(self._text, place.start()):
                self._at = nest.end()
            elif place:
                self._at = place.start()
                value, _ = self._try()
                if isinstance(value, dict) and self._looks(value):
                    return True
                self._at += DEEP if self._deep else 1
            else:
                self._at = max(self._at, len(self._text) - OPENING)
                if not self._more():
                    self._at, self._told = len(self._text), True
                    return False

    def _learn(self, value: Any) -> None:
        """An exporter writes the same key first in each item."""
        if self._opening is OBJECT and isinstance(value, dict) and self._looks(value):
            first = re.escape(json.dumps(next(iter(value)), ensure_ascii=False))
            self._opening = re.compile(rf"\{{\s*{first}\s*:")

    def _value(self) -> Any:
        """The value at this place, which is left behind; BROKEN, without a move, where there is none."""
        value, self._at = self._try()
        return value

    def _try(self) -> tuple[Any, int]:
        """(the value at this place, where it ends), with as much of the file as that takes."""
        self._deep = False
        while True:
            cut = False
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
                if end < len(self._text) or not isinstance(value, int | float) or not self._more():
                    return value, end
                continue  # « 12 » may go on
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - CUT
            except (ValueError, RecursionError) as error:
                self._deep = isinstance(error, RecursionError)
            if not cut or len(self._text) - self._at > LONGEST or not self._more():
                return BROKEN, self._at

    def _peek(self) -> str:
        """The next character that is not a space; empty at the end."""
        while True:
            self._at = SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Read on, as much again as is waiting, so that a large piece is not tried too often."""
        if self._ended:
            return False
        new = self._stream.read(max(CHUNK, len(self._text) - self._at))
        self._ended = not new
        if new:
            self._text, self._at = self._text[self._at :] + new, 0
        return bool(new)

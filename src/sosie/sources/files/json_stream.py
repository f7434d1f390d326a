"""JSON exports of any size, an object at a time; what is broken costs itself and not the rest.

    for item in objects(archive, "messages.json", is_message, log):
        ...              # of [{...}, ...], of {"messages": [{...}, ...]} or of one object a line

    stream = open_json(archive, "result.json", log.advance)        # for documents that are deeper
    for key in stream.keys():                          # of the object that begins here
        if key == "messages":
            for record in stream.records(is_message):  # of the array that begins here; None: a broken one
                ...
        elif key == "name":
            name = stream.take()                       # a value that is not taken is passed over

Passed over as well: a missing or doubled comma, an object or array that is never closed.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import IO, TYPE_CHECKING, Any

from sosie.sources.files.archive import Archive, OnBytes
from sosie.sources.files.json_window import HOPELESS, Broken, JsonWindow

if TYPE_CHECKING:
    from sosie.sources.base import Log

_PATIENCE = 8 << 20  # characters of one value, where sense is looked for after something broken
_EFFORT = 64 << 20  # characters tried in all, likewise
_COMMAS = re.compile("[ \t\r\n\ufeff,]*")
_ARRAY = r'"%s"\s*:\s*\['
_HEADING = r'\{(?:[^{}\[\]"]{1,200}+|"(?:[^"\\]|\\.){0,400}+"){0,40}?"%s"\s*:\s*\['
# No record is inside so many others: trying each level to the end would take the square of their number.
_NEST = re.compile(r'(?:\[\s*|\{\s*"[^"\\]{0,100}"\s*:\s*){100}')
_AHEAD = 2000  # characters between the beginning of an object and its array
UNREADABLE = "morceau illisible"
NO_MESSAGE = "objet qui n'est pas un message"
CUT = "fin du fichier manquante"
_BROKEN = object()

Wanted = Callable[[dict[str, Any]], bool]


class JsonStream(JsonWindow):
    """Stands somewhere in a document."""

    def __init__(self, source: IO[bytes], opened: AbstractContextManager[Any] | None = None) -> None:
        super().__init__(source)
        self._opened = opened  # closed with the last reference to the stream
        self._found = -1
        self.cut = False  # the document stopped before its end

    def keys(self) -> Iterator[str]:
        """The keys of the object that begins here, the stream standing before the value of each."""
        if self.peek() != "{":
            return
        self._at += 1
        while character := self.peek(_COMMAS):
            key = self.take() if character == '"' else None
            if key is None or self.peek() != ":":
                self._at += character == "}"
                return
            self._at += 1
            self.peek()
            before = self.position
            yield key
            if self.position == before and self.take(_BROKEN) is _BROKEN:
                return
        self.cut = True

    def elements(self, inside: bool = False) -> Iterator[None]:
        """Stands before each element of the array that begins here, or began somewhere before."""
        if not inside and self.peek() != "[":
            return
        self._at += not inside
        while character := self.peek(_COMMAS):
            if character in "]}:":
                self._at += character == "]"
                return
            before = self.position
            yield
            if self.position == before and self.take(_BROKEN) is _BROKEN:
                return
        self.cut = self.cut or not inside

    def records(self, wanted: Wanted, key: str = "messages", inside: bool = False) -> Iterator[Any]:
        """The elements of an array; None for what is broken between two of them.

        After something broken, the next object that is `wanted` is the next record; where the `key` of
        another such array comes first, this one is over.
        """
        for _ in self.elements(inside):
            try:
                if inside and self.peek() != "{":
                    raise Broken(0)  # what is left of something broken
                yield self.value()
            except Broken:
                self._at += 1
                found = self._resume(wanted, key)
                if found is None and not self.peek():
                    self.cut = True
                    return
                yield None
                if found is None:
                    return
                yield found

    def objects(self, wanted: Wanted, key: str = "messages") -> Iterator[Any]:
        """The elements of the array that the document is, or has as `key`; else the objects that it is."""
        while character := self.peek():
            before = self.position
            if character != "{":
                yield from self.records(wanted, key, inside=character != "[")
                self._at += self.position == before
                continue
            whole: dict[str, Any] | None = {}
            for name in self.keys():
                if name == key and self.peek() == "[":
                    whole = None
                    yield from self.records(wanted, key)
                elif whole is not None:
                    whole[name] = self.take()
            if whole:
                yield whole
        if self.cut:
            yield None

    def find(self, key: str) -> bool:
        """Go to the next object that has an array named `key` in it, whatever is in between."""
        if self.position == self._found:  # nothing came of it
            self._at += 1
        self._resume(lambda _: False, key)
        self._found = self.position
        return bool(self.peek())

    def _resume(self, wanted: Wanted, key: str) -> Any:
        """The next `wanted` object, or None where the stream stands before another array named `key`."""
        heading, inside = (re.compile(form % re.escape(key)) for form in (_HEADING, _ARRAY))
        effort = _EFFORT
        while effort > 0:
            self._at = self._text.find("{", self._at)
            if self._at < 0:
                self._at = len(self._text)
                if not self.more():
                    return None
                continue
            if len(self._text) - self._at < _AHEAD:
                self.more()
            if heading.match(self._text, self._at):
                return None
            if nest := _NEST.match(self._text, self._at):
                self._at = nest.end()
                continue
            before = self.position
            try:
                found = self.value(_PATIENCE)
            except Broken as broken:
                effort -= broken.reach + 100
                self._at += HOPELESS if broken.reach == HOPELESS else 1
                if self._at > _AHEAD:  # an error costs a look at all that is before it
                    self.forget()
                continue
            if wanted(found):
                return found
            effort -= self.position - before + 100
            if inside.search(self._text, before - self._gone, self._at):
                self._at = before - self._gone + 1
        while self.more():  # give up what remains, but read it: it may be checked, or counted
            self._at = len(self._text)
        self._at = len(self._text)
        return None


def open_json(archive: Archive, name: str, on_bytes: OnBytes | None = None) -> JsonStream:
    """A file of an archive."""
    opened = archive.open(name, on_bytes)
    return JsonStream(opened.__enter__(), opened)


def objects(
    archive: Archive, name: str, wanted: Wanted, log: "Log", key: str = "messages", other: str = NO_MESSAGE
) -> Iterator[dict[str, Any]]:
    """The `wanted` objects of a file; whatever else is in it is counted."""
    yield from records_wanted(open_json(archive, name, log.advance).objects(wanted, key), wanted, log, other)


def records_wanted(
    values: Iterator[Any], wanted: Wanted, log: "Log", other: str = NO_MESSAGE
) -> Iterator[dict[str, Any]]:
    """The records that are `wanted`; the others are counted as skipped."""
    for value in values:
        if isinstance(value, dict) and wanted(value):
            yield value
        else:
            log.skip(UNREADABLE if value is None else other)

"""A JSON document of any size, read a piece at a time; what is broken costs itself and not the rest.

    stream = open_json(archive, "result.json", log.advance)
    for key in stream.keys():                          # of the object that begins here
        if key == "messages":
            for record in stream.records(is_message):  # of the array that begins here; None: a broken one
                ...
        elif key == "name":
            name = stream.take()                       # a value that nobody takes is passed over

Only a window of the file is in memory. Beyond JSON: raw control characters and `\\x1F` in strings, a missing
or doubled comma, an object or array that is never closed.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import IO, Any

from sosie.sources.archive import Archive, Told
from sosie.sources.decoding import encoding_of

CHUNK = 1 << 18
LONGEST = 16 << 20  # characters of one value; an export's longest messages have thousands
PATIENCE = 1 << 20  # characters of one value, where sense is looked for after something broken
EFFORT = 48 << 20  # characters tried in all, likewise
SPACE = re.compile("[ \t\r\n\ufeff]*")
COMMAS = re.compile("[ \t\r\n\ufeff,]*")
ESCAPE = re.compile(r"((?<!\\)(?:\\\\)*)\\x([0-9A-Fa-f]{2})")
BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)
ARRAY = r'"%s"\s*:\s*\['
HEADING = r'\{(?:[^{}\[\]"]{1,200}+|"(?:[^"\\]|\\.){0,400}+"){0,40}?"%s"\s*:\s*\['
LONGEST_ESCAPE = 12  # \ud83d\ude02
HOPELESS = 1000  # nested as deep as that
AHEAD = 2000  # characters between the beginning of an object and its array

SCAN = json.JSONDecoder(strict=False).scan_once  # type: ignore[attr-defined]


class Broken(ValueError):
    """No value can be read here. `reach`: how many characters make sense; `cut`: the window ended first."""

    def __init__(self, reach: int, cut: bool = False) -> None:
        super().__init__("not JSON")
        self.reach, self.cut = reach, cut


class JsonStream:
    """Stands somewhere in a document. What was read is behind it, and gone."""

    def __init__(self, source: IO[bytes]) -> None:
        first = source.read(CHUNK)
        encoding = encoding_of(first) or "utf-8-sig"
        self._source = source
        self._decode = codecs.getincrementaldecoder(encoding)(errors="replace").decode
        self._text, self._at, self._gone = self._decode(first), 0, 0
        self._ended, self._found = False, -1
        self._opened: AbstractContextManager[Any] | None = None  # closed with the stream
        self.cut = False  # the document stopped before its end

    @property
    def place(self) -> int:
        return self._gone + self._at

    def sign(self, passed: re.Pattern[str] = SPACE) -> str:
        """The next character that is not a space, not taken; "" at the end."""
        while True:
            if found := passed.match(self._text, self._at):
                self._at = found.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def value(self, longest: int = LONGEST) -> Any:
        """The value that begins here. Broken where there is none, and then nothing is taken."""
        while True:
            text, at = self._text, self._at
            try:
                found, end = SCAN(text, at)
            except StopIteration as stop:
                fault, reach = "", stop.value
            except json.JSONDecodeError as error:
                fault, reach = error.msg, len(text) if error.msg.startswith("Unterminated") else error.pos
            except (ValueError, RecursionError):  # a number of thousands of digits, thousands of brackets
                raise Broken(HOPELESS) from None
            else:
                if end + 3 > len(text) and type(found) in (int, float) and self._more():
                    continue  # « 12 » may be the beginning of « 123 », « 1e+ » of « 1e+16 »
                self._at += end - at
                return found
            cut = reach + LONGEST_ESCAPE >= len(text)
            if cut and len(text) - at < longest and self._more():
                continue
            if not (fault.startswith("Invalid \\escape") and self._mend()):
                raise Broken(reach - at, cut)

    def take(self) -> Any:
        """The value that begins here, or None where none can be read."""
        try:
            return self.value()
        except Broken:
            return None

    def keys(self) -> Iterator[str]:
        """The keys of the object that begins here, the stream standing before the value of each."""
        if self.sign() != "{":
            return
        self._at += 1
        while sign := self.sign(COMMAS):
            key = self.take() if sign == '"' else None
            if key is None or self.sign() != ":":
                self._at += sign == "}"
                return
            self._at += 1
            self.sign()
            before = self.place
            yield key
            if self.place == before and not self._skip():
                return
        self.cut = True

    def elements(self) -> Iterator[None]:
        """Stands before each element of the array that begins here."""
        if self.sign() != "[":
            return
        self._at += 1
        while sign := self.sign(COMMAS):
            if sign in "]}:":
                self._at += sign == "]"
                return
            before = self.place
            yield
            if self.place == before and not self._skip():
                return
        self.cut = True

    def records(self, wanted: Callable[[Any], bool], key: str = "messages") -> Iterator[Any]:
        """The elements of the array that begins here; None for what is broken between two of them.

        After something broken, the next object that is `wanted` is the next record; where the `key` of
        another such array comes first, this one is over.
        """
        for _ in self.elements():
            try:
                yield self.value()
            except Broken:
                self._at += 1
                found = self._resume(wanted, key)
                if found is None and not self.sign():
                    self.cut = True
                    return
                yield None
                if found is None:
                    return
                yield found

    def find(self, key: str) -> bool:
        """Go to the next object that has an array named `key` in it, whatever is in between."""
        if self.place == self._found:  # nothing came of it
            self._at += 1
        self._resume(lambda _: False, key)
        self._found = self.place
        return bool(self.sign())

    def _resume(self, wanted: Callable[[Any], bool], key: str) -> Any:
        """The next `wanted` object, or None where the stream stands before another array named `key`."""
        heading, inside = (re.compile(form % re.escape(key)) for form in (HEADING, ARRAY))
        effort = EFFORT
        while effort > 0:
            self._at = self._text.find("{", self._at)
            if self._at < 0:
                self._at = len(self._text)
                if not self._more():
                    return None
                continue
            if len(self._text) - self._at < AHEAD:
                self._more()
            if heading.match(self._text, self._at):
                return None
            before = self.place
            try:
                found = self.value(PATIENCE)
            except Broken as broken:
                effort -= broken.reach + 100
                self._at += HOPELESS if broken.reach == HOPELESS else 1
                if self._at > AHEAD:  # an error costs a look at all that is before it
                    self._forget()
                continue
            if wanted(found):
                return found
            effort -= self.place - before + 100
            if inside.search(self._text, before - self._gone, self._at):
                self._at = before - self._gone + 1
        self._leave()
        return None

    def _leave(self) -> None:
        """Give up what remains, but read it: it may be checked, or counted."""
        self._at = len(self._text)
        while self._more():
            self._at = len(self._text)

    def _skip(self) -> bool:
        """Pass over the value that begins here; False where there is none."""
        try:
            self.value(PATIENCE)
            return True
        except Broken as broken:
            return broken.cut and self.sign() in "[{" and self._pass_over()

    def _pass_over(self) -> bool:
        """The same for an object or an array that is too long to be built."""
        depth = 0
        while True:
            found = BRACKET.search(self._text, self._at)
            if found is None or found.end() == len(self._text):
                self._at = found.start() if found else len(self._text)
                if self._more():
                    continue
                self._at = len(self._text)
                return True
            self._at = found.end()
            depth += (found[0] in "[{") - (found[0] in "]}")
            if depth <= 0:
                return True

    def _mend(self) -> bool:
        """Telegram writes control characters as `\\x1F`, which is not JSON."""
        self._forget()
        mended = ESCAPE.sub(r"\1\\u00\2", self._text)
        self._text, before = mended, self._text
        return mended != before

    def _forget(self) -> None:
        """Drop what is behind."""
        self._gone, self._text, self._at = self._gone + self._at, self._text[self._at :], 0

    def _more(self) -> bool:
        """Lengthen the window, by as much as it holds; False at the end of the file."""
        if self._ended:
            return False
        self._forget()
        data = self._source.read(max(CHUNK, len(self._text)))
        self._ended = not data
        self._text += self._decode(data, not data)
        return True


def open_json(archive: Archive, name: str, told: Told | None = None) -> JsonStream:
    """A file of an archive; it is closed when the stream is no longer used."""
    opened = archive.open(name, told)
    stream = JsonStream(opened.__enter__())
    stream._opened = opened
    return stream

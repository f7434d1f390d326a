"""A place in a JSON text of any size, of which only a window is in memory; values are read one by one.

    window.sign()      ->  "{"                 the next character, which stays where it is
    window.value()     ->  {"a": 12}           the value that begins here, which is left behind

Beyond JSON: raw control characters and `\\x1F` in strings, as Telegram writes them.
"""

import codecs
import json
import re
from typing import IO, Any

from sosie.sources.files.decoding import encoding_of

CHUNK = 1 << 18
_LONGEST = 64 << 20  # characters of one value; an export's longest conversations have a few millions
_SPACE = re.compile("[ \t\r\n\ufeff]*")
_ESCAPE = re.compile(r"((?<!\\)(?:\\\\)*)\\x([0-9A-Fa-f]{2})")
_LONGEST_ESCAPE = 12  # \ud83d\ude02
HOPELESS = 1000  # nested as deep as that
_MOST_HOPELESS = 200  # values so deep in one text; then no more are tried, each costs a walk to the bottom
_SHARE = 32  # of the window may lie behind, where values break again and again
_SCAN = json.JSONDecoder(strict=False).scan_once  # type: ignore[attr-defined]


class Broken(ValueError):
    """No value can be read here. `reach`: how many characters make sense."""

    def __init__(self, reach: int) -> None:
        super().__init__("not JSON")
        self.reach = reach


class JsonWindow:
    """What was read is behind it, and gone."""

    def __init__(self, source: IO[bytes]) -> None:
        first = source.read(CHUNK)
        encoding = encoding_of(first) or "utf-8-sig"
        self._source = source
        self._decode = codecs.getincrementaldecoder(encoding)(errors="replace").decode
        self._text, self._at, self._gone = self._decode(first), 0, 0
        self._ended = False
        self._hopeless = 0

    @property
    def position(self) -> int:
        return self._gone + self._at

    def peek(self, passed: re.Pattern[str] = _SPACE) -> str:
        """The next character that is not a space, not taken; "" at the end."""
        while True:
            if found := passed.match(self._text, self._at):
                self._at = found.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self.more():
                return ""

    def value(self, longest: int = _LONGEST) -> Any:
        """The value that begins here. Broken where there is none, and then nothing is taken."""
        while True:
            text, at = self._text, self._at
            if self._hopeless > _MOST_HOPELESS:
                raise Broken(HOPELESS)
            try:
                found, end = _SCAN(text, at)
            except StopIteration as stop:
                fault, reach = "", stop.value
            except json.JSONDecodeError as error:
                fault, reach = error.msg, len(text) if error.msg.startswith("Unterminated") else error.pos
            except (ValueError, RecursionError):  # a number of thousands of digits, thousands of brackets
                self._hopeless += 1
                raise Broken(HOPELESS) from None
            else:
                if end + 3 > len(text) and type(found) in (int, float) and self.more():
                    continue  # « 12 » may be the beginning of « 123 », « 1e+ » of « 1e+16 »
                self._at += end - at
                return found
            cut = reach + _LONGEST_ESCAPE >= len(text)
            if cut and len(text) - at < longest and self.more():
                continue
            if not (fault.startswith("Invalid \\escape") and self._mend()):
                if at > len(text) // _SHARE:  # json's error counts the lines of all that is before it
                    self.forget()
                raise Broken(reach - at)

    def take(self, otherwise: Any = None) -> Any:
        """The value that begins here; where none can be read, nothing is taken."""
        try:
            return self.value()
        except Broken:
            return otherwise

    def _mend(self) -> bool:
        """Telegram writes control characters as `\\x1F`, which is not JSON."""
        self.forget()
        mended = _ESCAPE.sub(r"\1\\u00\2", self._text)
        self._text, before = mended, self._text
        return mended != before

    def forget(self) -> None:
        """Drop what is behind."""
        self._gone, self._text, self._at = self._gone + self._at, self._text[self._at :], 0

    def more(self) -> bool:
        """Lengthen the window, by as much as it holds; False at the end of the file."""
        if self._ended:
            return False
        self.forget()
        data = self._source.read(max(CHUNK, len(self._text)))
        self._ended = not data
        self._text += self._decode(data, not data)
        return True

"""Streaming detokenizer: token ids to text that may be shown, whole characters only and no stop text.

ids    « caf » <C3> | <A9> | « \\nMo » | « i: »       stop: « \\nMoi: »
shown  « caf »      | « é »| (held)   | (dropped, done)
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Token = TypeVar("Token")  # an id, or what an engine decodes by itself
Decode = Callable[[list[Token]], str]
UNFINISHED = "\ufffd"  # what a decoder puts where bytes do not make a character (yet)


class Detokenizer(Generic[Token]):
    """Takes the ids of one answer one by one, and gives the text that can be shown."""

    def __init__(self, decode: Decode[Token], stops: Sequence[str] = ()) -> None:
        self.ids: list[Token] = []
        self.stopped = False  # a stop text was met: what follows is not wanted
        self._decode = decode
        self._stops = tuple(stop for stop in stops if stop)
        self._shown = 0  # characters

    def push(self, token: Token) -> str:
        """The new text that this token makes certain; often a word, sometimes nothing."""
        self.ids.append(token)
        return self._show(self._text(), final=False)

    def finish(self) -> str:
        """The text held back in case it began a stop text; half a character at the very end is dropped."""
        return "" if self.stopped else self._show(self._text(), final=True)

    def _text(self) -> str:
        # Decoded whole each time: a tokenizer may join bytes, and spaces, over any two tokens.
        return self._decode(self.ids)

    def _show(self, text: str, final: bool) -> str:
        if not final and text.endswith(UNFINISHED):
            return ""
        text = text.rstrip(UNFINISHED)
        found = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            self.stopped, final = True, True
            text = text[: min(found)]
        end = len(text) if final else len(text) - stop_prefix_length(text, self._stops)
        new = text[self._shown : end]
        self._shown = max(self._shown, end)
        return new


def stop_prefix_length(text: str, stops: Sequence[str]) -> int:
    """How many characters at the end of `text` could be the beginning of a stop text."""
    longest = max((len(stop) for stop in stops), default=1) - 1
    return next(
        (n for n in range(min(longest, len(text)), 0, -1) if any(s.startswith(text[-n:]) for s in stops)), 0
    )

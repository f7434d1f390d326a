"""HTML as a person reads it, for mails that have no plain text.

    <p>Ça va&nbsp;?</p><blockquote>Tu viens&nbsp;?</blockquote>     ->  Ça va ?
                                                                        > Tu viens ?
    <div class="gmail_signature">Zoé<br>06 …</div>                  ->  --
                                                                        Zoé …

Quotes and signatures become what they are in plain text, so that one room recognises both. One pass from tag
to tag: a tag that is never closed ends the text and costs no time.
"""

import html
import re
from collections.abc import Iterator

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][\w:-]*)")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_BREAK_WORDS = (
    "address article aside blockquote center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header"
    " hr li main nav ol pre section table tbody td th thead tr ul"
)
_BREAKS = frozenset(_BREAK_WORDS.split())
_CELLS = frozenset({"td", "th"})
_SILENT = frozenset({"head", "script", "style", "title", "template", "noscript"})
_SIGNED = re.compile(
    r"(?:class|id)\s*=\s*[\"']?[^\"'>]*\b(?:gmail_signature(?!_)|moz-signature|Signature\b"
    r"|ms-outlook-mobile-signature|AppleMailSignature|protonmail_signature_block(?!-)|zimbraSignature)",
)
_MOST_QUOTES = 50


def html_to_text(page: str) -> str:
    """The text, quotes with « > » before their lines, signatures after « -- »."""
    builder = _TextBuilder()
    for kind, value in _tokens(page):
        if kind == "text":
            builder.add_text(html.unescape(value))
        elif found := _TAG.match(value):
            builder.add_tag(found["name"].lower(), bool(found["end"]), value)
    return builder.text()


def _tokens(page: str) -> Iterator[tuple[str, str]]:
    """("text", ...) and ("tag", ...), in order; comments and what no reader shows are left out."""
    lower = page.lower()
    position = 0
    while (opened := page.find("<", position)) >= 0:
        yield "text", page[position:opened]
        mark = "-->" if page.startswith("<!--", opened) else ">"
        closed = page.find(mark, opened + 1)
        follows = page[opened + 1 : opened + 2]
        if not (follows.isalpha() or follows in ("/", "!", "?")):  # « 3 < 5 »
            yield "text", "<"
            position = opened + 1
            continue
        if closed < 0:
            return
        tag, position = page[opened : closed + 1], closed + len(mark)
        yield "tag", tag
        name = _TAG.match(tag)
        if name and not name["end"] and name["name"].lower() in _SILENT and not tag.endswith("/>"):
            position = lower.find(f"</{name['name'].lower()}", position)
            if position < 0:
                return
    yield "text", page[position:]


class _TextBuilder:
    """Lines as they grow."""

    def __init__(self) -> None:
        self._lines: list[str] = [""]
        self._quotes = self._preformatted = 0  # depth in blockquote, in pre
        self._loose = True  # whether a blank line surrounds the paragraph

    def add_text(self, words: str) -> None:
        if self._preformatted:
            first, *others = words.replace("\r\n", "\n").split("\n")
            self._lines[-1] += first
            for line in others:
                self.new_line()
                self._lines[-1] += line
            return
        words = _SPACES.sub(" ", words)
        bare = self._lines[-1] in ("", "> ")
        self._lines[-1] += words.lstrip(" ") if bare or self._lines[-1].endswith(" ") else words

    def add_tag(self, name: str, ends: bool, tag: str) -> None:
        if name == "br":
            self.new_line()
        elif name == "p":
            self.fresh_line()
            self._loose = self._loose if ends else "MsoNormal" not in tag  # Outlook's lines are paragraphs
            if self._loose:
                self.new_line()
        elif name in _CELLS:
            self.add_text(" ")
        elif name in _BREAKS:
            self.fresh_line()
        if name == "blockquote":
            self._quotes = max(0, min(_MOST_QUOTES, self._quotes + (-1 if ends else 1)))
            self._lines[-1] = self._start()
        elif name == "pre":
            self._preformatted = max(0, self._preformatted + (-1 if ends else 1))
        if not ends and _SIGNED.search(tag[:1000]) and not self._quotes:
            self.fresh_line()
            self._lines[-1] = "-- "
            self.new_line()

    def _start(self) -> str:
        return "> " if self._quotes else ""

    def new_line(self) -> None:
        self._lines.append(self._start())

    def fresh_line(self) -> None:
        """A new line, unless one has just begun."""
        if self._lines[-1].strip("> "):
            self.new_line()

    def text(self) -> str:
        lines = [line if line == "-- " else line.rstrip(" ") for line in self._lines]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")

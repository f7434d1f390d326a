"""The Markdown of signal-export: headers, and what the tool wraps around a person's words.

[2024-01-01 12:24:01] Léa:                 date and sender
> ce qu'elle cite                          the quote, before the words
sa réponse                                 the words
(- Me: ❤️ -)                               reactions
(( 🏄 ))                                   a sticker
![a.jpg](./media/a.jpg)                    what was attached
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

_HEADER = re.compile(r"\[(\d{4}-\d{2}-\d{2}),? (\d{2}:\d{2}(?::\d{2})?)\] (.{0,200}?): ?(.*)", re.DOTALL)
_FILE = re.compile(r"!?\[([^\n\[]{0,300}?)\]\((?:\./)?media/[^)\n]{0,500}\)")
_STICKER = re.compile(
    r"\[[^\n\[\]]{0,60}\]\((?:\.\./)?(?:exported_)?stickers/[^)\n]{0,300}\)|\n\(\( [^\n]{0,60} \)\)(?=\s*\Z)"
)
_REACTIONS = re.compile(r"\n\(- [^\n]+: [^\n]+ -\)(?=\s*\Z)")
_LONGEST = 1 << 20  # characters of one message
_LOOKED_AT = 200  # lines that decide which tool wrote a file
_MARK = "\u200e"  # WhatsApp's: its Swedish exports have nearly the same headers


class MarkdownEntry(NamedTuple):
    """One entry as it is written; `at` is ISO 8601, `files` are names."""

    number: int
    at: str
    sender: str
    text: str
    files: tuple[str, ...] = ()
    sticker: bool = False
    call: bool = False


def is_markdown_export(text: str, named: bool) -> bool:
    """Whether a text is this tool's: no seconds after a comma, « Me », or two spaces at the end of lines."""
    lines = [line for line in text.lstrip("\ufeff").split("\n")[:_LOOKED_AT] if line.strip()]
    headers = [found for line in lines if (found := _HEADER.match(line))]
    if not headers or not _HEADER.match(lines[0]) or _MARK in text:
        return False
    old = f"[{headers[0][1]}, {headers[0][2]}]" in lines[0] and headers[0][2].count(":") == 1
    has_me = any(found[3] == "Me" for found in headers)
    spaced = sum(line.rstrip("\r").endswith("  ") for line in lines) * 2 > len(headers)
    return named or old or has_me or spaced


def markdown_entries(
    lines: Iterable[str], lost: Callable[[int], None] | None = None
) -> Iterator[MarkdownEntry]:
    """The entries of a text; `lost` gets the number of lines before the first."""
    current: MarkdownEntry | None = None
    more: list[str] = []
    size = before = 0
    for number, line in enumerate(lines, 1):
        line = line.lstrip("\ufeff") if number == 1 else line
        if found := _HEADER.match(line):
            if current:
                yield _whole(current, more)
            current = MarkdownEntry(number, f"{found[1]}T{found[2]}", found[3].strip(), "")
            more, size = [found[4].rstrip("\r\n")], 0
        elif current is None:
            before += bool(line.strip())
        elif size < _LONGEST:
            more.append(line.rstrip("\r\n"))
            size += len(line)
    if current:
        yield _whole(current, more)
    if before and lost:
        lost(before)


def _whole(entry: MarkdownEntry, lines: list[str]) -> MarkdownEntry:
    """The entry with its words, once they are all there."""
    text = "\n".join(_unquoted(lines))
    files = tuple(found[1] for found in _FILE.finditer(text))
    return entry._replace(text=text, files=files, sticker=bool(_STICKER.search(_FILE.sub("", text))))


def _unquoted(lines: list[str]) -> list[str]:
    """Without the quote that the tool puts on lines of its own before the words."""
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    if first == 0 or not lines[first].startswith(">"):
        return lines
    while first < len(lines) and lines[first].startswith(">"):
        first += 1
    return lines[first:]


def cleaned(text: str) -> str:
    """The words alone. What is cut stands at the end: files, then a sticker, then reactions."""
    text = _FILE.sub("", text).rstrip()
    text = _STICKER.sub("", "\n" + text).rstrip()
    return _REACTIONS.sub("", text).strip()

"""imessage-exporter: one text a chat, made of the base of Messages (`-f txt`); or a page (exporter_html.py).

    May 17, 2024  5:29:42 PM (Read by you after 2 seconds)
    +33639980107
    tu viens ?
    Tapbacks:
    Loved by Me

    May 17, 2024  5:30:01 PM
    Me
    oui
    et toi ?
    This message responded to an earlier message.

    May 17, 2024  5:31:00 PM You named the conversation Rando

An answer stands once more below what it answers, four spaces further in: there it is left out. An edited
message has all its versions: the last one counts. The owner is `Me`, or who is « read by them ».
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Message
from sosie.sources.file_reader import FileReader, unless_empty
from sosie.sources.files.archive import LONGEST_LINE, Archive
from sosie.sources.files.candidates import by_number, files_ending
from sosie.sources.files.text_file import beginning, open_text
from sosie.sources.imessage.exporter_html import is_page, page_entries
from sosie.sources.imessage.exporter_lines import Entry, Words, own_words
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.written_dates import from_words

if TYPE_CHECKING:
    from sosie.sources.base import Log

_DATE = r"(?P<date>[A-Z][a-z]{2} \d{1,2}, \d{4} {1,2}\d{1,2}:\d{2}:\d{2} [AP]M)"
_HEADER = re.compile(rf"{_DATE}(?: \([^()]{{1,200}}\))*")
_NOTICE = re.compile(rf"{_DATE} (?P<text>[^ (].*)")
_OURS = re.compile(rf"\A\ufeff?\s*{_DATE}(?:(?: \([^()\n]{{1,200}}\))*\r?\n[^\n]{{1,200}}\r?\n| [^ (\n])")
_AUTHOR = re.compile(
    rf"^{_DATE}(?P<read> \(Read by them [^()\n]{{1,200}}\))?(?: \([^()\n]{{1,200}}\))*\n"
    r"(?P<who>[^\n]{1,200})$",
    re.MULTILINE,
)
_ME = "Me"
_PAGE = (".html", ".htm")
_LONGEST_PAGE = 1 << 27  # characters
_LONGEST = 1 << 20  # of one message
_BEFORE = "lignes avant le premier message"
_TOO_LONG = "plus long qu'un message ne peut l'être"
_REST = "fin d'une page trop longue"


class ImessageExporter(FileReader):
    expects = "un dossier d'imessage-exporter (-f txt ou -f html)"
    sureness = 0.97

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        """The texts and the pages; where both are there for a chat, its text."""
        found: dict[str, str] = {}
        for name in sorted(files_ending(archive, ".txt", *_PAGE), key=_texts_first)[:most]:
            text = beginning(archive, name)
            if _OURS.match(text) or is_page(text):
                found.setdefault(str(PurePosixPath(name).with_suffix("")), name)
        return sorted(found.values(), key=by_number)

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        title, text = PurePosixPath(name).stem, beginning(archive, name)
        if page := is_page(text) and not _OURS.match(text):
            entries = list(_page_entries(archive, name, log))
            people = {entry.author for entry in entries if entry.words.kind != "notice"}
            read = iter([entry.author for entry in entries if entry.mine])
        else:
            headers = list(_AUTHOR.finditer(text.replace("\r\n", "\n")))
            people = {found["who"].strip() for found in headers}
            read = iter([found["who"].strip() for found in headers if found["read"]])
        if messages := unless_empty(_messages(entries if page else _entries(archive, name, log), name, log)):
            yield Conversation(
                id=f"imessage-exporter-{digest(title)}",
                title=title,
                source="imessage_exporter",
                group=len(people) > 2,
                messages=messages,
                owner=_ME if _ME in people else next(read, None),
            )


def _texts_first(name: str) -> tuple[bool, list[tuple[int, str]]]:
    return name.lower().endswith(_PAGE), by_number(name)


def _page_entries(archive: Archive, name: str, log: "Log") -> Iterator[Entry]:
    with open_text(archive, name, log.advance) as stream:
        page = stream.read(_LONGEST_PAGE)
        if stream.read(1):
            log.skip(_REST)
    yield from page_entries(page)


def _messages(entries: Iterable[Entry], name: str, log: "Log") -> Iterator[Message]:
    ids = MessageIds()
    for entry in entries:
        text, kind, edited = entry.words
        if len(text) > _LONGEST:
            log.skip(_TOO_LONG)
            continue
        log.entries += 1
        author = "" if kind == "notice" else entry.author or "inconnu"
        yield Message(
            id=ids.of(" ".join(entry.date.split()), author, kind, text),
            author=author,
            text=text,
            at=from_words(entry.date),
            kind=kind,
            origin=f"{name}:{entry.number}",
            edited=edited,
            style=kind != "notice",
        )


def _entries(archive: Archive, name: str, log: "Log") -> Iterator[Entry]:
    """A date alone on its line, after an empty one, begins a message; then comes its author."""
    start: _Start | None = None
    before, empty = 0, True
    with open_text(archive, name, log.advance, LONGEST_LINE) as lines:
        for number, line in enumerate(lines, 1):
            line = line.removeprefix("\ufeff").rstrip("\r\n")
            if empty and (found := _HEADER.fullmatch(line) or _NOTICE.fullmatch(line)):
                if start:
                    yield start.entry()
                told = found.groupdict().get("text")
                start = _Start(number, found["date"], lines=[told] if told else [], notice=bool(told))
            elif start is None:
                before += bool(line)
            elif start.author is None and not start.notice:
                start.author = line.strip()
            elif not start.notice or line:
                start.lines.append(line)
            empty = not line.strip()
    if before:
        log.skip(_BEFORE, before)
    if start:
        yield start.entry()


@dataclass(slots=True)
class _Start:
    """A message whose lines are still coming."""

    number: int
    date: str
    author: str | None = None  # None until its line comes
    lines: list[str] = field(default_factory=list)
    notice: bool = False

    def entry(self) -> Entry:
        words = Words("\n".join(self.lines), "notice") if self.notice else own_words(self.lines)
        return Entry(self.number, self.date, self.author or "", words)

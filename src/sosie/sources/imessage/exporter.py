"""imessage-exporter: one text a chat, made of the base of Messages (`-f txt`).

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
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import LONGEST_LINE, Archive
from sosie.sources.files.candidates import by_number, files_ending
from sosie.sources.files.text_file import beginning, open_text
from sosie.sources.imessage.exporter_lines import Words, own_words
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
_LONGEST = 1 << 20  # characters of one message
_BEFORE = "lignes avant le premier message"
_TOO_LONG = "plus long qu'un message ne peut l'être"


@dataclass(slots=True)
class _Entry:
    number: int
    date: str
    author: str | None = None  # None until its line comes
    lines: list[str] = field(default_factory=list)
    notice: bool = False


class ImessageExporter(FileReader):
    expects = "un dossier d'imessage-exporter (-f txt)"
    sureness = 0.97

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        names = sorted(files_ending(archive, ".txt"), key=by_number)
        return [name for name in names[:most] if _OURS.match(beginning(archive, name))]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        title = PurePosixPath(name).stem
        headers = list(_AUTHOR.finditer(beginning(archive, name).replace("\r\n", "\n")))
        people = {found["who"].strip() for found in headers}
        read = (found["who"].strip() for found in headers if found["read"])
        yield Conversation(
            id=f"imessage-exporter-{digest(title)}",
            title=title,
            source="imessage_exporter",
            group=len(people) > 2,
            messages=_messages(archive, name, log),
            owner=_ME if _ME in people else next(read, None),
        )


def _messages(archive: Archive, name: str, log: "Log") -> Iterator[Message]:
    ids = MessageIds()
    for entry in _entries(archive, name, log):
        if sum(map(len, entry.lines)) > _LONGEST:
            log.skip(_TOO_LONG)
            continue
        log.entries += 1
        found = Words("\n".join(entry.lines), "notice") if entry.notice else own_words(entry.lines)
        kind: MessageKind = found.kind
        author = "" if kind == "notice" else entry.author or "inconnu"
        yield Message(
            id=ids.of(" ".join(entry.date.split()), author, kind, found.text),
            author=author,
            text=found.text,
            at=from_words(entry.date),
            kind=kind,
            origin=f"{name}:{entry.number}",
            edited=found.edited,
            style=kind != "notice",
        )


def _entries(archive: Archive, name: str, log: "Log") -> Iterator[_Entry]:
    """A date alone on its line, after an empty one, begins a message; then comes its author."""
    entry: _Entry | None = None
    before, empty = 0, True
    with open_text(archive, name, log.advance, LONGEST_LINE) as lines:
        for number, line in enumerate(lines, 1):
            line = line.removeprefix("\ufeff").rstrip("\r\n")
            if empty and (found := _HEADER.fullmatch(line) or _NOTICE.fullmatch(line)):
                if entry:
                    yield entry
                told = found.groupdict().get("text")
                entry = _Entry(number, found["date"], lines=[told] if told else [], notice=bool(told))
            elif entry is None:
                before += bool(line)
            elif entry.author is None and not entry.notice:
                entry.author = line.strip()
            elif not entry.notice or line:
                entry.lines.append(line)
            empty = not line.strip()
    if before:
        log.skip(_BEFORE, before)
    if entry:
        yield entry

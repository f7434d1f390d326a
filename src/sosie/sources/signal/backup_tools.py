"""signalbackup-tools: the text that `--exporttxt` makes of a phone's backup, one file a chat.

    Malo (_id5).txt
    [Mar 12, 2024 10:01:00] <Malo> t'es là ?
    [Mar 12, 2024 10:02:00] *** <Zoé> sent file "photo.jpg"
    [Mar 12, 2024 10:02:00] <Zoé> oui (Malo: ❤️)      the reactions, after the words
    tiens                                             the same message goes on
    [Mar 12, 2024 10:03:00] *** You set the disappearing message timer to 1 week

Times are local to the machine of the export. Nothing says who its owner is.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import LONGEST_LINE, Archive
from sosie.sources.files.candidates import by_number, files_ending
from sosie.sources.files.text_file import beginning, open_text
from sosie.sources.values.media_kind import kind_of_name, kind_of_type
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.written_dates import from_words

if TYPE_CHECKING:
    from sosie.sources.base import Log

_DATE = r"\[(?P<date>[^\W\d]{3,5}\.? \d{1,2}, \d{4} \d{2}:\d{2}:\d{2})\] "
_SAID = re.compile(rf"{_DATE}<(?P<who>[^<>\n]{{1,200}})> (?P<text>.*)")
_TOLD = re.compile(rf"{_DATE}\*\*\* (?:<(?P<who>[^<>\n]{{1,200}})> sent file(?: (?P<file>.*))?|(?P<text>.*))")
_OURS = re.compile(rf"\A\ufeff?{_DATE}(?:\*\*\* |<[^<>\n]{{1,200}}> )")
_TYPE = re.compile(r"of type ([\w.+-]+/[\w.+-]+)")
_REACTIONS = re.compile(r" \((?:[^():;\n]{1,100}: [^\w\s()]{1,16}(?:; )?)+\)\Z")
_NUMBER = re.compile(r"\s*\(_id\d+\)\Z")
_LONGEST = 1 << 20  # characters of one message
_BEFORE = "lignes avant le premier message"
_TOO_LONG = "plus long qu'un message ne peut l'être"


class _Entry(NamedTuple):
    number: int
    date: str
    author: str
    kind: MessageKind
    words: list[str]


class SignalBackupTools(FileReader):
    expects = "un dossier de signalbackup-tools (--exporttxt)"
    sureness = 0.97

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        names = sorted(files_ending(archive, ".txt"), key=by_number)
        return [name for name in names[:most] if _OURS.match(beginning(archive, name))]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        title = _NUMBER.sub("", PurePosixPath(name).stem)
        people = {found["who"] for found in _SAID.finditer(beginning(archive, name))}
        yield Conversation(
            id=f"signalbackup-{digest(title)}",
            title=title,
            source="signalbackup",
            group=len(people) > 2,
            messages=_messages(archive, name, log),
        )


def _messages(archive: Archive, name: str, log: "Log") -> Iterator[Message]:
    ids = MessageIds()
    for entry in _entries(archive, name, log):
        text = _REACTIONS.sub("", "\n".join(entry.words)).strip()
        if len(text) > _LONGEST:
            log.skip(_TOO_LONG)
            continue
        log.entries += 1
        yield Message(
            id=ids.of(entry.date, entry.author, entry.kind, text),
            author=entry.author,
            text=text,
            at=from_words(entry.date),
            kind=entry.kind,
            origin=f"{name}:{entry.number}",
            style=entry.kind != "notice",
        )


def _entries(archive: Archive, name: str, log: "Log") -> Iterator[_Entry]:
    """The entries of a file; lines without a date go on with what was said before."""
    entry: _Entry | None = None
    before = 0
    with open_text(archive, name, log.advance, LONGEST_LINE) as lines:
        for number, line in enumerate(lines, 1):
            line = line.removeprefix("\ufeff").rstrip("\r\n")
            if found := _entry(number, line):
                if entry:
                    yield entry
                entry = found
            elif entry:
                entry.words.append(line)
            else:
                before += 1
    if before:
        log.skip(_BEFORE, before)
    if entry:
        yield entry


def _entry(number: int, line: str) -> _Entry | None:
    if found := _SAID.fullmatch(line):
        return _Entry(number, found["date"], found["who"], "text", [found["text"]])
    if not (found := _TOLD.fullmatch(line)):
        return None
    if found["who"]:
        mime = _TYPE.match(found["file"] or "")
        name = (found["file"] or "").strip('"')
        kind = kind_of_type(mime[1]) if mime else kind_of_name(name)
        return _Entry(number, found["date"], found["who"], kind, [])
    return _Entry(number, found["date"], "", "notice", [found["text"]])

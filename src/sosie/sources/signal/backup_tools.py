"""signalbackup-tools: the text that `--exporttxt` makes of a phone's backup, one file a chat; or pages.

    Malo (_id5).txt
    [Mar 12, 2024 10:01:00] <Malo> t'es là ?
    [Mar 12, 2024 10:02:00] *** <Zoé> sent file "photo.jpg"
    [Mar 12, 2024 10:02:00] <Zoé> oui (Malo: ❤️)      the reactions, after the words
    tiens                                             the same message goes on
    [Mar 12, 2024 10:03:00] *** You set the disappearing message timer to 1 week

Times are local to the machine of the export. Nothing says who its owner is.
"""

import html
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Message
from sosie.sources.file_reader import FileReader, unless_empty
from sosie.sources.files.archive import LONGEST_LINE, Archive
from sosie.sources.files.candidates import by_number, files_ending
from sosie.sources.files.text_file import beginning, open_text
from sosie.sources.signal.backup_tools_entry import Entry
from sosie.sources.signal.backup_tools_html import ME, is_page, page_entries
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
_NAME = re.compile(r'<span class="msg-name msg-name-\d+">(?P<who>[^<>]{1,200})</span>')
_LONGEST_PAGE = 1 << 27  # characters
_REST = "fin d'une page trop longue"
_LONGEST = 1 << 20  # characters of one message
_BEFORE = "lignes avant le premier message"
_TOO_LONG = "plus long qu'un message ne peut l'être"


class SignalBackupTools(FileReader):
    expects = "un dossier de signalbackup-tools (--exporttxt ou --exporthtml)"
    sureness = 0.97

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        names = sorted(files_ending(archive, ".txt", ".html"), key=by_number)
        heads = ((name, beginning(archive, name)) for name in names[:most])
        return [name for name, head in heads if _OURS.match(head) or is_page(head)]

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        names = self.files(archive)
        log.total = sum(archive.sizes[name] for name in names)
        threads: dict[str, list[str]] = {}
        for name in names:
            page = not name.lower().endswith(".txt") and _NUMBER.search(PurePosixPath(name).parent.name)
            threads.setdefault(str(PurePosixPath(name).parent) if page else name, []).append(name)
        for thread, pages in threads.items():
            yield from self._conversation(archive, PurePosixPath(thread), pages, log)

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        return self._conversation(archive, PurePosixPath(name), [name], log)

    def _conversation(
        self, archive: Archive, path: PurePosixPath, names: list[str], log: "Log"
    ) -> Iterator[Conversation]:
        """One chat: a text, or the pages of a folder."""
        title = _NUMBER.sub("", path.name.removesuffix(".txt").removesuffix(".html"))
        head = beginning(archive, names[0])
        pages = is_page(head)
        shape = _NAME if pages else _SAID
        people = {html.unescape(found["who"]).strip() for found in shape.finditer(head)}
        read = _pages if pages else _entries
        entries = (entry for name in names for entry in read(archive, name, title, log))
        if messages := unless_empty(_messages(entries, names[0], log)):
            yield Conversation(
                id=f"signalbackup-{digest(title)}",
                title=title,
                source="signalbackup",
                group=bool(people) if pages else len(people) > 2,
                messages=messages,
                owner=ME if pages else None,
            )


def _pages(archive: Archive, name: str, other: str, log: "Log") -> Iterator[Entry]:
    with open_text(archive, name, log.advance) as stream:
        page = stream.read(_LONGEST_PAGE)
        if stream.read(1):
            log.skip(_REST)
    yield from page_entries(page, other)


def _messages(entries: Iterator[Entry], name: str, log: "Log") -> Iterator[Message]:
    ids = MessageIds()
    for entry in entries:
        text = _REACTIONS.sub("", "\n".join(entry.words)).strip()
        if len(text) > _LONGEST:
            log.skip(_TOO_LONG)
            continue
        log.entries += 1
        yield Message(
            id=ids.of(entry.date, entry.author, entry.kind, text),
            author=entry.author if entry.kind != "call" else "",
            text=text,
            at=from_words(entry.date),
            kind=entry.kind,
            origin=f"{name}:{entry.number}",
            style=entry.kind not in ("notice", "call"),
        )


def _entries(archive: Archive, name: str, other: str, log: "Log") -> Iterator[Entry]:
    """The entries of a file; lines without a date go on with what was said before."""
    entry: Entry | None = None
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


def _entry(number: int, line: str) -> Entry | None:
    if found := _SAID.fullmatch(line):
        return Entry(number, found["date"], found["who"], "text", [found["text"]])
    if not (found := _TOLD.fullmatch(line)):
        return None
    if found["who"]:
        mime = _TYPE.match(found["file"] or "")
        name = (found["file"] or "").strip('"')
        kind = kind_of_type(mime[1]) if mime else kind_of_name(name)
        return Entry(number, found["date"], found["who"], kind, [])
    return Entry(number, found["date"], "", "notice", [found["text"]])

"""TikTok: « Direct Messages.txt » of « Télécharger tes données », in text.

    >>> Chat History with leo.rx::
    2025-03-02 09:15:00 UTC zoe.b: mdr
    2025-03-02 09:14:10 UTC leo.rx: t'as vu ?

Newest first, in UTC. Who its owner is stands in another file: it is who the thread is not with.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sosie.sources.files.archive import LONGEST_LINE, Archive
from sosie.sources.files.candidates import files_ending
from sosie.sources.files.text_file import beginning, open_text

if TYPE_CHECKING:
    from sosie.sources.base import Log

_THREAD = re.compile(r"\ufeff?>>> Chat History with (?P<other>.{1,200}?):*\s*")
_BEGINS = re.compile(rf"\A\s*{_THREAD.pattern}$", re.MULTILINE)
_LINE = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?: UTC)? (?P<author>[^\s:][^:\n]{0,79}):(?: (?P<text>.*))?"
)
_LONGEST = 1 << 20  # characters of one message
_TOO_LONG = "plus long qu'un message ne peut l'être"
_NO_MESSAGE = "ligne qui n'est pas un message"
_Row = dict[str, str]  # From, Date, Content: as the JSON has them


def text_files(archive: Archive, most: int | None = None) -> list[str]:
    """The files of messages, by how they begin."""
    names = files_ending(archive, ".txt")[:most]
    return [name for name in names if _BEGINS.match(beginning(archive, name))]


def text_rows(archive: Archive, name: str, log: "Log") -> Iterator[tuple[str, _Row]]:
    """(who a thread is with, each message), as the file has them."""
    other, row, words = "", _Row(), list[str]()
    with open_text(archive, name, log.advance, LONGEST_LINE) as lines:
        for line in (each.rstrip("\r\n") for each in lines):
            thread, found = _THREAD.fullmatch(line), _LINE.fullmatch(line)
            if not (thread or found):
                if row:
                    words.append(line)
                elif line.strip() and other:
                    log.skip(_NO_MESSAGE)
                continue
            yield from _whole(other, row, words, log)
            other = thread["other"] if thread else other
            row = {"From": found["author"], "Date": found["at"]} if found else {}
            words = [found["text"] or ""] if found else []
    yield from _whole(other, row, words, log)


def _whole(other: str, row: _Row, words: list[str], log: "Log") -> Iterator[tuple[str, _Row]]:
    if not row:
        return
    if sum(map(len, words)) > _LONGEST:
        log.skip(_TOO_LONG)
        return
    yield other, {**row, "Content": "\n".join(words)}

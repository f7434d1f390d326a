"""Copilot: `copilot-activity-history.csv`, from the privacy page of a Microsoft account.

    Conversation,Time,Author,Message
    "Voyage",2025-03-02T09:15:30,AI,"Voici un plan"              newest first
    "Voyage",2025-03-02T09:15:00,Human,"fais-moi un plan, stp"

A conversation is known by its title only; the zone of the times is not said.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sosie.core.message import Conversation
from sosie.sources.assistants.common import HistoryTurn, history_conversation
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_holding
from sosie.sources.files.decoding import read_as
from sosie.sources.table.rows import Row, heading, rows
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_iso, sortable

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(
    r'\A\ufeff?\s*"?Conversation"?([,;\t])"?Time"?\1"?Author"?\1"?Message"?\s*$', re.IGNORECASE | re.MULTILINE
)
_PERSON = "Human"


class Copilot(FileReader):
    expects = "l'historique de Copilot (copilot-activity-history.csv)"
    sureness = 0.97

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        return files_holding(archive, ".csv", _OURS)[:most]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        threads: dict[str, list[Row]] = {}
        if found := heading(read_as(archive.head(name))):
            for row in rows(archive, name, *found, log):
                threads.setdefault(row.thread, []).append(row)
        for title, thread in threads.items():
            turns = _turns(thread)
            if conversation := history_conversation("copilot", digest(title), title, turns, log, _PERSON):
                yield conversation


def _turns(thread: list[Row]) -> Iterator[HistoryTurn]:
    """By time; a question and its answer may have the same, and then the question is first."""
    ids = MessageIds()

    def order(row: Row) -> tuple[object, bool]:
        return sortable(from_iso(row.day)), row.author.lower() != _PERSON.lower()

    oldest_first = list(reversed(thread))
    for row in sorted(oldest_first, key=order):
        at = from_iso(row.day)
        author = _PERSON if row.author.lower() == _PERSON.lower() else row.author
        yield HistoryTurn(ids.of(author, row.day, row.text), author, row.text, at)

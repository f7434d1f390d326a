"""The rows of a table of messages, with a cell for each thing that its first line names.

sep=;
date;auteur;message                     the separator is the one that makes the names readable
03/04/2024 09:00;Léo;"salut ; ça va ?   ->  Row(3, author="Léo", text="salut ; ça va ?\\ntu fais quoi", ...)
tu fais quoi"
"""

import csv
import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from sosie.sources.files.archive import Archive
from sosie.sources.files.html_text import html_to_text
from sosie.sources.table.columns import Columns, columns_of, way_of

if TYPE_CHECKING:
    from sosie.sources.base import Log

_SEPARATORS = ";,\t|"
_ROLES = ("author", "text", "day", "hour", "thread", "title", "to", "id", "way", "file")
_HTML = re.compile(r"</(?:p|div|span|b|i|a|li|ul|blockquote)>|<br ?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|[a-zA-Z]{2,8});")
_BETWEEN = re.compile(r"[;,]\s+")  # « Malo, Ana » are two; « Roy, Malo » is one, in every row the same
_QUOTED = re.compile(r"^>.*\n?", re.MULTILINE)  # as html_to_text writes what is in a blockquote
_BLANK = re.compile(r"\n\s*\n")
_NO_WORDS, _NOBODY, _BROKEN = "ligne sans texte", "ligne sans auteur", "ligne illisible"


def heading(text: str) -> tuple[str, Columns] | None:
    """(separator, columns) of the first line; « sep=; » before it is a word of Excel to itself."""
    lines = [line for line in text.lstrip("\ufeff")[:20_000].splitlines()[:5] if line.strip()]
    lines = lines[1:] if lines and re.fullmatch(r"sep=.", lines[0].strip()) else lines
    if len(lines) < 2 or len(lines[0]) > 2000:
        return None
    for separator in sorted(_SEPARATORS, key=lines[0].count, reverse=True):
        try:
            header = next(csv.reader(lines[:1], delimiter=separator), [])
        except csv.Error:
            continue
        if len(header) > 1 and (columns := columns_of(header)):
            return separator, columns
    return None


class Row(NamedTuple):
    number: int  # of the line where it begins
    author: str
    text: str
    day: str
    hour: str
    thread: str
    title: str  # of the thread
    to: str  # whom it was written to
    id: str
    way: str
    file: str  # the name or the address of what was sent

    @property
    def pair(self) -> str:
        """The people, in any order, where the table names no threads."""
        people = {name.strip() for cell in (self.author, self.to) for name in _BETWEEN.split(cell)}
        return "\0".join(sorted(people)) if self.author and self.to else ""

    @property
    def time(self) -> str:
        return f"{self.day} {self.hour}".strip()

    @property
    def sent(self) -> str:
        """The file that was sent; « non » and « 0 » are none."""
        return self.file if "." in self.file else ""


def rows(
    archive: Archive, name: str, separator: str, columns: Columns, log: "Log | None" = None
) -> Iterator[Row]:
    """The rows that say something; the others are counted in `log`, where one is given."""
    skip = log.skip if log else lambda reason: None
    indexes = [getattr(columns, role) for role in _ROLES]
    started = False
    for number, cells in _cells(archive, name, separator, log):
        if not started:
            started = columns_of([cell.lstrip("\ufeff") for cell in cells or []]) is not None
        elif cells is None:
            skip(_BROKEN)
        elif any(map(str.strip, cells)):
            row = Row(
                number,
                **{role: _cell(cells, column) for role, column in zip(_ROLES, indexes, strict=True)},
            )
            if _HTML.search(row.text):
                own = _QUOTED.sub("", html_to_text(row.text))
                row = row._replace(text=_BLANK.sub("\n", own).strip())
            elif _ENTITY.search(row.text):
                row = row._replace(text=html.unescape(row.text).strip())
            if (row.text or row.sent) and (row.author or way_of(row.way) == "sent"):
                yield row
            else:
                skip(_NOBODY if row.text or row.sent else _NO_WORDS)


def _cell(cells: list[str], column: int | None) -> str:
    return cells[column].strip() if column is not None and column < len(cells) else ""


def _cells(
    archive: Archive, name: str, separator: str, log: "Log | None"
) -> Iterator[tuple[int, list[str] | None]]:
    """(line, cells), None for a row that is none: a quote never closed fills at most 128 kB."""
    with archive.text(name, log.advance if log else None) as lines:
        table = csv.reader(lines, delimiter=separator)
        while True:
            try:
                yield table.line_num + 1, next(table)
            except csv.Error:
                yield table.line_num, None
            except StopIteration:
                return

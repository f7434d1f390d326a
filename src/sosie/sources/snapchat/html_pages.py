"""Snapchat's pages, read where « Mes données » was asked for without JSON.

    html/chat_history/subpage_leo.rx.html                           a page for each thread, newest first
    <h1>leo.rx</h1>  <h4>zoe.b</h4><p>c&#39;est grave</p><h6>2025-03-02 09:16:00 UTC</h6>

    html/chat_history.html                                          all of them, in the older exports
    <h3>Sent Saved Chat History</h3>  <tr><td>leo.rx</td><td>TEXT</td><td>2021-03-02 09:16:00 UTC</td></tr>
                                      <tr><td colspan="3">c&#39;est grave</td></tr>

Both are given as the records of the JSON form.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_ending
from sosie.sources.files.decoding import read_as
from sosie.sources.files.html_walk import Open, Text, walk

_CARD = (re.compile(r"<h4\b", re.IGNORECASE), re.compile(r"\d\d:\d\d UTC\s{0,200}</h6>", re.IGNORECASE))
_TABLES = re.compile(r"(?:Received|Sent) (?:Un)?saved Chat History", re.IGNORECASE)
_MOST_TEXT = 100_000
_PAGE = re.compile(r"(?:subpage_(?P<other>.+)|chat_history)\.html\Z", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: UTC)?")
_TITLE = re.compile(r"(?:Chat History|Conversation) (?:with|avec) ", re.IGNORECASE)
_TYPE = re.compile(r"[A-Z_]{4,40}")
_MEDIA = {"img": "IMAGE", "video": "VIDEO", "audio": "NOTE"}
_BLOCKS = frozenset(("h1", "h3", "h4", "h6", "p", "td"))
_Item = dict[str, Any]


def chat_pages(archive: Archive) -> list[str]:
    """The pages with messages; a page by itself may have any name."""
    names = [
        name
        for name in files_ending(archive, ".html")
        if _PAGE.search(PurePosixPath(name).name) or len(archive.names) == 1
    ]
    return [name for name in names if _is_ours(read_as(archive.head(name)))]


def _is_ours(page: str) -> bool:
    if "<" not in page[:1000]:
        return False
    return all(part.search(page) for part in _CARD) or _TABLES.search(page) is not None


def page_records(page: str, name: str) -> Iterator[tuple[str, _Item]]:
    """(the thread, a message) of each in a page; the thread is "" in a page of all threads."""
    found = _PAGE.search(PurePosixPath(name).name)
    thread, sent, item = (found["other"] or "" if found else ""), False, _Item()
    for tag, texts in _blocks(page):
        text = texts[0]
        if tag in ("h4", "row"):
            if item:
                yield thread, _typed(item)
            item = {"From": text} if tag == "h4" else _of_row(texts, sent)
        elif tag == "h1":
            thread = _TITLE.sub("", text) if thread and text and not item else thread
        elif tag == "h3":
            sent = text.startswith("Sent ")
        elif item and tag in _MEDIA:
            item.setdefault("Media Type", _MEDIA[tag])
        elif item and tag == "h6":
            item["Created" if _TIME.fullmatch(text) else "Media Type"] = text
        elif item and text and len(item.get("Content", "")) < _MOST_TEXT:
            item["Content"] = "\n".join(part for part in (item.get("Content"), text) if part)
    if item:
        yield thread, _typed(item)


def _typed(item: _Item) -> _Item:
    return {"Media Type": "TEXT" if item.get("Content") else "MEDIA"} | item


def _of_row(cells: list[str], sent: bool) -> _Item:
    """« leo.rx | TEXT | 2021-03-02 09:16:00 UTC » of a table of what was received, or sent."""
    other, *told = cells
    item: _Item = {"To" if sent else "From": other, "IsSender": sent}
    for cell in told:
        key = "Created" if _TIME.fullmatch(cell) else "Media Type" if _TYPE.fullmatch(cell) else "Content"
        item.setdefault(key, cell)
    return item


def _blocks(page: str) -> Iterator[tuple[str, list[str]]]:
    """Headings and paragraphs with their text, media, and a table's lines: « row », or « td » of one cell."""
    name, words, cells = "", "", list[str]()
    for token in walk(page):
        if isinstance(token, Text):
            words += token.text if name else ""
        elif isinstance(token, Open):
            if token.name == "br":
                words += "\n"
            elif token.name in _BLOCKS:
                name, words = token.name, ""
            elif token.name == "tr":
                cells = []
            elif token.name in _MEDIA:
                yield token.name, [""]
        elif token.name == "tr" and cells:
            yield ("row" if len(cells) > 2 else "td"), cells
            cells = []
        elif token.name == name:
            text = "\n".join(line.strip() for line in words.strip().split("\n"))
            name = ""
            if token.name == "td":
                cells.append(text)
            else:
                yield token.name, [text]

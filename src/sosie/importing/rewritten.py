"""An export as its messages alone, one JSON line each: what is stored of one from which a person was removed.

    {"conversation": {"id": "telegram-…", "title": "Les voisins", "source": "telegram", "group": true, ...}}
    {"id": "…", "author": "Malo", "text": "on y va ?", "at": "2025-03-01T10:00:00+00:00"}

Ids, times and order are those of the export: threads stay themselves, and what is imported again is known.
Contacts, media and whatever else the export held are not there.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

from sosie.core.errors import BadData
from sosie.core.message import Conversation, Message
from sosie.core.workspace import own_file
from sosie.sources.base import Log, Reading
from sosie.sources.files.archive import Archive, open_archive

DEFAULTS = {field.name: field.default for field in fields(Message) if field.name != "file"}
ABOUT = ("id", "title", "source", "group", "owner", "kind")


def write_messages(path: Path, conversations: Iterable[Conversation]) -> list[str]:
    """Write the conversations that have messages, each read to its end; their ids."""
    written = []
    with own_file(path).open("w", encoding="utf-8", errors="surrogatepass") as file:
        for conversation in conversations:
            begun = False
            for message in conversation.messages:
                if not begun:
                    _write(file, {"conversation": {name: getattr(conversation, name) for name in ABOUT}})
                    written.append(conversation.id)
                begun = True
                _write(file, _record(message))
    return written


def read_rewritten(path: Path, source: str) -> Reading:
    """The conversations again, as `source` gave them."""
    return Reading(source, RewrittenExport(), open_archive(path))


class RewrittenExport:
    """A reader, as in sources/; no file given by a user is recognised as one."""

    expects = "un export d'où quelqu'un a été retiré"

    def sniff(self, archive: Archive) -> float:
        return 0.0

    def read(self, archive: Archive, log: Log) -> Iterator[Conversation]:
        log.total = sum(archive.sizes.values())
        with archive.open(archive.names[0], log.advance) as file:
            lines = map(_parsed, file)
            head = next(lines, None)
            while head:
                heads: list[dict[str, Any]] = []
                messages = _messages(lines, log, heads)
                yield Conversation(**head["conversation"], messages=messages)
                deque(messages, maxlen=0)  # what was not read is passed over
                head = heads[0] if heads else None


def _messages(lines: Iterator[dict[str, Any]], log: Log, heads: list[dict[str, Any]]) -> Iterator[Message]:
    """The messages up to the next conversation, whose first line goes to `heads`."""

    def is_message(record: dict[str, Any]) -> bool:
        heads.extend([record] * ("conversation" in record))
        return not heads

    for record in takewhile(is_message, lines):
        log.entries += 1
        if "at" in record:
            record["at"] = datetime.fromisoformat(record["at"])
        yield Message(**record)


def _record(message: Message) -> dict[str, Any]:
    """A message as JSON values, without what is usual."""
    record = {name: getattr(message, name) for name in DEFAULTS if getattr(message, name) != DEFAULTS[name]}
    return record | ({"at": message.at.isoformat()} if message.at else {})


def _write(file: Any, record: dict[str, Any]) -> None:
    file.write(json.dumps(record, ensure_ascii=False) + "\n")


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(line)
        return record
    except ValueError:
        raise BadData(
            "Un export réécrit du dossier exports est abîmé.", "Supprimez-le, puis refaites l'import."
        ) from None

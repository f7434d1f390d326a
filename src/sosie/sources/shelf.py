"""The exports of a folder, as they came, and the threads that they tell together.

exports/                  0700, files 0600
└─ 0001/                  one import: it appears whole, by one renaming, or not at all
   ├─ import.json         {"format": 1, "exports": [{"file", "source", "bytes", "threads": [...]}]}
   └─ 1/Discussion WhatsApp avec Malo.zip

An export that brings nothing new is not kept. What two exports of one chat share is given once (threads.py).
"""

import heapq
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from sosie.core.errors import BadData
from sosie.core.message import Conversation, Message
from sosie.core.progress import Report, silent
from sosie.core.workspace import Workspace, closed_folder, full_disk_told, write_json
from sosie.sources.archive import open_archive
from sosie.sources.base import read_export
from sosie.sources.tally import with_progress
from sosie.sources.threads import Known, content_of, minute_of

FORMAT = 1
NOTE = "import.json"
DRAFT = ".part-"


@dataclass(frozen=True, slots=True)
class Added:
    """`added` and `already_there` count messages, not notices; `conversations` those of these exports."""

    added: int
    already_there: int
    conversations: int


@dataclass(frozen=True, slots=True)
class Shelved:
    """One export on the shelf. `threads` names the thread of each of its conversations, in their order."""

    path: Path
    source: str
    size: int  # bytes that its reader reads
    threads: tuple[str, ...]


Part = tuple[Shelved, int]  # an export, and which of its conversations


def add(
    workspace: Workspace, exports: Sequence[Path], source: str | None = None, report: Report = silent
) -> Added:
    """Keep the exports that bring something new: all of them, or none where anything fails."""
    known = Known()
    for conversation in imported(workspace):
        known.learn(conversation.id, content_of(iter(conversation.messages)))
    added = already_there = 0
    kept: list[Shelved] = []
    threads: set[str] = set()
    for path in exports:
        reading = read_export(path, source)
        told: list[str] = []
        fresh = 0
        for conversation in reading:
            content = content_of(with_progress(conversation.messages, reading, report))
            told.append(known.thread_of(conversation, content))
            new, old = known.learn(told[-1], content)
            fresh, already_there = fresh + new, already_there + old
        if fresh:
            kept.append(Shelved(path, reading.source, reading.log.total, tuple(told)))
        added += fresh
        threads.update(told)
    if kept:
        keep(workspace, kept)
    return Added(added, already_there, len(threads))


def keep(workspace: Workspace, exports: Sequence[Shelved]) -> None:
    """Copy the exports to the shelf: a draft of all of them that takes its place at the end."""
    with full_disk_told():
        shelf = closed_folder(workspace.exports)
        for stale in shelf.glob(f"{DRAFT}*"):  # left by a process that was killed
            shutil.rmtree(stale)
        draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=shelf))
        try:
            notes = [_copied(export, draft, str(number)) for number, export in enumerate(exports, 1)]
            write_json(draft / NOTE, {"format": FORMAT, "exports": notes}, mode=0o600)
            os.rename(draft, shelf / f"{_newest(shelf) + 1:04}")
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _copied(export: Shelved, draft: Path, folder: str) -> dict[str, Any]:
    name = export.path.resolve().name
    place = draft / folder / name
    whole = export.path.is_file()
    for inside in [""] if whole else open_archive(export.path).names:
        copy = place / inside
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.touch(mode=0o600)
        shutil.copyfile(export.path / inside, copy)
    return {
        "file": f"{folder}/{name}",
        "source": export.source,
        "bytes": export.size,
        "threads": list(export.threads),
    }


def _newest(shelf: Path) -> int:
    return max((int(path.name) for path in shelf.iterdir() if path.name.isdecimal()), default=0)


def shelved(workspace: Workspace) -> list[Shelved]:
    """The exports of this folder, oldest import first."""
    found: list[Shelved] = []
    if not workspace.exports.is_dir():
        return found
    for folder in sorted(path for path in workspace.exports.iterdir() if path.name.isdecimal()):
        try:
            note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
            found += [
                Shelved(folder / told["file"], told["source"], told["bytes"], tuple(told["threads"]))
                for told in note["exports"]
            ]
        except (OSError, ValueError, KeyError, TypeError):
            raise BadData(
                f"L'import « {folder.name} » du dossier exports est abîmé.",
                "Supprimez ce sous-dossier, puis refaites l'import.",
            ) from None
    return found


def imported(workspace: Workspace, report: Report = silent) -> Iterator[Conversation]:
    """Every thread of the folder once, from all the exports that tell it."""
    exports = shelved(workspace)
    parts: dict[str, list[Part]] = {}
    for export in exports:
        for place, thread in enumerate(export.threads):
            parts.setdefault(thread, []).append((export, place))
    total, done = sum(export.size for export in exports), 0
    for export in exports:
        reading = read_export(export.path, export.source)
        for place, conversation in enumerate(reading):
            thread = export.threads[place]
            if parts[thread][0] != (export, place):
                continue  # told with its first part
            told = with_progress(conversation.messages, reading, report, done, total)
            first = replace(conversation, id=thread, messages=told)
            whole = len(parts[thread]) == 1 or conversation.kind == "dataset"
            yield first if whole else woven(first, [_opened(part) for part in parts[thread][1:]])
        done += export.size


def _opened(part: Part) -> Conversation:
    export, place = part
    reading = read_export(export.path, export.source)
    return next(conversation for number, conversation in enumerate(reading) if number == place)


def woven(first: Conversation, later: Sequence[Conversation]) -> Conversation:
    """Several exports of one thread as one: its name is the latest, its messages are there once, in order."""
    all_parts = [first, *later]
    return replace(
        first,
        title=all_parts[-1].title,
        group=any(part.group for part in all_parts),
        owner=next((part.owner for part in all_parts if part.owner), None),
        messages=_weave([part.messages for part in all_parts]),
    )


def _weave(parts: Sequence[Iterable[Message]]) -> Iterator[Message]:
    """Minute by minute; inside a minute, each export keeps its own order, an older one first."""
    tagged = [zip(_forever(age), part, strict=False) for age, part in enumerate(parts)]
    seen: set[int] = set()
    for _, minute in groupby(heapq.merge(*tagged, key=_minute), key=_minute):
        for message in _settled(list(minute)):
            if hash(message.id) not in seen:
                seen.add(hash(message.id))
                yield message


def _forever(age: int) -> Iterator[int]:
    while True:
        yield age


def _minute(told: tuple[int, Message]) -> int:
    return minute_of(told[1].at)


def _settled(minute: list[tuple[int, Message]]) -> Iterator[Message]:
    """One minute of all exports; what was edited or deleted since gives way to its newest state."""
    newest = max(age for age, _ in minute)
    ids = {message.id for age, message in minute if age == newest}
    before = {message.id for age, message in minute if age < newest}
    changed = [
        message.author
        for age, message in minute
        if age == newest and (message.edited or message.kind == "deleted") and message.id not in before
    ]
    for age, message in minute:
        if age < newest and message.id not in ids and message.author in changed:
            changed.remove(message.author)
        else:
            yield message

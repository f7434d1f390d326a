"""The import store: the exports of a project, as they came, and the threads that they hold together.

exports/                  0700, files 0600
└─ 0001/                  one import: it appears whole, by one renaming, or not at all
   ├─ import.json         {"format": 1, "exports": [{"file", "source", "bytes", "ids", "threads"}]}
   └─ 1/Discussion WhatsApp avec Malo.zip

`ids` are those of an export's conversations, `threads` the thread of each, in the same order.
A note may also hold `names`, where an export is only some of the files of a zip, and `renamed`, which says
who changed name in which thread: {"whatsapp-5d0c": {"Zoé": "Zoé Martin"}}. `"rewritten": true`: the file is
the export's messages alone, without somebody who was removed (removal.py).
An export that brings nothing new is not kept. Of a folder that mixes apps, each export is kept with its own
files. What two exports of one chat share is given once (same_thread.py, merge.py).
"""

import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sosie.core import drafts
from sosie.core.errors import BadData
from sosie.core.message import Conversation
from sosie.core.progress import Event, Report, silent
from sosie.core.workspace import Workspace, closed_folder, full_disk_told, own_file, write_json
from sosie.importing.merge import merged, renamed_since
from sosie.importing.new_messages import Added, ImportPlan, NewMessages, StoredExport, Watch, unwatched
from sosie.importing.rewritten import read_rewritten
from sosie.importing.same_thread import ThreadIndex, fingerprint_of
from sosie.sources.base import Reading, read_archive
from sosie.sources.files.archive import open_archive
from sosie.sources.files.message_spool import SpooledMessages, UnnamedFile
from sosie.sources.files.subset import Subset
from sosie.sources.mixed_exports import MixedExports

FORMAT = 1
NOTE = "import.json"
_DRAFT = ".part-"


def add(
    workspace: Workspace, exports: Sequence[Path], source: str | None = None, report: Report = silent
) -> Added:
    """Keep the exports that bring something new: all of them, or none where anything fails."""
    with one_at_a_time(workspace, report):
        plan = plan_import(workspace, exports, source, report)
        keep(workspace, plan.new)
    return plan.total


@contextmanager
def one_at_a_time(workspace: Workspace, report: Report = silent) -> Iterator[None]:
    """One verb at a time with the store: the same export, twice at once, is stored once."""

    def warn() -> None:
        told = "Un import, une préparation ou un retrait est en cours dans ce dossier : on l'attend."
        report(Event("warning", text=told))

    with drafts.one_at_a_time(workspace.exports, warn):
        yield


def plan_import(
    workspace: Workspace,
    exports: Sequence[Path],
    source: str | None = None,
    report: Report = silent,
    watch: Watch = unwatched,
) -> ImportPlan:
    """Read what is here and what is given, each once: what is new in it? Nothing is written."""
    index = ThreadIndex()
    for conversation in map(watch, imported(workspace)):
        content = fingerprint_of(iter(conversation.messages), conversation.source)
        index.add(conversation.id, content, conversation.group)
    new = NewMessages(index, watch, report)
    for path in exports:
        new.add(MixedExports(path, source, but=workspace.own))
    return new.plan()


def keep(workspace: Workspace, exports: Sequence[StoredExport]) -> None:
    """Copy the exports to the store: a draft of all of them that takes its place at the end."""
    if not exports:
        return
    copies: dict[Path, str] = {}
    with full_disk_told():
        folder = closed_folder(workspace.exports)
        for stale in folder.glob(f"{_DRAFT}*"):  # left by a process that was killed
            shutil.rmtree(stale)
        draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=folder))
        try:
            notes: list[dict[str, Any]] = []
            for number, export in enumerate(exports, 1):
                if export.path not in copies or export.path.is_dir():
                    copies[export.path] = _copied(export, draft, str(number))
                notes.append(note_of(export, copies[export.path]))
            write_json(draft / NOTE, {"format": FORMAT, "exports": notes}, mode=0o600)
            os.rename(draft, folder / f"{_newest(folder) + 1:04}")
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _copied(export: StoredExport, draft: Path, folder: str) -> str:
    """Where the copy lies in the draft; of a zip that holds several exports there is one."""
    name = export.path.resolve().name
    target = draft / folder / name
    whole = export.path.is_file()
    for inside in [""] if whole else export.names or open_archive(export.path).names:
        copy = target / inside
        shutil.copyfile(export.path / inside, own_file(copy))
    return f"{folder}/{name}"


def note_of(export: StoredExport, file: str) -> dict[str, Any]:
    note: dict[str, Any] = {"file": file, "source": export.source, "bytes": export.size}
    note |= {"ids": list(export.ids), "threads": list(export.threads)}
    if export.names and export.path.is_file():
        note["names"] = list(export.names)
    note |= {"rewritten": True} if export.rewritten else {}
    return note | ({"renamed": export.renamed} if export.renamed else {})


def _newest(folder: Path) -> int:
    return max((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), default=0)


def stored_exports(workspace: Workspace) -> list[StoredExport]:
    """The exports of this folder, oldest import first."""
    found: list[StoredExport] = []
    for folder in imports_of(workspace):
        found += exports_in(folder)
    return found


def imports_of(workspace: Workspace) -> list[Path]:
    """The folder of each import, oldest first."""
    inside = workspace.exports.iterdir() if workspace.exports.is_dir() else ()
    return sorted(path for path in inside if path.name.isdecimal())


def exports_in(folder: Path) -> list[StoredExport]:
    """The exports of one import. BadData where its note cannot be read."""
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        return [_stored_export(folder, record) for record in note["exports"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise BadData(
            f"L'import « {folder.name} » du dossier exports est abîmé.",
            "Supprimez ce sous-dossier, puis refaites l'import.",
        ) from None


def _stored_export(folder: Path, note: dict[str, Any]) -> StoredExport:
    return StoredExport(
        folder / note["file"],
        note["source"],
        note["bytes"],
        tuple(note.get("ids", note["threads"])),
        tuple(note["threads"]),
        tuple(note["names"]) if "names" in note else None,
        {thread: dict(renamed) for thread, renamed in note.get("renamed", {}).items()},
        note.get("rewritten") is True,
    )


def imported(workspace: Workspace, report: Report = silent) -> Iterator[Conversation]:
    """Every thread of the folder once, from all the exports that hold it; each export is read once.

    A thread that several exports hold waits on the disk until the last of them is read.
    """
    exports = stored_exports(workspace)
    to_come = Counter(thread for export in exports for thread in export.threads)
    waiting: dict[str, list[Conversation]] = {}
    spool = UnnamedFile()
    total, done = sum(export.size for export in exports), 0
    for age, export in enumerate(exports):
        reading = opened(export)
        reading.follow(report, done, total)
        threads = threads_of(export)
        for conversation in reading:
            thread = next(threads.get(conversation.id, iter(())), conversation.id)
            to_come[thread] -= 1
            part = replace(conversation, id=thread)
            if part.kind == "dataset":
                if thread not in waiting:
                    yield part
                waiting[thread] = []  # there once, however many exports hold it
                continue
            part = renamed_since(part, [later.renamed.get(thread) for later in exports[age + 1 :]])
            if to_come[thread] > 0:
                waiting.setdefault(thread, []).append(
                    replace(part, messages=SpooledMessages(spool, part.messages))
                )
            else:
                yield merged([*waiting.pop(thread, []), part], _renamed(thread, exports))
        done += export.size
    for thread, parts in waiting.items():  # a reader that changed since may find fewer
        if parts:
            yield merged(parts, _renamed(thread, exports))


def _renamed(thread: str, exports: Sequence[StoredExport]) -> set[str]:
    """The latest names of the people who changed name in a thread."""
    return {name for export in exports for name in export.renamed.get(thread, {}).values()}


def threads_of(export: StoredExport) -> dict[str, Iterator[str]]:
    """The threads of each conversation id, in their order: two groups of one name have one id."""
    found: dict[str, list[str]] = {}
    for identity, thread in zip(export.ids, export.threads, strict=False):
        found.setdefault(identity, []).append(thread)
    return {identity: iter(threads) for identity, threads in found.items()}


def opened(export: StoredExport) -> Reading:
    if export.rewritten:
        return read_rewritten(export.path, export.source)
    archive = open_archive(export.path)
    return read_archive(Subset(archive, export.names) if export.names else archive, export.source)

"""A person out of the store: each export that holds them is rewritten without them, or goes.

    a conversation of two with them    goes, both sides
    a group                            stays, without what they wrote, nor their name in what others wrote
    an export that does not hold them  stays as it came, to the byte

An export that is rewritten becomes its messages alone (rewritten.py): the archive goes, with its media and
contacts. Killed at any moment, each import is still whole, with them or without; the same call ends the work.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sosie.core.counted import counted
from sosie.core.message import Conversation, Message
from sosie.core.workspace import Workspace, full_disk_told, write_json
from sosie.importing import store
from sosie.importing.new_messages import StoredExport
from sosie.importing.rewritten import write_messages
from sosie.importing.same_thread import Renamed
from sosie.importing.traces import Traces
from sosie.prepare.authors import fold_name
from sosie.prepare.consent import Consents
from sosie.sources.files.message_spool import SpooledMessages, UnnamedFile

# Of each import that changed: how many exports of it were rewritten or removed, and in how many messages of
# others the name was hidden.
AfterEach = Callable[[dict[str, int], int], None]


@counted
@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to remove: their names, and earlier ones in some threads, folded; threads of two with them."""

    names: frozenset[str]
    earlier: Mapping[str, frozenset[str]] = field(default_factory=dict)
    threads: frozenset[str] = frozenset()

    def wrote(self, author: str, thread: str) -> bool:
        return (folded := fold_name(author)) in self.names or folded in self.earlier.get(thread, ())


def remove_person(
    workspace: Workspace, person: Person, consents: Consents, traces: Traces, after_each: AfterEach
) -> None:
    """Every import without them; `consents` knows that they are removed."""
    for folder in store.imports_of(workspace):
        _tidy(folder)
        exports = store.exports_in(folder)
        draft = Path(tempfile.mkdtemp(prefix=".part-", dir=workspace.exports))
        try:
            rewriting = Rewriting(person, consents)
            kept = [rewriting.write(export, draft / f"{n}.jsonl") for n, export in enumerate(exports, 1)]
            if not rewriting.changed and not _named_in(exports, traces):
                continue
            _replace(folder, draft, [export for export in kept if export.threads])
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        removed = sum(not export.threads for export in kept)
        after_each({"rewritten": len(kept) - removed, "removed": removed}, rewriting.mentions)


class Rewriting:
    """The exports of one import, without the person."""

    def __init__(self, person: Person, consents: Consents) -> None:
        self._person, self._consents = person, consents
        self.changed = False
        self.mentions = 0

    def write(self, export: StoredExport, path: Path) -> StoredExport:
        """What is left of an export, written to `path`; it has no threads where nothing is."""
        threads, left = store.threads_of(export), list[str]()
        ids = write_messages(path, self._conversations(export, threads, left))
        kept = dict(zip(left, ids, strict=True))
        renamed = {t: self._renamed(t, names) for t, names in export.renamed.items() if t in kept}
        return StoredExport(
            path,
            export.source,
            path.stat().st_size,
            tuple(ids),
            tuple(left),
            renamed={thread: names for thread, names in renamed.items() if names},
            rewritten=True,
        )

    def _conversations(
        self, export: StoredExport, threads: dict[str, Iterator[str]], left: list[str]
    ) -> Iterator[Conversation]:
        for conversation in store.opened(export):
            thread = next(threads.get(conversation.id, iter(())), conversation.id)
            messages = SpooledMessages(UnnamedFile(), conversation.messages)
            if self._is_with(replace(conversation, messages=messages), thread):
                self.changed = True
                continue
            hide = self._consents.hide
            title = hide(conversation.title)
            self.changed |= title != conversation.title
            if any(True for _ in self._kept(messages, thread)):
                left.append(thread)
                yield replace(conversation, title=title, messages=self._kept(messages, thread, count=True))

    def _is_with(self, conversation: Conversation, thread: str) -> bool:
        """Whether it is a conversation of two with them, even one in which they never answered."""
        if thread in self._person.threads:
            return True
        if conversation.group or conversation.kind != "chat":
            return False
        authors = {message.author for message in conversation.messages if message.kind != "notice"}
        people = authors | {conversation.title}
        return len(authors) <= 2 and any(self._person.wrote(name, thread) for name in people)

    def _kept(self, messages: SpooledMessages, thread: str, count: bool = False) -> Iterator[Message]:
        """What others wrote; a notice that names them goes."""
        hide = self._consents.hide
        for message in messages:
            text, origin = hide(message.text), hide(message.origin)
            named = text != message.text
            if self._person.wrote(message.author, thread) or (named and message.kind == "notice"):
                self.changed = True
                continue
            if named or origin != message.origin:
                self.changed = True
                self.mentions += named and count
                message = replace(message, text=text, origin=origin)
            yield message

    def _renamed(self, thread: str, names: Renamed) -> Renamed:
        return {
            old: new
            for old, new in names.items()
            if not (self._person.wrote(old, thread) or self._person.wrote(new, thread))
        }


def _replace(folder: Path, draft: Path, exports: list[StoredExport]) -> None:
    """The rewritten files in place of the others: the note says which are true, and changes at once."""
    if not exports:
        gone = draft / "gone"
        os.rename(folder, gone)  # out of the store by one renaming; it goes with the draft
        return
    with full_disk_told():
        notes = []
        for export in exports:
            name = f"{draft.name.removeprefix('.part-')}-{export.path.name}"
            os.rename(export.path, folder / name)
            notes.append(store.note_of(export, name))
        write_json(folder / store.NOTE, {"format": store.FORMAT, "exports": notes})
    _tidy(folder)


def _tidy(folder: Path) -> None:
    """Remove what the note of an import does not name: what a killed removal left."""
    named = {export.path.relative_to(folder).parts[0] for export in store.exports_in(folder)} | {store.NOTE}
    for path in folder.iterdir():
        if path.name not in named:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _named_in(exports: list[StoredExport], traces: Traces) -> bool:
    """Whether the name stands where no reader found it: among contacts, in the name of a file."""
    for path in {export.path for export in exports}:
        inside = [path, *path.rglob("*")] if path.is_dir() else [path]
        if any(traces.in_file(each) for each in inside if each.is_file() or traces.in_text(each.name)):
            return True
    return False

"""A folder or a zip that may hold exports of several apps: each is found, and read by its own reader.

    exports = MixedExports(Path("Téléchargements"))
    for reading in exports:       # each to its end: asking for the next one before raises RuntimeError
        ...
    exports.unread                # [UnreadFile("notes.txt", "format non reconnu")]
    exports.attached              # 214 photos, voice notes and other attachments

The surest reader claims its files, again and again, until none recognises what is left: first of the whole,
then among the apps' readers; then the zips of a folder, each alike; then data sets and plain transcripts, and
files shown alone. One app's messages in two forms (JSON and HTML) are read in the first form only.
Not covered: a zip inside a zip, which is never opened, and is named among the unread files.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from sosie.core.errors import SosieError, UnknownExport
from sosie.core.source_table import SOURCE_ROWS, source_row
from sosie.sources.base import SOURCES, Reading, read_archive, recognise, sureness, unknown_export
from sosie.sources.claimed_files import CHAT_FILES, MOST_ALONE, OTHER_FORM, ClaimedFiles
from sosie.sources.files.archive import open_archive
from sosie.sources.files.subset import (
    Subset,
    UnreadFile,
    common_folder,
    folders_of,
    holds_names,
    is_attachment,
    is_zip,
    suffix,
)

_PLAIN = tuple(row.name for row in SOURCE_ROWS if row.family != "app")
_UNKNOWN = "format non reconnu"
_NESTED = "zip dans un zip : à ouvrir d'abord"
_EMPTY = "reconnu, mais vide de messages"

Claim = tuple[str, list[str]]  # a source, and the files that its reader is given


class MixedExports:
    """The exports of one path. `unread`, `attached` and `mixed` are right once all readings were read."""

    def __init__(
        self, path: Path, source: str | None = None, but: Iterable[Path] = (), may_be_empty: bool = False
    ) -> None:
        """`but` are files and folders that are not looked at: sosie's own, where they lie in `path`."""
        self.path, self.attached, self._source, self._may_be_empty = path, 0, source, may_be_empty
        self._archive = open_archive(path)
        inside = {inner.resolve() for inner in but if inner.resolve().is_relative_to(path.resolve())}
        ours = {inner.relative_to(path.resolve()).as_posix() for inner in inside}
        names = [name for name in self._archive.names if not ours or not ours & {name, *folders_of(name)}]
        self._partial = len(names) < len(self._archive.names)
        self._files = ClaimedFiles(self._archive, names)
        self._found = 0  # exports, and zips that held something
        self._empty: list[str] = []  # the sources of the exports that hold no message
        self._zips: dict[Path, MixedExports] = {}

    @property
    def unread(self) -> list[UnreadFile]:
        """The files that gave no message, and why."""
        return self._files.unread

    @property
    def mixed(self) -> bool:
        """Whether this is more than one export: each is then kept with its own files."""
        return self._found > 1

    def __iter__(self) -> Iterator[Reading]:
        """Raises UnknownExport where there is no message at all, once all was looked at."""
        files = self._files
        zips = [name for name in files.left if is_zip(name)] if self.path.is_dir() else []
        nested = frozenset(zips)  # there may be very many
        files.left = [name for name in files.left if name not in nested]
        if len(files.left) == 1 and not zips and not self._partial:
            yield from self._alone()
            return
        if self._source:
            yield from self._read(self._source, files.left)
        else:
            for claim in self._apps():
                yield from self._read(*claim)
            yield from self._opened(zips)
            for claim in self._plain_formats():
                yield from self._read(*claim)
        if not self._found and not (self._may_be_empty and self._empty):
            raise unknown_export(self._archive, tuple(dict.fromkeys(self._empty)))
        self._settle()

    def _alone(self) -> Iterator[Reading]:
        """The only file of this path, read whole whatever its reader asks for."""
        reading = read_archive(self._archive, self._source, self._may_be_empty)
        yield reading
        self._count(reading, self._archive.names)

    def _count(self, reading: Reading, names: Iterable[str]) -> None:
        """An export that was read; the files of one without any message are named."""
        self._found += not reading.empty
        if reading.empty:
            self._empty.append(reading.source)
            self.unread.extend(UnreadFile(name, _EMPTY) for name in sorted(names))

    def _apps(self) -> Iterator[Claim]:
        """The reader that is surest of the whole; then of what is left, until no app's reader knows it."""
        files = self._files
        if first := self._surest(files.left):
            yield first, files.left
        asked = {(source, len(files.left)) for source in SOURCES if not first}
        while names := files.open():
            scores: dict[str, float] = {}
            for source in SOURCES:
                own = files.open_to(source, names)
                again = source in _PLAIN or source_row(source).reads_also in files.sources
                if own and not again and (source, len(own)) not in asked:
                    asked.add((source, len(own)))
                    scores[source] = sureness(source, files.subset(own))
            best = max(scores, key=lambda source: scores[source], default="")
            if scores.get(best, 0) <= 0:
                return
            yield best, files.open_to(best, names)

    def _plain_formats(self) -> Iterator[Claim]:
        """Data sets and transcripts; then what a reader knows only alone: a file without its usual ending."""
        files = self._files
        for source in _PLAIN:
            names = [] if source in files.sources else self._standing_alone()
            if names and sureness(source, files.subset(names)) > 0:
                yield source, names
        for name in self._standing_alone()[:MOST_ALONE]:
            best = self._surest([name]) if name in files.left else None  # gone: another form of one before
            if best and files.is_other_form(best, name):
                files.set_aside([name], OTHER_FORM)
            elif best:
                yield best, [name]

    def _standing_alone(self) -> list[str]:
        return [name for name in self._files.open() if self._files.stands_alone(name, self.mixed)]

    def _surest(self, names: list[str]) -> str | None:
        """What is first: the application that made the archive (the rest was sent there), else the surest."""
        files = self._files
        for source in CHAT_FILES:
            chats = any(files.is_chat_file(source, name) for name in names)
            if chats and sureness(source, files.subset(names)) > 0:
                return source
        try:
            return recognise(files.subset(names)) if names else None
        except UnknownExport:
            return None

    def _read(self, source: str, names: list[str]) -> Iterator[Reading]:
        """One export, read by the caller; the files that its reader read are its own from then on."""
        given = self._given(source, names)
        subset = self._files.subset(given)
        reading = read_archive(subset, source, may_be_empty=True)
        yield reading
        reading.require_end()
        subset.read = subset.read or {n for n in given if self._files.is_of(source, n)} or set(given)
        self._count(reading, subset.read)
        self._files.claim(source, subset.read)

    def _given(self, source: str, names: list[str]) -> list[str]:
        """The files to give to a reader, without what it would take from others."""
        row, files = source_row(source), self._files
        if row.family == "dataset":
            return [name for name in names if files.is_of(source, name)] or names
        texts = [name for name in names if suffix(name) == ".txt"]
        chats = any(files.is_chat_file(source, name) for name in texts)
        if not row.reads_any_text or len(texts) < 2 or chats:
            return names
        others = {name for name in texts[:MOST_ALONE] if self._surest([name]) not in (source, None)}
        return [name for name in names if name not in others]

    def _opened(self, zips: list[str]) -> Iterator[Reading]:
        """The zips of a folder, each as if it had been given."""
        for name in zips:
            try:
                inside = self._zips[self.path / name] = MixedExports(self.path / name, may_be_empty=True)
                yield from inside
            except SosieError as error:
                self.unread.append(UnreadFile(name, error.message))
                continue
            self._found += inside._found > 0
            self._empty += inside._empty
            self.unread.extend(UnreadFile(f"{name}/{one.file}", one.reason) for one in inside.unread)
            self.attached += inside.attached

    def _settle(self) -> None:
        """Attachments are counted, all other files that are left are named."""
        for name in self._files.left:
            if is_attachment(name):
                self.attached += 1
            elif not holds_names(name):
                self.unread.append(UnreadFile(name, _NESTED if is_zip(name) else _UNKNOWN))

    def needed(self, reading: Reading) -> tuple[str, ...] | None:
        """The files that one of the readings needs, to be read again; None for all of its archive."""
        if inside := self._zips.get(reading.archive.path):
            return inside.needed(reading)
        if not isinstance(reading.archive, Subset) or not self.mixed:
            return reading.archive.names if self._partial else None
        return self._files.needed(reading.archive)

    def label(self, reading: Reading) -> str:
        """Where one of the readings lies: a file, or the folder of its files."""
        if inside := self._zips.get(reading.archive.path):
            return inside.label(reading)
        own = sorted(reading.archive.read) if self.mixed and isinstance(reading.archive, Subset) else []
        folder = common_folder(own)
        return own[0] if len(own) == 1 else reading.archive.name if folder == "." else folder

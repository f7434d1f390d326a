"""A folder or a zip that may hold exports of several apps: each is found, and read by its own reader.

    exports = MixedExports(Path("Téléchargements"))
    for reading in exports:       # each is read to its end before the next one is asked for
        ...
    exports.left                  # [Left("notes.txt", "format non reconnu")]
    exports.attached              # 214 photos, voice notes and other attachments

The reader that is surest of the whole takes its files, as if nothing else were there; then the next one, of
what is left; then the zips of a folder, each looked through alike; then data sets and plain transcripts.
What lies beside a WhatsApp « _chat.txt » was sent in that chat. Data sets and transcripts are plain formats:
beside the chats of an app they are attachments too, unless the folder is a collection of several exports.
One app's messages in two forms (JSON and HTML) are read in the first form only.
Not covered: a zip inside a zip, which is never opened, and is named among what was left.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from sosie.core.errors import SosieError, UnknownExport
from sosie.core.source_table import SOURCE_ROWS, source_row
from sosie.sources.base import SOURCES, Reading, read_archive, recognise, sureness, unknown_export
from sosie.sources.files.archive import open_archive
from sosie.sources.files.subset import (
    Subset,
    UnreadFile,
    common_folder,
    folder_of,
    folders_of,
    is_zip,
    stem,
    suffix,
)

_GENERIC = tuple(row.name for row in SOURCE_ROWS if row.family != "app")
_ATTACHED = re.compile(
    r"\.(?:jpe?g|png|gif|webp|heic|heif|bmp|svg|tiff?|mp4|mov|avi|mkv|3gp|webm|m4v|mp3|m4a|aac|ogg|oga|opus|wav"
    r"|amr|flac|caf|pdf|docx?|xlsx?|pptx?|odt|ods|odp|vcf|ics|was|tgs|thumb|css|js|woff2?|ttf|ico)\Z",
    re.IGNORECASE,
)
_BESIDE = re.compile(  # what readers take names from, and the waiting pages of a database
    rf"(?:{'|'.join(sorted({name for row in SOURCE_ROWS for name in row.beside}))})\.json\Z|-(?:wal|shm)\Z"
)
_MOST_ALONE = 200  # files that are looked at one by one
_CHAT_FILES = {row.name: row.chat_file for row in SOURCE_ROWS if row.chat_file}
_UNKNOWN = "format non reconnu"
_NESTED = "zip dans un zip : à ouvrir d'abord"
_TWIN = "autre forme d'un export déjà lu"
_BARREN = "reconnu, mais vide de messages"


class MixedExports:
    """The exports of one path. `unread`, `attached` and `mixed` are right once all readings were read."""

    def __init__(self, path: Path, source: str | None = None, but: Iterable[Path] = ()) -> None:
        """`but` are files and folders that are not looked at: sosie's own, where they lie in `path`."""
        self.path, self.unread, self.attached = path, list[UnreadFile](), 0
        self._source = source
        self._archive = open_archive(path)
        inside = {inner.resolve() for inner in but if inner.resolve().is_relative_to(path.resolve())}
        ours = {inner.relative_to(path.resolve()).as_posix() for inner in inside}
        names = self._archive.names
        self._rest = [name for name in names if not ours & {name, *folders_of(name)}] if ours else [*names]
        self._partial = len(self._rest) < len(names)
        self._top = common_folder(self._rest)
        self._claimed: dict[str, set[str]] = {}  # source -> its files
        self._around: set[str] = set()  # the folders where an app's chats and attachments lie
        self._found = 0  # exports, and zips that held something
        self._opened_zips: dict[Path, MixedExports] = {}

    def __iter__(self) -> Iterator[Reading]:
        """Raises UnknownExport where there is nothing at all to read."""
        nested = [name for name in self._rest if is_zip(name)] if self.path.is_dir() else []
        zips = frozenset(nested)  # there may be very many
        self._rest = [name for name in self._rest if name not in zips]
        if len(self._rest) == 1 and not nested and not self._partial:
            yield read_archive(self._archive, self._source)
            return
        if self._source:
            yield from self._read(self._source, self._rest)
            self._settle()
            return
        first = self._surest(Subset(self._archive, self._rest)) if self._rest else None
        if first:
            yield from self._read(first, self._rest)
        if first or len(self._open()) < len(self._rest):  # else all were asked about these very files
            yield from self._apps()
        yield from self._opened(nested)
        yield from self._data_sets_and_transcripts()
        yield from self._alone()
        if not self._found:
            raise unknown_export(self._archive)
        self._settle()

    @property
    def mixed(self) -> bool:
        """Whether this is more than one export: each is then kept with its own files."""
        return self._found > 1

    def _surest(self, part: Subset) -> str | None:
        """What is first: the application that made the archive (the rest was sent there), else the surest."""
        for source in _CHAT_FILES:
            if any(self._is_chat_file(source, name) for name in part.names) and sureness(source, part) > 0:
                return source
        try:
            return recognise(part)
        except UnknownExport:
            return None

    def _read(self, source: str, names: Iterable[str]) -> Iterator[Reading]:
        """One export, read by the caller; then its files are its own."""
        chosen = self._for(source, list(names))
        part = Subset(self._archive, chosen)
        reading = read_archive(part, source, may_be_empty=self._found > 0)
        yield reading
        taken = part.read or {name for name in chosen if self._is(source, name)} or set(chosen)
        part.read = taken
        self._found += not reading.empty
        if reading.empty:
            self.unread += [UnreadFile(name, _BARREN) for name in sorted(taken)]
        self._claimed.setdefault(source, set()).update(taken)
        self._rest = [name for name in self._rest if name not in taken]
        if source not in _GENERIC:
            self._around_of(source, taken)

    def _for(self, source: str, names: list[str]) -> list[str]:
        """What to give to a reader that would take more than its own."""
        row = source_row(source)
        if row.family == "dataset":
            return [name for name in names if self._is(source, name)] or names
        texts = [name for name in names if suffix(name) == ".txt"]
        if not row.reads_any_text or len(texts) < 2:
            return names
        if any(self._is_chat_file(source, name) for name in texts):
            return names
        others = {name for name in texts[:_MOST_ALONE] if self._best_alone(name) not in (source, None)}
        return [name for name in names if name not in others]

    def _best_alone(self, name: str) -> str | None:
        """Who is surest of a file that is shown alone."""
        return self._surest(Subset(self._archive, [name]))

    def _around_of(self, source: str, taken: set[str]) -> None:
        """The folders of an app's chats hold attachments; and perhaps the same chats in another form."""
        folders = {folder_of(name) for name in taken}
        if source_row(source).attachments_inside:
            return
        self._around |= folders
        self._around |= {common_folder([*taken])} - {self._top, "."}
        beside = [name for name in self._open() if folder_of(name) in folders]
        again = set(self._open_to(source, beside))
        forms = {name for name in beside[:_MOST_ALONE] if name not in again and self._is(source, name)}
        self.unread += [UnreadFile(name, _TWIN) for name in sorted(forms)]
        self._rest = [name for name in self._rest if name not in forms]

    def _is(self, source: str, name: str) -> bool:
        return not _ATTACHED.search(name) and sureness(source, Subset(self._archive, [name])) > 0

    def _apps(self) -> Iterator[Reading]:
        """The apps that have a format of their own, the surest first, until none knows what is left."""
        tried: set[tuple[str, int]] = set()
        while open_ := self._open():
            scores = {"": 0.0}
            for source in SOURCES:
                names = self._open_to(source, open_)
                known = source in _GENERIC or source_row(source).reads_also in self._claimed
                if names and not known and (source, len(names)) not in tried:
                    tried.add((source, len(names)))
                    scores[source] = sureness(source, Subset(self._archive, names))
            if not (best := max(scores, key=lambda source: scores[source])):
                return
            yield from self._read(best, self._open_to(best, open_))

    def _open(self) -> list[str]:
        """The files that are left, and that may be read by somebody."""
        sealed = self._sealed()
        return [
            name
            for name in self._rest
            if not _ATTACHED.search(name) and not is_zip(name) and not folders_of(name) & sealed
        ]

    def _sealed(self) -> set[str]:
        """The folders that an application made for one chat: what lies there was sent in it."""
        return {
            folder_of(name)
            for source in _CHAT_FILES
            for name in self._claimed.get(source, ())
            if self._is_chat_file(source, name)
        }

    def _is_chat_file(self, source: str, name: str) -> bool:
        """« _chat.txt », or the text that bears the name of the whole."""
        return suffix(name) == ".txt" and stem(name) in (_CHAT_FILES.get(source), stem(self._archive.name))

    def _open_to(self, source: str, names: list[str]) -> list[str]:
        """Those of `names` that may be another export of `source`, not another form of the first."""
        if source not in self._claimed:
            return names
        loose = [name for name in names if folder_of(name) == self._top]
        return [name for name in loose if not self._is_other_form(source, name)]

    def _is_other_form(self, source: str, name: str) -> bool:
        """Whether an app was read from files of another kind: JSON, and now a page."""
        row = source_row(source)
        if row.attachments_inside:
            return False
        taken = self._claimed.get(source, set()) | self._claimed.get(row.reads_also, set())
        return bool(taken) and suffix(name) not in {suffix(other) for other in taken}

    def _opened(self, nested: list[str]) -> Iterator[Reading]:
        """The zips of a folder, each as if it had been given."""
        for name in nested:
            try:
                inside = MixedExports(self.path / name)
                self._opened_zips[inside.path] = inside
                yield from inside
            except SosieError as error:
                self.unread.append(UnreadFile(name, error.message))
                continue
            self._found += 1
            self.unread += [UnreadFile(f"{name}/{left.file}", left.reason) for left in inside.unread]
            self.attached += inside.attached

    def _data_sets_and_transcripts(self) -> Iterator[Reading]:
        for source in _GENERIC:
            names = [] if source in self._claimed else [*filter(self._stands_alone, self._open())]
            if names and sureness(source, Subset(self._archive, names)) > 0:
                yield from self._read(source, names)

    def _stands_alone(self, name: str) -> bool:
        """Whether a file of a plain format is no attachment of the chats around it."""
        if _BESIDE.search(name):
            return False
        return (self.mixed and folder_of(name) == self._top) or not folders_of(name) & self._around

    def _alone(self) -> Iterator[Reading]:
        """What a reader knows only when it is shown alone: a file without its usual ending."""
        for name in [name for name in self._open() if self._stands_alone(name)][:_MOST_ALONE]:
            best = self._best_alone(name) if name in self._rest else None  # gone: another form of one before
            if best and self._is_other_form(best, name):
                self._rest.remove(name)
                self.unread.append(UnreadFile(name, _TWIN))
            elif best:
                yield from self._read(best, [name])

    def _settle(self) -> None:
        """What nobody read is told; attachments are counted."""
        for name in self._rest:
            if _ATTACHED.search(name):
                self.attached += 1
            elif not _BESIDE.search(name):
                self.unread.append(UnreadFile(name, _NESTED if is_zip(name) else _UNKNOWN))

    def needed(self, reading: Reading) -> tuple[str, ...] | None:
        """The files that one of the readings needs, to be read again; None for all of its archive."""
        if inside := self._opened_zips.get(reading.archive.path):
            return inside.needed(reading)
        part = reading.archive
        if not isinstance(part, Subset) or not self.mixed:
            return part.names if self._partial else None
        mine = part.read
        others = set().union(*self._claimed.values()) - mine
        folders = {folder_of(name) for name in mine} - {".", self._top}
        branches = {self._branch(name) for name in mine}
        return tuple(
            name
            for name in part.names
            if name in mine
            or (name not in others and folders_of(name) & folders)
            or (_BESIDE.search(name) and self._branch(name) in branches)
        )

    def label(self, reading: Reading) -> str:
        """Where one of the readings lies: a file, or the folder of its files."""
        if inside := self._opened_zips.get(reading.archive.path):
            return inside.label(reading)
        mine = sorted(reading.archive.read) if self.mixed and isinstance(reading.archive, Subset) else []
        folder = common_folder(mine)
        return mine[0] if len(mine) == 1 else reading.archive.name if folder == "." else folder

    def _branch(self, name: str) -> str:
        """The folder just below the top that a file is in, "" at the top itself."""
        inside = PurePosixPath(name) if self._top == "." else PurePosixPath(name).relative_to(self._top)
        return inside.parts[0] if len(inside.parts) > 1 else ""

"""A SQLite file of an archive, opened so that nothing can change it: read-only, immutable, no views trusted.

A zip, or a base whose last changes still lie in its `-wal` file, is copied first to a private folder, which
is gone with the last that uses it. A base that is damaged, or made to keep us busy for ever, stops by itself.
"""

import shutil
import sqlite3
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sosie.core.drafts import Fleeting
from sosie.core.errors import UnknownExport
from sosie.core.workspace import full_disk_told
from sosie.sources.files.archive import Archive

TROUBLE = (sqlite3.Error, UnicodeDecodeError)  # sqlite quotes damaged names in its errors
_MAGIC = b"SQLite format 3\0"
_STEP = 100_000  # instructions of the database between two looks at its effort
_EFFORT = 100  # instructions a byte of the file
_LEAST_EFFORT = 10_000_000


def is_database(archive: Archive, name: str) -> bool:
    with archive.open(name) as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


class Database:
    """Rows, as Python values; text that is not UTF-8 is read as far as it goes."""

    def __init__(self, archive: Archive, name: str) -> None:
        path, immutable = self._path(archive, name)
        address = f"file:{quote(str(path.resolve()))}?mode=ro{'&immutable=1' if immutable else ''}"
        try:
            self._base = sqlite3.connect(address, uri=True, check_same_thread=False)
            weakref.finalize(self, self._base.close)
            self._base.text_factory = lambda data: data.decode("utf-8", "replace")
            self._base.execute("PRAGMA trusted_schema = OFF")
            self._base.execute("PRAGMA query_only = ON")
            self._base.set_progress_handler(
                _patience(max(_LEAST_EFFORT, _EFFORT * archive.sizes[name])), _STEP
            )
            self.tables = {
                row[0] for row in self._base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
        except TROUBLE:
            raise damaged_database(name) from None

    def _path(self, archive: Archive, name: str) -> tuple[Path, bool]:
        """Where the file can be opened, and whether as it is."""
        beside = [f"{name}{end}" for end in ("-wal",) if archive.sizes.get(f"{name}{end}")]
        inside = archive.path / name if archive.path.is_dir() else archive.path
        if not beside and inside.suffix.lower() != ".zip" and _is_base(inside):
            return inside, True
        fleeting = Fleeting()
        weakref.finalize(self, fleeting.close)
        with full_disk_told():
            for file in (name, *beside):
                with (
                    archive.open(file) as source,
                    (fleeting.folder / f"base{file[len(name) :]}").open("wb") as copy,
                ):
                    shutil.copyfileobj(source, copy, 1 << 20)
        return fleeting.folder / "base", not beside

    def rows(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """May raise TROUBLE at any row of a damaged base."""
        return iter(self._base.execute(query, values))

    def count(self, query: str) -> int:
        try:
            return int(self._base.execute(query).fetchone()[0])
        except TROUBLE:
            return 0

    def chosen(self, table: str, columns: Sequence[str], prefix: str = "") -> str:
        """The columns for a SELECT, NULL where this version of the base lacks one; `prefix` is « m. »."""
        try:
            there = {row[1] for row in self._base.execute(f"PRAGMA table_info({table})")}
        except TROUBLE:
            there = set()
        return ", ".join(f"{prefix}{name}" if name in there else "NULL" for name in columns)


def _patience(left: int) -> Callable[[], bool]:
    """What says, now and then, whether it has been enough. It knows no base, or none would ever be closed."""

    def tired() -> bool:
        nonlocal left
        left -= _STEP
        return left < 0

    return tired


def _is_base(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


def damaged_database(name: str) -> UnknownExport:
    return UnknownExport(
        f"« {name} » est une base abîmée ou incomplète.",
        "Quittez l'application, copiez de nouveau le fichier de la base, puis recommencez.",
    )

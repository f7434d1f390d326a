"""A SQLite file of sosie's own (0600) from which what is deleted goes without a trace.

    base = Database(path, format, tables)
    with base.writing() as connection: ...      one transaction: all of it or nothing
    with base.reading() as connection: ...      of an empty base, where the file is not there
    base.make_anew()                            after a removal

SQLite overwrites what is deleted (secure_delete), and makes the file anew (VACUUM) in memory, never in a
temporary file; there is no write-ahead log. Each block opens the file and closes it again: threads and
processes may share it, and nothing of it stays open. Not covered: what the disk or a backup still has of it.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sosie.core.errors import BadData, BadFolder, NoRoom, SosieError
from sosie.core.workspace import own_file, refuse_dangling

WAIT = 5.0  # seconds for another process to be done


class Database:
    """BadData where it is damaged, newer than this sosie or held by another program; NoRoom on a full disk.

    What was in it before then stays as it was.
    """

    def __init__(self, path: Path, version: int, tables: Sequence[str]) -> None:
        self.path, self._version, self._tables = path, version, tables

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._told(), closing(self._opened() if self.path.is_file() else self._empty()) as base:
            yield base

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        refuse_dangling(self.path)
        own_file(self.path)
        with self._told(), closing(self._opened()) as base:
            base.execute("BEGIN IMMEDIATE")
            try:
                yield base
            except BaseException:
                base.rollback()
                raise
            base.execute("COMMIT")

    def make_anew(self) -> None:
        """The file without the pages that were freed, nor what a killed process left in them."""
        with self._told(), closing(self._opened()) as base:
            base.execute("VACUUM")

    def _opened(self) -> sqlite3.Connection:
        base = sqlite3.connect(self.path, timeout=WAIT, isolation_level=None)
        try:
            for setting in ("temp_store = MEMORY", "secure_delete = ON", "journal_mode = DELETE"):
                base.execute(f"PRAGMA {setting}")
            (version,) = base.execute("PRAGMA user_version").fetchone()
            if version > self._version:
                raise BadData(
                    f"« {self.path.name} » vient d'une version plus récente de sosie.",
                    "Mettez sosie à jour, ou renommez ce fichier : une mémoire neuve commencera.",
                )
            if version == 0:
                self._make_tables(base)
        except BaseException:
            base.close()
            raise
        return base

    def _make_tables(self, base: sqlite3.Connection) -> None:
        """Of an empty file; another process may have made them meanwhile."""
        base.execute("BEGIN IMMEDIATE")
        if base.execute("PRAGMA user_version").fetchone() == (0,):
            for table in self._tables:
                base.execute(table)
            base.execute(f"PRAGMA user_version = {self._version}")
        base.execute("COMMIT")

    def _empty(self) -> sqlite3.Connection:
        base = sqlite3.connect(":memory:", isolation_level=None)
        self._make_tables(base)
        return base

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise as_told(error, self.path.name) from None


def as_told(error: sqlite3.Error, name: str) -> SosieError:
    """One sentence for what SQLite says, which may quote."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return NoRoom(
                f"Il n'y a plus de place sur le disque pour « {name} ».",
                "Libérez de la place, puis recommencez : rien de ce qui y était n'est perdu.",
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return BadData(
                f"« {name} » est occupé par un autre programme.",
                "Fermez-le, ou réessayez dans un moment.",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return BadFolder(
                f"« {name} » ne peut pas être écrit : son dossier ou ses droits l'interdisent.",
                "Rendez-le accessible, ou choisissez un autre dossier : --folder DOSSIER",
            )
        case sqlite3.SQLITE_IOERR:
            return BadFolder(
                f"Le disque n'écrit ou ne lit plus « {name} » : il est plein, ou il a un défaut.",
                "Libérez de la place ; sinon, vérifiez le disque.",
            )
    return BadData(
        f"« {name} » est abîmé ou n'est pas une mémoire de sosie.",
        "Renommez ce fichier : une mémoire neuve commencera.",
    )


def storable(text: str) -> str:
    """What SQLite can keep of a text: half a character, a surrogate that came alone, becomes « ? »."""
    return text.encode("utf-8", "replace").decode("utf-8")

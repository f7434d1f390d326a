"""A name out of a SQLite file: hidden in every text, and gone from the pages that SQLite leaves."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sosie.core.errors import BadData
from sosie.core.workspace import full_disk_told, set_mode


def clean_database(path: Path, hide: Callable[[str], str]) -> int:
    """How many texts were changed by `hide`. BadData where the file is damaged or held by another program."""
    if not path.is_file() or not path.stat().st_size:
        return 0
    try:
        with full_disk_told(), closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as base:
            changed = _rewrite(base, hide)
            base.execute("VACUUM")  # what an earlier one, that was killed, left in its pages goes too
            base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError:
        raise BadData(
            f"« {path.name} » est abîmé ou occupé.", "Fermez sosie ailleurs, puis refaites la commande."
        ) from None
    set_mode(path, 0o600)
    return changed


def _rewrite(base: sqlite3.Connection, hide: Callable[[str], str]) -> int:
    changed = 0
    base.execute("PRAGMA secure_delete = ON")
    base.execute("PRAGMA temp_store = MEMORY")  # VACUUM would else copy the base among the temporary files
    base.execute("BEGIN IMMEDIATE")
    for (table,) in base.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        if table.startswith("sqlite_"):
            continue
        columns = [_quoted(row[1]) for row in base.execute(f"PRAGMA table_info({_quoted(table)})")]
        for column in columns:
            query = f"SELECT DISTINCT {column} FROM {_quoted(table)} WHERE typeof({column}) = 'text'"
            for (text,) in base.execute(query).fetchall():
                if (hidden := hide(text)) != text:
                    update = f"UPDATE OR REPLACE {_quoted(table)} SET {column} = ? WHERE {column} = ?"
                    changed += base.execute(update, (hidden, text)).rowcount
    base.execute("COMMIT")
    return changed


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

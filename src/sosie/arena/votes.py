"""The votes of the blind game, in arena.db (SQLite, 0600): who voted, on which duel, for which player.

Kept: nicknames, the ids of questions, the names of players, and the secret that duels are dealt with. Never a
word of what was asked or answered. A rater's first vote on a duel is the one that counts.
"""

import os
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

from sosie.core.counted import counted
from sosie.core.errors import BadData
from sosie.core.workspace import full_disk_told, set_mode

_FORMAT = 2  # in 1, nobody was asked whether they know the person
TABLE = """
CREATE TABLE IF NOT EXISTS votes (
    rater TEXT NOT NULL, duel TEXT NOT NULL, question TEXT NOT NULL,
    winner TEXT NOT NULL, loser TEXT NOT NULL, known INTEGER NOT NULL, at TEXT NOT NULL,
    UNIQUE (rater, duel)
)
"""
INSERT = "INSERT OR IGNORE INTO votes VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
SECRET = "CREATE TABLE IF NOT EXISTS secret (value BLOB NOT NULL)"
ACQUAINTED = "ALTER TABLE votes ADD COLUMN acquainted INTEGER"
COLUMNS = "rater, question, winner, loser, known, acquainted"


@counted
@dataclass(frozen=True, slots=True)
class Vote:
    """`winner` is the player that the rater took for the person; or neither, where the rater `known` it."""

    rater: str
    question: str
    winner: str
    loser: str
    known: bool = False  # the rater remembered the conversation: kept, never counted
    acquainted: bool | None = None  # the rater knows the person; None where they did not say

    @property
    def duel(self) -> str:
        return duel_id(self.question, self.winner, self.loser)


def duel_id(question: str, one: str, other: str) -> str:
    """The same whichever side a player stands on. For this base only: raters see another."""
    return sha256("\0".join((question, *sorted((one, other)))).encode()).hexdigest()[:16]


class Votes:
    """An open base. Safe to share between the threads of a server."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        with full_disk_told():
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            set_mode(path, 0o600)  # SQLite gives the same rights to the files it puts beside it
        self._base = sqlite3.connect(path, timeout=10, check_same_thread=False, isolation_level=None)
        try:
            self._begin()
        except sqlite3.DatabaseError:
            self._base.close()
            raise self._damaged() from None
        except BadData:
            self._base.close()
            raise

    def _begin(self) -> None:
        (version,) = self._base.execute("PRAGMA user_version").fetchone()
        if version not in (0, 1, _FORMAT):
            raise BadData(
                f"« {self._path.name} » est d'une version inconnue de sosie.", "Mettez sosie à jour."
            )
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute(TABLE)
        if "acquainted" not in {row[1] for row in self._base.execute("PRAGMA table_info(votes)")}:
            self._base.execute(ACQUAINTED)
        self._base.execute(SECRET)
        drawn = secrets.token_bytes(32)
        self._base.execute("INSERT INTO secret SELECT ? WHERE NOT EXISTS (SELECT 1 FROM secret)", (drawn,))
        (self.secret,) = self._base.execute("SELECT value FROM secret").fetchone()
        self._base.execute(f"PRAGMA user_version = {_FORMAT}")

    def _damaged(self) -> BadData:
        return BadData(
            f"« {self._path.name} » est abîmé ou occupé.", "Renommez-le : une partie neuve commencera."
        )

    def add(self, vote: Vote) -> bool:
        """Keep a vote; False where this rater had already voted on this duel."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        told = (vote.rater, vote.duel, vote.question, vote.winner, vote.loser, vote.known)
        try:
            with self._lock:
                done = self._base.execute(INSERT, (*told, at, vote.acquainted))
                return done.rowcount == 1
        except sqlite3.DatabaseError:
            raise self._damaged() from None

    def all(self) -> tuple[Vote, ...]:
        """Every vote, in the order given."""
        return self._read(f"SELECT {COLUMNS} FROM votes ORDER BY rowid")

    def of(self, rater: str) -> tuple[Vote, ...]:
        """One rater's votes, in the order given."""
        return self._read(f"SELECT {COLUMNS} FROM votes WHERE rater = ? ORDER BY rowid", rater)

    def _read(self, query: str, *values: str) -> tuple[Vote, ...]:
        try:
            with self._lock:
                rows = self._base.execute(query, values).fetchall()
        except sqlite3.DatabaseError:
            raise self._damaged() from None
        return tuple(
            Vote(rater, asked, won, lost, bool(known), None if knows is None else bool(knows))
            for rater, asked, won, lost, known, knows in rows
        )

    def close(self) -> None:
        with self._lock:
            self._base.close()

    def __enter__(self) -> "Votes":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

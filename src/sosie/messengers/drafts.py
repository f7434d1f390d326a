"""The drafts under way, and what was said before them: private/brouillons.db (0600), and nowhere else.

A step of a draft is written down before or after what it does outside, so that a program killed between two
steps goes on from the last one: nothing is drafted twice, and what may have been sent is never sent again.

    with drafts.change() as change: change.keep(draft); change.set_fact("offset", "12")     all or nothing
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Literal

from sosie.core.dialogue import Turn
from sosie.core.message_turns import merge_runs
from sosie.recall.database import Database, storable

VERSION = 1
TABLES = (
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE said (chat TEXT, message INTEGER, own INTEGER, text TEXT, PRIMARY KEY (chat, message))",
    "CREATE TABLE drafts (id TEXT PRIMARY KEY, chat TEXT, name TEXT, connection TEXT,"
    " answers TEXT, state TEXT, at REAL, text TEXT, shown INTEGER, asked INTEGER)",
)
REMEMBERED = 20  # messages of a conversation, at most
# due: to be written once they are quiet; announced: a place for it stands in the owner's chat; offered: with
# its buttons; sending: tapped. Those after are ends, which the owner's chat is still to show.
State = Literal[
    "due",
    "announced",
    "written",
    "offered",
    "sending",
    "sent",
    "unsure",
    "thrown",
    "replaced",
    "answered",
    "empty",
]


@dataclass(frozen=True, slots=True)
class Draft:
    id: str
    chat: str
    name: str = field(repr=False)
    connection: str
    answers: str  # the message
    state: State
    at: float  # seconds since 1970 of that message
    text: str = field(default="", repr=False)
    shown: int = 0  # the message of the owner's chat that shows it
    asked: int = 0  # the one that asks for another text


class Change:
    """What one transaction does."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def keep(self, draft: Draft) -> None:
        self._base.execute(f"INSERT OR REPLACE INTO drafts VALUES ({', '.join('?' * 10)})", astuple(draft))

    def drop(self, draft: str) -> None:
        self._base.execute("DELETE FROM drafts WHERE id = ?", (draft,))

    def set_fact(self, name: str, value: str) -> None:
        self._base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def add_said(self, chat: str, message: int, own: bool, text: str) -> None:
        self._base.execute(
            "INSERT OR REPLACE INTO said VALUES (?, ?, ?, ?)", (chat, message, own, storable(text))
        )
        self._base.execute(
            "DELETE FROM said WHERE chat = ? AND message NOT IN"
            f" (SELECT message FROM said WHERE chat = ? ORDER BY message DESC LIMIT {REMEMBERED})",
            (chat, chat),
        )

    def unsay(self, chat: str, messages: Iterable[int]) -> None:
        self._base.executemany(
            "DELETE FROM said WHERE chat = ? AND message = ?", ((chat, message) for message in messages)
        )

    def forget_chat(self, chat: str) -> None:
        for table in ("said", "drafts"):
            self._base.execute(f"DELETE FROM {table} WHERE chat = ?", (chat,))
        self._base.execute("DELETE FROM facts WHERE name = ?", (chat,))


class Drafts:
    """The file of them. Its errors are those of Database."""

    def __init__(self, path: Path) -> None:
        self._base = Database(path, VERSION, TABLES)

    @contextmanager
    def change(self) -> Iterator[Change]:
        with self._base.writing() as base:
            yield Change(base)

    def fact(self, name: str) -> str:
        """Empty where it is not known."""
        with self._base.reading() as base:
            row = base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def all(self) -> list[Draft]:
        with self._base.reading() as base:
            return [Draft(*row) for row in base.execute("SELECT * FROM drafts ORDER BY at, id")]

    def chats(self) -> set[str]:
        """Those of which something is kept: « telegram/1234 »."""
        query = "SELECT chat FROM said UNION SELECT chat FROM drafts UNION SELECT name FROM facts"
        with self._base.reading() as base:
            return {chat for (chat,) in base.execute(query) if "/" in chat}

    def forget_others(self, road: str, is_kept: Callable[[str], bool]) -> None:
        """Nothing is kept of a conversation that is no longer on the list."""
        gone = [chat for chat in self.chats() if chat.startswith(f"{road}/") and not is_kept(chat)]
        if gone:
            with self.change() as change:
                for chat in gone:
                    change.forget_chat(chat)
            self._base.make_anew()

    def turns(self, chat: str) -> tuple[Turn, ...]:
        """What was said there, the oldest first; it begins with the other's words."""
        with self._base.reading() as base:
            rows = base.execute("SELECT own, text FROM said WHERE chat = ? ORDER BY message", (chat,))
            return as_turns((bool(own), text) for own, text in rows)


def as_turns(said: Iterable[tuple[bool, str]]) -> tuple[Turn, ...]:
    """(own, text) of each message -> alternating turns that begin with the other's."""
    turns = merge_runs(Turn("assistant" if own else "user", text) for own, text in said)
    return turns[1:] if turns and turns[0].role == "assistant" else turns

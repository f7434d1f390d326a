"""Chats that are kept, in chats.db (SQLite, 0600), and only where the person asked for it.

    chats = Chats(workspace)
    thread = chats.start("lea")                      a new thread, with the double « lea »
    chats.save(thread.id, turns)                     after each turn: all of its turns, system text included
    chats.threads();  chats.turns(thread.id)         the newest first;  to go on
    chats.search("brioche");  chats.export(id)       every word, accents and capitals aside
    chats.rename(id, "Les vacances");  chats.delete(id);  chats.forget_all()

What is deleted leaves no byte in the file, nor in one beside it (recall/database.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sosie.core.counted import counted
from sosie.core.dialogue import Turn
from sosie.core.errors import BadData, NothingToDo
from sosie.core.progress import Report, silent
from sosie.core.workspace import Workspace
from sosie.core.writing import settle
from sosie.recall.database import Database, storable
from sosie.recall.own_words import remove_index
from sosie.recall.stems import fold

_FORMAT = 1
NAME_LETTERS = 60
EXCERPT = 40  # letters on each side of what was found
TABLES = (
    "CREATE TABLE threads (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, double TEXT NOT NULL,"
    " begun TEXT NOT NULL, changed TEXT NOT NULL)",
    "CREATE TABLE turns (thread INTEGER NOT NULL, place INTEGER NOT NULL, role TEXT NOT NULL,"
    " text TEXT NOT NULL, PRIMARY KEY (thread, place)) WITHOUT ROWID",
)
THREADS = """
SELECT id, name, double, changed, (SELECT count(*) FROM turns WHERE thread = id AND role != 'system')
FROM threads
"""


@counted
@dataclass(frozen=True, slots=True)
class Thread:
    """A kept chat: its name, whom it is with, when it last changed (UTC) and how many turns it has."""

    id: int
    name: str
    double: str
    changed: datetime
    turns: int


@counted
@dataclass(frozen=True, slots=True)
class Found:
    """A thread in which something was found: the words around the first place, and in how many turns."""

    thread: Thread
    excerpt: str
    count: int


class Chats:
    """The kept chats of a project. Nothing is written before `start`.

    Its errors are those of Database. `report` hears once that the folder is hidden from git.
    """

    def __init__(self, workspace: Workspace, report: Report = silent) -> None:
        self.path = workspace.chats
        self._base = Database(self.path, _FORMAT, TABLES)
        self._workspace, self._report = workspace, report

    def __repr__(self) -> str:
        return f"Chats({str(self.path)!r})"

    def start(self, double: str, name: str = "") -> Thread:
        """A new thread. Without a name it takes that of its first message."""
        now = _now()
        settle(self._workspace, self._report)
        with self._base.writing() as base:
            row = (thread_name(name), storable(double), now, now)
            made = base.execute("INSERT INTO threads (name, double, begun, changed) VALUES (?, ?, ?, ?)", row)
            return _thread((made.lastrowid, *row[:2], now, 0))

    def save(self, thread: int, turns: Sequence[Turn]) -> None:
        """All turns of a thread so far; those that are kept already are not written again."""
        rows = [(turn.role, storable(turn.text)) for turn in turns]
        with self._base.writing() as base:
            kept = base.execute("SELECT role, text FROM turns WHERE thread = ? ORDER BY place", (thread,))
            same = _common_prefix(kept.fetchall(), rows)
            base.execute("DELETE FROM turns WHERE thread = ? AND place >= ?", (thread, same))
            changed = base.execute("UPDATE threads SET changed = ? WHERE id = ?", (_now(), thread))
            _refuse_none(changed.rowcount)
            new = ((thread, place, *rows[place]) for place in range(same, len(rows)))
            base.executemany("INSERT INTO turns VALUES (?, ?, ?, ?)", new)
            if first := next((text for role, text in rows if role == "user"), ""):
                base.execute(
                    "UPDATE threads SET name = ? WHERE id = ? AND name = ''", (thread_name(first), thread)
                )

    def threads(self) -> tuple[Thread, ...]:
        """Those that are kept, the last changed first."""
        with self._base.reading() as base:
            return tuple(map(_thread, base.execute(f"{THREADS} ORDER BY changed DESC, id DESC")))

    def thread(self, thread: int) -> Thread:
        """NothingToDo where there is none of that number."""
        with self._base.reading() as base:
            row = base.execute(f"{THREADS} WHERE id = ?", (thread,)).fetchone()
            _refuse_none(row is not None)
            return _thread(row)

    def turns(self, thread: int) -> tuple[Turn, ...]:
        """What was said in a thread, to go on. NothingToDo where there is none of that number."""
        self.thread(thread)
        with self._base.reading() as base:
            rows = base.execute("SELECT role, text FROM turns WHERE thread = ? ORDER BY place", (thread,))
            return tuple(Turn(role, text) for role, text in rows)

    def search(self, words: str) -> tuple[Found, ...]:
        """The threads that hold each of the words in one turn, or in their name; the last changed first."""
        wanted = fold(words).split()
        if not wanted:
            return ()
        found = []
        with self._base.reading() as base:
            for row in base.execute(f"{THREADS} ORDER BY changed DESC, id DESC").fetchall():
                said = base.execute(
                    "SELECT text FROM turns WHERE thread = ? AND role != 'system' ORDER BY place", row[:1]
                )
                texts = [text for (text,) in said if _has(text, wanted)]
                if texts or _has(row[1], wanted):
                    excerpt = _around(texts[0], wanted[0]) if texts else ""
                    found.append(Found(_thread(row), excerpt, len(texts)))
        return tuple(found)

    def rename(self, thread: int, name: str) -> None:
        if not thread_name(name):
            raise BadData("Un fil a un nom.", "Donnez-lui au moins un mot.")
        with self._base.writing() as base:
            done = base.execute("UPDATE threads SET name = ? WHERE id = ?", (thread_name(name), thread))
            _refuse_none(done.rowcount)

    def delete(self, thread: int) -> None:
        """A thread, without a trace. NothingToDo where there is none."""
        with self._base.writing() as base:
            base.execute("DELETE FROM turns WHERE thread = ?", (thread,))
            _refuse_none(base.execute("DELETE FROM threads WHERE id = ?", (thread,)).rowcount)
        self._base.make_anew()

    def export(self, thread: int) -> dict[str, Any]:
        """A thread with its name, as OpenAI messages."""
        known = self.thread(thread)
        about = {"name": known.name, "double": known.double, "changed": known.changed.isoformat()}
        return about | to_messages(self.turns(thread))

    def forget_all(self) -> int:
        """« Oublie tout »: every thread, without a trace, and the index of own words; how many threads."""
        remove_index(self._workspace)
        if not self.path.is_file():
            return 0
        with self._base.writing() as base:
            base.execute("DELETE FROM turns")
            count = base.execute("DELETE FROM threads").rowcount
        self._base.make_anew()
        return count


def to_messages(turns: Sequence[Turn]) -> dict[str, Any]:
    """OpenAI messages from which no training learns: a model wrote the answers (weight 0)."""
    no_target = {"weight": 0}
    return {
        "messages": [
            {"role": turn.role, "content": turn.text, **(no_target if turn.role == "assistant" else {})}
            for turn in turns
        ]
    }


def _refuse_none(count: int) -> None:
    if not count:
        raise NothingToDo("Ce fil n'existe pas, ou plus.", "Choisissez-en un autre dans la liste des fils.")


def _thread(row: Sequence[Any]) -> Thread:
    id_, name, double, changed, turns = row
    return Thread(id_, name, double, datetime.fromisoformat(changed), turns)


def thread_name(text: str) -> str:
    """A thread's name out of a text: its first line, cut after a word where it is long."""
    line = " ".join(next(iter(storable(text).strip().splitlines()), "").split())
    if len(line) <= NAME_LETTERS:
        return line
    return (line[:NAME_LETTERS].rpartition(" ")[0] or line[:NAME_LETTERS]) + "…"


def _has(text: str, wanted: Sequence[str]) -> bool:
    folded = fold(text)
    return all(word in folded for word in wanted)


def _around(text: str, word: str) -> str:
    """The text around a word: whole words, « … » where it is cut."""
    line = " ".join(text.split())
    place = max(fold(line).find(word), 0)  # folding hardly moves a letter
    start, end = max(0, place - EXCERPT), place + len(word) + EXCERPT
    return "…" * (start > 0) + line[start:end].strip() + "…" * (end < len(line))


def _common_prefix(kept: Sequence[tuple[str, str]], rows: Sequence[tuple[str, str]]) -> int:
    pairs = enumerate(zip(kept, rows, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(kept), len(rows)))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

"""The person's own words found again: a full-text index (SQLite's FTS5) of the prepared messages.

    find_own_words(workspace, "le chien de ta sœur", 5)  ->  Passages, the nearest first
    nearest_exchanges(workspace, "tu viens ?", 20)       ->  examples for a model that was never trained

data/{train,valid,test}.jsonl  ->  data/own_words.db (0600): what was asked and what the person said, as
prepare masked it; BM25 over stems. It is made anew when those files have changed and never mended, so nothing
that was removed from them stays in it; whoever writes data/ removes it first. With an embedding model, words
are found by their meaning too (recall/dense.py).
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from sosie.core import jsonl
from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue
from sosie.core.errors import BadData, NothingToDo
from sosie.core.progress import Event, Report, silent
from sosie.core.workspace import Workspace, whole
from sosie.recall.database import as_told, storable
from sosie.recall.fusion import fuse
from sosie.recall.stems import stems

if TYPE_CHECKING:
    from sosie.recall.dense import Dense

_FORMAT = 1  # another one where the tables or the stems change
_PARTS = ("train", "valid", "test")
TABLES = (
    "CREATE TABLE made_from (mark TEXT NOT NULL)",
    "CREATE TABLE exchanges (id INTEGER PRIMARY KEY, asked TEXT NOT NULL, said TEXT NOT NULL,"
    " at TEXT NOT NULL, source TEXT NOT NULL, typed INTEGER NOT NULL)",
    "CREATE TABLE frequencies (stem TEXT PRIMARY KEY, exchanges INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE VIRTUAL TABLE stems USING fts5(asked, said, content='',"
    " tokenize='unicode61 remove_diacritics 2 tokenchars _')",
)
BATCH = 10_000  # exchanges written at once
MOST_READ = 10_000  # exchanges that may hold a word asked for: the rare ones say more, and cost less
BEST = 500  # of them, whose words are read
ASKED, SAID = 0.6, 1.0  # weights of the two columns where a fact is looked for
FIRST, FUSED = 2, 20  # of the best by words: stay first, whatever a poor model says; fused with its best
ATTEMPTS = 5
MOST_LETTERS = 2_000  # of what is asked


@counted
@dataclass(frozen=True, slots=True)
class Passage:
    """Something that the person said, masked, and to what; `at`: the day, in ISO form, where it is known."""

    asked: str
    said: str
    at: str
    source: str

    def to_json(self) -> dict[str, str]:
        return {"asked": self.asked, "said": self.said, "at": self.at, "source": self.source}


def find_own_words(
    workspace: Workspace, words: str, count: int = 5, report: Report = silent, dense: "Dense | None" = None
) -> tuple[Passage, ...]:
    """What the person said that has the most of these words, or of their meaning, the nearest first.

    NothingToDo where the folder has no dialogues. `report` hears of the index where it is made anew.
    """
    with closing(_open(workspace, report)) as base:
        ids = _ranked(base, words, (ASKED, SAID), report, dense)
        return tuple(islice(_passages(base, ids), count))


def nearest_exchanges(
    workspace: Workspace, asked: str, count: int, report: Report = silent, dense: "Dense | None" = None
) -> tuple[Passage, ...]:
    """What the person typed in answer to what was nearest to this, each once; the nearest first.

    Fewer than `count` where fewer share a word with it.
    """
    with closing(_open(workspace, report)) as base:
        ids = _ranked(base, asked, (SAID, ASKED / 2), report, dense)
        found = [*_passages(base, ids, "typed AND asked != ''")]
        once = {(passage.asked, passage.said): passage for passage in reversed(found)}
        return tuple(islice(reversed(once.values()), count))


def sample_own_words(
    workspace: Workspace, count: int, seed: int = 7, report: Report = silent
) -> tuple[Passage, ...]:
    """A random sample of what the person typed, the same for the same seed and the same data."""
    with closing(_open(workspace, report)) as base:
        (last,) = base.execute("SELECT coalesce(max(id), 0) FROM exchanges").fetchone()
        ids = Random(seed).sample(range(1, last + 1), min(last, 2 * count))
        query = "SELECT asked, said, at, source FROM exchanges WHERE id = ? AND typed"
        found = (row for id_ in ids if (row := base.execute(query, (id_,)).fetchone()))
        return tuple(Passage(*row) for row in islice(found, count))


def remove_index(workspace: Workspace) -> None:
    """Before data/ is written: what it no longer holds is then in no index."""
    for path in (index_of(workspace), vectors_of(workspace)):
        path.unlink(missing_ok=True)


def index_of(workspace: Workspace) -> Path:
    return workspace.data / "own_words.db"


def vectors_of(workspace: Workspace) -> Path:
    return workspace.data / "own_vectors.bin"


def _ranked(
    base: sqlite3.Connection, words: str, weights: tuple[float, float], report: Report, dense: "Dense | None"
) -> list[int]:
    """Ids of the exchanges of these words; with `dense`, fused with those of their meaning."""
    by_words = _ranked_by_words(base, words, weights)
    by_meaning = dense.nearest(base, _reads(base), words, report) if dense else []
    return [*dict.fromkeys((*by_words[:FIRST], *fuse(by_words[:FUSED], by_meaning), *by_words))]


def _passages(base: sqlite3.Connection, ids: Iterable[int], where: str = "1") -> Iterator[Passage]:
    query = f"SELECT asked, said, at, source FROM exchanges WHERE id = ? AND {where}"
    return (Passage(*row) for id_ in ids if (row := base.execute(query, (id_,)).fetchone()))


def _ranked_by_words(base: sqlite3.Connection, words: str, weights: tuple[float, float]) -> list[int]:
    """Ids of the best of the exchanges that hold a rare word of these; of too many, the recent ones."""
    if not (wanted := _rarest(base, words)):
        return []
    query = (
        "WITH found AS (SELECT rowid AS id, bm25(stems, ?, ?) AS score FROM stems WHERE stems MATCH ?"
        f" ORDER BY rowid DESC LIMIT {MOST_READ}) SELECT id FROM found ORDER BY score LIMIT {BEST}"
    )
    match = " OR ".join(f'"{stem}"' for stem in wanted)
    return [id_ for (id_,) in base.execute(query, (*weights, match))]


def _rarest(base: sqlite3.Connection, words: str) -> list[str]:
    """The stems of these words that the index knows, the rarest first, while few exchanges hold them."""
    wanted = list(dict.fromkeys(stems(words[:MOST_LETTERS])))
    places = ",".join("?" * len(wanted))
    query = f"SELECT stem, exchanges FROM frequencies WHERE stem IN ({places}) ORDER BY exchanges"
    chosen: list[str] = []
    total = 0
    for stem, count in base.execute(query, wanted):
        total += count
        if chosen and total > MOST_READ:
            break
        chosen.append(stem)
    return chosen


def _open(workspace: Workspace, report: Report) -> sqlite3.Connection:
    """The index of data/ as it is, made if need be."""
    path, mark = index_of(workspace), _mark(workspace)
    for _ in range(ATTEMPTS):
        with suppress(sqlite3.DatabaseError):  # none, or damaged: it is made anew
            base = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
            if _reads(base) == mark:
                return base
            base.close()
        _make_index(workspace, mark, report)
        if (now := _mark(workspace)) != mark:  # data/ was written meanwhile
            remove_index(workspace)
            mark = now
    raise BadData("Les dialogues de ce dossier changent sans cesse.", "Réessayez dans un moment.")


def _reads(base: sqlite3.Connection) -> str:
    """What data an index was made from; the connection is closed where it cannot tell."""
    try:
        (mark,) = base.execute("SELECT mark FROM made_from").fetchone()
    except BaseException:
        base.close()
        raise
    return str(mark)


def _mark(workspace: Workspace) -> str:
    """What tells these data from others: their files by size, date and place on the disk."""
    paths = [workspace.data / f"{part}.jsonl" for part in _PARTS]
    stats = [path.stat() for path in paths if path.is_file()]
    if not stats:
        raise NothingToDo(
            "Il n'y a pas encore de dialogues ici.", "Faites d'abord : sosie import, puis sosie prepare"
        )
    return repr([_FORMAT, *((stat.st_size, stat.st_mtime_ns, stat.st_ino) for stat in stats)])


def _make_index(workspace: Workspace, mark: str, report: Report) -> None:
    """All of it, or nothing. The most recent exchanges have the highest ids."""
    vectors_of(workspace).unlink(missing_ok=True)  # of data that may have gone
    paths = (workspace.data / f"{part}.jsonl" for part in _PARTS)
    dialogues = chain.from_iterable(map(jsonl.read, filter(Path.is_file, paths)))
    frequencies: Counter[str] = Counter()
    try:
        with (
            whole(index_of(workspace)) as draft,
            closing(sqlite3.connect(draft, isolation_level=None)) as base,
        ):
            for setting in ("journal_mode = OFF", "synchronous = OFF", "temp_store = MEMORY"):
                base.execute(f"PRAGMA {setting}")
            for table in TABLES:
                base.execute(table)
            base.execute("BEGIN")
            rows = enumerate(_rows(dialogues), 1)
            while batch := list(islice(rows, BATCH)):
                _insert(base, batch, frequencies)
                report(Event("index", done=batch[-1][0]))
            base.executemany("INSERT INTO frequencies VALUES (?, ?)", frequencies.items())
            base.execute("INSERT INTO made_from VALUES (?)", (mark,))
            base.execute("COMMIT")
    except sqlite3.Error as error:
        raise as_told(error, index_of(workspace).name) from None


_Row = tuple[str, str, str, str, bool]


def _rows(dialogues: Iterable[Dialogue]) -> Iterator[_Row]:
    """(asked, said, day, source, typed) of each reply of the person's; what a model wrote is left out."""
    for dialogue in dialogues:
        origin = dialogue.origin
        if origin.generated:
            continue
        day = origin.last.date().isoformat() if origin.last else ""
        asked = ""
        for turn in dialogue.turns:
            if turn.role == "assistant":
                yield asked, storable(turn.text), day, origin.source, not origin.transcribed
            asked = storable(turn.text) if turn.role == "user" else ""


def _insert(base: sqlite3.Connection, batch: Sequence[tuple[int, _Row]], frequencies: Counter[str]) -> None:
    indexed = []
    for id_, (asked, said, *_) in batch:
        in_asked, in_said = stems(asked), stems(said)
        frequencies.update({*in_asked, *in_said})
        indexed.append((id_, " ".join(in_asked), " ".join(in_said)))
    base.executemany("INSERT INTO exchanges VALUES (?, ?, ?, ?, ?, ?)", ((id_, *row) for id_, row in batch))
    base.executemany("INSERT INTO stems (rowid, asked, said) VALUES (?, ?, ?)", indexed)

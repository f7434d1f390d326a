"""OpenAI `messages` lines to Dialogue and back: the one file format of data/, and of any other trainer.

    {"messages": [{"role": "user", "content": "tu viens ?"}, ...], "sosie": {...}}

What is mended on reading: one array in place of lines, roles in capitals, a BOM, CRLF, blank lines, content
given as a list of parts, several turns in a row of one role (joined by a line break). An answer of
`"weight": 0` or `"train": false` is context, not learnt. A turn that cannot be read (a tool's, of an unknown
role, without words) cuts its dialogue in two, and the second part begins at its next user turn: no two turns
become neighbours that were none. What is told, line by line, is what was done. A last user turn without an
answer is cut.

Format 2: every id is an HMAC with a salt kept in private/. Those of format 1 could be made again by whoever
guessed a name or a message, masked or not: they are forgotten on reading, so that nothing hands them on.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import dropwhile
from pathlib import Path
from typing import Any

from sosie.core import circles, jsonl
from sosie.core.data_lines import BY_IMPORT, LEFT_OUT, Complaint, foreign_format, read_records, tell_left_out
from sosie.core.dialogue import Dialogue, Origin
from sosie.core.errors import BadData, NothingToDo
from sosie.core.message_turns import cut_at_unread, is_system, messages_of, read_turn
from sosie.core.progress import Event, Report
from sosie.core.workspace import Workspace, whole

_FORMAT = 2
IDS = ("id", "conversation", "replies", "spoken")


def ignore(line: int, reason: str) -> None:
    """A listener to complaints that wants none."""


def read(path: Path, complain: Complaint = ignore) -> Iterator[Dialogue]:
    """The dialogues of a file, one at a time; `complain(line, reason)` hears what was not used."""
    for number, record in read_records(path, complain):
        yield from _read_record(record, lambda reason, n=number: complain(n, reason))  # type: ignore[misc]


def write(path: Path, dialogues: Iterable[Dialogue]) -> int:
    """Write all or nothing; returns how many."""
    count = 0
    with whole(path) as draft, draft.open("w", encoding="utf-8") as file:
        for dialogue in dialogues:
            file.write(json.dumps(to_record(dialogue), ensure_ascii=False) + "\n")
            count += 1
    return count


def to_record(dialogue: Dialogue) -> dict[str, Any]:
    """One line of data/*.jsonl, as JSON values."""
    origin = {name: getattr(dialogue.origin, name) for name in Origin.__dataclass_fields__}
    for name in ("first", "last"):
        origin[name] = origin[name].isoformat() if origin[name] else None
    if not origin["circle"]:
        del origin["circle"]
    messages = [
        {"role": turn.role, "content": turn.text, **({} if turn.learnt else {"weight": 0})}
        for turn in dialogue.turns
    ]
    return {"messages": messages, "sosie": {"format": _FORMAT, **origin}}


def has_old_ids(path: Path) -> bool:
    """Whether sosie wrote this file in format 1. No text can look so: JSON escapes its quotation marks."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return b'"sosie": {"format": 1,' in file.readline()


def _read_record(record: Any, complain: Callable[[str], None]) -> list[Dialogue]:
    """The dialogue of a line, in parts where a turn could not be read."""
    messages = messages_of(record)
    if messages is None:
        complain((foreign_format(record) or "pas de liste « messages »") + LEFT_OUT)
        return []
    unread: list[str] = []
    turns = [read_turn(message, unread.append) for message in messages]
    parts = cut_at_unread(turns)
    if not parts:
        complain((unread or ["aucune réponse à apprendre"])[0] + LEFT_OUT)
        return []
    if unread:
        complain(f"{unread[0]} ; le dialogue est coupé là")
    if any(map(is_system, dropwhile(is_system, turns))):
        complain("une consigne n'était pas en tête ; elle y est mise")
    try:
        origin = _origin(record.get("sosie"))
    except (TypeError, ValueError):
        complain("son origine (« sosie ») est abîmée ; le dialogue est lu sans elle")
        origin = Origin()
    # What is told of each turn goes with all of them: a part has lost count.
    return [Dialogue(turns, replace(origin, replies=(), asked=()) if unread else origin) for turns in parts]


def _origin(record: Any) -> Origin:
    """TypeError or ValueError where a value is not of its kind."""
    if not isinstance(record, dict):
        return Origin()
    known = {name: record[name] for name in Origin.__dataclass_fields__ if name in record}
    if record.get("format") != _FORMAT:
        known = {name: value for name, value in known.items() if name not in IDS}
    for name in ("first", "last"):
        if known.get(name) is not None:
            known[name] = datetime.fromisoformat(known[name])
    for name in ("correspondents", "spoken"):
        if name in known:
            known[name] = _strings(known[name])
    if "replies" in known:
        known["replies"] = tuple(map(_strings, known["replies"]))
    if "asked" in known:
        known["asked"] = tuple(map(int, known["asked"]))
    _strings([known.get(name, "") for name in ("id", "source", "conversation", "circle")])
    if not known.get("circle", "").isprintable() or len(known.get("circle", "")) > circles.LONGEST_NAMED:
        raise ValueError
    return Origin(**known)


def _strings(values: Any) -> tuple[str, ...]:
    if isinstance(values, list) and set(map(type, values)) <= {str}:
        return tuple(values)
    raise TypeError


def own_dialogues(workspace: Workspace, part: str, missing_ok: bool = False) -> list[Dialogue]:
    """data/PART.jsonl of the folder."""
    path = workspace.data / f"{part}.jsonl"
    if path.is_file():
        return list(jsonl.read(path))
    if missing_ok:
        return []
    raise NothingToDo(
        "Il n'y a pas encore de dialogues ici.", "Faites d'abord : sosie import, puis sosie prepare"
    )


def read_told(path: Path, report: Report) -> list[Dialogue]:
    """A `messages` file; each line that could not be used is told by its number."""
    complaints: list[tuple[int, str]] = []
    dialogues = list(jsonl.read(path, lambda line, reason: complaints.append((line, reason))))
    tell_left_out(path, complaints, report)
    if dialogues:
        if copies := len(dialogues) - len({dialogue.turns for dialogue in dialogues}):
            text = f"{path.name} : {copies} dialogues sur {len(dialogues)} en répètent un autre mot pour mot."
            report(Event("warning", text=text))
        return dialogues
    if complaints and BY_IMPORT in complaints[0][1]:
        raise BadData(
            f"« {path.name} » n'a aucun dialogue utilisable : {complaints[0][1].removesuffix(LEFT_OUT)}.",
            "Faites d'abord : sosie import FICHIER, puis sosie prepare, puis sosie train",
        )
    raise BadData(
        f"« {path.name} » n'a aucun dialogue utilisable.",
        'Attendu : une ligne JSON par dialogue, {"messages": [{"role": ..., "content": ...}]}',
    )

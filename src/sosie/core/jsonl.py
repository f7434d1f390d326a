"""OpenAI `messages` lines to Dialogue and back: the one file format of data/, and of any other trainer.

    {"messages": [{"role": "user", "content": "tu viens ?"}, ...], "sosie": {...}}

What is mended on reading: a BOM, CRLF, blank lines, content given as a list of parts, several turns in a row
of one role (joined by a line break). What is kept as it is: a leading system message, unknown keys elsewhere.
What is left out is told line by line: a line that is not JSON, that has no messages, an unknown role, or no
assistant turn; a last user turn without an answer is cut.

Format 2: every id is an HMAC with a salt kept in private/. Those of format 1 could be made again by whoever
guessed a name or a message, masked or not: they are forgotten on reading, so that nothing hands them on.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue, Origin, Role, Turn
from sosie.core.errors import BadData, NothingToDo
from sosie.core.progress import Event, Report
from sosie.core.workspace import Workspace, whole

_FORMAT = 2
IDS = ("id", "conversation", "replies")
ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
}

Complaint = Callable[[int, str], None]


def ignore(line: int, reason: str) -> None:
    """A listener to complaints that wants none."""


def read(path: Path, complain: Complaint = ignore) -> Iterator[Dialogue]:
    """The dialogues of a file, one at a time; `complain(line, reason)` hears of each line not used."""
    try:
        with path.open(encoding="utf-8-sig", errors="strict") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    dialogue = _read_line(line, lambda reason, n=number: complain(n, reason))  # type: ignore[misc]
                    if dialogue:
                        yield dialogue
    except UnicodeDecodeError:
        raise BadData(f"« {path.name} » n'est pas du texte UTF-8.", "Enregistrez-le en UTF-8.") from None
    except OSError:
        raise BadData(f"« {path.name} » ne peut pas être lu.", "Vérifiez le chemin du fichier.") from None


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
    origin = asdict(dialogue.origin)
    for name in ("first", "last"):
        origin[name] = origin[name].isoformat() if origin[name] else None
    messages = [{"role": turn.role, "content": turn.text} for turn in dialogue.turns]
    return {"messages": messages, "sosie": {"format": _FORMAT, **origin}}


def has_old_ids(path: Path) -> bool:
    """Whether sosie wrote this file in format 1. No text can look so: JSON escapes its quotation marks."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return b'"sosie": {"format": 1,' in file.readline()


def _read_line(line: str, complain: Callable[[str], None]) -> Dialogue | None:
    try:
        record = json.loads(line)
    except ValueError:
        complain("ce n'est pas du JSON")
        return None
    messages = record.get("messages") if isinstance(record, dict) else None
    if not isinstance(messages, list):
        complain("pas de liste « messages »")
        return None
    turns = merge_runs(turn for message in messages if (turn := _turn(message, complain)))
    while turns and turns[-1].role != "assistant":
        turns = turns[:-1]
    if not turns:
        complain("aucune réponse à apprendre")
        return None
    return Dialogue(turns, _origin(record.get("sosie")))


def _turn(message: Any, complain: Callable[[str], None]) -> Turn | None:
    if not isinstance(message, dict):
        complain("un message n'est pas un objet")
        return None
    role = ROLES.get(str(message.get("role", "")))
    if role is None:
        complain("un rôle inconnu")
        return None
    text = plain_text(message.get("content"))
    return Turn(role, text) if text.strip() else None


def plain_text(content: Any) -> str:
    """The words of an OpenAI `content`: a string, or a list of parts of which the text ones count."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = (part.get("text") if isinstance(part, dict) else part for part in content)
        return "\n".join(part for part in parts if isinstance(part, str))
    return ""


def merge_runs(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Neighbours of one role joined by a line break: « oui », « dans 10 min » make one turn."""
    merged: list[Turn] = []
    for turn in turns:
        if merged and merged[-1].role == turn.role:
            turn = Turn(turn.role, f"{merged.pop().text}\n{turn.text}")
        merged.append(turn)
    return tuple(merged)


def _origin(record: Any) -> Origin:
    if not isinstance(record, dict):
        return Origin()
    known = {name: record[name] for name in Origin.__dataclass_fields__ if name in record}
    if record.get("format") != _FORMAT:
        known = {name: value for name, value in known.items() if name not in IDS}
    for name in ("first", "last"):
        if known.get(name):
            known[name] = datetime.fromisoformat(known[name])
    if "correspondents" in known:
        known["correspondents"] = tuple(known["correspondents"])
    if "replies" in known:
        known["replies"] = tuple(tuple(ids) for ids in known["replies"])
    return Origin(**known)


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
    if not dialogues:
        raise BadData(
            f"« {path.name} » n'a aucun dialogue utilisable.",
            'Attendu : une ligne JSON par dialogue, {"messages": [{"role": ..., "content": ...}]}',
        )
    return dialogues


def tell_left_out(path: Path, complaints: Sequence[tuple[int, str]], report: Report) -> None:
    """The lines of a file that could not be used, by number: the first five, and how many more."""
    for line, reason in complaints[:5]:
        report(Event("warning", text=f"{path.name}, ligne {line} : {reason} ; laissée de côté."))
    if len(complaints) > 5:
        report(Event("warning", text=f"… et {len(complaints) - 5} autres lignes laissées de côté."))

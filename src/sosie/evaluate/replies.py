"""A file of replies, as anybody may have one: a line is a text, or a dialogue of which the answers count.

    {"text": "bah jsp"}
    {"messages": [{"role": "user", "content": "tu viens ?"}, {"role": "assistant", "content": "bah jsp"}]}

Several messages sent in a row are one reply, as everywhere in sosie.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sosie.core.data_lines import LEFT_OUT, Complaint, tell_left_out
from sosie.core.dialogue import Turn
from sosie.core.errors import BadData
from sosie.core.jsonl import ignore
from sosie.core.message_turns import ROLES, merge_runs, plain_text
from sosie.core.progress import Report, silent
from sosie.evaluate.measures.likeness import Likeness
from sosie.evaluate.measures.likeness import likeness as likeness_of_replies


def read_replies(path: Path, complain: Complaint = ignore) -> list[str]:
    """The replies in their order; `complain(line, reason)` hears of each line not used."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            found = [reply for number, line in enumerate(file, 1) for reply in _of(line, number, complain)]
    except UnicodeDecodeError:
        raise BadData(f"« {path.name} » n'est pas du texte UTF-8.", "Enregistrez-le en UTF-8.") from None
    except OSError:
        raise BadData(f"« {path.name} » ne peut pas être lu.", "Vérifiez le chemin du fichier.") from None
    if not found:
        raise BadData(
            f"« {path.name} » n'a aucune réponse utilisable.",
            'Attendu : une ligne JSON par réponse, {"text": ...} ou {"messages": [...]}',
        )
    return found


def _of(line: str, number: int, complain: Complaint) -> Iterator[str]:
    if not line.strip():
        return
    try:
        record = json.loads(line)
    except ValueError:
        complain(number, "ce n'est pas du JSON" + LEFT_OUT)
        return
    replies = list(_replies(record)) if isinstance(record, dict) else []
    if not replies:
        complain(number, "ni « text » ni réponse dans « messages »" + LEFT_OUT)
    yield from replies


def _replies(record: dict[str, Any]) -> Iterator[str]:
    if isinstance(record.get("text"), str):
        yield from filter(str.strip, [record["text"]])
    elif isinstance(record.get("messages"), list):
        turns = merge_runs(turn for message in record["messages"] if (turn := _turn(message)))
        yield from (turn.text for turn in turns if turn.role == "assistant")


def _turn(message: Any) -> Turn | None:
    role = ROLES.get(str(message.get("role", ""))) if isinstance(message, dict) else None
    text = plain_text(message.get("content")) if role else ""
    return Turn(role, text) if role and text.strip() else None


def likeness(
    given: Path | str,
    truth: Path | str,
    others: Sequence[Path | str] = (),
    seed: int = 7,
    report: Report = silent,
) -> Likeness:
    """How close files of replies are to a person's: 0 as any other person's, 100 as their own.

    Each line that could not be used is reported.
    """

    def read(path: Path | str) -> list[str]:
        complaints: list[tuple[int, str]] = []
        replies = read_replies(Path(path), lambda line, reason: complaints.append((line, reason)))
        tell_left_out(Path(path), complaints, report)
        return replies

    return likeness_of_replies(read(given), read(truth), [read(path) for path in others], seed)

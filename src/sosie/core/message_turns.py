"""The messages of a record, by whoever wrote it, as turns: what of them can be read, and where they are cut.

Several turns in a row of one role are one. A turn that cannot be read is None: there the dialogue is cut, so
that no two turns become neighbours that were none. The system text stands first in every part.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sosie.core.dialogue import Role, Turn

ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
}


def messages_of(record: Any) -> list[Any] | None:
    """Those of a line; a prompt and its completion are two, or two lists of them."""
    if not isinstance(record, dict):
        return None
    if isinstance(record.get("messages"), list):
        return list(record["messages"])
    asked, said = record.get("prompt"), record.get("completion")
    if isinstance(asked, list) and isinstance(said, list):
        return [*asked, *said]
    if isinstance(asked, str) and isinstance(said, str):
        return [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
    return None


def cut_at_unread(turns: Sequence[Turn | None]) -> list[tuple[Turn, ...]]:
    """The dialogue cut at each None, every part under the system text, up to its last answer learnt.

    The system text is put first wherever it stands, as chat templates write it.
    """
    if is_well_formed(turns):
        return [tuple(filter(None, turns))]
    told = [turn.text for turn in merge_runs(turn for turn in turns if turn) if turn.role == "system"]
    system = "\n\n".join(text for text in told if text.strip())
    parts: list[list[Turn]] = [[]]
    for turn in turns:
        if turn is None:
            parts.append([])
        elif turn.role == "user" or (turn.role == "assistant" and (parts[-1] or len(parts) == 1)):
            parts[-1].append(turn)
    opening = [Turn("system", system)] if system else []
    ended = (_up_to_last_learnt(merge_runs((*opening, *part))) for part in parts)
    return [part for part in ended if part]


def is_well_formed(turns: Sequence[Turn | None]) -> bool:
    """Whether there is nothing to cut nor to join: so is what sosie itself wrote, which is read often."""
    roles = [turn.role if turn else None for turn in turns]
    last = turns[-1] if turns else None
    return last is not None and last.learnt and roles == ["user", "assistant"] * (len(roles) // 2)


def is_system(turn: Turn | None) -> bool:
    return turn is not None and turn.role == "system"


def _up_to_last_learnt(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    while turns and not (turns[-1].role == "assistant" and turns[-1].learnt):
        turns = turns[:-1]
    return turns


def read_turn(message: Any, complain: Callable[[str], None]) -> Turn | None:
    """The turn of a message; None where it cannot be read, and `complain` hears why."""
    if not isinstance(message, dict):
        complain("un message n'est pas un objet")
        return None
    said = message.get("role", "")
    role = ROLES.get(said if said in ("user", "assistant") else str(said).strip().lower())
    if role is None:
        known = message.get("role") in ("tool", "function")
        complain("un message d'outil" if known else "un rôle inconnu")
        return None
    text = plain_text(message.get("content"))
    if not text.strip() and role != "system":
        complain("un message sans texte")
        return None
    return Turn(role, text, role != "assistant" or is_learnt(message))


def is_learnt(message: dict[str, Any]) -> bool:
    """Not where it says `"weight": 0`, as for OpenAI's fine-tuning, or `"train": false`."""
    return message.get("weight") not in (0, "0") and message.get("train") is not False


def plain_text(content: Any) -> str:
    """The words of an OpenAI `content`: a string, or a list of parts of which the text ones count."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = (part.get("text") if isinstance(part, dict) else part for part in content)
        return "\n".join(part for part in parts if isinstance(part, str))
    return ""


def merge_runs(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Neighbours of one role joined by a line break: « oui », « dans 10 min » make one turn.

    It is learnt only if all of it is.
    """
    merged: list[Turn] = []
    for turn in turns:
        if merged and merged[-1].role == turn.role:
            before = merged.pop()
            turn = Turn(turn.role, f"{before.text}\n{turn.text}", before.learnt and turn.learnt)
        merged.append(turn)
    return tuple(merged)

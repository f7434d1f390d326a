"""Dialogues as nanochat's training takes them: user first, strict alternation, no system, no row too long.

    [system, assistant, user, user, assistant, user]  ->  [user: "system\n\nuser\nuser", assistant]

nanochat learns every answer of a row: one that is only context here ends its row, and is left out.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sosie.core.dialogue import Dialogue, Turn
from sosie.core.errors import BadData
from sosie.core.message_turns import merge_runs
from sosie.export.nanochat_base import Size, utf8_bytes

TurnRow = tuple[Turn, ...]  # user, assistant, user, assistant...
OPENING, AROUND = 1, 2  # tokens: of a conversation; around each turn


@dataclass(frozen=True, slots=True)
class Rows:
    """`context` counts the answers that were context, `too_long` the exchanges that alone pass the length."""

    rows: tuple[TurnRow, ...]
    context: int = 0
    too_long: int = 0


def tokens_of(row: TurnRow, size: Size) -> int:
    """How long a row is once rendered."""
    return OPENING + sum(AROUND + size(turn.text) for turn in row)


def make_rows(dialogues: Sequence[Dialogue], longest: int, size: Size = utf8_bytes) -> Rows:
    """The rows of all, each of at most `longest` tokens; a longer dialogue becomes several."""
    rows: list[TurnRow] = []
    context = too_long = 0
    for dialogue in dialogues:
        system = "\n\n".join(turn.text for turn in dialogue.turns if turn.role == "system")
        for exchanges in learnt_runs(dialogue.turns):
            found, left_out = split_run(exchanges, system, longest, size)
            rows += found
            too_long += left_out
        context += sum(turn.role == "assistant" and not turn.learnt for turn in dialogue.turns)
    return Rows(tuple(rows), context, too_long)


def learnt_runs(turns: Sequence[Turn]) -> Iterator[list[TurnRow]]:
    """Exchanges that follow one another, each of a user turn and the answer to it, which is learnt."""
    run: list[TurnRow] = []
    for asked, answer in pairwise(merge_runs(turn for turn in turns if turn.role != "system")):
        if (asked.role, answer.role) != ("user", "assistant"):
            continue
        if answer.learnt:
            run.append((asked, answer))
        elif run:
            yield run
            run = []
    if run:
        yield run


def split_run(exchanges: list[TurnRow], system: str, longest: int, size: Size) -> tuple[list[TurnRow], int]:
    """As few rows as hold them, each under the system text; and how many exchanges fit in none."""
    rows: list[TurnRow] = []
    left_out, open_row = 0, False
    for exchange in exchanges:
        first = (with_system(exchange[0], system), exchange[1])
        if open_row and tokens_of(rows[-1] + exchange, size) <= longest:
            rows[-1] += exchange
        elif open_row := tokens_of(first, size) <= longest:
            rows.append(first)
        else:
            left_out += 1
    return rows, left_out


def with_system(turn: Turn, system: str) -> Turn:
    return Turn(turn.role, f"{system}\n\n{turn.text}") if system.strip() else turn


def messages_of(row: TurnRow) -> list[dict[str, str]]:
    """Halves of a surrogate pair, which are no UTF-8, become question marks."""
    return [
        {"role": turn.role, "content": turn.text.encode("utf-8", "replace").decode("utf-8")} for turn in row
    ]


def json_lines(rows: Sequence[TurnRow]) -> bytes:
    """A bare array of messages a line."""
    return b"".join(json.dumps(messages_of(row), ensure_ascii=False).encode() + b"\n" for row in rows)


def check_rows(read: Sequence[object], expected: int) -> None:
    """nanochat's own rules on what was written and read again. BadData where it would refuse a row."""
    if len(read) != expected or not all(map(is_accepted, read)):
        raise BadData("nanochat refuserait ces dialogues : rien n'est écrit.", "Signalez ce défaut de sosie.")


def is_accepted(messages: object) -> bool:
    if not isinstance(messages, list) or len(messages) < 2:
        return False
    roles = ("user", "assistant") * len(messages)
    return all(
        isinstance(message, dict) and message.get("role") == role and isinstance(message.get("content"), str)
        for message, role in zip(messages, roles, strict=False)
    )

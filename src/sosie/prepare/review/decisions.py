"""The decisions of a review: lines that are only ever added, undoing too, and what they make of a dialogue.

data/decisions.jsonl   0600, a line a decision, on one dialogue or on many

    {"key": "9f3c21d0", "at": "2026-11-30T14:15:00", "do": "drop", "on": ["9b41…", "77ac…"]}
    {"key": "1b22e0a4", "at": …, "do": "edit", "on": ["9b41…"], "turn": 3, "was": HMAC, "text": "on y va"}
    {"key": "c0ffee11", "at": …, "do": "split", "on": ["9b41…"], "turn": 4, "was": HMAC}
    {"key": "5e1d7702", "at": …, "do": "undo", "of": "9f3c21d0"}

A dialogue is known by its id, which a new `prepare` gives it again. What bears on a turn is known by the HMAC
of its words too: where these are no longer in the dialogue, the decision is not applied, and that is told.
A dialogue that was split goes on as ID, its second part as ID-HMAC of the turn that begins it.
"""

import hmac
import json
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue, Turn
from sosie.core.workspace import Workspace, closed_folder, full_disk_told, own_file, whole

FILE = "decisions.jsonl"
Action = Literal["keep", "drop", "not_me", "edit", "split"]
ACTIONS = ("keep", "drop", "not_me", "edit", "split")
State = Literal["", "keep", "drop", "not_me"]


@counted
@dataclass(frozen=True, slots=True)
class Decision:
    """One decision; `turn`, `was` and `text` where it bears on a turn."""

    key: str
    do: Action
    on: tuple[str, ...]  # ids of dialogues, or of parts of one
    turn: int = 0
    was: str = ""
    text: str = ""


@counted
@dataclass(frozen=True, slots=True)
class Piece:
    """A dialogue as the decisions make it, or a part of one that was split."""

    dialogue: Dialogue
    state: State = ""
    edited: bool = False
    stale: bool = False  # a decision on one of its turns no longer finds the words that it bore on

    @property
    def id(self) -> str:
        return self.dialogue.origin.id

    @property
    def dropped(self) -> bool:
        return self.state in ("drop", "not_me")


@counted
@dataclass(slots=True)
class Decisions:
    """Those of a folder that were not undone, in order, by dialogue."""

    secret: bytes = field(default=b"", repr=False)
    active: list[Decision] = field(default_factory=list)

    @classmethod
    def open(cls, workspace: Workspace) -> "Decisions":
        path = workspace.data / FILE
        if not path.is_file():
            return cls()
        return cls(workspace.secret(), active_of(read_lines(path)))

    def by_dialogue(self) -> dict[str, list[Decision]]:
        """Each dialogue's own, by the id that it had before it was split."""
        found: dict[str, list[Decision]] = {}
        for decision in self.active:
            for base in dict.fromkeys(map(base_id, decision.on)):
                found.setdefault(base, []).append(decision)
        return found

    def mark(self, turn: Turn) -> str:
        """The HMAC of a turn's words."""
        content = f"{turn.role}\n{turn.text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self.secret, content, "sha256").hex()[:16]

    def named(self, dialogue: Dialogue) -> Dialogue:
        """The dialogue with an id, made of its words where it has none: a file from elsewhere."""
        if dialogue.origin.id:
            return dialogue
        words = Turn("user", json.dumps([(turn.role, turn.text) for turn in dialogue.turns]))
        return replace(dialogue, origin=replace(dialogue.origin, id=self.mark(words)))

    def pieces(self, dialogue: Dialogue, decisions: Sequence[Decision]) -> list[Piece]:
        """What the decisions on a dialogue make of it, in their order."""
        pieces = [Piece(dialogue)]
        for decision in decisions:
            pieces = [
                made
                for piece in pieces
                for made in (self._decided(piece, decision) if piece.id in decision.on else [piece])
            ]
        return pieces

    def _decided(self, piece: Piece, decision: Decision) -> list[Piece]:
        if decision.do in ("keep", "drop", "not_me"):
            return [replace(piece, state=decision.do)]
        turns = piece.dialogue.turns
        places = [place for place, turn in enumerate(turns) if self.mark(turn) == decision.was]
        if not places:
            return [replace(piece, stale=True)]
        place = min(places, key=lambda place: abs(place - decision.turn))
        if decision.do == "edit":
            changed = (*turns[:place], replace(turns[place], text=decision.text), *turns[place + 1 :])
            return [replace(piece, dialogue=replace(piece.dialogue, turns=changed), edited=True)]
        halves = split_before(piece.dialogue, place, f"{base_id(piece.id)}-{decision.was}")
        return [replace(piece, dialogue=half) for half in halves] if halves else [replace(piece, stale=True)]


def split_before(dialogue: Dialogue, place: int, second_id: str) -> tuple[Dialogue, Dialogue] | None:
    """Two dialogues, the second from a user turn on; None where one of them would have no reply."""
    turns, origin = dialogue.turns, dialogue.origin
    if not 0 < place < len(turns) or turns[place].role != "user":
        return None
    before = sum(turn.role == "assistant" for turn in turns[:place])
    if not before or before == len(dialogue.replies):
        return None
    system = tuple(turn for turn in turns[:1] if turn.role == "system")
    first = Dialogue(turns[:place], replace(origin, replies=origin.replies[:before]))
    second = replace(origin, id=second_id, replies=origin.replies[before:])
    return first, Dialogue((*system, *turns[place:]), second)


def base_id(id_: str) -> str:
    return id_.partition("-")[0]


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines that are whole: the last one of a process that was killed may not be."""
    with path.open("rb") as file:
        for line in file:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and isinstance(record.get("key"), str):
                yield record


def active_of(records: Iterator[dict[str, Any]]) -> list[Decision]:
    """The decisions that were not undone, in order."""
    found: dict[str, Decision] = {}
    for record in records:
        if record.get("do") == "undo":
            found.pop(str(record.get("of")), None)
        elif record.get("do") in ACTIONS and isinstance(record.get("on"), list):
            found[record["key"]] = _decision(record)
    return [*found.values()]


def _decision(record: dict[str, Any]) -> Decision:
    turn = record.get("turn")
    return Decision(
        record["key"],
        record["do"],
        tuple(map(str, record["on"])),
        turn if isinstance(turn, int) else 0,
        str(record.get("was", "")),
        str(record.get("text", "")),
    )


def add_line(workspace: Workspace, record: dict[str, Any]) -> str:
    """Append one line, whole; its key. What a killed process left half-written is ended first."""
    key = secrets.token_hex(4)
    at = datetime.now().isoformat(timespec="seconds")
    line = json.dumps({"key": key, "at": at, **record}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    with full_disk_told():
        path = own_file(closed_folder(workspace.data) / FILE)
        handle = os.open(path, os.O_RDWR | os.O_APPEND)
        try:
            size = os.fstat(handle).st_size
            half = size and os.pread(handle, 1, size - 1) != b"\n"
            os.write(handle, b"\n" * bool(half) + line + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)
    return key


Change = Callable[[dict[str, Any]], dict[str, Any] | None]


def rewrite_lines(workspace: Workspace, change: Change) -> None:
    """Every line as `change` makes it, None for no line: only for what must not stay written."""
    path = workspace.data / FILE
    if not path.is_file():
        return
    records = [changed for record in read_lines(path) if (changed := change(record))]
    with whole(path) as draft:
        draft.write_bytes(
            b"".join(
                json.dumps(r, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n" for r in records
            )
        )

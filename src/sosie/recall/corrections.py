"""What the person corrected of their double's answers: edited, or said not to be theirs.

private/corrections.jsonl     0600, a line each:
    {"at", "double", "messages": [{role, content}...], "given": "bonjour à toi", "wanted": "yo", "kind"}

Written only where the person edits an answer or says « pas moi ». `wanted` is empty where they only said no.
An answer corrected again takes the place of its correction.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue, Role, Turn
from sosie.core.workspace import Workspace, closed_folder, full_disk_told, own_file, whole

CORRECTIONS = "corrections.jsonl"

Kind = Literal["edited", "not_me"]


@counted
@dataclass(frozen=True, slots=True)
class Correction:
    """After `turns`, the double answered `given`; the person would have said `wanted`."""

    double: str
    turns: tuple[Turn, ...]
    given: str
    wanted: str = ""
    kind: Kind = "edited"

    @property
    def dialogue(self) -> Dialogue:
        """What there is to learn of it: the wanted answer alone, after what stood before."""
        before = (Turn(turn.role, turn.text, learnt=False) for turn in self.turns)
        return Dialogue((*before, Turn("assistant", self.wanted)))


def keep_correction(workspace: Workspace, made: Correction) -> None:
    """One more line; one that is half-written by a machine that stopped is ended first."""
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "double": made.double,
        "messages": [{"role": turn.role, "content": turn.text} for turn in made.turns],
        "given": made.given,
        "wanted": made.wanted,
        "kind": made.kind,
    }
    with full_disk_told():
        path = own_file(closed_folder(workspace.private) / CORRECTIONS)
        half = path.stat().st_size and not path.read_bytes().endswith(b"\n")
        with path.open("a", encoding="utf-8") as file:
            file.write("\n" * bool(half) + json.dumps(record, ensure_ascii=False) + "\n")


def corrections(workspace: Workspace) -> list[Correction]:
    """Every correction, the last word on each answer only."""
    path = workspace.private / CORRECTIONS
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    last: dict[tuple[tuple[Turn, ...], str], Correction] = {}
    said: dict[tuple[tuple[Turn, ...], str], str] = {}  # (turns, wanted) -> what the double had given
    for made in filter(None, map(_read, lines)):
        given = said.get((made.turns, made.given), made.given)
        said[made.turns, made.wanted] = given
        last[made.turns, given] = replace(made, given=given)
    return list(last.values())


def hide_in_corrections(workspace: Workspace, hide: Callable[[str], str]) -> None:
    """Every text of the file through `hide`, for a name that must go; lines that cannot be read go too."""
    path = workspace.private / CORRECTIONS
    if not path.is_file():
        return
    kept = []
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        if _read(line):
            record = json.loads(line)
            for turn in record["messages"]:
                turn["content"] = hide(turn["content"])
            hidden = {name: hide(record[name]) for name in ("double", "given", "wanted")}
            kept.append(json.dumps({**record, **hidden}, ensure_ascii=False) + "\n")
    with whole(path, mode=0o600) as draft:
        draft.write_text("".join(kept), encoding="utf-8")


def _read(line: str) -> Correction | None:
    """None for what is no correction: a line cut by a full disk, or written by another hand."""
    try:
        record: Any = json.loads(line)
        turns = tuple(Turn(turn["role"], turn["content"]) for turn in record["messages"])
        texts = (record["double"], record["given"], record["wanted"], *(turn.text for turn in turns))
        known = record["kind"] in get_args(Kind) and all(turn.role in get_args(Role) for turn in turns)
        whole = known and turns[-1].role == "user" and all(isinstance(text, str) for text in texts)
        double, given, wanted = texts[:3]
        return Correction(double, turns, given, wanted, record["kind"]) if whole else None
    except (ValueError, KeyError, TypeError, IndexError):
        return None

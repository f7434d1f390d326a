"""data/ as the decisions want it, at once: what `sosie prepare` does after privacy, on what it left.

data/{train,valid,test}.jsonl + reviewed.jsonl, the dialogues before any decision  ->  decisions
    ->  dedupe, quality, split (pipeline.choose)  ->  the same files, all replaced or none
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue
from sosie.core.workspace import Workspace, whole, write_json
from sosie.prepare import pipeline
from sosie.prepare.ledger import Ledger
from sosie.prepare.names.names import Names
from sosie.prepare.review.decisions import FILE, Decisions, base_id, read_lines
from sosie.prepare.review.room import BEFORE, Decided, reviewed, write_decided
from sosie.prepare.split import Parts, counts
from sosie.prepare.vault import Vault
from sosie.recall.own_words import remove_index

DATA_PARTS = ("train", "valid", "test")


def undecided(workspace: Workspace, decisions: Decisions) -> Iterator[tuple[Dialogue, str]]:
    """(each dialogue as it was before any decision, the part it is in now, "" for none)"""
    path = workspace.data / BEFORE
    before = {d.origin.id: d for d in jsonl.read(path)} if path.is_file() else {}
    given: set[str] = set()
    for part in DATA_PARTS:
        path = workspace.data / f"{part}.jsonl"
        for dialogue in map(decisions.named, jsonl.read(path) if path.is_file() else ()):
            id_ = base_id(dialogue.origin.id)
            if id_ not in before:
                yield dialogue, part
            elif id_ not in given:
                given.add(id_)
                yield before[id_], part
    yield from ((dialogue, "") for id_, dialogue in before.items() if id_ not in given)


def is_pending(workspace: Workspace) -> bool:
    """Whether a review that was killed has left decisions: they are newer than the dialogues."""
    decisions, train = workspace.data / FILE, workspace.data / "train.jsonl"
    if not (decisions.is_file() and train.is_file()):
        return False
    newer = decisions.stat().st_mtime_ns >= train.stat().st_mtime_ns
    return newer and any(True for _ in read_lines(decisions))


def apply_if_needed(workspace: Workspace) -> None:
    if is_pending(workspace):
        apply_decisions(workspace)


def apply_decisions(workspace: Workspace) -> Parts:
    """Write data/ anew. NothingToDo, and nothing changes, where the decisions leave nothing to learn."""
    decisions, vault = Decisions.open(workspace), Vault.open(workspace)
    ledger, decided = Ledger(), Decided()
    options = pipeline.options_of(workspace)
    names = Names({}, options.names)  # those of an edit were hidden when it was written
    dialogues = (dialogue for dialogue, _ in undecided(workspace, decisions))
    left = reviewed(dialogues, decisions, vault, ledger.listener("review"), decided.note, names)
    parts = pipeline.choose(left, options, ledger)
    remove_index(workspace)
    with ExitStack() as files:  # the last one entered is in place first: nothing is lost between two
        draft = files.enter_context(whole(workspace.data / "report.json"))
        write_json(draft, _report(workspace, parts, ledger))
        for name in DATA_PARTS:
            jsonl.write(files.enter_context(whole(workspace.data / f"{name}.jsonl")), getattr(parts, name))
        write_decided(files, workspace, decided.before)
    return parts


def _report(workspace: Workspace, parts: Parts, ledger: Ledger) -> dict[str, Any]:
    """The report of the last prepare, with the counts of now."""
    try:
        report = json.loads((workspace.data / "report.json").read_text(encoding="utf-8"))
        dropped = {room: reasons for room, reasons in report["dropped"].items() if room != "review"}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        report, dropped = {}, {}
    now = {room: reasons for room, reasons in ledger.dropped.items() if room == "review"}
    return {**report, **counts(parts), "dropped": dropped | now}

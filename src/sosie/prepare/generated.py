"""Dialogues whose question a model wrote, woven into what is learnt, and into nothing that is measured.

    data/generated.jsonl   what `sosie enrich` made, the best first: masked, each answer the person's own

Each `prepare` masks them again with what it knows now, and takes them for train.jsonl alone, the best first,
up to their share. None is taken that would show train what is measured: the days, or six words in a row.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sosie.core import jsonl
from sosie.core.dialogue import Dialogue
from sosie.core.errors import BadData
from sosie.core.workspace import Workspace, whole
from sosie.prepare.filters import reasons
from sosie.prepare.ledger import DropListener
from sosie.prepare.names.names import Names
from sosie.prepare.pseudonymise import hide_turns
from sosie.prepare.split import Parts, first_time, lower_words, six_word_runs
from sosie.prepare.vault import Vault

DAYS = "des jours gardés pour mesurer"
MEASURED = "mots gardés pour mesurer"
TWICE = "réponse déjà apprise"
BEYOND = "au-delà de leur part"


def generated_path(workspace: Workspace) -> Path:
    return workspace.data / "generated.jsonl"


def read_generated(workspace: Workspace) -> list[tuple[float, Dialogue]]:
    """(score, dialogue), the best first; none where nothing was generated."""
    path = generated_path(workspace)
    if not path.is_file():
        return []
    scores: dict[str, float] = {}
    try:
        with path.open(encoding="utf-8") as file:
            for told in (json.loads(line)["sosie"] for line in file):
                scores[str(told["id"])] = float(told.get("score", 0))
    except (ValueError, KeyError, TypeError):
        raise BadData(f"« {path.name} » est abîmé.", "Supprimez-le, puis refaites : sosie enrich") from None
    found = [(scores.get(d.origin.id, 0.0), d) for d in jsonl.read(path) if d.origin.generated]
    return sorted(found, key=lambda pair: (-pair[0], pair[1].origin.id))


def write_generated(workspace: Workspace, scored: Iterable[tuple[float, Dialogue]]) -> None:
    """All of them, or what was there stays; no file where there are none."""
    path = generated_path(workspace)
    ordered = sorted(scored, key=lambda pair: (-pair[0], pair[1].origin.id))
    if not ordered:
        path.unlink(missing_ok=True)
        return
    with whole(path) as draft, draft.open("w", encoding="utf-8") as file:
        for score, dialogue in ordered:
            record = jsonl.to_record(dialogue)
            record["sosie"]["score"] = round(score, 3)
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def masked_again(dialogues: Iterable[Dialogue], vault: Vault, names: Names | None) -> Iterator[Dialogue]:
    """The same without what was learnt to be private since, nor the names of who was removed."""
    for dialogue in dialogues:
        turns = tuple(replace(turn, text=vault.consents.hide(turn.text)) for turn in dialogue.turns)
        yield hide_turns(replace(dialogue, turns=turns), vault, names)


def set_aside(dialogues: Iterable[Dialogue], aside: list[Dialogue] | None = None) -> Iterator[Dialogue]:
    """The dialogues that people had; the generated ones are put in `aside`."""
    for dialogue in dialogues:
        if not dialogue.origin.generated:
            yield dialogue
        elif aside is not None:
            aside.append(dialogue)


def woven(parts: Parts, made: Sequence[Dialogue], share: float, on_drop: DropListener) -> Parts:
    """The parts with as many of `made`, the best first, as make up `share` of train at most.

    They stand before the others: whoever keeps the end of train aside keeps what people said.
    """
    if not made:
        return parts
    held = (*parts.valid, *parts.test)
    starts = min((first_time(dialogue) for dialogue in held if dialogue.origin.first), default=None)
    measured = {run for dialogue in held for reply in dialogue.replies for run in six_word_runs(reply)}
    learnt = {_words(reply) for dialogue in parts.train for reply in dialogue.replies}
    learnt |= {id_ for dialogue in (*parts.train, *held) for ids in dialogue.origin.replies for id_ in ids}
    most = int(share * len(parts.train) / (1 - share) + 1e-9)
    kept: list[Dialogue] = []
    for dialogue in made:
        reason = _reason(dialogue, starts, measured, learnt) or BEYOND * (len(kept) >= most)
        if reason:
            on_drop(reason, 1)
        else:
            kept.append(dialogue)
            learnt |= set(map(_words, dialogue.replies))
    return replace(parts, train=(*kept, *parts.train))


def _reason(dialogue: Dialogue, starts: datetime | None, measured: set[int], learnt: set[str]) -> str:
    """Why it is not to be learnt, or ""; `learnt` holds the words of replies, and ids of messages."""
    if starts and dialogue.origin.first and first_time(dialogue) >= starts:
        return DAYS
    if any(not measured.isdisjoint(six_word_runs(reply)) for reply in dialogue.replies):
        return MEASURED
    ids = (id_ for own in dialogue.origin.replies for id_ in own)
    if not learnt.isdisjoint((*map(_words, dialogue.replies), *ids)):
        return TWICE
    return next(iter(reasons(dialogue)), "")


def _words(reply: str) -> str:
    return " ".join(lower_words(reply))

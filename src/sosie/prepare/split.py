"""Train, valid and test, without leak.

    oldest ─────────────── train ───────────────┬── valid ──┬──── test ──── newest
                                                   (10 %)      (15 %; up to 30 % to reach 150 replies)

Time alone decides, over all conversations: what was said in the same days lies on the same side. Dialogues
without a time come first, in the order of the export. Nothing is drawn by chance.

What would measure memory is taken out of the measure, exchange by exchange (the reply, and what it answers):
    test    a reply of six words or more that was already written, word for word, in an earlier dialogue
    valid   a reply that shares six words in a row with an earlier dialogue (a text pasted again, a formula)
The rest of the dialogue stays: to drop it whole would cost a writer of formulas most of what can be measured,
and to move it to train would show train the days of the test. What is taken out is told.

Not covered: near-copies with a word changed in each run of six; the same news told in other words.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue, Turn
from sosie.prepare.ledger import Tell, nobody

ENOUGH = 150  # replies that make a measure worth having
MOST = 0.30  # of all replies, for test
RUN = 6  # words
LOOK = 1.5  # a part that finds mostly copies looks back over this many times what it wants, and no more
EMPTIED = "mesure : dialogue fait seulement de copies"
COPIED_WHOLE = "test : réponse déjà écrite mot pour mot"
COPIED_RUN = f"validation : {RUN} mots de suite déjà écrits"

Keys = Callable[[str], Iterable[int]]


@counted
@dataclass(frozen=True, slots=True)
class Parts:
    train: tuple[Dialogue, ...]
    valid: tuple[Dialogue, ...]
    test: tuple[Dialogue, ...]


def split(
    dialogues: Sequence[Dialogue],
    test_share: float = 0.15,
    valid_share: float = 0.10,
    tell: Tell = nobody,
    tell_copies: Tell = nobody,
) -> Parts:
    """Each dialogue in one part, in time order. `tell` hears of dialogues, `tell_copies` of replies."""
    undated = [d for d in dialogues if not d.origin.first]
    ordered = undated + sorted((d for d in dialogues if d.origin.first), key=_begins)
    total = count_replies(ordered)
    share = max(test_share, ENOUGH / total if total else 0)
    most = MOST
    train, valid, test, copied = _cut(ordered, min(share, most), most, valid_share)
    while count_replies(test) > MOST * count_replies(train + valid + test):  # the copies taken out weigh too
        most *= 0.95
        train, valid, test, copied = _cut(ordered, min(share, most), most, valid_share)
    for reason, count in copied.items():
        tell_copies(reason, count)
    parts = Parts(*(tuple(d for d in part if d.turns) for part in (train, valid, test)))
    tell(EMPTIED, len(ordered) - len(parts.train) - len(parts.valid) - len(parts.test))
    return parts


def _cut(
    ordered: list[Dialogue], share: float, most: float, valid_share: float
) -> tuple[list[Dialogue], list[Dialogue], list[Dialogue], dict[str, int]]:
    total = count_replies(ordered)
    early, test, copies = _latest(ordered, share * total, most, whole_replies)
    train, valid, more = _latest(early, valid_share * total, 0.5, runs)
    return train, valid, test, {COPIED_WHOLE: copies, COPIED_RUN: more}


def _latest(
    dialogues: list[Dialogue], target: float, most: float, keys: Keys
) -> tuple[list[Dialogue], list[Dialogue], int]:
    """(the earlier ones, the latest ones without what the earlier ones hold, how many replies that cost)."""
    first = _first_said(dialogues, keys)
    total = count_replies(dialogues)
    late: list[Dialogue] = []
    taken = seen = 0
    place = len(dialogues)
    while place > 1 and taken < target and seen < LOOK * target:
        dialogue = dialogues[place - 1]
        fresh = _keep(dialogue, [all(first[k] >= place - 1 for k in keys(text)) for text in dialogue.replies])
        if taken + len(fresh.replies) > most * total:
            break
        place -= 1
        taken += len(fresh.replies)
        seen += len(dialogue.replies)
        late.append(fresh)
    return dialogues[:place], late[::-1], seen - taken


def _first_said(dialogues: Sequence[Dialogue], keys: Keys) -> dict[int, int]:
    """In which dialogue each key first appears."""
    first: dict[int, int] = {}
    for place, dialogue in enumerate(dialogues):
        for reply in dialogue.replies:
            for key in keys(reply):
                first.setdefault(key, place)
    return first


def whole_replies(reply: str) -> Iterator[int]:
    """A number for a reply of six words or more, none for a shorter one."""
    said = words(reply)
    if len(said) >= RUN:
        yield hash(tuple(said))


def runs(reply: str) -> Iterator[int]:
    """A number for each six words in a row; numbers take less memory than words."""
    said = words(reply)
    return (hash(tuple(said[start : start + RUN])) for start in range(len(said) - RUN + 1))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _keep(dialogue: Dialogue, fresh: Sequence[bool]) -> Dialogue:
    """The exchanges that are fresh: a reply goes with the turn before it. No turns where none is left."""
    if all(fresh):
        return dialogue
    turns: list[Turn] = []
    verdict = iter(fresh)
    for turn in dialogue.turns:
        if turn.role != "assistant" or next(verdict):
            turns.append(turn)
        elif turns and turns[-1].role == "user":
            turns.pop()
    ids = tuple(ids for ids, good in zip(dialogue.origin.replies, fresh, strict=False) if good)
    return Dialogue(tuple(turns) if any(fresh) else (), replace(dialogue.origin, replies=ids))


def count_replies(dialogues: Iterable[Dialogue]) -> int:
    return sum(len(dialogue.replies) for dialogue in dialogues)


def _begins(dialogue: Dialogue) -> datetime:
    at = dialogue.origin.first or datetime.max
    return at if at.tzinfo else at.replace(tzinfo=UTC)

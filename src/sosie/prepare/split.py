"""Train, valid and test, without leak.

    oldest ─────────────── train ───────────────┬── valid ──┬──── test ──── newest
                                                   (10 %)      (15 %; up to 30 % to reach 150 replies)

Time alone decides, over all conversations: what was said in the same days lies on the same side. Dialogues
without a time come first, in an order drawn from their words: data sets are written task after task, and a
task that came last would be in no other part than test. Nothing is random.

What would measure memory is taken out of the measure, exchange by exchange (the reply, and what it answers):
    test    a reply of six words or more that was already written, word for word, in an earlier dialogue
    valid   a reply that shares six words in a row with an earlier dialogue (a text pasted again, a formula)
The rest of the dialogue stays: to drop it whole would cost a writer of formulas most of what can be measured,
and to move it to train would show train the days of the test. What is taken out is counted.

Not covered: near-copies with a word changed in each run of six; the same news told in other words.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue, Turn
from sosie.prepare.ledger import DropListener, ignore_drops

ENOUGH_TEST_REPLIES = 150  # replies that make a measure worth having
MOST_TEST_SHARE = 0.30  # of all replies, for test
RUN_WORDS = 6  # words
LOOK_BACK = 1.5  # a part that finds mostly copies looks back over this many times what it wants, and no more
EMPTIED = "mesure : dialogue fait seulement de copies"
COPIED_WHOLE = "test : réponse déjà écrite mot pour mot"
COPIED_RUN = f"validation : {RUN_WORDS} mots de suite déjà écrits"

KeysOf = Callable[[str], Iterable[int]]


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
    on_drop: DropListener = ignore_drops,
    on_copy: DropListener = ignore_drops,
) -> Parts:
    """Each dialogue in one part, in time order. `on_drop` counts dialogues, `on_copy` replies."""
    undated = sorted((d for d in dialogues if not d.origin.first), key=_drawn)
    ordered = undated + sorted((d for d in dialogues if d.origin.first), key=_first_time)
    total = count_replies(ordered)
    share = max(test_share, ENOUGH_TEST_REPLIES / total if total else 0)
    most = MOST_TEST_SHARE
    train, valid, test, copied = _cut(ordered, min(share, most), most, valid_share)
    while count_replies(test) > MOST_TEST_SHARE * count_replies(
        train + valid + test
    ):  # the copies taken out weigh too
        most *= 0.95
        train, valid, test, copied = _cut(ordered, min(share, most), most, valid_share)
    for reason, count in copied.items():
        on_copy(reason, count)
    parts = Parts(*(tuple(d for d in part if d.turns) for part in (train, valid, test)))
    on_drop(EMPTIED, len(ordered) - len(parts.train) - len(parts.valid) - len(parts.test))
    return parts


def _cut(
    ordered: list[Dialogue], share: float, most: float, valid_share: float
) -> tuple[list[Dialogue], list[Dialogue], list[Dialogue], dict[str, int]]:
    total = count_replies(ordered)
    early, test, copies = _take_latest(ordered, share * total, most, whole_replies)
    train, valid, more = _take_latest(early, valid_share * total, 0.5, six_word_runs)
    return train, valid, test, {COPIED_WHOLE: copies, COPIED_RUN: more}


def _take_latest(
    dialogues: list[Dialogue], target: float, most: float, keys: KeysOf
) -> tuple[list[Dialogue], list[Dialogue], int]:
    """(earlier dialogues, latest ones without replies of the earlier ones, number of replies removed)."""
    first = _first_uses(dialogues, keys)
    total = count_replies(dialogues)
    late: list[Dialogue] = []
    taken = seen = 0
    cut = len(dialogues)
    while cut > 1 and taken < target and seen < LOOK_BACK * target:
        dialogue = dialogues[cut - 1]
        fresh = _fresh_exchanges(
            dialogue, [all(first[k] >= cut - 1 for k in keys(text)) for text in dialogue.replies]
        )
        if taken + len(fresh.replies) > most * total:
            break
        cut -= 1
        taken += len(fresh.replies)
        seen += len(dialogue.replies)
        late.append(fresh)
    return dialogues[:cut], late[::-1], seen - taken


def _first_uses(dialogues: Sequence[Dialogue], keys: KeysOf) -> dict[int, int]:
    """The index of the first dialogue in which each key appears."""
    first: dict[int, int] = {}
    for index, dialogue in enumerate(dialogues):
        for reply in dialogue.replies:
            for key in keys(reply):
                first.setdefault(key, index)
    return first


def whole_replies(reply: str) -> Iterator[int]:
    """A number for a reply of six words or more, none for a shorter one."""
    words = lower_words(reply)
    if len(words) >= RUN_WORDS:
        yield hash(tuple(words))


def six_word_runs(reply: str) -> Iterator[int]:
    """A number for each six words in a row; numbers take less memory than words."""
    words = lower_words(reply)
    return (hash(tuple(words[start : start + RUN_WORDS])) for start in range(len(words) - RUN_WORDS + 1))


def lower_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _fresh_exchanges(dialogue: Dialogue, fresh: Sequence[bool]) -> Dialogue:
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


def _drawn(dialogue: Dialogue) -> bytes:
    """Its place among dialogues without a time: the same in every run, and for its copies."""
    words = repr([(turn.role, turn.text) for turn in dialogue.turns])
    return sha256(words.encode("utf-8", "surrogatepass")).digest()


def _first_time(dialogue: Dialogue) -> datetime:
    at = dialogue.origin.first or datetime.max
    return at if at.tzinfo else at.replace(tzinfo=UTC)

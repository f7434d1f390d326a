"""Train, valid and test, without leak.

    oldest ─────────────── train ───────────────┬── valid ──┬──── test ──── newest
                                                   (10 %)      (15 %; up to 30 % to reach 150 replies)

Time alone decides, over all conversations: what was said in the same days lies on the same side. Dialogues
without a time come first, in an order drawn from their words: data sets are written task after task, and a
task that came last would be in no other part than test. Nothing is random.

What would measure memory is taken out of the measure, exchange by exchange (the reply, and what it answers):
    both    a reply of six words or more that was already written, but for a few words, in an earlier dialogue
    valid   a reply that shares six words in a row with an earlier dialogue (a text pasted again, a formula)
The rest of the dialogue stays: to drop it whole would cost a writer of formulas most of what can be measured,
and to move it to train would show train the days of the test. What is taken out is counted.

Not covered: the same news told in other words.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import accumulate
from typing import Any

from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue
from sosie.prepare.exchanges import count_learnt, keep_exchanges, taken_out
from sosie.prepare.ledger import DropListener, ignore_drops
from sosie.prepare.near_copies import first_alike

ENOUGH_TEST_REPLIES = 150  # replies that make a measure worth having
MOST_TEST_SHARE = 0.30  # of all replies, for test
RUN_WORDS = 6  # words
SIMILARITY = 80.0  # per cent of the characters: two words changed of ten
LOOK_BACK = 1.5  # a part that finds mostly copies looks back over this many times what it wants, and no more
EMPTIED = "mesure : dialogue fait seulement de copies"
COPIED_WHOLE = "test : réponse déjà écrite, à peu près mot pour mot"
COPIED_RUN = f"validation : {RUN_WORDS} mots de suite déjà écrits"

Since = list[list[int]]  # for each reply of each dialogue, the number of the first dialogue that has it


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
    ordered = undated + sorted((d for d in dialogues if d.origin.first), key=first_time)
    total = count_replies(ordered)
    share = max(test_share, ENOUGH_TEST_REPLIES / total if total else 0)
    copies = first_near_copies(ordered, LOOK_BACK * (min(share, MOST_TEST_SHARE) + valid_share) * total)
    either = [[*map(min, *both)] for both in zip(copies, first_shared_runs(ordered), strict=True)]
    most = MOST_TEST_SHARE
    while True:  # the copies taken out weigh too: until the test is no more than its share of what is left
        early, test = _take_latest(ordered, copies, min(share, most) * total, most)
        train, valid = _take_latest(early, either, valid_share * total, 0.5)
        if count_replies(test) <= MOST_TEST_SHARE * count_replies([*train, *valid, *test]):
            break
        most *= 0.95
    measured = len(train) + len(valid)
    _tell(ordered[len(train) : measured], valid, COPIED_RUN, on_drop, on_copy)
    _tell(ordered[measured:], test, COPIED_WHOLE, on_drop, on_copy)
    return Parts(*(tuple(d for d in part if d.turns) for part in (train, valid, test)))


def _take_latest(
    dialogues: list[Dialogue], since: Since, target: float, most: float
) -> tuple[list[Dialogue], list[Dialogue]]:
    """(earlier dialogues, latest ones without the replies that earlier ones have)"""
    total = count_replies(dialogues)
    late: list[Dialogue] = []
    taken = seen = 0
    cut = len(dialogues)
    while cut > 1 and taken < target and seen < LOOK_BACK * target:
        dialogue = dialogues[cut - 1]
        fresh = keep_exchanges(dialogue, [first >= cut - 1 for first in since[cut - 1]])
        if taken + count_learnt(fresh) > most * total:
            break
        cut -= 1
        taken += count_learnt(fresh)
        seen += count_learnt(dialogue)
        late.append(fresh)
    return dialogues[:cut], late[::-1]


def _tell(
    before: Sequence[Dialogue],
    after: Sequence[Dialogue],
    reason: str,
    on_drop: DropListener,
    on_copy: DropListener,
) -> None:
    """What a part lost."""
    for whole, fresh in zip(before, after, strict=True):
        if not fresh.turns:
            on_drop(EMPTIED, 1)
        if len(fresh.turns) < len(whole.turns):
            on_copy(reason, count_learnt(whole) - count_learnt(fresh), taken_out(whole, fresh))


def first_near_copies(dialogues: Sequence[Dialogue], measured: float) -> Since:
    """The first dialogue that has a near-copy of each reply; its own where none has.

    Looked for where the measures may be: in the last `measured` replies, and in two dialogues more.
    """
    texts, whose = [], []
    for number, dialogue in enumerate(dialogues):
        for words in map(lower_words, dialogue.replies):
            if len(words) >= RUN_WORDS:
                texts.append(" ".join(words))
                whose.append(number)
    left = [*accumulate(count_learnt(dialogue) for dialogue in reversed(dialogues))]
    start = len(dialogues) - 2 - bisect_left(left, measured)
    first = iter(first_alike(texts, SIMILARITY, bisect_left(whose, start)))
    return [
        [whose[next(first)] if len(lower_words(reply)) >= RUN_WORDS else number for reply in dialogue.replies]
        for number, dialogue in enumerate(dialogues)
    ]


def first_shared_runs(dialogues: Sequence[Dialogue]) -> Since:
    """The first dialogue that has one of the runs of six words of each reply; its own where none has."""
    first: dict[int, int] = {}
    return [
        [
            min((first.setdefault(run, number) for run in six_word_runs(reply)), default=number)
            for reply in dialogue.replies
        ]
        for number, dialogue in enumerate(dialogues)
    ]


def six_word_runs(reply: str) -> Iterator[int]:
    """A number for each six words in a row; numbers take less memory than words."""
    words = lower_words(reply)
    return (hash(tuple(words[start : start + RUN_WORDS])) for start in range(len(words) - RUN_WORDS + 1))


def lower_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def counts(parts: Parts) -> dict[str, Any]:
    """How many dialogues in each part, how many replies, and their words."""
    named = {"train": parts.train, "valid": parts.valid, "test": parts.test}
    dialogues = [dialogue for part in named.values() for dialogue in part]
    return {
        "dialogues": {name: len(part) for name, part in named.items()},
        "generated": sum(dialogue.origin.generated for dialogue in parts.train),
        "replies": count_replies(dialogues),
        "words": sum(len(lower_words(reply)) for dialogue in dialogues for reply in dialogue.replies),
    }


def count_replies(dialogues: Iterable[Dialogue]) -> int:
    """Those to be learnt."""
    return sum(map(count_learnt, dialogues))


def _drawn(dialogue: Dialogue) -> bytes:
    """Its place among dialogues without a time: the same in every run, and for its copies."""
    words = repr([(turn.role, turn.text) for turn in dialogue.turns])
    return sha256(words.encode("utf-8", "surrogatepass")).digest()


def first_time(dialogue: Dialogue) -> datetime:
    at = dialogue.origin.first or datetime.max
    return at if at.tzinfo else at.replace(tzinfo=UTC)

"""What may be done to the exchanges of a dialogue: an exchange is a reply with the user turn before it.

keep_exchanges(dialogue, [True, False, True])   the second one is taken out
as_context(dialogue, [False, True, False])      the second reply stays to be read, and is not learnt

Both give a dialogue up to its last reply to learn, whose origin still counts its turns; without turns where
no reply is left to learn.
"""

from collections.abc import Sequence
from dataclasses import replace

from sosie.core.dialogue import Dialogue, Turn


def keep_exchanges(dialogue: Dialogue, kept: Sequence[bool]) -> Dialogue:
    """The dialogue without the exchanges that are not kept."""
    if all(kept):
        return dialogue
    turns: list[Turn] = []
    asked, verdict = [], iter(kept)
    counts = iter(dialogue.origin.asked)
    for turn in dialogue.turns:
        if turn.role == "user":
            asked.append(next(counts, 1))
        if turn.role != "assistant" or next(verdict):
            turns.append(turn)
        elif turns and turns[-1].role == "user":
            turns.pop()
            asked.pop()
    replies = tuple(ids for ids, good in zip(dialogue.origin.replies, kept, strict=False) if good)
    return _ended(Dialogue(tuple(turns), replace(dialogue.origin, replies=replies, asked=tuple(asked))))


def as_context(dialogue: Dialogue, context: Sequence[bool]) -> Dialogue:
    """The dialogue with these replies no longer learnt."""
    if not any(context):
        return dialogue
    verdict = iter(context)
    turns = (
        replace(turn, learnt=False) if turn.role == "assistant" and next(verdict) else turn
        for turn in dialogue.turns
    )
    return _ended(replace(dialogue, turns=tuple(turns)))


def _ended(dialogue: Dialogue) -> Dialogue:
    """Up to the last reply to learn."""
    turns = dialogue.turns
    while turns and not (turns[-1].role == "assistant" and turns[-1].learnt):
        turns = turns[:-1]
    origin = dialogue.origin
    replies = origin.replies[: sum(turn.role == "assistant" for turn in turns)]
    asked = origin.asked[: sum(turn.role == "user" for turn in turns)]
    return Dialogue(turns, replace(origin, replies=replies, asked=asked))


def count_learnt(dialogue: Dialogue) -> int:
    """How many of its replies are learnt."""
    return sum(turn.role == "assistant" and turn.learnt for turn in dialogue.turns)


def count_messages(dialogue: Dialogue) -> int:
    """How many messages it is made of; where the origin does not say, a turn is one."""
    origin = dialogue.origin
    roles = [turn.role for turn in dialogue.turns]
    said = sum(map(len, origin.replies)) if origin.replies else roles.count("assistant")
    heard = sum(origin.asked) if origin.asked else roles.count("user")
    return said + heard + roles.count("system")


def taken_out(before: Dialogue, after: Dialogue) -> Dialogue:
    """What `after` no longer holds of a dialogue, as one that counts as many messages."""
    kept = {("system", turn.text) for turn in before.turns}
    kept |= {(turn.role, turn.text) for turn in after.turns}
    turns = tuple(turn for turn in before.turns if (turn.role, turn.text) not in kept)
    missing = count_messages(before) - count_messages(after)
    return Dialogue(turns, replace(before.origin, replies=((),), asked=(missing,)))

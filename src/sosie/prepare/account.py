"""The account of a run of prepare: where each message that was read is now, for data/report.json.

{"read": 360, "learnt": 120, "context": 118,
 "rooms": [{"room": "messages", "left": 300, "reasons": [{"reason", "items", "messages", "examples"}]}, ...]}

read = learnt + context + the messages of all reasons: that is checked, not assumed. Examples are masked by
the same door as the dialogues, without being counted as something that was found in them. What was deleted,
and what the application says of people by their names, is no example.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sosie.core.dialogue import Dialogue, Turn
from sosie.core.message import Message
from sosie.prepare.exchanges import count_messages
from sosie.prepare.ledger import Dropped, Ledger, Loss

Masking = Callable[[Dialogue], Dialogue]
ROOMS = ("conversations", "messages", "turns", "dedupe", "repeats", "quality", "near", "split", "copies")
NEVER_SHOWN = ("deleted", "notice")
LONGEST_EXAMPLE = 120  # characters of a turn


def account(ledger: Ledger, dialogues: Iterable[Dialogue], masked: Masking | None = None) -> dict[str, Any]:
    """In messages, room after room; with examples where there is something to mask them by."""
    dialogues = tuple(dialogues)
    read = left = ledger.kept["messages"] + ledger.messages("conversations")
    rooms = []
    for room, losses in sorted(ledger.losses.items(), key=_place):
        left -= ledger.messages(room)
        reasons = [_reason(reason, loss, masked) for reason, loss in losses.items()]
        reasons.sort(key=lambda told: -told["messages"])
        rooms.append({"room": room, "left": left, "reasons": reasons})
    learnt = sum(map(count_learnt_messages, dialogues))
    context = sum(map(count_messages, dialogues)) - learnt
    return {"read": read, "learnt": learnt, "context": context, "rooms": rooms}


def _place(named: tuple[str, Any]) -> int:
    """Where a room stands in the pipeline; one that is not listed, at its end."""
    return ROOMS.index(named[0]) if named[0] in ROOMS else len(ROOMS)


def count_learnt_messages(dialogue: Dialogue) -> int:
    """How many of the person's messages are learnt."""
    replies = [turn for turn in dialogue.turns if turn.role == "assistant"]
    ids = dialogue.origin.replies or [("",) for _ in replies]
    return sum(len(own) for own, turn in zip(ids, replies, strict=False) if turn.learnt)


def _reason(reason: str, loss: Loss, masked: Masking | None) -> dict[str, Any]:
    told: dict[str, Any] = {"reason": reason, "items": loss.items, "messages": loss.messages}
    if masked is not None:
        told["examples"] = [text for item in loss.examples if (text := masked_example(item, masked))]
    return told


def masked_example(item: Dropped, masked: Masking) -> str:
    """What was dropped, in short: « tu viens ? → oui »."""
    if isinstance(item, Message):
        if item.kind in NEVER_SHOWN:
            return ""
        item = masked(Dialogue((Turn("user", item.text),)))
    texts = (" ".join(turn.text.split()) for turn in item.turns[-2:])
    return " → ".join(
        text if len(text) <= LONGEST_EXAMPLE else f"{text[:LONGEST_EXAMPLE]}…" for text in texts if text
    )

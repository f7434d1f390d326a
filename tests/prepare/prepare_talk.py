"""Small builders: conversations and dialogues written as one reads them."""

from datetime import datetime, timedelta

from sosie.core.dialogue import Dialogue, Origin, Turn
from sosie.core.message import Conversation, Message
from sosie.prepare.ledger import ignore_drops
from sosie.prepare.turns import to_dialogues

START = datetime(2025, 3, 1, 10, 0)


def message(line, number=0, at=START, **facts):
    """« Léa: tu viens ? » -> a message of Léa."""
    author, _, text = line.partition(": ")
    return Message(id=f"m{number}", author=author, text=text, at=at, **facts)


def conversation(*lines, id="c1", group=False, owner=None, kind="chat", start=START, minutes=1):
    """One message a line (or ready messages), a minute apart."""
    messages = tuple(
        line
        if isinstance(line, Message)
        else message(line, n, start and start + n * timedelta(minutes=minutes))
        for n, line in enumerate(lines)
    )
    return Conversation(id, "titre", "whatsapp", group, messages, owner, kind)


def dialogue(*texts, id="d", day=0, conversation="c1", dated=True):
    """User and assistant texts in turn; `day` counts from START."""
    turns = tuple(Turn("assistant" if n % 2 else "user", text) for n, text in enumerate(texts))
    at = START + timedelta(days=day) if dated else None
    replies = tuple((f"{id}-{n}",) for n in range(len(texts) // 2))
    return Dialogue(
        turns, Origin(id=f"{id}{day}", conversation=conversation, first=at, last=at, replies=replies)
    )


def to_dialogue(session, me, on_drop=ignore_drops):
    """The whole session as one dialogue, or None where there is no reply to learn."""
    return next(to_dialogues(session, me, on_drop=on_drop), None)

"""What a style card is made from: the owner's replies and the texts of those who write to them.

said(conversation, identity)  ->  Reply("oui\ndans 10 min", messages=2, delay=94.0) or Text("tu viens ?"), ...
Reservoir().add(...)          ->  at most SAMPLE of them, each as likely as any other
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Generic, TypeVar

from sosie.core.counted import counted
from sosie.core.message import Conversation
from sosie.prepare.ledger import ignore_drops
from sosie.prepare.owner import Identity
from sosie.prepare.rhythm import comparable_time
from sosie.prepare.sessions import cut
from sosie.prepare.turns import Burst, bursts_of

SAMPLE = 20_000
SEED = 7
AWAY = timedelta(hours=12)  # who is silent for longer takes the thread up again, and answers nothing
Item = TypeVar("Item")


@counted
@dataclass(frozen=True, slots=True)
class Reply:
    """What the owner wrote in a row; `delay`: seconds since what it answers, where that is known."""

    text: str
    messages: int
    at: datetime | None
    correspondent: str
    delay: float | None


@counted
@dataclass(frozen=True, slots=True)
class Text:
    """What somebody else wrote in a row."""

    text: str


class Reservoir(Generic[Item]):
    """A uniform sample of things met one by one (algorithm R: Vitter, ACM TOMS 11, 1985)."""

    def __init__(self, size: int = SAMPLE) -> None:
        self.drawn: list[Item] = []
        self.met = 0
        self._size, self._rng = size, Random(SEED)

    def add(self, item: Item) -> None:
        self.met += 1
        if len(self.drawn) < self._size:
            self.drawn.append(item)
        elif (place := self._rng.randrange(self.met)) < self._size:
            self.drawn[place] = item


def said(conversation: Conversation, identity: Identity) -> Iterator[Reply | Text]:
    """Bursts of both sides. An assistant is no correspondent: its texts are left out."""
    names = identity.names_in(conversation.id)
    if conversation.kind == "dataset":
        names = frozenset({conversation.owner or "assistant"})
    for session in cut(conversation, AWAY):
        before: Burst | None = None
        for burst in bursts_of(session, names, ignore_drops):
            text = "\n".join(burst.texts)
            if burst.by_owner:
                yield _reply(text, burst, before, conversation)
            elif conversation.kind != "assistant":
                yield Text(text)
            before = burst


def _reply(text: str, burst: Burst, before: Burst | None, conversation: Conversation) -> Reply:
    at = burst.messages[0].at
    asked = before.messages[-1] if before else None
    delay = None
    if at and asked and asked.at and conversation.kind == "chat":
        delay = max(0.0, (comparable_time(at) - comparable_time(asked.at)).total_seconds())
    pair = asked.author if asked and not conversation.group and conversation.kind == "chat" else ""
    return Reply(text, len(burst.messages), at, pair, delay)

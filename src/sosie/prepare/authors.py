"""The authors of each thread: who writes where, how much, and at what rhythm.

authors(conversations) -> Authors of each thread: {"Léa": 812, "Malo": 790} messages
fold_name("~ Éloïse D.") -> "eloise d."        names that people and phones spell differently compare equal
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache

from sosie.core.counted import counted
from sosie.core.message import Conversation, ConversationKind, Message
from sosie.prepare.rhythm import Rhythm

SELF = frozenset({"vous", "moi", "me", "you"})  # how an app calls its owner
WORDLESS = frozenset({"notice", "deleted", "call"})
PHONE = re.compile(r"\+?[\d\s().-]{7,}")
LONG, MANY = (
    60,
    5000,
)  # characters of a text not written twice by chance; how many per thread are noted


@counted
@dataclass(slots=True)
class ThreadAuthors:
    """Who writes in one conversation: messages with words, by author; and the rhythm of all messages."""

    source: str
    group: bool
    kind: ConversationKind
    owner: str | None
    counts: Counter[str] = field(default_factory=Counter)
    long_texts: dict[int, tuple[str, datetime]] = field(default_factory=dict)  # a long text: who, when
    rhythm: Rhythm = field(default_factory=Rhythm, compare=False)

    def named(self, hint: str) -> set[str]:
        """The authors (or the owner) whom `hint` means here."""
        names = {*self.counts, *([self.owner] if self.owner else [])}
        return {hint} & names or {name for name in names if fold_name(name) == fold_name(hint)}

    def is_other(self, hint: str) -> bool:
        """Whether the export says that somebody else, who writes here too, is its owner."""
        return self.owner in self.counts and self.owner not in self.named(hint)

    @property
    def pair(self) -> bool:
        return not self.group and self.kind == "chat"


class Authors:
    """All threads by conversation id. A thread met twice (already imported, and given again) counts once."""

    def __init__(self) -> None:
        self.threads: dict[str, ThreadAuthors] = {}

    @property
    def counts(self) -> Counter[str]:
        return sum((thread.counts for thread in self.threads.values()), Counter())

    def watch(self, conversation: Conversation) -> Conversation:
        """The same conversation; who writes in it is known once its messages were read."""
        return replace(conversation, messages=self._counting(conversation))

    def _counting(self, conversation: Conversation) -> Iterator[Message]:
        here = ThreadAuthors(conversation.source, conversation.group, conversation.kind, conversation.owner)
        counts, long_texts, hear = here.counts, here.long_texts, here.rhythm.hear
        for message in conversation.messages:
            if message.kind != "notice":
                text = message.text
                if message.at:
                    hear(message.at)
                counts[message.author] += text != "" and message.kind not in WORDLESS
                if len(text) >= LONG and message.style and message.at and len(long_texts) < MANY:
                    long_texts.setdefault(hash(text), (message.author, message.at))
            yield message
        thread = self.threads.setdefault(conversation.id, here)
        thread.owner = thread.owner or conversation.owner
        thread.long_texts.update(long_texts)
        for name, count in counts.items():
            thread.counts[name] = max(thread.counts[name], count)


def authors(conversations: Iterable[Conversation]) -> Authors:
    """Who writes where."""
    found = Authors()
    for conversation in map(found.watch, conversations):
        for _ in conversation.messages:
            pass
    return found


@lru_cache(maxsize=1 << 16)
def fold_name(name: str) -> str:
    """A name without what people and phones spell differently.

    "~ Éloïse\\u00a0D." -> "eloise d."      "06 12 34 56 78", "+33 6 12 34 56 78" -> "+33612345678"
    """
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", name) if unicodedata.category(c) not in ("Mn", "Cf")
    )
    bare = " ".join(bare.casefold().replace("’", "'").lstrip("~ \t").split())
    digits = re.sub(r"[^\d+]", "", bare.replace("(0)", ""))
    if not digits or not PHONE.fullmatch(bare):
        return bare
    return (
        re.sub(r"^(?:00|\+)", "+", digits)
        if digits[:2] in ("00",) or digits[0] == "+"
        else "+33" + digits[1:]
    )


def minutes_of(at: datetime) -> int:
    """Minutes; where the zone is unknown, as if it were UTC."""
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()) // 60

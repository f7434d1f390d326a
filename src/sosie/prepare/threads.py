"""The threads of which dialogues are made: which, cut at what silences, and the owner's share in groups.

Threads(authors, identity, options).reason_against(conversation)  ->  "groupe où vous n'écrivez presque pas"
                                   .silence(conversation)         ->  45 minutes, by its own rhythm
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from sosie.core.message import Conversation
from sosie.core.settings import Prepare
from sosie.prepare.authors import Authors
from sosie.prepare.owner import Identity
from sosie.prepare.rhythm import borders, usual_silence

HARDLY = 0.02  # of the messages of a group: in one of thirty, everybody's share is 3 %
ASSISTANT = "discussion avec un assistant : pour le style seulement"
ONE_SIDED = "vos messages seuls : pour le style seulement"
ALONE = "messages à vous-même, ou que personne n'a suivis"
UNWANTED = "groupe (réglage keep_groups)"
SILENT = "groupe où vous n'écrivez presque pas"


@dataclass(frozen=True, slots=True)
class GroupShare:
    """How much of a group the owner wrote: messages with words."""

    conversation: str  # as data/ calls it
    people: int
    messages: int
    yours: int
    kept: bool


class Threads:
    """What is known of each thread before its messages are read: nothing, where `authors` is not given."""

    def __init__(self, authors: Authors | None, identity: Identity, options: Prepare) -> None:
        self._known = authors.threads if authors else {}
        self._identity, self._options = identity, options
        self._silences = borders({name: thread.rhythm for name, thread in self._known.items()})
        self.silences: dict[str, timedelta] = {}  # of the threads that were cut
        self._groups: dict[str, bool] = {}

    def silence(self, conversation: Conversation) -> timedelta:
        """The setting's, or the thread's own."""
        minutes = self._options.silence_minutes
        found = (
            timedelta(minutes=minutes) if minutes else self._silences.get(conversation.id, usual_silence())
        )
        if conversation.kind == "chat":
            self.silences[conversation.id] = found
        return found

    def reason_against(self, conversation: Conversation) -> str:
        """Why no dialogue is made of a conversation, or ""."""
        reason = self._reason(conversation)
        if conversation.group and conversation.id in self._known:
            self._groups[conversation.id] = not reason
        return reason

    def _reason(self, conversation: Conversation) -> str:
        if conversation.kind in ("assistant", "one_sided"):
            return ASSISTANT if conversation.kind == "assistant" else ONE_SIDED
        if conversation.kind == "dataset" or conversation.id not in self._known:
            return UNWANTED if conversation.group and not self._options.keep_groups else ""
        counts, names = self._known[conversation.id].counts, self._identity.names_in(conversation.id)
        if not conversation.group:
            return ALONE if counts and counts.keys() <= names else ""
        if not self._options.keep_groups:
            return UNWANTED
        yours = sum(counts[name] for name in names)
        return SILENT if not yours or yours < HARDLY * counts.total() else ""

    def group_shares(self, called: Callable[[str], str]) -> tuple[GroupShare, ...]:
        """Those of the groups met, where you wrote most first; `called` gives their name in data/."""
        found = []
        for name, kept in self._groups.items():
            counts = self._known[name].counts
            yours = sum(counts[own] for own in self._identity.names_in(name))
            found.append(GroupShare(called(name), len(counts), counts.total(), yours, kept))
        return tuple(sorted(found, key=lambda group: -group.yours))


def silences_to_json(silences: dict[str, timedelta], chosen: bool) -> dict[str, Any]:
    """In minutes; `adapted` is false where the setting decides."""
    minutes = [silence.total_seconds() / 60 for silence in silences.values()]
    if not minutes:
        return {"adapted": not chosen, "shortest": None, "median": None, "longest": None}
    found = {"shortest": min(minutes), "median": median(minutes), "longest": max(minutes)}
    return {"adapted": not chosen, **{name: round(value) for name, value in found.items()}}


def groups_to_json(groups: tuple[GroupShare, ...]) -> list[dict[str, Any]]:
    return [asdict(group) for group in groups]

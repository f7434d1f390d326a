"""What the histories of ChatGPT, Claude and Le Chat have in common: a person, an assistant, turn by turn.

The person is the owner: theirs is the only style to be had. The assistant's turns are automatic ones.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import bytes_to_read, files_matching
from sosie.sources.files.decoding import without_lone_surrogates
from sosie.sources.files.json_stream import Wanted, objects
from sosie.sources.values.message_ids import digest

if TYPE_CHECKING:
    from sosie.sources.base import Log

_EMPTY = "conversation vide"
_TWICE = "conversation déjà lue"
_NOT_ONE = "objet qui n'est pas une conversation"
NO_WORDS = "message sans texte"
_UNTITLED = "Sans titre"


class HistoryTurn(NamedTuple):
    """One turn. `style` is False where the words were dictated, or are not the author's own."""

    id: str
    role: str
    text: str
    at: datetime | None = None
    kind: MessageKind = "text"
    style: bool = True


def read_history(
    archive: Archive,
    log: "Log",
    source: str,
    pattern: "re.Pattern[str]",
    is_one: Wanted,
    turns_of: Callable[[dict[str, Any], "Log"], Iterable[HistoryTurn]],
    keys: tuple[str, ...],
    title: str,
    owner: str = "user",
) -> Iterator[Conversation]:
    """The conversations of files that hold many. `keys` and `title`: where their id and their title are."""
    log.total = bytes_to_read(archive)
    seen: set[str] = set()
    for name in files_matching(archive, pattern):
        for value in objects(archive, name, is_one, log, "conversations", _NOT_ONE):
            identity = key_of(value, *keys)
            if identity in seen:
                log.skip(_TWICE)
                continue
            seen.add(identity)
            if found := history_conversation(
                source, identity, value.get(title), turns_of(value, log), log, owner
            ):
                yield found


def history_conversation(
    source: str, identity: str, title: Any, turns_of: Iterable[HistoryTurn], log: "Log", owner: str = "user"
) -> Conversation | None:
    """A thread, its messages counted; None where nothing was said in it."""
    messages = tuple(
        Message(
            id=f"{identity}-{turn.id}",
            author=turn.role,
            text=without_lone_surrogates(turn.text.strip()),
            at=turn.at,
            kind=turn.kind,
            origin=turn.id,
            automatic=turn.role != owner,
            style=turn.style and turn.role == owner,
        )
        for turn in turns_of
    )
    log.entries += len(messages)
    if not messages:
        log.skip(_EMPTY)
        return None
    return Conversation(
        id=f"{source}-{identity}",
        title=without_lone_surrogates(" ".join(title.split()))
        if isinstance(title, str) and title.strip()
        else _UNTITLED,
        source=source,
        group=False,
        messages=messages,
        owner=owner,
        kind="assistant",
    )


def key_of(value: dict[str, Any], *names: str) -> str:
    """The first of these keys that holds an id, else a name made of the content."""
    for name in names:
        if isinstance(found := value.get(name), str) and found:
            return without_lone_surrogates(found)
    return digest(repr(value))

"""What the histories of ChatGPT, Claude and Le Chat have in common: a person, an assistant, turn by turn.

The person is the owner: theirs is the only style to be had. The assistant's turns are automatic ones.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sosie.core.message import Conversation, Kind, Message
from sosie.sources.datasets.records import whole_signs
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import ending
from sosie.sources.files.json_stream import Wanted, objects
from sosie.sources.files.text_file import beginning
from sosie.sources.values.message_ids import digest

if TYPE_CHECKING:
    from sosie.sources.base import Log

NUMBER = re.compile(r"([0-9]+)")
FEW = 20  # files that are looked at to recognise an archive
EMPTY = "conversation vide"
TWICE = "conversation déjà lue"
NOT_ONE = "objet qui n'est pas une conversation"
NO_WORDS = "message sans texte"
UNTITLED = "Sans titre"


class Said(NamedTuple):
    """One turn. `style` is False where the words were dictated, or are not the author's own."""

    id: str
    role: str
    text: str
    at: datetime | None = None
    kind: Kind = "text"
    style: bool = True


def candidates(archive: Archive) -> list[str]:
    """The files that may hold conversations, the likeliest first, in the order of their numbers."""
    names = ending(archive, ".json")
    return sorted(names, key=lambda name: ("conversation" not in name.lower(), by_number(name)))


def matching(archive: Archive, *patterns: "re.Pattern[str]", most: int | None = None) -> Iterator[str]:
    """Those whose beginning holds all the patterns."""
    for name in candidates(archive)[:most]:
        head = beginning(archive, name)
        if all(pattern.search(head) for pattern in patterns):
            yield name


def likely(archive: Archive, *patterns: "re.Pattern[str]") -> float:
    """How sure the first files make that an archive is of this kind."""
    return 0.98 if any(matching(archive, *patterns, most=FEW)) else 0.0


def expected(archive: Archive) -> int:
    """Bytes that may have to be read."""
    return sum(archive.sizes[name] for name in candidates(archive))


def by_number(name: str) -> list[tuple[int, str]]:
    """A key that puts « conversations-10 » after « conversations-9 »."""
    return [(int(part[:18]), "") if part.isdecimal() else (0, part) for part in NUMBER.split(name)]


def history(
    archive: Archive,
    log: "Log",
    source: str,
    sign: "re.Pattern[str]",
    is_one: Wanted,
    said: Callable[[dict[str, Any], "Log"], Iterable[Said]],
    keys: tuple[str, ...],
    title: str,
    owner: str = "user",
) -> Iterator[Conversation]:
    """The conversations of files that hold many. `keys` and `title`: where their id and their title are."""
    log.total = expected(archive)
    seen: set[str] = set()
    for name in matching(archive, sign):
        for value in objects(archive, name, is_one, log, "conversations", NOT_ONE):
            identity = key_of(value, *keys)
            if identity in seen:
                log.skip(TWICE)
                continue
            seen.add(identity)
            if found := conversation(source, identity, value.get(title), said(value, log), log, owner):
                yield found


def conversation(
    source: str, identity: str, title: Any, said: Iterable[Said], log: "Log", owner: str = "user"
) -> Conversation | None:
    """A thread, its messages counted; None where nothing was said in it."""
    messages = tuple(
        Message(
            id=f"{identity}-{turn.id}",
            author=turn.role,
            text=whole_signs(turn.text.strip()),
            at=turn.at,
            kind=turn.kind,
            origin=turn.id,
            automatic=turn.role != owner,
            style=turn.style and turn.role == owner,
        )
        for turn in said
    )
    log.entries += len(messages)
    if not messages:
        log.skip(EMPTY)
        return None
    return Conversation(
        id=f"{source}-{identity}",
        title=whole_signs(" ".join(title.split())) if isinstance(title, str) and title.strip() else UNTITLED,
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
            return whole_signs(found)
    return digest(repr(value))

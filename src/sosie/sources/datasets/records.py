"""Ready data sets: JSON lines, or one JSON array, or objects written over several lines, one at a time.

{"messages": [...]}            ->  Record(1, {...})
{"messages": [..               ->  Record(2, None)       a broken line costs itself, not the file
[{"instruction": ...}, ...]    ->  Record(1, {...}), ...
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from sosie.core.message import Conversation, Message
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_ending
from sosie.sources.files.decoding import read_as, without_lone_surrogates
from sosie.sources.files.json_stream import open_json

if TYPE_CHECKING:
    from sosie.sources.base import Log

NOT_JSON = "ligne qui n'est pas du JSON"
_NO_DIALOGUE = "objet sans dialogue"
_NO_ROLE = "rôle inconnu"
_NO_WORDS = "message sans texte"
_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}


class DataTurn(NamedTuple):
    """What one side says; `role` as the file spells it. An answer may be only context, not learnt."""

    role: str
    text: str
    learnt: bool = True


class _Record(NamedTuple):
    """`number` counts lines, or places in the array, from 1; `value` is None where it is no JSON."""

    number: int
    value: Any


def _records(
    archive: Archive, name: str, wanted: Callable[[Any], bool], on_bytes: Callable[[int], None] | None = None
) -> Iterator[_Record]:
    """The objects of a file, in order. After a broken one, the next that is `wanted` is the next."""
    if not _has_one_a_line(read_as(archive.head(name))):
        values = open_json(archive, name, on_bytes).objects(wanted, key="")
        yield from (_Record(number, value) for number, value in enumerate(values, 1))
        return
    with archive.text(name, on_bytes) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip("\ufeff \t\r\n"):
                yield _Record(number, _parsed(line))


def _has_one_a_line(head: str) -> bool:
    """Not so for an array, nor for objects written over several lines."""
    return not re.match(r"\s*(?:\[|\{\s*\n)", head.lstrip("\ufeff"))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None


def sniff_records(archive: Archive, wanted: Callable[[Any], bool]) -> float:
    """How sure the beginning of an archive makes that its objects are `wanted`."""
    for name in _data_files(archive):
        head = read_as(archive.head(name)).lstrip("\ufeff \t\r\n")
        values = _first_lines(head) if _has_one_a_line(head) else _first(head.removeprefix("["))
        if values and sum(map(wanted, values)) * 2 >= len(values):
            return 0.9
    return 0.0


def _data_files(archive: Archive) -> list[str]:
    """The files that may be data sets."""
    return files_ending(archive, ".json", ".jsonl")[:100]


def _first_lines(head: str) -> list[Any]:
    return [value for line in head.splitlines()[:20] if line.strip() and (value := _parsed(line)) is not None]


def _first(text: str) -> list[Any]:
    """The object that begins here."""
    try:
        return [json.JSONDecoder().raw_decode(text.lstrip())[0]]
    except (ValueError, RecursionError):
        return []


def read_dialogues(
    archive: Archive, log: "Log", source: str, turns_of: Callable[[Any], Iterable[DataTurn] | None]
) -> Iterator[Conversation]:
    """Each object as a conversation of kind « dataset ». `turns_of` gives its turns, or None.

    Roles: system (a notice), user and assistant (the owner); others are counted as skipped. An answer that
    is only context is a message whose words are not the owner's (`style` False).
    """
    names = _data_files(archive)
    log.total = sum(archive.sizes[name] for name in names)
    seen: Counter[str] = Counter()
    for name in names:
        for number, value in _records(archive, name, lambda one: turns_of(one) is not None, log.advance):
            turns = None if value is None else turns_of(value)
            if turns is None:
                log.skip(NOT_JSON if value is None else _NO_DIALOGUE)
            elif used := list(_used(turns, log)):
                yield _conversation(used, source, f"{name}:{number}", seen)


def _used(turns: Iterable[DataTurn], log: "Log") -> Iterator[DataTurn]:
    for role, text, learnt in turns:
        if role not in _ROLES:
            log.skip(_NO_ROLE)
        elif not text.strip():
            log.skip(_NO_WORDS)
        else:
            log.entries += 1
            yield DataTurn(_ROLES[role], without_lone_surrogates(text), learnt or role != "assistant")


def _conversation(turns: list[DataTurn], source: str, origin: str, seen: Counter[str]) -> Conversation:
    """Its id comes from its words, so that a longer file gives the same; true copies are numbered."""
    words = json.dumps([turn[:2] for turn in turns], ensure_ascii=False)
    key = f"{source}-{blake2b(words.encode(), digest_size=8).hexdigest()}"
    seen[key] += 1
    identity = key if seen[key] == 1 else f"{key}-{seen[key]}"
    return Conversation(
        id=identity,
        title=origin,
        source=source,
        group=False,
        messages=tuple(
            Message(
                id=f"{identity}-{index}",
                author=role,
                text=text,
                kind="notice" if role == "system" else "text",
                origin=origin,
                style=learnt,
            )
            for index, (role, text, learnt) in enumerate(turns)
        ),
        owner="assistant",
        kind="dataset",
    )

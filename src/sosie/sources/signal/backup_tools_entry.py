"""What the texts and the pages of signalbackup-tools have in common: an entry as it is written."""

from typing import NamedTuple

from sosie.core.message import MessageKind


class Entry(NamedTuple):
    """`date` is « Mar 12, 2024 10:01:00 »; `author` is "" for what the app says; `words` are lines."""

    number: int
    date: str
    author: str
    kind: MessageKind
    words: list[str]

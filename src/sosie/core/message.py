"""What an export said: messages and the conversations they belong to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sosie.core.counted import counted

MessageKind = Literal["text", "voice", "image", "video", "file", "location", "call", "deleted", "notice"]
MEDIA: frozenset[str] = frozenset({"voice", "image", "video", "file", "location"})

ConversationKind = Literal["chat", "assistant", "dataset", "one_sided"]


@counted
@dataclass(frozen=True, slots=True)
class Message:
    """One thing one person said at one moment, as the export had it.

    A medium with a caption keeps its kind and has the caption as `text`. A `notice` was said by the
    platform and not by `author`.
    """

    id: str  # stable: the same export read again gives the same id
    author: str
    text: str
    at: datetime | None = (
        None  # aware where the export gives UTC or an offset, naive where the zone is unknown
    )
    kind: MessageKind = "text"
    origin: str = ""  # file and line, or the export's own id
    reply_to: str | None = None
    edited: bool = False
    forwarded: bool = False
    automatic: bool = False  # bots, out-of-office
    style: bool = True  # False where the words are not the author's own
    file: str = ""  # of a voice message: its sound, as the export names it
    transcribed: bool = False  # its text was heard in that sound, not typed


@counted
@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread of one export.

    `messages` is a tuple wherever it was cut or built; straight from a reader it is a one-pass iterator, so
    that an export of any size can be read without being held in memory.
    """

    id: str  # stable over re-exports of the same thread
    title: str
    source: str
    group: bool
    messages: Iterable[Message]
    owner: str | None = None  # the author whose export this is, where the format says so
    # chat: people talking; assistant: a person and a chatbot (style only); dataset: ready dialogues, kept as
    # they are; one_sided: the owner's messages alone (style only)
    kind: ConversationKind = "chat"

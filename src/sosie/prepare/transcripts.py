"""Transcripts of voice messages, kept in private/transcripts.jsonl, and read where messages are prepared.

    {"format": 1, "thread": "whatsapp-5d0c", "message": "a91f", "name": "PTT-20240201-WA0001.opus",
     "sound": SHA-256, "engine": "faster-whisper base", "seconds": 4.2, "text": "euh on y va ?",
     "words": [["euh", 0.1, 0.4, ""], ["on", 0.5, 0.6, ""], ...]}
    {"format": 1, "thread": "whatsapp-5d0c", "message": "a91f", "sound": SHA-256, "corrected": "on y va ?"}

Lines are only ever added, the last one of a message counts, and what the person corrected counts more than
all that an engine hears later in the same sound. A recording that is no message has no thread and the SHA-256
of its sound as its message. A line that was cut by a kill is not read, and does not spoil the next one.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from sosie.core.counted import counted
from sosie.core.message import Conversation, Message
from sosie.core.workspace import Workspace, closed_folder, full_disk_told, own_file, whole

_FORMAT = 1
_FILE = "transcripts.jsonl"
Key = tuple[str, str]  # thread and message


@counted
@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was heard, with the model's punctuation; times in seconds from the note's beginning."""

    text: str
    start: float
    end: float
    speaker: str = ""  # « moi », « voix 2 », « inconnu »; empty where speakers were not told apart


@counted
@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard in one sound. `text` is what is learnt, `words` all that was said."""

    thread: str
    message: str
    sound: str
    engine: str = ""
    seconds: float = 0.0
    words: tuple[Word, ...] = ()
    text: str = ""
    corrected: str | None = None
    name: str = ""

    @property
    def key(self) -> Key:
        return self.thread, self.message

    @property
    def learnt(self) -> str:
        """On one line: in a group, a line is one message."""
        return " ".join((self.text if self.corrected is None else self.corrected).split())


@counted
@dataclass(slots=True)
class Transcripts:
    """All that is kept, by message. `add` and `correct` write at once."""

    path: Path
    found: dict[Key, Transcript] = field(default_factory=dict)

    @classmethod
    def open(cls, workspace: Workspace) -> "Transcripts":
        kept = cls(workspace.private / _FILE)
        for record in _records(kept.path):
            kept._note(record)
        return kept

    def text(self, thread: str, message: str) -> str:
        """What is learnt of a voice message; "" where it was not transcribed."""
        known = self.found.get((thread, message))
        return known.learnt if known else ""

    def add(self, heard: Iterable[Transcript]) -> None:
        """Keep what was heard, on the disk before this returns."""
        self._append([_record(one) for one in heard])

    def correct(self, key: Key, text: str) -> None:
        """The person's own wording, which no later run replaces; "" leaves the message out."""
        thread, message = key
        self._append(
            [{"thread": thread, "message": message, "sound": self.found[key].sound, "corrected": text}]
        )

    def rewrite(self, change: Callable[[Transcript], Transcript | None]) -> None:
        """Change or remove transcripts: a new file, in which nothing of the old one is left."""
        if not self.path.is_file():
            return
        self.found = {key: new for key, one in self.found.items() if (new := change(one))}
        with whole(self.path) as draft:
            lines = [line for one in self.found.values() for line in _lines_of(one)]
            draft.write_text("".join(lines), encoding="utf-8")

    def _append(self, records: list[dict[str, Any]]) -> None:
        closed_folder(self.path.parent)
        with full_disk_told(), own_file(self.path).open("a+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 1))
            begun = size > 0 and file.read(1) != b"\n"  # a line that was cut by a kill
            file.write(b"\n" * begun + "".join(map(_line, records)).encode())
            file.flush()
            os.fsync(file.fileno())
        for record in records:
            self._note(record)

    def _note(self, record: Mapping[str, Any]) -> None:
        key = record["thread"], record["message"]
        known = self.found.get(key)
        same = known if known and known.sound == record["sound"] else None
        if "corrected" in record:
            if same:
                self.found[key] = replace(same, corrected=record["corrected"])
            return
        made = Transcript(**{**record, "words": tuple(Word(*word) for word in record["words"])})
        self.found[key] = replace(made, corrected=same.corrected) if same else made


def with_transcripts(
    conversations: Iterable[Conversation], transcripts: Transcripts
) -> Iterator[Conversation]:
    """The conversations, whose voice messages have the text that was heard in them."""
    for conversation in conversations:
        heard = _heard(conversation, transcripts) if transcripts.found else conversation.messages
        yield replace(conversation, messages=heard)


def _heard(conversation: Conversation, transcripts: Transcripts) -> Iterator[Message]:
    for message in conversation.messages:
        silent = message.kind == "voice" and not message.text.strip()
        if silent and (text := transcripts.text(conversation.id, message.id)):
            message = replace(message, text=text, transcribed=True)
        yield message


def _record(heard: Transcript) -> dict[str, Any]:
    record = {part.name: getattr(heard, part.name) for part in fields(heard) if part.name != "corrected"}
    return {**record, "words": [astuple(word) for word in heard.words]}


def _lines_of(kept: Transcript) -> Iterator[str]:
    yield _line(_record(kept))
    if kept.corrected is not None:
        yield _line({name: getattr(kept, name) for name in ("thread", "message", "sound", "corrected")})


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps({"format": _FORMAT, **record}, ensure_ascii=False) + "\n"


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """The lines that are whole and of this format."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                record = json.loads(line)
                if record.pop("format") == _FORMAT and isinstance(record["sound"], str):
                    yield record
            except (ValueError, KeyError, TypeError, AttributeError):
                continue

"""A dialogue as plain text: « Nom : texte », one file a conversation.

    ANNE : Bonjour, entrez.
    Paul : merci !
    ça sent bon ici                      ->  the same message goes on

    ANNE : C’est la soupe : poireaux.

Read twice: first to learn who speaks (speakers.py), then to read. There are no times; ids come from the words
and their rank. Any other format is surer of its files than this one.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Message
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_ending
from sosie.sources.files.decoding import read_as
from sosie.sources.plain_text.speakers import count_speakers, speakers, split_speaker
from sosie.sources.values.message_ids import MessageIds, digest

if TYPE_CHECKING:
    from sosie.sources.base import Log

_BEFORE = "lignes avant la première réplique"
_EMPTY = "réplique sans texte"
_TOO_LONG = "plus long qu'une réplique ne peut l'être"
_LONGEST = 100_000  # characters of one message
_STAGE = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])\s*")
_OTHER = re.compile(r"\s*(?:[{\[<]|%PDF|#!|BEGIN:)")


class Dialogue(FileReader):
    expects = "un dialogue en texte (« Nom : texte », une réplique par ligne)"
    sureness = 0.3

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        names = files_ending(archive, ".txt", ".md")
        return [name for name in names[:most] if _is_one(read_as(archive.head(name)))]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        with archive.text(name) as lines:
            people = speakers(*count_speakers(lines))
        title = PurePosixPath(name).stem
        yield Conversation(
            id=f"dialogue-{digest(title)}",
            title=title,
            source="dialogue",
            group=len(people) > 2,
            messages=_messages(archive, name, people, log),
        )


def _is_one(text: str) -> bool:
    """Two speakers at least, who begin a third of the lines, the first of them among the first lines."""
    lines = text.lstrip("\ufeff").splitlines()[:5000]
    if _OTHER.match(text.lstrip("\ufeff")):
        return False
    found, written = count_speakers(lines)
    people = speakers(found, written)
    first_lines = [line for line in lines if line.strip()][:10]
    first = any((reply := split_speaker(line)) and reply[0] in people for line in first_lines)
    return first and len(people) >= 2 and sum(found[name] for name in people) * 3 >= written


def _messages(archive: Archive, name: str, people: frozenset[str], log: "Log") -> Iterator[Message]:
    ids = MessageIds()
    for number, speaker, text in _replies(archive, name, people, log):
        if not text or len(text) > _LONGEST:
            log.skip(_TOO_LONG if text else _EMPTY)
            continue
        log.entries += 1
        stage = _STAGE.fullmatch(text) is not None
        yield Message(
            id=ids.of(speaker, text),
            author="" if stage else speaker,
            text=text,
            kind="notice" if stage else "text",
            origin=f"{name}:{number}",
        )


def _replies(
    archive: Archive, name: str, people: frozenset[str], log: "Log"
) -> Iterator[tuple[int, str, str]]:
    """(line, who, what); a message may go on over several lines, empty ones in between."""
    speaker, began, length, lost = "", 0, 0, 0
    reply: list[str] = []
    with archive.text(name, log.advance) as lines:
        for number, line in enumerate(lines, 1):
            line = line.strip("\ufeff\r\n")
            found = split_speaker(line)
            if found and found[0] in people:
                if speaker:
                    yield began, speaker, "\n".join(reply).strip()
                speaker, began, reply, length = found[0], number, [found[1]], len(found[1])
            elif speaker:
                length += len(line) + 1
                if length <= _LONGEST + 100_000:
                    reply.append(line.rstrip())
            else:
                lost += bool(line.strip())
    if speaker:
        yield began, speaker, "\n".join(reply).strip()
    if lost:
        log.skip(_BEFORE, lost)

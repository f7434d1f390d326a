"""What is below an author's name in a text of imessage-exporter: their words, and what the tool adds.

["oui", "Tapbacks:", "    Loved by Léo"]                              ->  Words("oui")
["/Users/zoe/Library/Messages/Attachments/0a/x.heic", "la mer"]         ->  Words("la mer", "image")
["May 17, 2024  5:29:42 PM ou", "Edited 5 seconds later: oui"]          ->  Words("oui", edited=True)
["oui", "    May 17, 2024  5:30:01 PM", "    Me", "    et toi"]         ->  Words("oui")
"""

import re
from typing import NamedTuple

from sosie.core.message import MessageKind
from sosie.sources.values.media_kind import kind_of_name

_INNER = re.compile(r" {4,}[A-Z][a-z]{2} \d{1,2}, \d{4} {1,2}\d{1,2}:\d{2}:\d{2} [AP]M(?: \(.*)?")
_REACTED = re.compile(
    r"\s*(?:Loved|Liked|Disliked|Laughed|Emphasized|Questioned|.{1,16}) by .+|\s*Sticker from .+"
)
_VERSION = re.compile(r"Edited (?:\d+ [a-z]+(?:, )?)+ later: (?P<text>.*)")
_FILE = re.compile(
    r"(?:~|/(?:Users|private|var|Volumes|home|tmp|mnt|opt)/).*/[^/]+|attachments/\S.*|Library/.*/[^/]+|.*/Attachments/.+"
)
_GONE = re.compile(r"(?:You|They|.{1,100}) (?:deleted a message\.|unsent (?:a message|this message part).*)")
_LINK = re.compile(r"https?://\S+")
_EFFECT = re.compile(
    r"Sent with (?:Confetti|Echo|Fireworks|Balloons|Heart|Lasers|Shooting Sta\w+|Sparkles|Spotlight|Slam|Loud"
    r"|Gentle|Invisible Ink)"
)
_ADDED = (
    "This message responded to an earlier message.",
    "This message was deleted from the conversation!",
    "Attachment missing!",
)
_APP = re.compile(r"[\w. ]{1,40} message:")


class Words(NamedTuple):
    text: str
    kind: MessageKind = "text"
    edited: bool = False


class Entry(NamedTuple):
    """One message or notice of a file; `mine` where the file says that its owner wrote it."""

    number: int
    date: str
    author: str
    words: Words
    mine: bool = False


def own_words(lines: list[str]) -> Words:
    """What an author wrote, without answers of others, reactions, files and effects."""
    kind: MessageKind = "text"
    kept: list[str] = []
    edited = reacting = False
    for line in _before_answers(lines):
        reacting = line in ("Tapbacks:", "Reactions:") or (
            reacting and (not line or bool(_REACTED.fullmatch(line)))
        )
        version = _VERSION.fullmatch(line)
        if version:
            kept, edited = [version["text"]], True
        elif _GONE.fullmatch(line) and not kept:
            return Words("", "deleted")
        elif _FILE.fullmatch(line) or line == "Attachment missing!":
            kind = (
                kind_of_name(line)
                if kind == "text" and not line.endswith(".pluginPayloadAttachment")
                else kind
            )
        elif not reacting and line not in _ADDED and not _EFFECT.fullmatch(line):
            kept.append(line)
    if kept and not edited and kind == "text" and _APP.fullmatch(kept[0]):
        return Words("", "file")
    text = "\n".join(kept).strip()
    first, _, others = text.partition("\n")
    return Words(first if others and _LINK.fullmatch(first) else text, kind, edited)


def _before_answers(lines: list[str]) -> list[str]:
    """The lines before the first answer, which stands in its own place as well."""
    start = next((index for index, line in enumerate(lines) if _INNER.fullmatch(line)), len(lines))
    return lines[:start]

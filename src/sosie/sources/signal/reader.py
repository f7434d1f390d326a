"""Signal's own plain export (2026, desktop and phones): `main.jsonl`, one frame of its backup a line.

    {"version": "1", "backupTimeMs": "1735689600000"}
    {"account": {"givenName": "Noémie"}}
    {"recipient": {"id": "1", "self": {}}}
    {"recipient": {"id": "2", "contact": {"e164": "33639980103", "systemGivenName": "Loïc"}}}
    {"chat": {"id": "10", "recipientId": "2"}}
    {"chatItem": {"chatId": "10", "authorId": "2", "dateSent": "1735722000000", "incoming": {},
                  "standardMessage": {"text": {"body": "oui"}, "quote": {...}}, "revisions": [...]}}

Chats are interleaved; numbers are strings; long texts lie beside (long_messages.py). Only the last revision
counts, and a quote is another person's words.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import LONGEST_LINE, Archive
from sosie.sources.files.candidates import by_number, files_ending
from sosie.sources.files.json_values import dict_of, object_in, text_of
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.files.text_file import beginning, open_text
from sosie.sources.signal.frames import CONTENT_KEYS, Account, signal_message
from sosie.sources.signal.long_messages import LongTexts
from sosie.sources.values.message_ids import MessageIds, digest

if TYPE_CHECKING:
    from sosie.sources.base import Log

_FRAMES = ("account", "recipient", "chat", "chatItem", "stickerPack", "adHocCall", "notificationProfile")
_HEADER = "backupTimeMs"
_NOT_JSON = "ligne qui n'est pas du JSON"
_NO_MESSAGE = "élément qui n'est pas un message"
_Frame = dict[str, Any]


class Signal(FileReader):
    expects = "un export de Signal (main.jsonl)"
    sureness = 0.98

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        """The files that begin with frames."""
        names = files_ending(archive, ".jsonl")
        return [
            name
            for name in sorted(names, key=by_number)[:200]
            if _begins_with_frames(beginning(archive, name))
        ]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        """The chats of one export."""
        account, spool, ids, long_texts = Account(), MessageSpool(), MessageIds(), LongTexts(archive)
        with open_text(archive, name, log.advance, LONGEST_LINE) as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip("\ufeff \r\n\0"):
                    continue
                frame = object_in(line)
                if frame is None:
                    log.skip(_NOT_JSON)
                elif "chatItem" not in frame:
                    account.add(frame)
                elif not isinstance(item := frame["chatItem"], dict) or not any(
                    what in item for what in CONTENT_KEYS
                ):
                    log.skip(_NO_MESSAGE)
                else:
                    log.entries += 1
                    message = signal_message(item, account, ids, f"{name}:{number}")
                    if dict_of(dict_of(item, "standardMessage"), "longText"):
                        message = replace(message, text=long_texts.whole(message.text))
                    spool.add(text_of(item.get("chatId")), message)
        for chat in spool.threads:
            recipient = account.recipient_of(chat)
            yield Conversation(
                id=f"signal-{digest(recipient.key)}",
                title=recipient.name,
                source="signal",
                group=recipient.kind == "group",
                messages=spool.take(chat, account.name_of),
                owner=account.me,
                kind="one_sided" if recipient.kind == "self" else "chat",
            )


def _begins_with_frames(text: str) -> bool:
    lines = (object_in(line) for line in islice(text.split("\n"), 20) if line.strip())
    known = [
        frame for frame in lines if frame and (_HEADER in frame or isinstance(frame.get(_kind(frame)), dict))
    ]
    return len(known) > 0 and any(
        _HEADER in frame or _kind(frame) in ("recipient", "chatItem") for frame in known
    )


def _kind(frame: _Frame) -> str:
    return next((name for name in _FRAMES if name in frame), "")

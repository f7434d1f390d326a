"""WhatsApp-Chat-Exporter's `result.json`: the chats of a whole phone, by address.

    {"33639980102@s.whatsapp.net": {"name": "Malo", "type": "android", "messages": {
        "7": {"from_me": false, "timestamp": 1710234060, "key_id": "A1", "data": "tu viens ?", "sender": null,
              "media": false, "mime": null, "caption": null, "meta": false, "reply": null}}}}

`data` has <br> between its lines, and is the path of what was sent where `media` is true. `meta` marks what
the tool wrote itself: a notice, a place, what was deleted, a file that is missing.
"""

import re
from collections.abc import Iterator
from typing import Any

from sosie.core.message import MessageKind
from sosie.sources.files.json_stream import JsonStream
from sosie.sources.files.json_values import text_of
from sosie.sources.values.media_kind import kind_of_name, kind_of_type
from sosie.sources.values.timestamps import from_thousandths
from sosie.sources.whatsapp.backup_rows import GROUP, BackupRow

OURS = re.compile(r'\A\s*\{\s*"[^"\\]{1,100}@[\w.]{2,40}"\s*:\s*\{\s*"')
ALSO = re.compile(r'"(?:from_me|key_id)"\s*:')
_BREAK = re.compile(r" ?<br ?/?>")
_MADE: tuple[tuple[str, MessageKind], ...] = (("Location shared", "location"), ("Message deleted", "deleted"))


def exporter_rows(stream: JsonStream, names: dict[str, str]) -> Iterator[BackupRow | None]:
    """The messages, chat after chat; the names of chats are added to `names` as they come."""
    for chat in stream.keys():  # noqa: SIM118 (a stream is no dict)
        for key in stream.keys():  # noqa: SIM118
            if key == "name" and (name := text_of(stream.take()).strip()):
                names[chat] = name
            elif key == "messages":
                for row in stream.keys():  # noqa: SIM118
                    yield _row(chat, names.get(chat, ""), row, stream.take())


def _row(chat: str, name: str, row: str, item: Any) -> BackupRow | None:
    if not isinstance(item, dict) or "from_me" not in item:
        return None
    words = text_of(item.get("caption") if item.get("media") is True else item.get("data"))
    kind = _kind(item)
    return BackupRow(
        chat,
        item["from_me"] is True or item["from_me"] == 1,
        text_of(item.get("sender")) or ("" if chat.endswith(GROUP) else name),
        from_thousandths(item.get("timestamp")),
        kind,
        "" if kind == "location" else _BREAK.sub("\n", words),
        text_of(item.get("key_id")) or row,
        text_of(item.get("reply")),
    )


def _kind(item: dict[str, Any]) -> MessageKind:
    data = text_of(item.get("data"))
    if item.get("sticker") is True:
        return "image"
    if item.get("media") is True:
        kind = kind_of_type(item.get("mime"))
        return kind if kind != "file" else kind_of_name(data)
    if item.get("meta") is True:
        return next((kind for start, kind in _MADE if data.startswith(start)), "notice")
    return "text" if data else "notice"

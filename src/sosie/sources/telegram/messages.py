"""One entry of a Telegram export as a Message.

    {"id": 3, "type": "message", "date": "2024-07-01T10:06:00", "date_unixtime": "1719821160",
     "from": "Aïcha", "from_id": "user22", "reply_to_message_id": 2,
     "text": ["ouais ", {"type": "bold", "text": "grave"}]}
    ->  Message(id="telegram-user-11-3", author="Aïcha", text="ouais grave", at=2024-07-01 08:06 UTC)

What changed with the years: ids are numbers until 2020, « user22 » since; `date_unixtime`, which is UTC, is
there since 2022, `date` is local to the machine that exported; « edited » is 1970 where nothing was edited.
Not the sender's own words: what is forwarded, what an inline bot wrote (`via_bot`), what a bot says. A poll
is a form: its question and answers are no text.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sosie.core.message import Message, MessageKind
from sosie.sources.files.decoding import without_lone_surrogates
from sosie.sources.telegram.times import Clock, message_time
from sosie.sources.values.media_kind import kind_of_type
from sosie.sources.values.message_ids import MessageIds

_MEDIA_TYPES: dict[str, MessageKind] = {
    "sticker": "image",
    "animation": "video",
    "video_file": "video",
    "video_message": "video",
    "voice_message": "voice",
    "audio_file": "file",
}
_SHOWN: dict[str, MessageKind] = {
    "photo": "image",
    "file": "file",
    "media_type": "file",
    "location_information": "location",
    "place_name": "location",
    "contact_information": "file",
}
_CALLS = frozenset({"phone_call", "group_call", "conference_call"})
_FORWARDED = frozenset({"forwarded_from", "saved_from"})
_SPECIAL = frozenset({*_SHOWN, *_FORWARDED, "via_bot", "inline_bot_buttons"})
_TYPES = ("message", "service", "unsupported")
_NESTED = 16  # levels of text in text
_NO_DATE = "date impossible"
_NOT_EXPORTED = "message que Telegram n'a pas exporté"


@dataclass(slots=True)
class Chat:
    """What a message takes from its chat. `other` is « user11 », the other side of a one-to-one chat."""

    id: str
    title: str
    file: str = ""
    other: str = ""
    bot: bool = False
    channel: bool = False
    clock: Clock = field(default_factory=Clock)
    ids: MessageIds = field(default_factory=MessageIds)
    names: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """An entry that is not used, and why, in French."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_message(record: Any) -> bool:
    """Discord's and Signal's messages have other types."""
    return isinstance(record, dict) and record.get("type") in _TYPES


def telegram_message(record: dict[str, Any], chat: Chat) -> Message:
    kind = record.get("type")
    if kind == "unsupported":
        raise Refused(_NOT_EXPORTED)
    at = message_time(record, chat.clock)
    if at is None:
        raise Refused(_NO_DATE)
    if kind == "service" or "action" in record:
        return _notice(record, at, chat)
    author, text = _author_of(record, chat), record.get("text")
    if type(text) is not str or not text:
        pieces = text or record.get("text_entities")
        own = _own_pieces(pieces)
        text = _text_of(own) if own is pieces else _text_of(own).strip() or _text_of(pieces)
    shown: MessageKind = "text"
    forwarded, own, automatic = False, True, chat.bot and user_id(record.get("from_id")) == chat.other
    if not _SPECIAL.isdisjoint(record):
        shown = next((_kind_of(key, record) for key in _SHOWN if key in record), "text")
        forwarded = not _FORWARDED.isdisjoint(record)
        own = not forwarded and "via_bot" not in record
        automatic = automatic or ("inline_bot_buttons" in record and own)
    elif text[:1] == "/" and _starts_with_command(record):
        own = False
    edited = record.get("edited") or "19"
    return Message(
        _identity(record, chat, at, author, shown, text),
        author,
        without_lone_surrogates(text) if text.strip() else "",
        at,
        shown,
        f"{chat.file}:{record.get('id', '')}",
        _reply_of(record, chat),
        str(edited)[:2] != "19",
        forwarded,
        automatic,
        own and not automatic,
        name_of(record.get("file")) if shown == "voice" else "",
    )


def _notice(record: dict[str, Any], at: datetime, chat: Chat) -> Message:
    """What Telegram says: somebody came, called, renamed the group."""
    action = str(record.get("action") or record.get("information_text") or "service")
    call = action in _CALLS
    who = _author_of(record, chat, "actor") if call else ""
    return Message(
        _identity(record, chat, at, who, "notice", action),
        who,
        "" if call else without_lone_surrogates(action),
        at,
        "call" if call else "notice",
        f"{chat.file}:{record.get('id', '')}",
        style=False,
    )


def _author_of(record: dict[str, Any], chat: Chat, key: str = "from") -> str:
    """The name, or the id where the account was deleted since."""
    raw = record.get(key)
    if type(raw) is str and raw in chat.names:
        return chat.names[raw]
    if name := name_of(raw):
        return chat.names.setdefault(str(raw), name)
    known = record.get(f"{key}_id")
    return str(known) if isinstance(known, int | str) and known else chat.title if chat.channel else "Inconnu"


def name_of(value: Any) -> str:
    return without_lone_surrogates(value).strip() if isinstance(value, str) else ""


def user_id(value: Any) -> str:
    """22, 22.0 and « user22 » -> « user22 »; « channel5 » stays"""
    text = str(value) if isinstance(value, int | str) else ""
    return f"user{text}" if text.isdecimal() else text


def _text_of(value: Any, depth: int = 0) -> str:
    """A string, or pieces of text with their looks: bold, links, mentions... all of them were written."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth < _NESTED:
        return "".join([_text_of(part, depth + 1) for part in value])
    return _text_of(value.get("text"), depth + 1) if isinstance(value, dict) and depth < _NESTED else ""


def _own_pieces(pieces: Any) -> Any:
    """Without the quoted blocks: they are another person's words, where the sender's stand beside them."""
    if not isinstance(pieces, list) or not any(map(_is_quotation, pieces)):
        return pieces
    return [piece for piece in pieces if not _is_quotation(piece)]


def _is_quotation(piece: Any) -> bool:
    return isinstance(piece, dict) and str(piece.get("type")).endswith("blockquote")


def _kind_of(key: str, record: dict[str, Any]) -> MessageKind:
    """What a medium is: the older exports give no `media_type` for some, but a mime type."""
    media_type = record.get("media_type")
    if key not in ("file", "media_type"):
        return _SHOWN[key]
    return _MEDIA_TYPES.get(media_type if isinstance(media_type, str) else "") or kind_of_type(
        record.get("mime_type")
    )


def _starts_with_command(record: dict[str, Any]) -> bool:
    """« /start »: said to a bot, not to a person."""
    parts = record.get("text_entities") or record.get("text")
    first = parts[0] if isinstance(parts, list) and parts else None
    return isinstance(first, dict) and first.get("type") == "bot_command"


def _reply_of(record: dict[str, Any], chat: Chat) -> str | None:
    """The message of this chat that is answered."""
    number = record.get("reply_to_message_id")
    return f"{chat.id}-{number}" if isinstance(number, int) and "reply_to_peer_id" not in record else None


def _identity(record: dict[str, Any], chat: Chat, at: datetime, author: str, kind: str, text: str) -> str:
    """Telegram's own number; some tools leave it out."""
    number = record.get("id")
    if isinstance(number, int):
        return f"{chat.id}-{number}"
    return f"{chat.id}-{chat.ids.of(at.isoformat(), author, kind, text)}"

"""One message of Messenger or Instagram, of either family, as a Message.

    classic   {"sender_name": "Th\\u00c3\\u00a9o", "timestamp_ms": 1685606400000, "content": "mdr"}
    E2EE      {"senderName": "Théo", "timestamp": 1685606400000, "text": "mdr", "isUnsent": false}
    ->        Message(author="Théo", text="mdr", at=2023-06-01 08:00 UTC)

Meta writes UTF-8 read as Latin-1, in all strings of most files and not in others: each string is turned back
where that is possible to the last byte, and left alone otherwise. `share_text` is what another person wrote
behind a link: it is never read as a text.
"""

from datetime import timedelta
from typing import Any, NamedTuple

from sosie.core.message import Message, MessageKind
from sosie.sources.files.decoding import without_lone_surrogates
from sosie.sources.meta.system_messages import classify
from sosie.sources.values.media_kind import kind_of_names
from sosie.sources.values.message_ids import MessageIds
from sosie.sources.values.timestamps import EPOCH

_MEDIA: tuple[tuple[str, MessageKind], ...] = (
    ("photos", "image"),
    ("videos", "video"),
    ("audio_files", "voice"),
    ("gifs", "image"),
    ("sticker", "image"),
    ("files", "file"),
)
_CALLS = ("call", "video_call", "audio_call")
_NOTICES = ("subscribe", "unsubscribe")
_SOMEBODY = "Utilisateur inconnu"


class ParsedMessage(NamedTuple):
    """A message as it was understood. `local`: the time has no zone."""

    stamp: int  # thousandths of a second
    sender: str
    kind: MessageKind
    text: str
    local: bool = False
    file: str = ""  # that a voice message is in


def mended(value: Any) -> str:
    """« InÃ¨s » -> « Inès »; « déjà », « Ã‡a » and all that is not UTF-8 read as Latin-1 stay as they are."""
    if not isinstance(value, str):
        return ""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return without_lone_surrogates(value)


def is_message(record: Any) -> bool:
    """A sender or a time, under one of their names."""
    return isinstance(record, dict) and stamp_of(record) is not None


def stamp_of(record: dict[str, Any]) -> int | None:
    """Thousandths of a second since 1970; None where it is no time of ours."""
    value = record.get("timestamp_ms", record.get("timestamp"))
    try:
        stamp = int(value) if not isinstance(value, bool) else 0  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return stamp if 0 < stamp < 4_102_444_800_000 else None


def parse_message(record: dict[str, Any], stamp: int) -> ParsedMessage:
    """What was said, or done, and by whom."""
    sender = mended(record.get("sender_name", record.get("senderName"))).strip() or _SOMEBODY
    local = record.get("local") is True
    kind = str(record.get("type")).lower()
    if record.get("is_unsent") is True or record.get("isUnsent") is True:
        return ParsedMessage(stamp, sender, "deleted", "", local)
    if kind in _CALLS or "call_duration" in record:
        return ParsedMessage(stamp, sender, "call", "", local)
    text = mended(record.get("content", record.get("text")))
    if kind in _NOTICES:
        return ParsedMessage(stamp, sender, "notice", text, local)
    sent, share = _medium_of(record), record.get("share")
    link = mended(share.get("link")) if isinstance(share, dict) else ""
    if isinstance(share, dict) and text and text == mended(share.get("share_text")):
        text = ""
    verdict = classify(text, sender, bool(sent or share)) if text else "said"
    if verdict == "notice":
        return ParsedMessage(stamp, sender, "notice", text, local)
    if verdict == "placeholder" or not text.strip():
        shown = sent or ("file" if verdict != "said" or link else "text")
        return ParsedMessage(stamp, sender, shown, "", local, _sound_of(record) if sent == "voice" else "")
    return ParsedMessage(stamp, sender, sent or "text", text, local)


def _medium_of(record: dict[str, Any]) -> MessageKind | None:
    """What was sent beside the words, by the first of its kind."""
    for key, kind in _MEDIA:
        if record.get(key):
            return kind
    media = record.get("media")
    names = [item.get("uri") for item in media if isinstance(item, dict)] if isinstance(media, list) else []
    return kind_of_names(names) if names else None


def _sound_of(record: dict[str, Any]) -> str:
    """Where the first sound lies: {"audio_files": [{"uri": "messages/inbox/ines_1/audio/a.mp4"}]}"""
    files = record.get("audio_files") or record.get("media")
    first = files[0] if isinstance(files, list) and files else None
    return mended(first.get("uri")) if isinstance(first, dict) else ""


def meta_message(parsed: ParsedMessage, thread: str, origin: str, ids: MessageIds) -> Message:
    """Calls keep their caller; what the platform says has no author."""
    at = EPOCH + timedelta(milliseconds=parsed.stamp)
    author = "" if parsed.kind == "notice" else parsed.sender
    return Message(
        id=f"{thread}-{ids.of(str(parsed.stamp), parsed.sender, parsed.kind, parsed.text)}",
        author=author,
        text=parsed.text,
        at=at.replace(tzinfo=None) if parsed.local else at,
        kind=parsed.kind,
        origin=origin,
        style=parsed.kind not in ("notice", "call"),
        file=parsed.file,
    )

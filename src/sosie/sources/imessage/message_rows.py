"""What a row of `message` in the base of Messages says: words, a medium, a notice, something taken back.

text "\\ufffc regarde", one attachment image/heic          ->  ("image", "regarde", True)
associated_message_type 2000 « A aimé « ok » »            ->  ("notice", "A aimé « ok »", False)
"""

from typing import Any

from sosie.core.message import MessageKind
from sosie.sources.files.sqlite_file import Database
from sosie.sources.values.media_kind import kind_of_name, kind_of_type

_ATTACHED, _APP = "\ufffc", "\ufffd"
_LINK = "com.apple.messages.URLBalloonProvider"


def row_content(
    database: Database, row: dict[str, Any], number: dict[str, int], words: str
) -> tuple[MessageKind, str, bool]:
    """(kind, text, whether the words are the author's own)"""
    if number["item_type"] or 2000 <= number["associated_message_type"] < 4000:
        return "notice", words.replace(_ATTACHED, "").strip(), False
    text = words.replace(_ATTACHED, "").strip()
    if text.strip(_APP) == "":
        text = ""
    balloon = row["balloon_bundle_id"] if isinstance(row["balloon_bundle_id"], str) else ""
    if number["date_retracted"] or (number["date_edited"] and not words):
        return "deleted", "", True
    if number["is_audio_message"]:
        return "voice", "", True
    if balloon and _LINK not in balloon:  # a game, a payment, a drawing: the app's own words
        return "file", "", False
    if number["associated_message_type"] == 1000:  # a sticker put on a message
        return "image", text, True
    if number["cache_has_attachments"] or _ATTACHED in words:
        return _attached(database, number["row"]), text, True
    return "text", text, True


def _attached(database: Database, message: int) -> MessageKind:
    """What the first attachment of a message is."""
    columns = database.chosen("attachment", ["mime_type", "transfer_name", "filename"])
    query = (
        f"SELECT {columns} FROM message_attachment_join JOIN attachment ON attachment.ROWID = attachment_id"
        " WHERE message_id = ? ORDER BY attachment_id LIMIT 1"
    )
    mime, name, path = next(database.rows(query, [message]), (None, None, None))
    kind = kind_of_type(mime)
    return kind if kind != "file" else kind_of_name(name or path)

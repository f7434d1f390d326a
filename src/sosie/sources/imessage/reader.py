"""iMessage: a copy of the Mac's ~/Library/Messages/chat.db, or an iPhone backup's sms.db.

    message(ROWID, guid, text, attributedBody, handle_id, date, is_from_me, associated_message_type, ...)
    handle(ROWID, id)         « +33639980104 », « zoe@exemple.fr »
    chat(ROWID, guid, style, chat_identifier, display_name)          style 43: a group
    chat_message_join(chat_id, message_id)

    date 729259200000000000   ->  nanoseconds since 2001-01-01 UTC; seconds before macOS High Sierra
    associated_message_type 2000 to 3999  ->  a tapback: a notice
    item_type other than 0    ->  a notice: joined, left, renamed
    U+FFFC                    ->  where an attachment stands in the text

The database is opened read-only and immutable: nothing is written, not even beside it. The owner is « me ».
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sosie.core.errors import UnknownExport
from sosie.core.message import Conversation, Message
from sosie.sources.files.archive import Archive
from sosie.sources.files.decoding import without_lone_surrogates
from sosie.sources.files.sqlite_file import TROUBLE, Database, damaged_database, is_database
from sosie.sources.imessage.message_rows import row_content
from sosie.sources.imessage.typedstream import first_string
from sosie.sources.values.message_ids import digest

if TYPE_CHECKING:
    from sosie.sources.base import Log

_ME = "me"
_NOBODY = "inconnu"
_GROUP = 43
_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
_SECONDS_END = 10**11  # counts below that are seconds
_LATEST = 3_124_224_000  # seconds: the year 2100
_ORPHAN = "ROWID NOT IN (SELECT message_id FROM chat_message_join)"
_BROKEN_THREAD = "discussion illisible dans la base"
_BROKEN_ROW = "message illisible dans la base"
_COLUMN_NAMES = (
    "guid text attributedBody handle_id date date_edited date_retracted is_from_me item_type"
    " is_audio_message associated_message_type thread_originator_guid cache_has_attachments"
    " balloon_bundle_id"
)
_COLUMNS = _COLUMN_NAMES.split()


class _Chat(NamedTuple):
    """One thread: the rows of `chat` that share an identifier (the same person by SMS and by iMessage)."""

    rows: list[int]
    identifier: str
    title: str
    group: bool


class IMessage:
    expects = "la base iMessage d'un Mac (une copie de chat.db)"

    def sniff(self, archive: Archive) -> float:
        return 0.98 if _named(archive) else 0.0

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        name = _named(archive)
        if not name:
            from sosie.sources.base import unknown_export

            raise unknown_export(archive, ("imessage",))
        log.total = archive.sizes[name]
        database = Database(archive, name)
        try:
            handles, chats = _handles(database), _chats(database)
        except TROUBLE:
            raise damaged_database(name) from None
        for chat in chats:
            yield Conversation(
                id=f"imessage-{digest(chat.identifier)}",
                title=chat.title,
                source="imessage",
                group=chat.group,
                messages=_messages(database, chat, handles, log),
                owner=_ME,
            )
        log.advance(log.total - log.done)


def _named(archive: Archive) -> str:
    """The database of an archive, "" where there is none; a zip is not opened out to look into it."""
    for name in sorted(archive.names, key=lambda name: not name.endswith(("chat.db", "sms.db")))[:200]:
        if is_database(archive, name):
            head = archive.head(name)
            if all(table in head for table in (b"chat_message_join", b"handle", b"associated_message_type")):
                return name
            if archive.path.suffix.lower() != ".zip" and _has_tables(archive, name):
                return name
    return ""


def _has_tables(archive: Archive, name: str) -> bool:
    try:
        return {"message", "handle", "chat_message_join"} <= Database(archive, name).tables
    except UnknownExport:
        return False


def _handles(database: Database) -> dict[int, str]:
    """Numbers and addresses by row."""
    rows = database.rows("SELECT ROWID, id FROM handle")
    return {row: handle for row, handle in rows if isinstance(row, int) and isinstance(handle, str)}


def _chats(database: Database) -> list[_Chat]:
    """The threads in the order of the base; then what belongs to none any more."""
    columns = database.chosen("chat", ["style", "chat_identifier", "display_name", "guid"])
    spoken = {row for (row,) in database.rows("SELECT DISTINCT chat_id FROM chat_message_join")}
    found: dict[str, _Chat] = {}
    for row, style, identifier, name, guid in database.rows(
        f"SELECT ROWID, {columns} FROM chat ORDER BY ROWID"
    ):
        if row not in spoken:
            continue
        identity = str(identifier or guid or row)
        group = style == _GROUP or (style is None and str(guid or "").find(";+;") >= 0)
        chat = found.setdefault(
            identity, _Chat([], identity, without_lone_surrogates(str(name or identity)), group)
        )
        chat.rows.append(row)
    orphans = database.count(f"SELECT COUNT(*) FROM message WHERE {_ORPHAN}")
    return [*found.values(), *([_Chat([], "", "Sans discussion", False)] if orphans else [])]


def _messages(database: Database, chat: _Chat, handles: dict[int, str], log: "Log") -> Iterator[Message]:
    """The messages of a thread by time; one that lies in two of its chats comes once."""
    try:
        for row in database.rows(_query(database, chat), chat.rows):
            message = _message(database, dict(zip(["row", *_COLUMNS], row, strict=True)), handles, chat)
            if message is None:
                log.skip(_BROKEN_ROW)
            else:
                log.entries += 1
                yield message
    except TROUBLE:
        log.skip(_BROKEN_THREAD)


def _query(database: Database, chat: _Chat) -> str:
    columns, date = database.chosen("message", _COLUMNS), database.chosen("message", ["date"])
    marks = ",".join("?" * len(chat.rows))
    inside = f"ROWID IN (SELECT message_id FROM chat_message_join WHERE chat_id IN ({marks}))"
    return f"SELECT ROWID, {columns} FROM message WHERE {inside if marks else _ORPHAN} ORDER BY {date}, ROWID"


def _message(database: Database, row: dict[str, Any], handles: dict[int, str], chat: _Chat) -> Message | None:
    number = {name: value if isinstance(value, int) else 0 for name, value in row.items()}
    guid, body = row["guid"], row["attributedBody"]
    if not isinstance(guid, str):
        return None
    other = _NOBODY if chat.group else chat.identifier or _NOBODY
    author = _ME if number["is_from_me"] else handles.get(number["handle_id"], other)
    written = row["text"] if isinstance(row["text"], str) else ""
    words = (first_string(body) if isinstance(body, bytes) else None) or written
    kind, text, style = row_content(database, row, number, words)
    return Message(
        id=guid,
        author="" if kind == "notice" else author,
        text=without_lone_surrogates(text),
        at=_time_of(row["date"]),
        kind=kind,
        origin=guid,
        reply_to=row["thread_originator_guid"] if isinstance(row["thread_originator_guid"], str) else None,
        edited=bool(number["date_edited"]) and kind not in ("notice", "deleted"),
        style=style,
    )


def _time_of(count: Any) -> datetime | None:
    """729259200000000000 and 729259200 -> 2024-02-10 12:00 UTC; 0 is no time."""
    if not isinstance(count, int) or not count:
        return None
    seconds = count / 10**9 if abs(count) >= _SECONDS_END else float(count)
    return _EPOCH + timedelta(seconds=round(seconds, 6)) if 0 < seconds < _LATEST else None

"""WhatsApp on Android: the decrypted base `msgstore.db`, of both generations, with the names of `wa.db`.

    message(_id, chat_row_id, from_me, key_id, sender_jid_row_id, timestamp, message_type, text_data)
    chat(_id, jid_row_id, subject)        jid(_id, raw_string « 33639980102@s.whatsapp.net »)
    message_quoted(message_row_id, key_id)        jid_map(lid_row_id, jid_row_id)

or, before 2022, messages(_id, key_remote_jid, key_from_me, key_id, status, data, timestamp, media_wa_type,
media_caption, remote_resource), with the titles of groups in chat_list or in chat.

A time is in thousandths of a second. A « lid » is a second address of a person.
"""

from collections.abc import Iterator
from typing import Any

from sosie.core.message import MessageKind
from sosie.sources.files.sqlite_file import Database
from sosie.sources.values.timestamps import from_thousandths
from sosie.sources.whatsapp.backup_rows import BackupRow

_KINDS: dict[int, MessageKind] = {
    **dict.fromkeys((1, 20, 42), "image"),
    **dict.fromkeys((2, 82), "voice"),
    **dict.fromkeys((3, 13, 43, 81), "video"),
    **dict.fromkeys((4, 9, 14), "file"),
    **dict.fromkeys((5, 16), "location"),
    **dict.fromkeys((7, 11), "notice"),
    **dict.fromkeys((8, 10, 90), "call"),
    **dict.fromkeys((15, 64), "deleted"),
}
_SYSTEM = 6  # a status of the older generation
_FORWARDED = 1  # a bit of origination_flags
_NEW_COLUMNS = (
    "_id chat_row_id from_me key_id sender_jid_row_id timestamp message_type text_data origination_flags"
)
_OLD_COLUMNS = (
    "_id key_remote_jid key_from_me key_id remote_resource timestamp media_wa_type data forwarded status"
    " media_caption media_name quoted_row_id"
)
_NEW, _OLD = _NEW_COLUMNS.split(), _OLD_COLUMNS.split()
_BESIDE = (  # the column of another table, by the row of a message
    ("message_quoted", "key_id"),
    ("message_media", "media_name"),
    ("message_edit_info", "message_row_id"),
)


def is_msgstore(tables: set[str]) -> bool:
    return {"message", "chat", "jid"} <= tables or {"messages", "chat_list"} <= tables


def names_of(database: Database, contacts: Database | None) -> dict[str, str]:
    """The names of addresses: people's in the book of contacts, the titles of groups in the base."""
    found: dict[str, str] = {}
    if contacts and "wa_contacts" in contacts.tables:
        columns = contacts.chosen("wa_contacts", ["jid", "display_name", "wa_name"])
        _add(found, contacts.rows(f"SELECT {columns} FROM wa_contacts"))
    if {"chat", "jid"} <= database.tables and database.chosen("chat", ["subject"]) == "subject":
        _add(found, database.rows("SELECT raw_string, subject FROM chat JOIN jid ON jid._id = jid_row_id"))
    if "chat_list" in database.tables:
        columns = database.chosen("chat_list", ["key_remote_jid", "subject"])
        _add(found, database.rows(f"SELECT {columns} FROM chat_list"))
    return found


def _add(found: dict[str, str], rows: Iterator[tuple[Any, ...]]) -> None:
    for address, *names in rows:
        name = next((name for name in names if isinstance(name, str) and name.strip()), "")
        if isinstance(address, str) and name:
            found.setdefault(address, name.strip())


def msgstore_rows(database: Database) -> Iterator[BackupRow | None]:
    """The rows of the generation that has messages; both may be there."""
    old = "messages" in database.tables and database.count("SELECT COUNT(*) FROM messages")
    new = {"message", "chat", "jid"} <= database.tables and database.count("SELECT COUNT(*) FROM message")
    return _new_rows(database) if new >= old else _old_rows(database)


def _new_rows(database: Database) -> Iterator[BackupRow | None]:
    addresses = _addresses(database)
    chats = dict(database.rows("SELECT _id, jid_row_id FROM chat"))
    beside = ", ".join(
        f"(SELECT {column} FROM {table} WHERE message_row_id = m._id)"
        if table in database.tables and "NULL" not in database.chosen(table, [column, "message_row_id"])
        else "NULL"
        for table, column in _BESIDE
    )
    columns = database.chosen("message", _NEW)
    query = f"SELECT {columns}, {beside} FROM message m WHERE chat_row_id > 0 ORDER BY _id"
    for row, chat, mine, key, sender, time, kind, text, flags, quoted, file, edited in database.rows(query):
        address = addresses.get(chats.get(chat), "")
        if not address:
            yield None
            continue
        words = _words(text)
        yield BackupRow(
            address,
            mine == 1,
            addresses.get(sender, ""),
            from_thousandths(time),
            _kind(kind, words),
            "" if words == file else words,
            _words(key) or str(row),
            _words(quoted),
            isinstance(flags, int) and bool(flags & _FORWARDED),
            edited is not None,
        )


def _addresses(database: Database) -> dict[Any, str]:
    """Addresses by row; a second one is the first."""
    rows = database.rows("SELECT _id, raw_string FROM jid")
    found = {row: address for row, address in rows if isinstance(address, str)}
    if "jid_map" in database.tables:
        columns = database.chosen("jid_map", ["lid_row_id", "jid_row_id"])
        for second, first in database.rows(f"SELECT {columns} FROM jid_map"):
            found[second] = found.get(first) or found.get(second, "")
    return found


def _old_rows(database: Database) -> Iterator[BackupRow | None]:
    quotes = _quotes(database)
    query = (
        f"SELECT {database.chosen('messages', _OLD)} FROM messages WHERE key_remote_jid <> '-1' ORDER BY _id"
    )
    for row in database.rows(query):
        told = dict(zip(_OLD, row, strict=True))
        chat, written = _words(told["key_remote_jid"]), _words(told["data"])
        if not chat:
            yield None
            continue
        words = _words(told["media_caption"]) or written
        yield BackupRow(
            chat,
            told["key_from_me"] == 1,
            _words(told["remote_resource"]),
            from_thousandths(told["timestamp"]),
            "notice" if told["status"] == _SYSTEM else _kind(told["media_wa_type"], words),
            "" if words == told["media_name"] else words,
            _words(told["key_id"]) or str(told["_id"]),
            quotes.get(told["quoted_row_id"], ""),
            isinstance(told["forwarded"], int) and told["forwarded"] > 0,
        )


def _quotes(database: Database) -> dict[Any, str]:
    """The messages that others answer, by row of the table of quotes."""
    if "messages_quotes" not in database.tables:
        return {}
    columns = database.chosen("messages_quotes", ["_id", "key_id"])
    return {row: _words(key) for row, key in database.rows(f"SELECT {columns} FROM messages_quotes")}


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _kind(number: Any, words: str) -> MessageKind:
    """What is new, and has no words, is a notice."""
    try:
        count = int(number or 0)
    except (TypeError, ValueError, OverflowError):
        count = -1
    return _KINDS.get(count) or ("text" if words else "notice")

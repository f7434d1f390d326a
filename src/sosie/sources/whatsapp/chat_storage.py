"""WhatsApp on an iPhone: the base `ChatStorage.sqlite` of a backup.

    ZWAMESSAGE(Z_PK, ZCHATSESSION, ZISFROMME, ZGROUPMEMBER, ZMESSAGEDATE, ZMESSAGETYPE, ZTEXT, ZSTANZAID)
    ZWACHATSESSION(Z_PK, ZCONTACTJID, ZPARTNERNAME)      ZWAMEDIAITEM(Z_PK, ZTITLE, ZMETADATA)
    ZWAGROUPMEMBER(Z_PK, ZMEMBERJID, ZCONTACTNAME)       ZWAPROFILEPUSHNAME(ZJID, ZPUSHNAME)

A time counts seconds since 2001-01-01 UTC. A caption is the title of a medium, and what is answered stands
at the beginning of its ZMETADATA: 2A, the length, then the other message's ZSTANZAID.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sosie.core.message import MessageKind
from sosie.sources.files.sqlite_file import Database
from sosie.sources.whatsapp.backup_rows import BackupRow

_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
_LATEST = 3_124_224_000  # seconds: the year 2100
_KINDS: dict[int, MessageKind] = {
    **dict.fromkeys((1, 15, 38), "image"),
    **dict.fromkeys((2, 11, 39), "video"),
    **dict.fromkeys((3, 53), "voice"),
    **dict.fromkeys((4, 8), "file"),
    **dict.fromkeys((6, 10), "notice"),
    5: "location",
    14: "deleted",
    59: "call",
}
_WITH_CAPTION = ("image", "video")
_COLUMN_NAMES = "Z_PK ZCHATSESSION ZISFROMME ZGROUPMEMBER ZMESSAGEDATE ZMESSAGETYPE ZTEXT ZSTANZAID"
_COLUMNS = _COLUMN_NAMES.split()
_QUOTED = 0x2A


def is_chat_storage(tables: set[str]) -> bool:
    return {"ZWAMESSAGE", "ZWACHATSESSION"} <= tables


def names_of(database: Database) -> dict[str, str]:
    """The names of addresses: as the owner calls people and groups, else as people call themselves."""
    found: dict[str, str] = {}
    for table, address, name in (
        ("ZWACHATSESSION", "ZCONTACTJID", "ZPARTNERNAME"),
        ("ZWAGROUPMEMBER", "ZMEMBERJID", "ZCONTACTNAME"),
        ("ZWAPROFILEPUSHNAME", "ZJID", "ZPUSHNAME"),
    ):
        for key, value in _pairs(database, table, address, name):
            if isinstance(key, str) and isinstance(value, str) and value.strip("\u200e \u202a\u202c"):
                found.setdefault(key, value.strip("\u200e \u202a\u202c"))
    return found


def _pairs(database: Database, table: str, key: str, value: str) -> Iterator[tuple[Any, ...]]:
    if table not in database.tables:
        return iter(())
    return database.rows(f"SELECT {database.chosen(table, [key, value])} FROM {table}")


def chat_storage_rows(database: Database) -> Iterator[BackupRow | None]:
    chats = dict(_pairs(database, "ZWACHATSESSION", "Z_PK", "ZCONTACTJID"))
    members = dict(_pairs(database, "ZWAGROUPMEMBER", "Z_PK", "ZMEMBERJID"))
    columns, media, join = database.chosen("ZWAMESSAGE", _COLUMNS, "m."), "NULL, NULL", ""
    if "ZWAMEDIAITEM" in database.tables and "NULL" not in database.chosen("ZWAMESSAGE", ["ZMEDIAITEM"]):
        media = database.chosen("ZWAMEDIAITEM", ["ZTITLE", "ZMETADATA"], "i.")
        join = "LEFT JOIN ZWAMEDIAITEM i ON i.Z_PK = m.ZMEDIAITEM"
    query = f"SELECT {columns}, {media} FROM ZWAMESSAGE m {join} ORDER BY m.Z_PK"
    for row, chat, mine, member, time, number, text, stanza, title, metadata in database.rows(query):
        address = chats.get(chat)
        if not isinstance(address, str) or not address:
            yield None
            continue
        kind = _kind(number, text)
        words = (title if isinstance(title, str) else text) if kind in _WITH_CAPTION else text
        sender = members.get(member)
        yield BackupRow(
            address,
            mine == 1,
            sender if isinstance(sender, str) else "",
            _time_of(time),
            kind,
            words if isinstance(words, str) and kind != "file" else "",
            stanza if isinstance(stanza, str) and stanza else str(row),
            _quoted(metadata),
        )


def _kind(number: Any, text: Any) -> MessageKind:
    """What is new, and has no words, is a notice."""
    return _KINDS.get(number if isinstance(number, int) else 0) or ("text" if text else "notice")


def _quoted(metadata: Any) -> str:
    if not isinstance(metadata, bytes) or len(metadata) < 2 or metadata[0] != _QUOTED:
        return ""
    identity = metadata[2 : 2 + metadata[1]]
    return identity.decode() if identity.isascii() else ""


def _time_of(seconds: Any) -> datetime | None:
    if not isinstance(seconds, int | float) or not 0 < seconds < _LATEST:
        return None
    return _EPOCH + timedelta(seconds=round(seconds, 3))

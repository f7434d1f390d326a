"""WhatsApp's own base, taken from a phone or from a backup, or what WhatsApp-Chat-Exporter made of it.

msgstore.db (with wa.db, for the names)      Android, decrypted
msgstore.db.crypt15, with its key beside it  Android, as WhatsApp keeps it
ChatStorage.sqlite                           iPhone
result.json                                  WhatsApp-Chat-Exporter, of either
"""

import weakref
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sosie.core.drafts import Fleeting
from sosie.core.errors import UnknownExport
from sosie.core.message import Conversation
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive, open_archive
from sosie.sources.files.candidates import files_matching
from sosie.sources.files.json_stream import CUT, open_json
from sosie.sources.files.sqlite_file import TROUBLE, Database, damaged_database, is_database
from sosie.sources.whatsapp import chat_storage, msgstore
from sosie.sources.whatsapp.backup_rows import BackupRow, conversations
from sosie.sources.whatsapp.crypt15 import LOCKED, OPENED, decrypt, key_in, still_encrypted
from sosie.sources.whatsapp.exporter_json import ALSO, OURS, exporter_rows

if TYPE_CHECKING:
    from sosie.sources.base import Log

_LIKELY = ("msgstore.db", "ChatStorage.sqlite")
_MARKS = (b"message_media", b"key_remote_jid", b"ZWAMESSAGE")
_MOST = 200  # files that are looked at
_CONTACTS = "wa.db"
_CUT_BASE = "fin de la base illisible"


class WhatsAppBackup(FileReader):
    expects = "une base WhatsApp déchiffrée (msgstore.db, ChatStorage.sqlite)"
    sureness = 0.98

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        """The base, or what was made of it; an encrypted one where its key is there, or nothing else is."""
        if base := _base_in(archive):
            return [base]
        if made := [*files_matching(archive, OURS, ALSO, most=most)]:
            return made
        locked = [name for name in archive.names[:_MOST] if LOCKED.search(name)]
        alone = len(locked) == len(archive.names)
        return locked[:1] if locked and (alone or (locked[0].endswith(OPENED) and key_in(archive))) else []

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        names: dict[str, str] = {}
        if name.endswith(".json") or not (LOCKED.search(name) or is_database(archive, name)):
            stream = open_json(archive, name, log.advance)
            yield from conversations(exporter_rows(stream, names), names, name, log)
            if stream.cut:
                log.skip(CUT)
            return
        with archive.open(name, log.advance):  # it is this reader's
            database = _opened(archive, name)
        yield from conversations(_rows(database, archive, name, names, log), names, name, log)
        log.advance(log.total - log.done)


def _base_in(archive: Archive) -> str:
    """The base of an archive, "" where there is none; a zip is not opened out to look into it."""
    for name in sorted(archive.names[:_MOST], key=lambda name: not name.endswith(_LIKELY)):
        if is_database(archive, name):
            inside = archive.path.suffix.lower() == ".zip"
            if any(mark in archive.head(name) for mark in _MARKS) if inside else _is_ours(archive, name):
                return name
    return ""


def _is_ours(archive: Archive, name: str) -> bool:
    try:
        tables = Database(archive, name).tables
        return msgstore.is_msgstore(tables) or chat_storage.is_chat_storage(tables)
    except UnknownExport:
        return False


def _opened(archive: Archive, name: str) -> Database:
    if not LOCKED.search(name):
        return Database(archive, name)
    key = key_in(archive) if name.endswith(OPENED) else None
    if key is None:
        raise still_encrypted(name)
    fleeting = Fleeting()
    try:
        decrypt(archive, name, key, fleeting.folder / _LIKELY[0])
        database = Database(open_archive(fleeting.folder / _LIKELY[0]), _LIKELY[0])
    except BaseException:
        fleeting.close()
        raise
    weakref.finalize(database, fleeting.close)
    return database


def _rows(
    database: Database, archive: Archive, name: str, names: dict[str, str], log: "Log"
) -> Iterator[BackupRow | None]:
    """The rows of a base as far as they can be read; `names` is filled first."""
    android = msgstore.is_msgstore(database.tables)
    if not android and not chat_storage.is_chat_storage(database.tables):
        raise damaged_database(name)
    try:
        if android:
            names |= msgstore.names_of(database, _contacts(archive, name, log))
        else:
            names |= chat_storage.names_of(database)
    except TROUBLE:
        raise damaged_database(name) from None
    try:
        yield from msgstore.msgstore_rows(database) if android else chat_storage.chat_storage_rows(database)
    except TROUBLE:
        log.skip(_CUT_BASE)


def _contacts(archive: Archive, name: str, log: "Log") -> Database | None:
    """The book of contacts beside a base."""
    beside = str(PurePosixPath(name).with_name(_CONTACTS))
    if beside not in archive.names or not is_database(archive, beside):
        return None
    with archive.open(beside, log.advance):  # read with it, and again whenever it is
        return Database(archive, beside)

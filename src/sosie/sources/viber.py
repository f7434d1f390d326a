"""Viber: `viber.db` of Viber Desktop, where that version left it unencrypted. The owner is « me ».

    Events(EventID, TimeStamp, Direction, ContactID, ChatID)     thousandths since 1970
    Messages(EventID, Type, Subject, Body, ClientFlag)           Type 1, 9, 15: words; else a media
    Contact(ContactID, Name, ClientName, Number)                 « ContactID » 1: the owner
    ChatInfo(ChatID, Name)      ChatRelation(ChatID, ContactID)  who is in it

An event is the owner's where its contact is theirs, or, in older versions that name the other side there,
where Direction is 1.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from sosie.core.errors import UnknownExport
from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.json_values import text_of
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.files.sqlite_file import TROUBLE, Database, damaged_database, is_database
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_thousandths

if TYPE_CHECKING:
    from sosie.sources.base import Log

_TABLES = frozenset({"Events", "Messages", "Contact", "ChatRelation"})
_ME, _NOBODY = "me", "inconnu"
_OWNER = 1  # of Contact
_SENT = 1  # of Direction
_WORDS = (1, 9, 15)  # a text, a link, a reply
_KINDS: dict[int, MessageKind] = {2: "image", 3: "video", 4: "image", 6: "voice", 7: "video", 11: "voice"}
_REPLACED = 64  # of ClientFlag: what a message said before it was changed
_MOST = 200  # files that are looked at
_OLD_WORDS = "ancienne version d'un message"
_BROKEN_ROW = "message illisible dans la base"
_CUT_BASE = "fin de la base illisible"


class Viber(FileReader):
    expects = "la base de Viber pour ordinateur (viber.db)"
    sureness = 0.98

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        """The base; a zip is not opened out to look into it."""
        likely = sorted(archive.names[:_MOST], key=lambda name: PurePosixPath(name).name != "viber.db")
        return [name for name in likely if is_database(archive, name) and _is_ours(archive, name)][:1]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        database, spool = Database(archive, name), MessageSpool()
        try:
            names, others = _names(database), _others(database)
            titles = _titles(database)
        except TROUBLE:
            raise damaged_database(name) from None
        ids: dict[str, MessageIds] = {}
        try:
            for chat, message in _messages(database, names, others, name, ids, log):
                spool.add(chat, message)
        except TROUBLE:
            log.skip(_CUT_BASE)
        for chat in spool.threads:
            people = [names.get(one, _NOBODY) for one in others.get(chat, ())]
            title = titles.get(chat) or ", ".join(sorted(people)) or "Viber"
            yield Conversation(
                id=f"viber-{digest(title)}",
                title=title,
                source="viber",
                group=len(people) > 1,
                messages=spool.take(chat),
                owner=_ME,
            )
        log.advance(log.total - log.done)


def _is_ours(archive: Archive, name: str) -> bool:
    if archive.path.suffix.lower() == ".zip":
        return all(table.encode() in archive.head(name) for table in ("ChatRelation", "ClientName"))
    try:
        return Database(archive, name).tables >= _TABLES
    except UnknownExport:
        return False


def _names(database: Database) -> dict[Any, str]:
    """What the owner calls people, else what they call themselves, else their number."""
    columns = database.chosen("Contact", ["Name", "ClientName", "Number"])
    return {
        contact: next((_text(one) for one in called if _text(one)), _NOBODY)
        for contact, *called in database.rows(f"SELECT ContactID, {columns} FROM Contact")
    }


def _others(database: Database) -> dict[str, list[Any]]:
    """{chat: the contacts in it, but for the owner}"""
    found: dict[str, list[Any]] = {}
    for chat, contact in database.rows("SELECT DISTINCT ChatID, ContactID FROM ChatRelation"):
        if contact != _OWNER:
            found.setdefault(str(chat), []).append(contact)
    return found


def _titles(database: Database) -> dict[str, str]:
    """{chat: the name that was given to it}"""
    if "ChatInfo" not in database.tables:
        return {}
    columns = database.chosen("ChatInfo", ["ChatID", "Name"])
    rows = database.rows(f"SELECT {columns} FROM ChatInfo")
    return {str(chat): _text(title) for chat, title in rows if _text(title)}


def _messages(
    database: Database,
    names: dict[Any, str],
    others: dict[str, list[Any]],
    name: str,
    ids: dict[str, MessageIds],
    log: "Log",
) -> Iterator[tuple[str, Message]]:
    """(chat, message) by time."""
    events = database.chosen("Events", ["ChatID", "EventID", "TimeStamp", "Direction", "ContactID"], "e.")
    words = database.chosen("Messages", ["Type", "Subject", "Body", "ClientFlag"], "m.")
    query = f"SELECT {events}, {words} FROM Events e JOIN Messages m ON m.EventID = e.EventID"
    for row in database.rows(f"{query} ORDER BY e.TimeStamp, e.EventID"):
        chat, event, time, direction, contact, kind, subject, body, flag = row
        if flag == _REPLACED or not isinstance(kind, int):
            log.skip(_OLD_WORDS if flag == _REPLACED else _BROKEN_ROW)
            continue
        log.entries += 1
        there = others.get(str(chat), [])
        if contact == _OWNER or direction == _SENT:
            author = _ME
        else:
            author = names.get(contact) or names.get(there[0] if len(there) == 1 else None, _NOBODY)
        text = _text(body) or _text(subject) if kind in _WORDS else _text(subject)
        yield (
            str(chat),
            Message(
                id=ids.setdefault(str(chat), MessageIds()).of(str(time), author, text),
                author=author,
                text=text,
                at=from_thousandths(time),
                kind="text" if kind in _WORDS else _KINDS.get(kind, "file"),
                origin=f"{name}:{event}",
            ),
        )


def _text(value: Any) -> str:
    return text_of(value).strip()

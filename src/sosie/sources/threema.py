"""Threema for Android: the data backup, once its zip was opened with its password; tables in CSV.

    contacts.csv             identity, firstname, lastname, nick_name, (identity_id)
    message_ECHOECHO.csv     isoutbox, created_at, type, body, caption, isstatusmessage, apiid: one person
    group_message_1a2b-ECHOECHO.csv      the same, and the identity of who wrote
    groups.csv               id, creator, groupname

Times are thousandths of a second. Newer backups name the files by `identity_id` and `group_uid`.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.file_reader import FileReader, unless_empty
from sosie.sources.files.archive import LONGEST_LINE, Archive
from sosie.sources.files.candidates import by_number
from sosie.sources.files.text_file import beginning, open_text
from sosie.sources.values.media_kind import kind_of_type
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_thousandths

if TYPE_CHECKING:
    from sosie.sources.base import Log

_NAME = re.compile(r"(?:\A|/)(?P<group>group_)?message_(?P<key>[^/]{1,100})\.csv\Z")
_OURS = re.compile(r'\A\ufeff?(?=.*"?isoutbox"?)(?=.*"?created_at"?)(?=.*"?body"?).{20,2000}$', re.MULTILINE)
_QUOTE = re.compile(r"\A> [A-Z0-9*]{8}: .*(?:\n> .*)*\n*")
_MIME = re.compile(r'"(?P<mime>(?:image|video|audio|application|text)/[\w.+-]{1,60})"')
_BROKEN = "ligne illisible"
_ME = "me"
_NOTICES = ("STATUS", "DATE_SEPARATOR", "GROUP_STATUS", "FORWARD_SECURITY_STATUS")
_CALLS = ("VOIP_STATUS", "GROUP_CALL_STATUS")
_KINDS: dict[str, MessageKind] = {
    "TEXT": "text",
    "IMAGE": "image",
    "VIDEO": "video",
    "VOICEMESSAGE": "voice",
    "LOCATION": "location",
    "BALLOT": "notice",
}
_Row = dict[str, str]


class Threema(FileReader):
    expects = "une sauvegarde Threema ouverte (contacts.csv, message_….csv)"
    sureness = 0.97

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        names = sorted((name for name in archive.names if _NAME.search(name)), key=by_number)
        return [name for name in names[:most] if _OURS.search(beginning(archive, name))]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        people = _people(archive, name)
        found = _NAME.search(name)
        key = found["key"] if found else name
        group = bool(found and found["group"])
        title = _groups(archive, name).get(key, key) if group else people.get(key, key)
        if messages := unless_empty(_messages(archive, name, people, "" if group else title, log)):
            yield Conversation(
                id=f"threema-{digest(key)}",
                title=title,
                source="threema",
                group=group,
                messages=messages,
                owner=_ME,
            )


def _people(archive: Archive, name: str) -> dict[str, str]:
    """{"ECHOECHO": "Malo Roy"}"""
    found: dict[str, str] = {}
    for row in _small(archive, name, "contacts.csv"):
        full = f"{row.get('firstname', '')} {row.get('lastname', '')}".strip()
        for key in ("identity", "identity_id"):
            found[row.get(key, "")] = full or row.get("nick_name", "").strip() or row.get("identity", "")
    return {key: shown for key, shown in found.items() if key and shown}


def _groups(archive: Archive, name: str) -> dict[str, str]:
    """{"1a2b-ECHOECHO": "Rando"}"""
    rows = list(_small(archive, name, "groups.csv"))
    old = {f"{row.get('id', '')}-{row.get('creator', '')}": row.get("groupname", "") for row in rows}
    new = {row.get("group_uid", ""): row.get("groupname", "") for row in rows}
    return {key: shown for key, shown in (new | old).items() if key and shown}


def _small(archive: Archive, name: str, other: str) -> Iterator[_Row]:
    """The rows of a table beside another."""
    beside = str(PurePosixPath(name).parent / other)
    if beside in archive.sizes:
        yield from filter(None, _rows(archive, beside, None))


def _rows(archive: Archive, name: str, log: "Log | None") -> Iterator[_Row | None]:
    """The rows by the names of their columns; None for one that cannot be read."""
    with open_text(archive, name, log.advance if log else None, LONGEST_LINE) as lines:
        table = csv.reader(line.replace("\0", "") for line in lines)
        header: list[str] = []
        while True:
            try:
                cells = next(table)
            except csv.Error:
                yield None
            except StopIteration:
                return
            else:
                if not header:
                    header = [cell.strip("\ufeff ").lower() for cell in cells]
                elif cells:
                    yield dict(zip(header, cells, strict=False))


def _messages(
    archive: Archive, name: str, people: dict[str, str], other: str, log: "Log"
) -> Iterator[Message]:
    """The messages of one file; `other` is who wrote what came in, "" in a group."""
    ids = MessageIds()
    for row in _rows(archive, name, log):
        if row is None or not {"body", "created_at"} <= row.keys():
            log.skip(_BROKEN)
            continue
        log.entries += 1
        identity = row.get("identity", "")
        author = _ME if row.get("isoutbox") == "1" else other or people.get(identity, identity) or "inconnu"
        kind = _kind(row)
        written = row.get("created_at") or row.get("posted_at", "")
        apart = row.get("apiid") or row.get("uid") or row["body"]
        yield Message(
            id=ids.of(apart, author, written),
            author="" if kind in ("notice", "call") else author,
            text=_QUOTE.sub("", row["body"]).strip() if kind == "text" else row.get("caption", "").strip(),
            at=from_thousandths(written),
            kind=kind,
            origin=f"{name}:{apart[:40] if row.get('apiid') or row.get('uid') else ''}",
        )


def _kind(row: _Row) -> MessageKind:
    what = row.get("type", "").upper()
    if what in _NOTICES or row.get("isstatusmessage") == "1":
        return "notice"
    if what in _CALLS:
        return "call"
    if row.get("deleted_at") or row.get("is_deleted") == "1":
        return "deleted"
    if what == "FILE":
        mime = _MIME.search(row["body"][:2000])
        return kind_of_type(mime["mime"] if mime else None)
    return _KINDS.get(what, "file")

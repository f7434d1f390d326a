"""The messages of a WhatsApp backup, whatever it was read from, as conversations.

    BackupRow(chat="33639980102@s.whatsapp.net", mine=False, sender="", text="tu viens ?", ...)
    ->  Conversation(title="Malo", owner="me") with Message(author="Malo", text="tu viens ?")

An address that has no name is shown as its number, « +33639980102 ». Statuses and channels are no
conversations. The owner, who has no name in a backup, is « me ».
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.values.display_names import People
from sosie.sources.values.message_ids import digest

if TYPE_CHECKING:
    from sosie.sources.base import Log

SOURCE = "whatsapp_backup"
_ME = "me"
_NOBODY = "inconnu"
GROUP, _PHONE = "@g.us", "@s.whatsapp.net"
_PUBLIC = ("status@broadcast", "@newsletter", "@broadcast")
_STATUS = "statut ou chaîne"
_BROKEN = "message illisible dans la base"


class BackupRow(NamedTuple):
    """One message of a backup. `sender` is an address or a name, "" where the chat is with one person."""

    chat: str  # its address
    mine: bool
    sender: str
    at: datetime | None
    kind: MessageKind
    text: str
    identity: str
    reply_to: str = ""
    forwarded: bool = False
    edited: bool = False


def conversations(
    rows: Iterable[BackupRow | None], names: Mapping[str, str], origin: str, log: "Log"
) -> Iterator[Conversation]:
    """The threads, once all rows were read; None is one that cannot be. `names` are those of addresses."""
    spool, people = MessageSpool(), People()
    people.name("", _ME)
    authors: dict[str, set[str]] = {}
    for row in rows:
        if row is None or row.chat.endswith(_PUBLIC):
            log.skip(_STATUS if row else _BROKEN)
            continue
        log.entries += 1
        author = people[""] if row.mine else _author(row, names, people)
        authors.setdefault(row.chat, set()).add(author)
        spool.add(row.chat, _message(row, author, origin))
    for chat, found in authors.items():
        yield Conversation(
            id=f"whatsapp-{digest('address', chat)}",
            title=names.get(chat) or _shown(chat),
            source=SOURCE,
            group=chat.endswith(GROUP) or len(found) > 2,
            messages=spool.take(chat),
            owner=_ME,
        )


def _author(row: BackupRow, names: Mapping[str, str], people: People) -> str:
    address = row.sender or ("" if row.chat.endswith(GROUP) else row.chat)
    return (
        people.name(address, names.get(address) or _shown(address), _shown(address)) if address else _NOBODY
    )


def _shown(address: str) -> str:
    """« 33639980102@s.whatsapp.net » -> « +33639980102 »"""
    local, _, server = address.partition("@")
    phone = local.isdecimal() and len(local) > 6 and (not server or address.endswith(_PHONE))
    return f"+{local}" if phone else local or _NOBODY


def _message(row: BackupRow, author: str, origin: str) -> Message:
    silent = row.kind in ("notice", "deleted", "call")
    return Message(
        id=row.identity,
        author="" if row.kind == "notice" else author,
        text="" if row.kind == "deleted" else row.text.strip(),
        at=row.at,
        kind=row.kind,
        origin=f"{origin}:{row.identity}",
        reply_to=row.reply_to or None,
        edited=row.edited and not silent,
        forwarded=row.forwarded,
        style=not (silent or row.forwarded),
    )

"""SMS Backup & Restore: `sms-….xml`, text messages and MMS, all threads interleaved; or SMS Import / Export.

    <smses count="2">
      <sms address="+33639980107" date="1699203600000" type="1" body="oui &#55357;&#56832;" />
      <mms address="+336…07~+336…08" date="1699261560000" msg_box="1" contact_name="Anaïs, Rémi">
        <parts><part ct="text/plain" text="oui !" /> <part ct="image/jpeg" data="/9j/2Q…" /></parts>
        <addrs><addr address="+336…08" type="137" /></addrs>           137: from, 151: to
      </mms>
    </smses>

Emoji are halves of pairs, which no XML allows, and pictures make gigabytes: the file is cut into records
(records.py), each mended and parsed by itself, so that a broken one costs itself and no entity is ever
resolved. Numbers come in several spellings: their last nine digits identify them.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import by_number, files_ending
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.files.text_file import beginning
from sosie.sources.sms.backup_json import is_json_backup, json_records
from sosie.sources.sms.contacts import SENT_BOX, Contacts, senders
from sosie.sources.sms.ndjson import is_ndjson, ndjson_records
from sosie.sources.sms.records import Record, records
from sosie.sources.values.media_kind import kind_of_type
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_thousandths

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(r"<smses[\s>]")
_BARE = ("<sms ", " body=")  # a part of a backup, without its beginning
_AGENT = re.compile(r"@(?:[\w.-]+\.)?(?:rbm\.goog|rcs(?:\.[\w-]+){1,4})\Z")
_ME = "me"
_RECEIVED = "1"
_UNSENT = {
    "3": "brouillon",
    "4": "message jamais parti",
    "5": "message dont l'envoi a échoué",
    "6": "message jamais parti",
}
_STRANGE = "message d'une sorte inconnue"
_UNREADABLE = "morceau illisible"
_NOT_FETCHED = "MMS jamais téléchargé"
_TWICE = "message déjà lu dans une autre sauvegarde"


class Sms:
    expects = "une sauvegarde SMS Backup & Restore (XML), SMS Import / Export (NDJSON) ou QKSMS (JSON)"

    def sniff(self, archive: Archive) -> float:
        return 0.98 if _backups(archive, 20) else 0.0

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        names = _backups(archive)
        log.total = sum(archive.sizes[name] for name in names)
        people, spool = Contacts(), MessageSpool()
        before: set[str] = set()
        for name in names:
            ids = MessageIds()
            here: set[str] = set()
            for thread, message in _messages(archive, name, people, ids, log):
                if message.id in before:
                    log.skip(_TWICE)
                    continue
                if len(names) > 1:
                    here.add(message.id)
                log.entries += 1
                spool.add(thread, message)
            before |= here
        for thread in list(spool.threads):
            spool.join(people.without_me(thread), thread)
        for thread in spool.threads:
            others = thread.split("~")
            yield Conversation(
                id=f"sms-{digest(thread)}",
                title=", ".join(people[other] for other in others),
                source="sms",
                group=len(others) > 1,
                messages=spool.take(thread, lambda key: _ME if key == _ME else people[key]),
                owner=_ME,
            )


def _backups(archive: Archive, most: int | None = None) -> list[str]:
    names = files_ending(archive, ".xml", ".ndjson", ".json")
    return [name for name in sorted(names, key=by_number)[:most] if _is_ours(beginning(archive, name))]


def _is_ours(text: str) -> bool:
    if text.lstrip("\ufeff \r\n\t").startswith(("{", "[")):
        return is_ndjson(text) or is_json_backup(text)
    return bool(_OURS.search(text)) or all(beginning_of in text for beginning_of in _BARE)


def _records(archive: Archive, name: str, log: "Log") -> Iterator[Record | None]:
    text = beginning(archive, name)
    read = ndjson_records if is_ndjson(text) else json_records if is_json_backup(text) else records
    return read(archive, name, log.advance)


def _messages(
    archive: Archive, name: str, people: Contacts, ids: MessageIds, log: "Log"
) -> Iterator[tuple[str, Message]]:
    """(thread, message) of one file. Authors are numbers, for their names may come later."""
    for number, record in enumerate(_records(archive, name, log), 1):
        if record is None:
            log.skip(_UNREADABLE)
            continue
        way = record.own.get("type" if record.tag == "sms" else "msg_box", "")
        if way not in (_RECEIVED, SENT_BOX):
            log.skip(_UNSENT.get(way, _STRANGE))
            continue
        if record.tag == "mms" and record.own.get("m_type") == "130" and not record.parts:
            log.skip(_NOT_FETCHED)
            continue
        others = people.add(record)
        sender = _ME if way == SENT_BOX else next(iter(senders(record)), others[0])
        text, kind = _content(record)
        date = record.own.get("date", "")
        thread = "~".join(sorted(set(others)))
        identity = ids.of("sms", thread, date, sender, kind, text)
        automatic = sender != _ME and _is_service(sender)
        yield (
            thread,
            Message(
                identity, sender, text, from_thousandths(date), kind, f"{name}:{number}", automatic=automatic
            ),
        )


def _content(record: Record) -> tuple[str, MessageKind]:
    """The words, and what came with them."""
    if record.tag == "sms":
        return _text_of(record.own.get("body")), "text"
    texts: list[str] = []
    kind: MessageKind = "text"
    for part in record.parts:
        shape = part.get("ct", "")
        if shape == "text/plain":
            texts.append(_text_of(part.get("text")))
        elif shape != "application/smil" and kind == "text":
            kind = kind_of_type(shape)
    return "\n".join(filter(None, texts)), kind


def _text_of(value: str | None) -> str:
    """The app writes « null » where there is nothing."""
    return "" if value is None or value == "null" else value.strip()


def _is_service(key: str) -> bool:
    """Short numbers (36179), names (« Orange ») and RCS agents (« colis_7f@rbm.goog ») are no people."""
    return not key.isdigit() and "@" not in key or len(key) < 7 or _AGENT.search(key) is not None

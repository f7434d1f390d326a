"""Messenger and Instagram: what « Télécharger vos informations » and the encrypted chats' page give.

    your_facebook_activity/messages/inbox/inesbenaissa_1/message_1.json, message_2.json   parts of a thread
    your_instagram_activity/messages/inbox/leo_42/message_1.html                          the same as pages
    messages/Inès Benaïssa_1.json, messages/Weekend_2.json                                E2EE: a file each
    messages.json                                                  Instagram until 2020: instagram_2020.py

A folder's name (`inesbenaissa_1`) is a thread: it is the same in `inbox`, `archived_threads`, `e2ee_cutover`,
under the roots of all years, and in JSON and HTML, of which the JSON is read. The thousands of other files
of an account are never opened, but for the one that says whose it is.
"""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message
from sosie.sources.files.archive import Archive
from sosie.sources.files.decoding import read_as
from sosie.sources.meta import instagram_2020
from sosie.sources.meta.export_files import NUMBERED, ThreadFiles, looks_right, threads
from sosie.sources.meta.messages import mended, meta_message
from sosie.sources.meta.thread_parts import ThreadPart, by_time, merge_parts, parse_document, read_part
from sosie.sources.values.message_ids import MessageIds, digest

if TYPE_CHECKING:
    from sosie.sources.base import Log

_PROFILE = re.compile(r"(?:profile|personal)_information\.json\Z", re.IGNORECASE)
_LOOKED_AT = 12  # files looked at to recognise an archive
_SMALL = 1 << 20  # bytes of a profile
_PAGES = "page HTML d'un fil lu en JSON"


class Messenger:
    expects = "Messenger (« message_1.json », JSON ou HTML, ou l'export des discussions chiffrées)"
    instagram = False

    def sniff(self, archive: Archive) -> float:
        found = threads(archive)
        some = [name for thread in found for name in (*thread.json[:3], *thread.html[:1])][:_LOOKED_AT]
        if not any(looks_right(archive, name) for name in some):
            return 0.0
        return 0.97 if found[0].instagram is self.instagram else 0.96

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        owners, found = _owner_names(archive), threads(archive)
        log.total = sum(archive.sizes[name] for thread in found for name in thread.json or thread.html)
        for thread in found:
            yield from _conversation(archive, thread, owners, log)


class Instagram(Messenger):
    expects = "Instagram (« message_1.json », JSON ou HTML)"
    instagram = True

    def sniff(self, archive: Archive) -> float:
        return 0.97 if instagram_2020.files(archive) else super().sniff(archive)

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        old = instagram_2020.files(archive)
        yield from super().read(archive, log)
        log.total += sum(archive.sizes[name] for name in old)
        for name in old:
            yield from instagram_2020.read_threads(archive, name, log)


def _conversation(
    archive: Archive, thread: ThreadFiles, owners: frozenset[str], log: "Log"
) -> Iterator[Conversation]:
    """The thread, with its messages still to be read; nothing where no file of it can be."""
    parts = _readable(archive, by_time(archive, thread.json), log)
    first = next(parts, None)
    if first is not None and thread.html:
        log.skip(_PAGES, len(thread.html))
    if first is None:
        pages = sorted(_readable(archive, thread.html, log), key=lambda part: part.entries[0].message.stamp)
        parts = iter(pages)
        first = next(parts, None)
    if first is not None:
        yield _named(thread, first, parts, owners, log)


def _readable(archive: Archive, names: list[str], log: "Log") -> Iterator[ThreadPart]:
    """The parts that have messages."""
    for name in names:
        part = read_part(archive, name, log, log.advance)
        if part is not None and part.entries:
            yield part


def _named(
    thread: ThreadFiles, first: ThreadPart, rest: Iterator[ThreadPart], owners: frozenset[str], log: "Log"
) -> Conversation:
    people = first.people or tuple(dict.fromkeys(entry.message.sender for entry in first.entries))
    title = first.title
    if _same_name(title, PurePosixPath(thread.key).stem) or NUMBERED.sub("", title) in people:
        title = NUMBERED.sub("", title)  # E2EE: « Inès Benaïssa_1 »
    others = (name for name in people if name not in owners)
    title = title or ", ".join(others) or NUMBERED.sub("", PurePosixPath(thread.key).stem)
    owner = next((name for name in people if name in owners), None)
    if owner is None and len(people) == 2 and title in people:
        owner = people[1 - people.index(title)]
    source = "instagram" if thread.instagram else "messenger"
    folder = thread.key if thread.sure else first.folder
    key = f"{source}-{digest(*((folder,) if folder else (title, *sorted(people))))}"
    group = first.group or len(people) > 2
    return Conversation(key, title, source, group, _messages(first, rest, key, log), owner)


def _same_name(title: str, stem: str) -> bool:
    """Whether two names are one: a Mac writes « é » as two characters."""
    return unicodedata.normalize("NFC", title) == unicodedata.normalize("NFC", stem)


def _messages(first: ThreadPart, rest: Iterator[ThreadPart], key: str, log: "Log") -> Iterator[Message]:
    """The messages of a thread, oldest first."""
    ids = MessageIds()

    def parts() -> Iterator[ThreadPart]:
        yield first
        yield from rest

    for parsed_message, name in merge_parts(parts(), log):
        log.entries += 1
        yield meta_message(parsed_message, key, f"{name}:{parsed_message.stamp}", ids)


def _owner_names(archive: Archive) -> frozenset[str]:
    """The names that the account's own profile bears: Facebook's full name, all of Instagram's."""
    found: set[str] = set()
    for name in archive.names:
        if _PROFILE.search(name) and archive.sizes[name] <= _SMALL:
            with archive.open(name) as stream:
                document, _ = parse_document(read_as(stream.read(_SMALL)))
            found.update(filter(None, map(mended, _own_names(document))))
    return frozenset(found)


def _own_names(document: dict[str, Any]) -> Iterator[Any]:
    for key in ("profile_v2", "profile"):
        if isinstance(profile := document.get(key), dict):
            name = profile.get("name")
            yield name.get("full_name") if isinstance(name, dict) else name
    for user in document.get("profile_user") or ():
        values = user.get("string_map_data") if isinstance(user, dict) else None
        for value in values.values() if isinstance(values, dict) else ():
            yield value.get("value") if isinstance(value, dict) else None

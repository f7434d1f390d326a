"""Messenger and Instagram: what « Télécharger vos informations » and the encrypted chats' page give.

    your_facebook_activity/messages/inbox/inesbenaissa_1/message_1.json, message_2.json   parts of a thread
    your_instagram_activity/messages/inbox/leo_42/message_1.html                          the same as pages
    messages/Inès Benaïssa_1.json, messages/Weekend_2.json                                E2EE: a file each

A folder's name (`inesbenaissa_1`) is a thread: it is the same in `inbox`, `archived_threads`, `e2ee_cutover`,
under the roots of all years, and in JSON and HTML, of which the JSON is read. The thousands of other files
of an account are never opened, but for the one that says whose it is.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message
from sosie.sources import meta_html
from sosie.sources.archive import Archive
from sosie.sources.decoding import read_as
from sosie.sources.ids import Ids, digest
from sosie.sources.meta_messages import mended, message_of
from sosie.sources.meta_parts import Part, by_time, load, parsed, woven

if TYPE_CHECKING:
    from sosie.sources.base import Log

PART = re.compile(r"message(?:_(\d+))?\.(json|html)\Z", re.IGNORECASE)
PROFILE = re.compile(r"(?:profile|personal)_information\.json\Z", re.IGNORECASE)
OURS = re.compile(r'"(?:sender_name|senderName)"\s*:.{0,4000}?"timestamp(?:_ms)?"\s*:\s*\d', re.DOTALL)
OURS_TOO = re.compile(r'"timestamp(?:_ms)?"\s*:\s*\d.{0,4000}?"(?:sender_name|senderName)"\s*:', re.DOTALL)
EMPTY = re.compile(r'\s*\{\s*"participants"\s*:\s*\[.*"(?:threadName|thread_path|messages)"\s*:', re.DOTALL)
NUMBERED = re.compile(r"_\d+\Z")
BEGINNING = 1 << 16  # bytes that tell what a file is
LOOKED_AT = 12  # files looked at to recognise an archive
FEW = 5  # files without a telling name looked at in vain in one folder
MISSES = 40  # and in all
SMALL = 1 << 20  # bytes of a profile
PAGES = "page HTML d'un fil lu en JSON"


@dataclass(slots=True)
class Thread:
    """The files of one thread. `key` is the name of its folder, or of its file where `sure` is False."""

    key: str
    instagram: bool
    sure: bool
    json: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)


class Messenger:
    expects = "Messenger (« message_1.json », JSON ou HTML, ou l'export des discussions chiffrées)"
    instagram = False

    def sniff(self, archive: Archive) -> float:
        found = threads(archive)
        some = [name for thread in found for name in (*thread.json[:3], *thread.html[:1])][:LOOKED_AT]
        if not any(looks_right(archive, name) for name in some):
            return 0.0
        return 0.97 if found[0].instagram is self.instagram else 0.96

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        owners, found = owner_names(archive), threads(archive)
        log.total = sum(archive.sizes[name] for thread in found for name in thread.json or thread.html)
        for thread in found:
            yield from conversation(archive, thread, owners, log)


class Instagram(Messenger):
    expects = "Instagram (« message_1.json », JSON ou HTML)"
    instagram = True


def threads(archive: Archive) -> list[Thread]:
    """The threads of an archive, in its order. Files without a telling name are judged by what is in them."""
    found: dict[tuple[bool, str], Thread] = {}
    others = untold(archive)
    for name in archive.names:
        path = PurePosixPath(name)
        told = PART.fullmatch(path.name)
        if not told and name not in others:
            continue
        instagram = "instagram" in f"{archive.name}/{name}".lower()
        key = path.parent.name if told else path.name
        thread = found.setdefault((instagram, key), Thread(key, instagram, bool(told and key)))
        html = (told[2] if told else path.suffix[1:]).lower() in ("html", "htm")
        (thread.html if html else thread.json).append(name)
    return list(found.values())


def untold(archive: Archive) -> set[str]:
    """The threads among files that are not called message_1.json. A few are opened, not all of an archive."""
    alone = len(archive.names) == 1
    names = [
        name
        for name in archive.names
        if alone or (name.lower().endswith(".json") and (name.count("/") < 2 or "/messages/" in f"/{name}"))
        if alone or not PART.fullmatch(PurePosixPath(name).name)
    ]
    names.sort(key=lambda name: not NUMBERED.search(PurePosixPath(name).stem))
    found: set[str] = set()
    missed: Counter[str] = Counter()
    for name in names:
        folder = str(PurePosixPath(name).parent)
        if missed[folder] >= FEW or missed.total() >= MISSES:
            continue
        if looks_right(archive, name):
            found.add(name)
            missed[folder] = 0
        else:
            missed[folder] += 1
    return found


def looks_right(archive: Archive, name: str) -> bool:
    """Whether a file that begins so is a thread, of either family or a page."""
    with archive.open(name) as stream:
        head = read_as(stream.read(BEGINNING))
    if head.lstrip("\ufeff \t\r\n").startswith("<"):
        return meta_html.looks_right(head)
    ours = OURS.search(head) or OURS_TOO.search(head) or EMPTY.match(head)
    return bool(ours) and head.lstrip("\ufeff \t\r\n").startswith("{")


def conversation(
    archive: Archive, thread: Thread, owners: frozenset[str], log: "Log"
) -> Iterator[Conversation]:
    """The thread, with its messages still to be read; nothing where no file of it can be."""
    parts = readable(archive, by_time(archive, thread.json), log)
    first = next(parts, None)
    if first is not None and thread.html:
        log.skip(PAGES, len(thread.html))
    if first is None:
        pages = sorted(readable(archive, thread.html, log), key=lambda part: part.entries[0].said.stamp)
        parts = iter(pages)
        first = next(parts, None)
    if first is not None:
        yield named(thread, first, parts, owners, log)


def readable(archive: Archive, names: list[str], log: "Log") -> Iterator[Part]:
    """The parts that have messages."""
    for name in names:
        part = load(archive, name, log, log.advance)
        if part is not None and part.entries:
            yield part


def named(
    thread: Thread, first: Part, rest: Iterator[Part], owners: frozenset[str], log: "Log"
) -> Conversation:
    people = first.people or tuple(dict.fromkeys(entry.said.sender for entry in first.entries))
    title = first.title
    if same(title, PurePosixPath(thread.key).stem) or NUMBERED.sub("", title) in people:
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
    return Conversation(key, title, source, group, messages(first, rest, key, log), owner)


def same(title: str, stem: str) -> bool:
    """Whether two names are one: a Mac writes « é » as two characters."""
    return unicodedata.normalize("NFC", title) == unicodedata.normalize("NFC", stem)


def messages(first: Part, rest: Iterator[Part], key: str, log: "Log") -> Iterator[Message]:
    """The messages of a thread, oldest first."""
    ids = Ids()

    def parts() -> Iterator[Part]:
        yield first
        yield from rest

    for said, name in woven(parts(), log):
        log.entries += 1
        yield message_of(said, key, f"{name}:{said.stamp}", ids)


def owner_names(archive: Archive) -> frozenset[str]:
    """The names that the account's own profile bears: Facebook's full name, all of Instagram's."""
    found: set[str] = set()
    for name in archive.names:
        if PROFILE.search(name) and archive.sizes[name] <= SMALL:
            with archive.open(name) as stream:
                document, _ = parsed(read_as(stream.read(SMALL)))
            found.update(filter(None, map(mended, own_names(document))))
    return frozenset(found)


def own_names(document: dict[str, Any]) -> Iterator[Any]:
    for key in ("profile_v2", "profile"):
        if isinstance(profile := document.get(key), dict):
            name = profile.get("name")
            yield name.get("full_name") if isinstance(name, dict) else name
    for user in document.get("profile_user") or ():
        told = user.get("string_map_data") if isinstance(user, dict) else None
        for value in told.values() if isinstance(told, dict) else ():
            yield value.get("value") if isinstance(value, dict) else None

"""Which files of an archive are parts of which threads of Messenger or Instagram.

your_facebook_activity/messages/inbox/inesbenaissa_1/message_2.json   ->  Thread("inesbenaissa_1", ...)
messages/Inès Benaïssa_1.json                                         ->  a thread, judged by what is in it
"""

import posixpath
import re
from collections import Counter
from dataclasses import dataclass, field

from sosie.sources.files.archive import Archive
from sosie.sources.files.decoding import read_as
from sosie.sources.meta import html_page

_PART = re.compile(r"message(?:_(\d+))?\.(json|html)\Z", re.IGNORECASE)
_OURS = re.compile(r'"(?:sender_name|senderName)"\s*:.{0,4000}?"timestamp(?:_ms)?"\s*:\s*\d', re.DOTALL)
_OURS_TOO = re.compile(r'"timestamp(?:_ms)?"\s*:\s*\d.{0,4000}?"(?:sender_name|senderName)"\s*:', re.DOTALL)
_EMPTY = re.compile(r'\s*\{\s*"participants"\s*:\s*\[.*"(?:threadName|thread_path|messages)"\s*:', re.DOTALL)
NUMBERED = re.compile(r"_\d+\Z")
_BEGINNING = 1 << 16  # bytes that decide what a file is
_FEW = 5  # files without a telling name looked at in vain in one folder
_MISSES = 40  # and in all


@dataclass(slots=True)
class ThreadFiles:
    """The files of one thread. `key` is the name of its folder, or of its file where `sure` is False."""

    key: str
    instagram: bool
    sure: bool
    json: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)


def threads(archive: Archive) -> list[ThreadFiles]:
    """The threads of an archive, in its order. Files without a telling name are judged by what is in them."""
    found: dict[tuple[bool, str], ThreadFiles] = {}
    others = _unnamed_threads(archive)
    for name in archive.names:
        folder, file = posixpath.split(name)
        named = _PART.fullmatch(file)
        if not named and name not in others:
            continue
        instagram = "instagram" in f"{archive.name}/{name}".lower()
        key = posixpath.basename(folder) if named else file
        thread = found.setdefault((instagram, key), ThreadFiles(key, instagram, bool(named and key)))
        html = (named[2] if named else posixpath.splitext(file)[1][1:]).lower() in ("html", "htm")
        (thread.html if html else thread.json).append(name)
    return list(found.values())


def _unnamed_threads(archive: Archive) -> set[str]:
    """The threads among files that are not called message_1.json. A few are opened, not all of an archive."""
    alone = len(archive.names) == 1
    names = [
        name
        for name in archive.names
        if alone or (name.lower().endswith(".json") and (name.count("/") < 2 or "/messages/" in f"/{name}"))
        if alone or not _PART.fullmatch(posixpath.basename(name))
    ]
    names.sort(key=lambda name: not NUMBERED.search(posixpath.splitext(name)[0]))
    found: set[str] = set()
    missed: Counter[str] = Counter()
    for name in names:
        folder = posixpath.dirname(name)
        if missed[folder] >= _FEW or missed.total() >= _MISSES:
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
        head = read_as(stream.read(_BEGINNING))
    if head.lstrip("\ufeff \t\r\n").startswith("<"):
        return html_page.is_meta_page(head)
    ours = _OURS.search(head) or _OURS_TOO.search(head) or _EMPTY.match(head)
    return bool(ours) and head.lstrip("\ufeff \t\r\n").startswith("{")

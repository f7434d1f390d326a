"""The pages of signalbackup-tools (`--exporthtml`): a folder a chat, a page or several, by their classes.

Nour (_id5)/Nour.html, Nour_1.html, …
<div class="msg msg-incoming">                    outgoing: of the owner; status: of the app; deleted-msg
  <span class="msg-name">Nour</span>              in groups
  <div class="msg-quote"><pre>ce qu'elle cite</pre></div>
  <div class="attachment"><img src="media/…"></div> <div class="linkpreview">…</div>
  <div><pre>sa réponse</pre></div>
  <div class="footer"><span class="msg-data">Mar 12, 2024 10:01:00</span></div>
  <div class="msg-reactions">…</div>
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sosie.core.message import MessageKind
from sosie.sources.files.html_classes import walk_classes
from sosie.sources.files.html_walk import Open, Text
from sosie.sources.signal.backup_tools_entry import Entry
from sosie.sources.values.media_kind import kind_of_name

_OURS = re.compile(r'<div class="msg msg-(?:incoming|outgoing|status)')
_ALSO = re.compile(r'<span class="msg-data">')
_SHOWN = ("msg", "msg-name", "msg-data", "attachment")
_HIDDEN = ("msg-quote", "msg-reactions", "linkpreview", "checkmarks", "msg-receipt-info")
_KINDS: dict[str, MessageKind] = {"img": "image", "video": "video", "audio": "voice"}
ME = "me"


@dataclass(slots=True)
class _Found:
    number: int
    classes: list[str]
    date: str = ""
    author: str = ""
    words: str = ""
    kind: MessageKind = "text"

    def entry(self, other: str) -> Entry:
        """`other` is who writes what comes in, where no name is said."""
        author = ME if "msg-outgoing" in self.classes else self.author.strip() or other
        if "deleted-msg" in self.classes:
            return Entry(self.number, self.date.strip(), author, "deleted", [])
        spoken = "msg-incoming" in self.classes or "msg-outgoing" in self.classes
        kind = self.kind if spoken else "notice"
        return Entry(self.number, self.date.strip(), author if spoken else "", kind, [self.words])


def is_page(text: str) -> bool:
    return bool(_OURS.search(text) and _ALSO.search(text))


def page_entries(page: str, other: str) -> Iterator[Entry]:
    """The entries of a page in order."""
    found: _Found | None = None
    number, written = 0, False  # whether what comes is in <pre>
    for token, here in walk_classes(page, _SHOWN, _HIDDEN):
        if isinstance(token, Text):
            if found:
                _add(found, token.text, here, written)
            continue
        written = isinstance(token, Open) and token.name == "pre" or (written and token.name != "pre")
        if not isinstance(token, Open):
            continue
        names = token.attributes.get("class", "").split()
        if "msg" in names and here not in _HIDDEN:
            if found:
                yield found.entry(other)
            number += 1
            found = _Found(number, names)
        elif (
            found and here == "attachment" and token.name in (*_KINDS, "a") and found.kind in ("text", "file")
        ):
            found.kind = _KINDS.get(token.name) or kind_of_name(token.attributes.get("href"))
        elif found and here == "msg" and any("-call-" in name for name in names):
            found.kind = "call"
    if found:
        yield found.entry(other)


def _add(found: _Found, text: str, here: str, written: bool) -> None:
    if here == "msg-data":
        found.date += text
    elif here == "msg-name":
        found.author += text
    elif here == "msg" and written:
        found.words += text

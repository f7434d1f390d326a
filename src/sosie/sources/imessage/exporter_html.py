"""The pages of imessage-exporter (`-f html`): the same as its text, by the classes of the elements.

<div class="message"><div class="sent iMessage">               received: of another person
  <p><span class="timestamp"><a href="sms://…">May 17, 2024  5:29:42 PM</a> (Read by them …)</span>
     <span class="sender">Me</span></p>
  <div class="message_part"><span class="bubble">oui</span> <div class="tapbacks">…</div>
    <div class="edited"><table>… <td>a demin</td> … <td>à demain</td></table></div>
    <div class="attachment"><img src="attachments/1/2.jpeg"></div> <div class="app">…</div>
    <div class="replies"><div class="message">…</div></div>      again in its own place: left out
<div class="announcement"><p><span class="timestamp">…</span> You named the conversation Rando</p></div>
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sosie.core.message import MessageKind
from sosie.sources.files.html_classes import walk_classes
from sosie.sources.files.html_walk import Open, Text
from sosie.sources.imessage.exporter_lines import Entry, Words
from sosie.sources.values.media_kind import kind_of_name

_DATE = re.compile(r"[A-Z][a-z]{2} \d{1,2}, \d{4} {1,2}\d{1,2}:\d{2}:\d{2} [AP]M")
_OURS = re.compile(r'<div class="(?:message|announcement)"[^<>]*>')
_ALSO = re.compile(
    r'<div class="(?:sent|received)\b|<div class="announcement">\s*<p>\s*<span class="timestamp">'
)
_SAID = ("timestamp", "sender", "bubble", "edited", "unsent", "announcement")  # classes with words to keep
_SHOWN = (*_SAID, "message")
_HIDDEN = ("replies", "tapbacks", "tapback", "expressive", "reply_anchor", "reply_context", "deleted", "app")
_MEDIA = ("img", "video", "audio", "source", "a")


@dataclass(slots=True)
class _Found:
    number: int
    mine: bool = False
    texts: dict[str, str] = field(default_factory=dict)  # by class
    kind: MessageKind = "text"
    link: str = ""  # of an app's card

    def entry(self) -> Entry:
        stamp = _DATE.search(self.texts.get("timestamp", ""))
        author = " ".join(self.texts.get("sender", "").split())
        return Entry(self.number, stamp[0] if stamp else "", author, self._words(), self.mine)

    def _words(self) -> Words:
        if "announcement" in self.texts:
            return Words(" ".join(self.texts["announcement"].split()), "notice")
        edited = self.texts.get("edited", "").strip()
        said = edited or self.texts.get("bubble", "").strip()
        if not said and "unsent" in self.texts:
            return Words("", "deleted")
        return Words(said or self.link, self.kind, bool(edited))


def is_page(text: str) -> bool:
    return bool(_OURS.search(text) and _ALSO.search(text))


def page_entries(page: str) -> Iterator[Entry]:
    """The entries of a page in order."""
    found: _Found | None = None
    number = 0
    for token, here in walk_classes(page, _SHOWN, _HIDDEN):
        if isinstance(token, Text):
            if found and here in _SAID:
                found.texts[here] = found.texts.get(here, "") + token.text
        elif isinstance(token, Open):
            names = token.attributes.get("class", "").split()
            if here not in _HIDDEN and ("message" in names or "announcement" in names):
                if found:
                    yield found.entry()
                number += 1
                found = _Found(number)
            if found:
                _enter(found, token, names, here)
    if found:
        yield found.entry()


def _enter(found: _Found, token: Open, names: list[str], here: str) -> None:
    """What an element says by being there."""
    target = token.attributes.get("src") or token.attributes.get("href") or ""
    if here in ("replies", "tapbacks", "tapback"):
        return
    found.mine = found.mine or "sent" in names
    if "app" in names:
        found.kind = "file" if found.kind == "text" else found.kind
    elif here == "app" and target.startswith("http") and not found.link:
        found.link, found.kind = target, "text"
    elif (
        here == "message" and token.name in _MEDIA and target and found.kind == "text" and "://" not in target
    ):
        found.kind = kind_of_name(target)
    elif here == "edited" and token.name == "td":
        found.texts["edited"] = ""  # the last version is the last cell
    elif "bubble" in names or (token.name == "br" and here in ("bubble", "edited")):
        found.texts[here or "bubble"] = found.texts.get(here or "bubble", "") + "\n"

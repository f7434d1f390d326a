"""A group of messages of DiscordChatExporter's page, by the classes of its elements, as they are since 2020.

    <div class="chatlog__message-group">                                     by one author
      <div id="chatlog__message-container-11" data-message-id="11">
        <span class="chatlog__author" title="lena.k" data-user-id="1">Léna</span>
        <span class="chatlog__timestamp">27/10/2024 02:30</span>             below the first:
        <div class="chatlog__short-timestamp" title="27/10/2024 02:31">02:31</div>
        <div class="chatlog__content">quelqu'un <img class="chatlog__emoji" alt="🙂"></div>

Before 2022 the author (chatlog__author-name) and the time are the group's, and a message is chatlog__message.
"""

import re
from dataclasses import dataclass

from sosie.core.message import MessageKind
from sosie.sources.files.html_walk import Open, Text, walk

_EMPTY = frozenset({"img", "br", "meta", "link", "input", "hr", "source", "wbr", "use"})
_LINES = frozenset({"br", "li", "h1", "h2", "h3"})
_MEDIA: dict[str, MessageKind] = {"img": "image", "video": "video", "audio": "voice"}
_ANSWERED = re.compile(r"scrollToMessage\(event, ?['\"]?(\d+)")
_NUMBER = re.compile(r"\d{1,20}\Z")
_DEEPEST = 100
_MOST_TEXT = 100_000  # of a message: Discord itself stops at 4000
_NEAR = 12  # elements around a text that are asked for their classes
_UNSAID = ("edited-timestamp", "markdown-timestamp", "reply", "reference", "embed", "reaction")
_AUTHOR = frozenset({"chatlog__author", "chatlog__author-name"})
_MESSAGE = frozenset({"chatlog__message-container", "chatlog__message"})
_TIMES = frozenset({"chatlog__timestamp", "chatlog__system-notification-timestamp"})
_QUOTE = frozenset({"chatlog__markdown-quote", "quote"})
_TAG = frozenset({"chatlog__author-tag", "chatlog__bot-tag"})


@dataclass(slots=True)
class GroupEntry:
    """One message as it is read."""

    number: str
    author: str = ""
    account: str = ""  # its number, or its full name
    stamp: str = ""
    text: str = ""
    reply_to: str = ""
    kind: MessageKind = "text"
    service: bool = False
    edited: bool = False
    bot: bool = False
    forwarded: bool = False


class Group:
    """The messages of one group."""

    def __init__(self, page: str) -> None:
        self.entries: list[GroupEntry] = []
        self._head = GroupEntry("")  # what is said of the whole group
        self._open: list[tuple[str, frozenset[str]]] = []
        for token in walk(page):
            if isinstance(token, Text):
                self._add_text(token.text)
            elif isinstance(token, Open):
                self._enter(token.name, token.attributes)
            elif any(name == token.name for name, _ in self._open[-_NEAR:]):
                self._leave(token.name)

    def _leave(self, tag: str) -> None:
        name, classes = self._open.pop()
        while name != tag:
            name, classes = self._open.pop()
        if classes & _QUOTE and self._spoken():
            self.entries[-1].text += "\n"

    def _enter(self, tag: str, attributes: dict[str, str]) -> None:
        classes = frozenset(attributes.get("class", "").split())
        if "data-message-id" in attributes and classes & _MESSAGE:
            self._begin(attributes["data-message-id"])
        entry = self.entries[-1] if self.entries else self._head
        if classes & _AUTHOR:
            entry.author, entry.account = "", attributes.get("data-user-id") or attributes.get("title", "")
        elif classes & _TIMES:
            entry.stamp = ""
        elif "chatlog__short-timestamp" in classes:
            entry.stamp = attributes.get("title", "") or entry.stamp
        entry.bot = entry.bot or bool(classes & _TAG)
        entry.edited = entry.edited or "chatlog__edited-timestamp" in classes
        entry.forwarded = entry.forwarded or any("forward" in name for name in classes)
        answered = _ANSWERED.search(attributes.get("onclick", ""))
        if answered and not self._inside("chatlog__content"):
            entry.reply_to = answered[1]
        self._add_medium(entry, tag, classes, attributes)
        if tag not in _EMPTY and len(self._open) < _DEEPEST:
            self._open.append((tag, classes))

    def _begin(self, identity: str) -> None:
        """A message, by the author of the one before and, until its own is met, at the same time."""
        found, before = _NUMBER.search(identity), self.entries[-1] if self.entries else self._head
        number = found[0] if found else ""
        self.entries.append(GroupEntry(number, before.author, before.account, before.stamp, bot=before.bot))

    def _add_medium(
        self, entry: GroupEntry, tag: str, classes: frozenset[str], attributes: dict[str, str]
    ) -> None:
        if "chatlog__attachment" in classes or "chatlog__sticker" in classes:
            entry.kind = "file" if "chatlog__attachment" in classes else "image"
        elif tag in _MEDIA and self._inside("chatlog__attachment"):
            entry.kind = _MEDIA[tag]
        elif not self._spoken():
            return
        elif tag == "img":
            name = attributes.get("alt", "")
            entry.text += f":{name}:" if re.fullmatch(r"\w+", name) else name
        elif tag in _LINES:
            entry.text += "\n"
        elif classes & _QUOTE:
            entry.text = entry.text.rstrip("\n") + "\n> " if entry.text else "> "

    def _add_text(self, text: str) -> None:
        entry = self.entries[-1] if self.entries else self._head
        nearest = self._open[-1][1] if self._open else frozenset()
        if nearest & _AUTHOR:
            entry.author = (entry.author + text).strip()
        elif any(map(self._inside, _TIMES)):
            entry.stamp = (entry.stamp + text).strip()
        elif self._inside("chatlog__system-notification-content"):
            entry.service = True
            entry.text += text
        elif self._spoken() and (text.strip() or "\n" not in text or entry.text):
            entry.text += text

    def _spoken(self) -> bool:
        """Whether a text here is the author's own."""
        around = [name for _, classes in self._open[-_NEAR:] for name in classes]
        own = bool(self.entries) and "chatlog__content" in around
        own = own and len(self.entries[-1].text) < _MOST_TEXT
        return own and not any(part in name for name in around for part in _UNSAID)

    def _inside(self, name: str) -> bool:
        return any(name in classes for _, classes in self._open[-_NEAR:])

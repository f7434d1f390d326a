"""Messenger's and Instagram's HTML pages, as the records that their JSON has.

    <div class="...">                                    any class: they change from year to year
      <h2>Théo Garnier</h2>                              who
      <div><div><div></div><div>Hé Inès</div>...         what: the first text; <ul> are reactions; links and
           <ul><li>❤️ Inès</li></ul></div></div>         what follows them are previews
      <div>juin 01, 2023 10:00 am</div>                  when: local, in the language of the account
    </div>
    ->  {"sender_name": "Théo Garnier", "content": "Hé Inès", "timestamp_ms": ..., "local": True}

A message is whatever element has a name first and a date last. Pages are in UTF-8 that needs no mending.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from sosie.sources.files.html_walk import Open, Text, walk
from sosie.sources.meta.dates import page_time

_LONGEST_NAME = 200
_DEEPEST = 200
_VOID = frozenset({"img", "br", "meta", "link", "input", "hr", "source", "wbr", "base", "col"})
_INLINE = frozenset({"a", "span", "b", "i", "em", "strong", "u", "s", "font", "code", "small"})
_SHOWN = {"img": "photos", "video": "videos", "audio": "audio_files"}
_SPACES = re.compile(r"[ \t\r\n\f]+")
_FILE = re.compile(r"/(?:files|photos|videos|audio|gifs)/")
_AND = re.compile(r",| et | and | und | y | e | en ")
_PEOPLE = re.compile(r"(?:Participants?|Participantes|Partecipanti|Teilnehmer|Deelnemers)\s*:\s*(.+)")


@dataclass(slots=True)
class _Node:
    """An element: its own text, the blocks inside it, and whether all its words are in a link."""

    tag: str = ""
    pieces: list[str] = field(default_factory=list)
    linked: int = 0  # how much of the text is in links
    blocks: list["_Node"] = field(default_factory=list)
    shown: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "".join(self.pieces).strip()

    def leaves(self) -> list["_Node"]:
        """The blocks that have text of their own, in order, reactions left out."""
        if self.tag in ("ul", "li"):
            return []
        own = [self] if self.text else []
        return own + [leaf for block in self.blocks for leaf in block.leaves()]

    def media(self) -> dict[str, Any]:
        found = dict(self.shown)
        for block in self.blocks:
            found |= block.media()
        return found


def read_page(text: str) -> dict[str, Any]:
    """The document that a page is; no messages where there are none."""
    page = _MetaPage(text)
    title = page.heading or page.title
    found: dict[str, Any] = {"title": title.strip(), "messages": page.messages}
    if page.people:
        found["participants"] = [{"name": name} for name in page.people]
    return found


def is_meta_page(head: str) -> bool:
    """Whether a page that begins so has a message in it."""
    return head.lstrip("\ufeff \r\n\t").startswith("<") and bool(read_page(head)["messages"])


class _MetaPage:
    """Builds the elements that are open; a message that is closed becomes a record and is forgotten."""

    def __init__(self, text: str) -> None:
        self.messages: list[dict[str, Any]] = []
        self.people: tuple[str, ...] = ()
        self.title = self.heading = ""
        self._open: list[_Node] = [_Node()]
        self._link = 0
        for token in walk(text):
            if isinstance(token, Text):
                self._add_text(token.text)
            elif isinstance(token, Open):
                self._enter(token.name, token.attributes)
            else:
                self._leave(token.name)
        while len(self._open) > 1:
            self._close(self._open.pop())

    def _enter(self, tag: str, attributes: dict[str, str]) -> None:
        top = self._open[-1]
        if tag in _SHOWN:
            top.shown[_SHOWN[tag]] = [{"uri": attributes.get("src", "")}]
        if tag == "a":
            self._link += 1
            href = attributes.get("href", "")
            if _FILE.search(href) and not href.startswith("http"):
                top.shown["media"] = [{"uri": href}]
        if tag == "br":
            top.pieces.append("\n")
        if tag not in _VOID | _INLINE and len(self._open) < _DEEPEST:
            self._open.append(_Node(tag))

    def _leave(self, tag: str) -> None:
        if tag == "a":
            self._link = max(0, self._link - 1)
        if tag in _VOID | _INLINE or all(node.tag != tag for node in self._open[1:]):
            return
        while len(self._open) > 1:
            node = self._open.pop()
            self._close(node)
            if node.tag == tag:
                return

    def _add_text(self, text: str) -> None:
        node = self._open[-1]
        words = _SPACES.sub(" ", text)
        node.pieces.append(words)
        node.linked += len(words.strip()) if self._link else 0

    def _close(self, node: _Node) -> None:
        if node.tag == "title":
            self.title = node.text
        elif node.tag == "h1" and not self.heading:
            self.heading = node.text
        elif not self.messages and (attributes := _PEOPLE.fullmatch(node.text)):
            self.people = tuple(name.strip() for name in _AND.split(attributes[1]))
        elif record := _record_of(node):
            self.messages.append(record)
        elif node.text or node.blocks or node.shown:
            self._open[-1].blocks.append(node)


def _record_of(node: _Node) -> dict[str, Any] | None:
    """The message that an element is: a name first, a date last."""
    if len(node.blocks) < 2 or node.text:
        return None
    first, *body, last = node.blocks
    when, who = _only_text(last), _only_text(first)
    at = page_time(when)
    if at is None or not who or len(who) > _LONGEST_NAME or page_time(who) or first.media():
        return None
    inside = _Node(blocks=body)
    leaves, media = inside.leaves(), inside.media()
    words = next((leaf.text for leaf in leaves if leaf.linked < len(leaf.text)), "")
    content = "\n".join(line.strip() for line in words.split("\n"))
    record = {"sender_name": who, "content": content, "local": True, **media}
    record["timestamp_ms"] = int(at.replace(tzinfo=UTC).timestamp() * 1000)
    linked = not media and any(leaf.linked for leaf in leaves)
    return record | ({"share": {"link": "-"}} if linked else {})


def _only_text(node: _Node) -> str:
    """The one text in an element, or nothing."""
    leaves = node.leaves()
    return leaves[0].text if len(leaves) == 1 else ""

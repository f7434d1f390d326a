"""signal-export (carderne): a folder a chat, with `data.json` and `chat.md`, which are the same messages.

    Léa/data.json    {"date": "2024-01-01T12:23:45", "sender": "Me", "body": "oui !  ", "quote": "",
                      "sticker": "", "reactions": [], "attachments": [{"name": "a.jpg", "path": "..."}]}
    Léa/chat.md      [2024-01-01 12:23:45] Me: oui !                     older: [2024-01-01, 12:23]

                     [2024-01-01 12:24:01] Léa:

                     > ce qu'elle cite

                     sa réponse ![a.jpg](./media/a.jpg)

The owner is `Me`. Times are local to the machine of the export. A Markdown file alone is read too.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message, MessageKind
from sosie.sources.files.archive import LONGEST_LINE, Archive
from sosie.sources.files.candidates import by_number
from sosie.sources.files.json_values import dicts_of, object_in, text_of
from sosie.sources.files.text_file import beginning, open_text
from sosie.sources.signal.markdown import MarkdownEntry, cleaned, is_markdown_export, markdown_entries
from sosie.sources.values.media_kind import kind_of_names
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_iso

if TYPE_CHECKING:
    from sosie.sources.base import Log

_NAMES = ("data.json", "chat.md", "index.md")
_ME = "Me"
_NO_SENDER = "No-Sender"
_CALL = re.compile(r"(?:incoming|outgoing|missed) (?:voice |video )?call(?: \([^()]*\))?", re.IGNORECASE)
_DELETED = "(This message was deleted)"
_NOT_JSON = "ligne qui n'est pas du JSON"
_NO_MESSAGE = "objet qui n'est pas un message"
_BEFORE = "lignes avant le premier message"
_MARKDOWN = (".md", ".txt")


class SignalExport:
    expects = "un dossier de signal-export (data.json, chat.md)"

    def sniff(self, archive: Archive) -> float:
        return 0.97 if _chats(archive) else 0.0

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        names = _chats(archive)
        log.total = sum(archive.sizes[name] for name in names)
        for name in names:
            title = _title_of(archive, name)
            people = {
                entry.sender for entry in _read_entries(beginning(archive, name).split("\n"), _is_json(name))
            }
            yield Conversation(
                id=f"signal-export-{digest(title)}",
                title=title,
                source="signal_export",
                group=len(people - {_ME, _NO_SENDER}) > 1,
                messages=_messages(archive, name, log),
                owner=_ME if _ME in people or _is_json(name) else None,
            )


def _chats(archive: Archive) -> list[str]:
    """One file a chat: the data where it is there, else the Markdown."""
    found: dict[str, str] = {}
    alone = len(archive.names) == 1
    names = [name for name in archive.names if alone or name.endswith(_NAMES)]
    for name in sorted(names, key=by_number):
        path = PurePosixPath(name)
        if path.name == "data.json" or (alone and _is_json(name)):
            ours = _is_data(beginning(archive, name))
        elif alone or path.name in ("chat.md", "index.md"):
            ours = is_markdown_export(beginning(archive, name), path.name == "chat.md")
        else:
            continue
        if ours and not _is_json(found.get(str(path.parent), "")):
            found[str(path.parent)] = name
    return list(found.values())


def _is_json(name: str) -> bool:
    return bool(name) and not name.lower().endswith(_MARKDOWN)


def _is_data(text: str) -> bool:
    line = text.lstrip("\ufeff \r\n").partition("\n")[0]
    value = object_in(line)
    return value is not None and {"date", "sender", "body"} <= value.keys()


def _title_of(archive: Archive, name: str) -> str:
    """The folder's name, else the file's."""
    path = PurePosixPath(name)
    if path.parent.name:
        return path.parent.name
    if path.stem in ("data", "chat", "index"):
        return archive.path.resolve().name if archive.path.is_dir() else archive.path.resolve().parent.name
    return path.stem


def _read_entries(
    lines: "Iterator[str] | list[str]", data: bool, log: "Log | None" = None
) -> Iterator[MarkdownEntry]:
    """The entries of a file; what is no entry is counted in `log`."""
    if not data:
        yield from markdown_entries(lines, (lambda count: log.skip(_BEFORE, count)) if log else None)
        return
    for number, line in enumerate(lines, 1):
        value = object_in(line) if line.strip("\ufeff \r\n") else {}
        if value and {"date", "sender"} <= value.keys():
            yield _of_data(value, number)
        elif log and value != {}:
            log.skip(_NOT_JSON if value is None else _NO_MESSAGE)


def _of_data(value: dict[str, Any], number: int) -> MarkdownEntry:
    """A line of data.json. The quote is apart there: another person wrote it."""
    sticker = value.get("sticker")
    return MarkdownEntry(
        number,
        text_of(value.get("date")),
        text_of(value.get("sender")),
        _DELETED if value.get("deleted") is True else text_of(value.get("body")).strip(),
        tuple(text_of(one.get("name")) or text_of(one.get("path")) for one in dicts_of(value, "attachments")),
        bool(sticker),
        bool(value.get("call")),
    )


def _messages(archive: Archive, name: str, log: "Log") -> Iterator[Message]:
    ids = MessageIds()
    with open_text(archive, name, log.advance, LONGEST_LINE) as lines:
        for entry in _read_entries(lines, _is_json(name), log):
            log.entries += 1
            text = entry.text if _is_json(name) else cleaned(entry.text)
            kind = _entry_kind(entry, text)
            author = "" if kind in ("notice", "call") else entry.sender or _NO_SENDER
            text = "" if kind == "deleted" else text
            identity = ids.of("signal-export", entry.at, entry.sender, kind, text)
            style = kind not in ("notice", "call")
            origin, file = f"{name}:{entry.number}", entry.files[0] if kind == "voice" else ""
            yield Message(identity, author, text, from_iso(entry.at), kind, origin, style=style, file=file)


def _entry_kind(entry: MarkdownEntry, text: str) -> MessageKind:
    """An entry in which there is nothing at all is a notice of the app, which the tool writes so."""
    if text == _DELETED:
        return "deleted"
    if entry.call or _CALL.fullmatch(text):
        return "call"
    if entry.files or entry.sticker:
        return kind_of_names(entry.files) if entry.files else "image"
    return "text" if text else "notice"

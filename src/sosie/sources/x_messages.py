"""X (Twitter): the private messages of the archive, `data/direct-messages.js` and `direct-messages-group.js`.

    window.YTD.direct_messages.part0 = [{"dmConversation": {"conversationId": "42-77", "messages": [
        {"messageCreate": {"id": "1", "senderId": "42", "text": "yo", "mediaUrls": [],
                           "createdAt": "2024-02-02T01:00:28.774Z"}}]}}]
    window.YTD.account.part0 = [{"account": {"username": "zoe", "accountId": "42", ...}}]      account.js

Newest first; texts hold HTML entities, and links that X shortened. The archive names nobody but its owner:
the others are known by their numbers.
"""

import html
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message
from sosie.sources.file_reader import FileReader
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import files_holding
from sosie.sources.files.decoding import read_as
from sosie.sources.files.json_stream import CUT, JsonStream, records_wanted
from sosie.sources.files.json_values import dict_of, dicts_of, list_of, text_of
from sosie.sources.files.message_spool import MessageSpool
from sosie.sources.values.media_kind import kind_of_names
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_iso

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(r"\A\s*window\.YTD\.direct_messages?(?:_group)?\.part\d+\s*=\s*(?=\[)")
_ACCOUNT = re.compile(r'"(?P<key>accountId|username|accountDisplayName)"\s*:\s*"(?P<value>[^"\\]{1,100})"')
_LINK = re.compile(r"https://t\.co/\w+\Z")
_MOST_LINKS = 20  # of one message
_Item = dict[str, Any]


class XMessages(FileReader):
    expects = "une archive X (data/direct-messages.js)"
    sureness = 0.97

    def files(self, archive: Archive, most: int | None = None) -> list[str]:
        return files_holding(archive, ".js", _OURS)[:most]

    def conversations(self, archive: Archive, name: str, log: "Log") -> Iterator[Conversation]:
        account = _account(archive)
        owner = account.get("accountDisplayName") or account.get("username") or "me"
        stream = _stream(archive, name, log)
        for _ in stream.elements():
            for key in stream.keys():  # noqa: SIM118 (a stream is no dict)
                if key == "dmConversation" and (
                    found := _conversation(stream, name, owner, account.get("accountId", ""), log)
                ):
                    yield found
        if stream.cut:
            log.skip(CUT)


def _account(archive: Archive) -> dict[str, str]:
    for name in archive.names:
        if PurePosixPath(name).name == "account.js":
            head = read_as(archive.head(name)[:20_000])
            return {found["key"]: found["value"] for found in _ACCOUNT.finditer(head)}
    return {}


def _stream(archive: Archive, name: str, log: "Log") -> JsonStream:
    """The JSON of a file, which begins after « = »."""
    opened = archive.open(name, log.advance)
    raw = opened.__enter__()
    raw.read(max(0, archive.head(name).find(b"[")))
    return JsonStream(raw, opened)


def _conversation(stream: JsonStream, name: str, owner: str, own: str, log: "Log") -> Conversation | None:
    """The thread that begins here; None where nothing is in it."""
    identity, title = "", ""
    spool, ids = MessageSpool(), MessageIds()
    people: set[str] = set()
    for key in stream.keys():  # noqa: SIM118
        if key != "messages":
            value = text_of(stream.take())
            identity, title = (
                (value if key == "conversationId" else identity),
                (value if key == "name" else title),
            )
            continue
        for item in records_wanted(stream.records(_is_event), _is_event, log):
            log.entries += 1
            sender = text_of(dict_of(item, "messageCreate").get("senderId"))
            people.add(sender)
            spool.add("", _message(item, owner if sender == own else _called(sender), name, ids))
    if not spool.threads:
        return None
    others = [_called(one) for one in sorted(people - {own, ""})]
    return Conversation(
        id=f"x-{digest(identity or name)}",
        title=title or ", ".join(others) or identity or "X",
        source="x",
        group="-" not in identity or len(people - {""}) > 2,
        messages=spool.take(""),
        owner=owner,
    )


def _called(sender: str) -> str:
    return f"compte {sender}" if sender else "inconnu"


def _is_event(value: Any) -> bool:
    return isinstance(value, dict) and any(isinstance(one, dict) for one in value.values())


def _message(item: _Item, author: str, name: str, ids: MessageIds) -> Message:
    """What somebody wrote; all other events are notices."""
    said = dict_of(item, "messageCreate")
    event = said or next(one for one in item.values() if isinstance(one, dict))
    media = list_of(said, "mediaUrls")
    text, identity = _words(said, bool(media)), text_of(event.get("id"))
    return Message(
        id=ids.of(identity or text, author),
        author=author if said else "",
        text=text,
        at=from_iso(event.get("createdAt"), utc=True),
        kind="notice" if not said else kind_of_names(media) if media else "text",
        origin=f"{name}:{identity}",
        style=bool(said),
    )


def _words(said: _Item, media: bool) -> str:
    """The text with its links as they were written; the last one is no word where it stands for a medium."""
    text = text_of(said.get("text"))
    for link in dicts_of(said, "urls")[:_MOST_LINKS]:
        short, written = text_of(link.get("url")), text_of(link.get("expanded"))
        if short and written and not media:
            text = text.replace(short, written)
    return html.unescape(_LINK.sub("", text.strip()) if media else text).strip()

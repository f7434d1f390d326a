"""What the frames of a Signal export say: who is who, and what was said.

    {"recipient": {"id": "2", "contact": {...}}}     ->  Recipient("contact", "Loïc", a lasting key)
    {"chatItem": {"standardMessage": {...}}}         ->  Message(author="2", ...)

Authors are recipients' numbers until the end, when all names are known.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sosie.core.message import Message, MessageKind
from sosie.sources.files.json_values import dict_of, dicts_of, list_of, number_of, text_of
from sosie.sources.values.display_names import People
from sosie.sources.values.media_kind import kind_of_type
from sosie.sources.values.message_ids import MessageIds, digest
from sosie.sources.values.timestamps import from_thousandths

CONTENT_KEYS = (
    "standardMessage",
    "directStoryReplyMessage",
    "stickerMessage",
    "contactMessage",
    "viewOnceMessage",
    "remoteDeletedMessage",
    "adminDeletedMessage",
    "poll",
    "paymentNotification",
    "giftBadge",
    "updateMessage",
)
_DELETED = ("remoteDeletedMessage", "adminDeletedMessage")
_CALLS = ("individualCall", "groupCall")
_SIGNAL = "Signal"
_NOTES = "Note à soi-même"
_NOBODY = "Inconnu"
_MENTION = "\ufffc"
_Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recipient:
    """`kind` is contact, self, group or another of Signal's; `key` is the same in a later export."""

    kind: str
    name: str
    key: str
    phone: str = ""


class Account:
    """Everybody in the export."""

    def __init__(self) -> None:
        self._me = ""
        self._recipients: dict[str, Recipient] = {}
        self._chats: dict[str, str] = {}
        self._accounts: dict[str, str] = {}  # an account's own id, as mentions have it
        self._people = People()

    @property
    def me(self) -> str:
        """The owner's name; « Moi » where the profile is empty."""
        return self._me or "Moi"

    def add(self, frame: _Item) -> None:
        """Note what a frame says about people and chats."""
        if isinstance(account := frame.get("account"), dict):
            self._me = _full_name(account, "given", "family") or self._me
        elif isinstance(recipient := frame.get("recipient"), dict):
            identity = text_of(recipient.get("id"))
            self._recipients[identity] = _recipient_of(recipient, identity)
            if aci := text_of(dict_of(recipient, "contact").get("aci")):
                self._accounts[aci] = identity
        elif isinstance(chat := frame.get("chat"), dict):
            self._chats[text_of(chat.get("id"))] = text_of(chat.get("recipientId"))

    def recipient_of(self, chat: str) -> Recipient:
        """Who or what a chat is with."""
        found = self._recipients.get(self._chats.get(chat, ""))
        return found or Recipient("contact", f"{_NOBODY} {chat}", f"chat {chat}")

    def recipient(self, identity: str) -> Recipient:
        return self._recipients.get(identity) or Recipient("contact", f"{_NOBODY} {identity}", identity)

    def name_of(self, identity: str) -> str:
        """The name of an author; two namesakes get different names."""
        found = self.recipient(identity)
        self._people.name("self", self.me)
        return self._people.name(
            "self" if found.kind == "self" else identity, found.name, found.phone or identity
        )

    def mentioned(self, ranges: list[_Item]) -> Iterator[str]:
        """The names that replace each U+FFFC of a text, in order."""
        for mention in sorted(ranges, key=lambda one: number_of(one.get("start"))):
            if "mentionAci" in mention:
                yield "@" + self.name_of(self._accounts.get(text_of(mention["mentionAci"]), _NOBODY))


def _recipient_of(value: _Item, identity: str) -> Recipient:
    """A recipient's frame as a value."""
    kind = next((k for k in ("contact", "self", "group", "releaseNotes") if k in value), "other")
    one = dict_of(value, kind)
    if kind == "self":
        return Recipient(kind, _NOTES, "self")
    if kind == "group":
        title = text_of(dict_of(dict_of(one, "snapshot"), "title").get("title"))
        return Recipient(
            kind, title or f"Groupe {identity}", text_of(one.get("masterKey")) or title or identity
        )
    if kind == "releaseNotes":
        return Recipient(kind, _SIGNAL, kind)
    digits = text_of(one.get("e164")).lstrip("+")
    phone = f"+{digits}" if digits else ""
    nickname = dict_of(one, "nickname")
    name = (
        _full_name(nickname, "given", "family", "")
        or _full_name(one, "systemGiven", "systemFamily")
        or _full_name(one, "profileGiven", "profileFamily")
        or text_of(one.get("username"))
        or phone
    )
    key = text_of(one.get("aci")) or text_of(one.get("pni")) or phone or identity
    return Recipient(kind, name or f"{_NOBODY} {identity}", key, phone)


def _full_name(value: _Item, given: str, family: str, end: str = "Name") -> str:
    parts = (text_of(value.get(f"{given}{end}")), text_of(value.get(f"{family}{end}")))
    return " ".join(" ".join(parts).split())


def signal_message(item: _Item, account: Account, ids: MessageIds, origin: str) -> Message:
    """One item of a chat, a message or a notice."""
    what = next(name for name in CONTENT_KEYS if name in item)
    author, sent = text_of(item.get("authorId")) or "0", text_of(item.get("dateSent"))
    chat = account.recipient_of(text_of(item.get("chatId")))
    body = dict_of(item, what)
    identity = ids.of("signal", chat.key, account.recipient(author).key, sent)
    at = from_thousandths(sent)
    if what == "updateMessage":
        kind: MessageKind = "call" if any(call in body for call in _CALLS) else "notice"
        return Message(identity, "", "", at, kind, origin, style=False)
    text, kind = _content(what, body, account)
    news = account.recipient(author).kind == "releaseNotes"
    edited = bool(item.get("revisions"))
    return Message(
        identity,
        author,
        text,
        at,
        kind,
        origin,
        _quoted(body, chat, account),
        edited,
        automatic=news,
        style=not news,
    )


def _quoted(body: _Item, chat: Recipient, account: Account) -> str | None:
    """The id of the message that this one answers."""
    quote = dict_of(body, "quote")
    sent, author = text_of(quote.get("targetSentTimestamp")), text_of(quote.get("authorId"))
    return digest("signal", chat.key, account.recipient(author).key, sent) if sent else None


def _content(what: str, body: _Item, account: Account) -> tuple[str, MessageKind]:
    """(words, kind) of a message."""
    if what in _DELETED:
        return "", "deleted"
    if what in ("stickerMessage", "viewOnceMessage"):
        return "", _media_kind([body.get("attachment")]) if body.get("attachment") else "image"
    if what == "contactMessage":
        return "", "file"
    if what == "poll":
        return text_of(body.get("question")).strip(), "text"
    text = dict_of(body, "text") or dict_of(dict_of(body, "textReply"), "text")
    words = text_of(text.get("body"))
    if _MENTION in words:
        names = account.mentioned(dicts_of(text, "bodyRanges"))
        words = re.sub(_MENTION, lambda _: next(names, ""), words)
    return words.strip(), _media_kind(list_of(body, "attachments"))


def _media_kind(files: list[Any]) -> MessageKind:
    """From the first file. {"pointer": {"contentType": "image/jpeg"}, "flag": "VOICE_MESSAGE"}"""
    for file in files:
        if isinstance(file, dict):
            if file.get("flag") == "VOICE_MESSAGE":
                return "voice"
            mime = text_of(dict_of(file, "pointer").get("contentType"))
            return "text" if mime == "text/x-signal-plain" else kind_of_type(mime)
    return "text"

"""The calls of Beeper Desktop's API that sosie makes, on this machine. None of them sends a message.

GET   /v1/accounts                     the person's accounts, one for each messenger
GET   /v1/chats                        the conversations, the latest first, a page at a time
GET   /v1/chats/ID                     one conversation, and what stands in its message box
GET   /v1/chats/ID/messages            its messages, the latest first, a page at a time
PATCH /v1/chats/ID {draft: {text}}     fills the box, only where it is empty
POST  /v1/focus {chatID, draftText}    the same before version 4.2.808, which also shows the conversation
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from itertools import chain, islice
from time import sleep
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from sosie.core.errors import BadSettings
from sosie.engines.recipient import is_here
from sosie.messengers.drafts import REMEMBERED
from sosie.messengers.service import LONGEST_PAUSE, NoAnswer, Service, ServiceBusy, ServiceRefused
from sosie.recall.database import storable

MOST_LISTED = 200  # conversations
TRIES = 5  # of a call, where Beeper asks to wait
_UNKNOWN_ROUTE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
_MEND = (
    "Ouvrez Beeper Desktop, activez son API (Settings, Developers), et donnez un jeton qui y a été créé : "
    "--token-file FICHIER"
)
_Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BeeperMessage:
    id: str
    own: bool
    text: str = field(repr=False)  # empty for a picture, a voice note
    at: float  # seconds since 1970


class Beeper:
    """BadSettings for an address that is not on this machine, and for a token that is none."""

    def __init__(self, address: str, token: str) -> None:
        if not _is_desktop(address):
            raise BadSettings(
                "La seule adresse que sosie lise est celle de Beeper Desktop, sur cette machine.",
                "Par exemple http://127.0.0.1:23373 ; ce qui est ailleurs, téléchargez-le d'abord.",
            )
        if not token.isascii() or not f"{token}-".isprintable():
            raise BadSettings("Ce n'est pas un jeton de Beeper Desktop.", _MEND)
        self._service = Service("Beeper Desktop", _MEND, address.rstrip("/"), token)

    def check(self) -> None:
        """ServiceError where it is not running, or refuses the token."""
        self._service.call("GET", "/v1/chats")

    def accounts(self) -> list[_Item]:
        return _objects(self._get("/v1/accounts"))

    def chats(self) -> Iterator[_Item]:
        """All conversations, the latest first."""
        return chain.from_iterable(self._pages("/v1/chats"))

    def chats_of_two(self) -> Iterator[tuple[str, str, str]]:
        """(id, title, messenger) of those among the latest conversations."""
        for chat in islice(self.chats(), MOST_LISTED):
            if chat.get("type") == "single":
                yield str(chat.get("id")), str(chat.get("title")), str(chat.get("network", ""))

    def chat(self, chat: str) -> _Item:
        return self._service.call("GET", _path(chat))

    def messages(self, chat: str) -> Iterator[_Item]:
        """All messages of a conversation, the latest first."""
        return chain.from_iterable(self._pages(f"{_path(chat)}/messages"))

    def last_messages(self, chat: str) -> list[BeeperMessage]:
        """The oldest of them first."""
        items = _items(self._service.call("GET", f"{_path(chat)}/messages"))
        read = [message for item in items if (message := _message(item))]
        return sorted(read, key=lambda message: message.at)[-REMEMBERED:]

    def fill(self, chat: str, text: str) -> None:
        """Put a draft in the box of a conversation. ServiceRefused where something stands there."""
        try:
            self._service.call("PATCH", _path(chat), {"draft": {"text": text}})
        except ServiceRefused as refused:
            if refused.status not in _UNKNOWN_ROUTE:
                raise
            self._service.call("POST", "/v1/focus", {"chatID": chat, "draftText": text})

    def _pages(self, path: str) -> Iterator[list[_Item]]:
        """A list to its end. NoAnswer where that cannot be reached."""
        cursor, met = "", {""}
        while True:
            older = urlencode({"cursor": cursor, "direction": "before"}, errors="replace")
            page = self._get(f"{path}?{older}" if cursor else path)
            items = _items(page)
            yield items
            if not page.get("hasMore"):
                return
            cursor = str(page.get("oldestCursor") or (items and items[-1].get("sortKey")) or "")
            if cursor in met:
                raise NoAnswer("Beeper Desktop s'arrête avant la fin d'une liste.", _MEND)
            met.add(cursor)

    def _get(self, path: str) -> Any:
        """What it answers, asked again where it is busy."""
        for _ in range(TRIES - 1):
            try:
                return self._service.ask("GET", path)
            except ServiceBusy as busy:
                sleep(min(busy.seconds, LONGEST_PAUSE))
        return self._service.ask("GET", path)


def _is_desktop(address: str) -> bool:
    """« http://127.0.0.1:23373 »"""
    try:
        parts = urlsplit(address)
        bare = not (parts.query or parts.fragment or parts.username) and parts.path in ("", "/")
        return parts.scheme == "http" and bare and parts.port != 0 and is_here(parts.hostname or "")
    except ValueError:
        return False


def _path(chat: str) -> str:
    return f"/v1/chats/{quote(chat, safe='', errors='replace')}"


def _items(page: Any) -> list[_Item]:
    return _objects(page.get("items") if isinstance(page, dict) else None)


def _objects(found: Any) -> list[_Item]:
    if not isinstance(found, list):
        raise NoAnswer("Beeper Desktop répond autre chose que prévu.", _MEND)
    return [item for item in found if isinstance(item, dict)]


def _message(item: _Item) -> BeeperMessage | None:
    """None for what is hidden, deleted, or has no date."""
    try:
        at = datetime.fromisoformat(str(item["timestamp"])).timestamp()
        told = BeeperMessage(
            str(item["id"]), bool(item.get("isSender")), storable(str(item.get("text") or "")).strip(), at
        )
    except (KeyError, ValueError, OverflowError):
        return None
    return None if item.get("isHidden") or item.get("isDeleted") else told

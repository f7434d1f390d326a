"""Drafts in Beeper Desktop's own message box, for every messenger it holds, through its API on this machine.

    GET   /v1/chats/ID/messages            what was said last
    GET   /v1/chats/ID                     a conversation of two, and what stands in its message box
    PATCH /v1/chats/ID {draft: {text}}     fills the box, only where it is empty
    POST  /v1/focus {chatID, draftText}    the same before version 4.2.808, which also shows the conversation

No call of sosie's sends a message: the person reads the draft in Beeper, and sends it there or not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from time import time
from typing import Any
from urllib.parse import quote, urlencode

from sosie.messengers.drafts import REMEMBERED, Draft, Drafts, as_turns
from sosie.messengers.service import NoAnswer, Service, ServiceError, ServiceRefused
from sosie.messengers.writer import Writer
from sosie.recall.database import storable

OLDEST = 24 * 3600.0  # seconds: what has waited longer is answered without a draft
MOST_LISTED = 200  # conversations
UNKNOWN_ROUTE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
_MEND = (
    "Ouvrez Beeper Desktop, activez son API (Settings, Developers), et donnez un jeton qui y a été créé : "
    "--token-file FICHIER"
)


@dataclass(frozen=True, slots=True)
class BeeperMessage:
    id: str
    own: bool
    text: str = field(repr=False)  # empty for a picture, a voice note
    at: float  # seconds since 1970


class Beeper:
    """The calls of its API that sosie makes."""

    def __init__(self, port: int, token: str) -> None:
        self._service = Service("Beeper Desktop", _MEND, f"http://localhost:{port}", token)

    def check(self) -> None:
        """ServiceError where it is not running, or refuses the token."""
        self._service.call("GET", "/v1/chats")

    def chats(self) -> Iterator[tuple[str, str, str]]:
        """(id, title, messenger) of the last conversations of two."""
        cursor, left = "", MOST_LISTED
        while left > 0:
            query = f"?{urlencode({'cursor': cursor, 'direction': 'before'})}" if cursor else ""
            page = self._service.call("GET", f"/v1/chats{query}")
            items = _items(page)
            for chat in items:
                if chat.get("type") == "single":
                    yield str(chat.get("id")), str(chat.get("title")), str(chat.get("network", ""))
            left -= len(items)
            cursor = str(page.get("oldestCursor") or "")
            if not (page.get("hasMore") and cursor and items):
                return

    def chat(self, chat: str) -> dict[str, Any]:
        return self._service.call("GET", f"/v1/chats/{quote(chat, safe='')}")

    def messages(self, chat: str) -> list[BeeperMessage]:
        """The last ones, the oldest first."""
        items = _items(self._service.call("GET", f"/v1/chats/{quote(chat, safe='')}/messages"))
        read = [message for item in items if (message := _message(item))]
        return sorted(read, key=lambda message: message.at)[-REMEMBERED:]

    def fill(self, chat: str, text: str) -> None:
        """Put a draft in the box of a conversation. ServiceRefused where something stands there."""
        try:
            self._service.call("PATCH", f"/v1/chats/{quote(chat, safe='')}", {"draft": {"text": text}})
        except ServiceRefused as refused:
            if refused.status not in UNKNOWN_ROUTE:
                raise
            self._service.call("POST", "/v1/focus", {"chatID": chat, "draftText": text})


def _items(page: dict[str, Any]) -> list[dict[str, Any]]:
    items = page.get("items")
    if not isinstance(items, list):
        raise NoAnswer("Beeper Desktop répond autre chose que prévu.", _MEND)
    return [item for item in items if isinstance(item, dict)]


def _message(item: dict[str, Any]) -> BeeperMessage | None:
    """None for what is hidden, deleted, or has no date."""
    try:
        at = datetime.fromisoformat(str(item["timestamp"])).timestamp()
        told = BeeperMessage(
            str(item["id"]), bool(item.get("isSender")), storable(str(item.get("text") or "")).strip(), at
        )
    except (KeyError, ValueError, OverflowError):
        return None
    return None if item.get("isHidden") or item.get("isDeleted") else told


class BeeperDrafts:
    """Looks at each conversation of the list; writes a draft where the last word is the other's."""

    def __init__(
        self,
        beeper: Beeper,
        drafts: Drafts,
        contacts: Sequence[str],
        write: Writer,
        tell: Callable[[str], None],
        quiet_seconds: float,
        now: Callable[[], float] = time,
    ) -> None:
        self._beeper, self._drafts, self._contacts = beeper, drafts, list(dict.fromkeys(contacts))
        self._write, self._tell, self._quiet, self._now = write, tell, quiet_seconds, now
        drafts.forget_others("beeper", {_key(contact) for contact in self._contacts}.__contains__)

    def step(self) -> None:
        for contact in tuple(self._contacts):
            try:
                self._look(contact)
            except ServiceRefused as refused:
                if refused.status != HTTPStatus.NOT_FOUND:
                    raise
                self._leave(contact, "n'est pas une conversation de Beeper")

    def _look(self, contact: str) -> None:
        messages = self._beeper.messages(contact)
        under_way = next((draft for draft in self._drafts.all() if draft.chat == _key(contact)), None)
        if under_way:
            self._fill(under_way, contact, messages)
            return
        last = messages[-1] if messages else None
        if last is None or last.own or not last.text or last.id == self._drafts.fact(_key(contact)):
            return
        if not self._quiet <= self._now() - last.at <= OLDEST:
            return
        chat = self._beeper.chat(contact)
        if chat.get("type") != "single":
            self._leave(contact, "est un groupe")
        elif not _box(chat):
            text = self._write(as_turns((each.own, each.text) for each in messages if each.text))
            draft = Draft(_key(contact), _key(contact), "", "", last.id, "written", last.at, text)
            with self._drafts.change() as change:
                change.set_fact(_key(contact), last.id)
                change.keep(draft)
            self._fill(draft, contact, self._beeper.messages(contact))

    def _fill(self, draft: Draft, contact: str, messages: Sequence[BeeperMessage]) -> None:
        """Put it in the box, unless something stands there or was said since; once, and also where a program
        was killed just then: the person may have read it, and thrown it away.
        """
        current = bool(messages) and messages[-1].id == draft.answers
        tried = draft.state == "offered"
        if draft.text and current and not tried and not _box(self._beeper.chat(contact)):
            self._keep(replace(draft, state="offered"))
            try:
                self._beeper.fill(contact, draft.text)
                self._tell("Un brouillon attend dans Beeper.")
            except ServiceRefused as refused:  # the person began to write meanwhile
                if refused.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                    raise
            except ServiceError:
                self._keep(draft)
                raise
        with self._drafts.change() as change:
            change.drop(draft.id)

    def _keep(self, draft: Draft) -> None:
        with self._drafts.change() as change:
            change.keep(draft)

    def _leave(self, contact: str, why: str) -> None:
        self._contacts.remove(contact)
        self._tell(f"« {contact} » {why} : rien n'y sera préparé.")


def _key(contact: str) -> str:
    return f"beeper/{contact}"


def _box(chat: dict[str, Any]) -> bool:
    """Whether something stands in the message box, as far as this version tells."""
    draft = chat.get("draft")
    return bool(draft.get("text") or draft.get("attachments")) if isinstance(draft, dict) else bool(draft)

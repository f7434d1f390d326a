"""Telegram's updates, as changes of what is kept: messages of the owner's conversations, their corrections,
and what the owner writes to the bot itself.

The owner is whoever gave the bot the code that the terminal showed: anybody can find a bot, and connect it to
an account of theirs. Texts and connections of others are nothing.
"""

import re
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from secrets import token_hex
from time import time
from typing import Any

from sosie.messengers.drafts import Change, Draft, Drafts, State
from sosie.messengers.service import ServiceRefused
from sosie.messengers.telegram_api import Bot
from sosie.messengers.writer import LONGEST_DRAFT
from sosie.recall.database import storable

OWNER = "owner"  # a fact: their number, which is also that of their chat with the bot
ACTIVE = ("due", "announced", "written")
NAME_LETTERS = 60
Do = Callable[[Change], None]


class Inbox:
    def __init__(
        self,
        bot: Bot,
        drafts: Drafts,
        contacts: Collection[str],
        tell: Callable[[str], None],
        code: str = "",
        now: Callable[[], float] = time,
    ) -> None:
        self._bot, self._drafts, self._tell, self._code, self._now = bot, drafts, tell, code, now
        self._contacts = {contact.casefold() for contact in contacts}
        self._connections: dict[str, bool] = {}
        self._told: set[str] = set()

    @property
    def owner(self) -> int:
        """0 until the code was given."""
        return int(self._drafts.fact(OWNER) or 0)

    def allows(self, chat: str) -> bool:
        """Whether a conversation of which something is kept is still on the list."""
        return self._drafts.fact(chat) in self._contacts

    def read(self, update: dict[str, Any]) -> list[Do]:
        match update:
            case {"business_message": {"chat": {"id": int()}, "message_id": int()} as message}:
                return self._hear(message)
            case {"edited_business_message": {"chat": {"id": int()}, "message_id": int()} as message}:
                return self._correct(message)
            case {"deleted_business_messages": {"chat": {"id": int()}, "message_ids": [*_]} as deleted}:
                return self._erase(deleted)
            case {"business_connection": {"id": str() as connection}}:
                self._connections.pop(connection, None)
            case {"message": {"from": {"id": int()}, "chat": {"type": "private"}, "text": str()} as message}:
                return self._listen(message)
        return []

    def is_owners(self, connection: object) -> bool:
        """Whether the owner made this connection of the bot with an account, and it is on."""
        if not (self.owner and isinstance(connection, str)):
            return False
        if connection not in self._connections:
            told: dict[str, Any] = {}
            with suppress(ServiceRefused):
                told = self._bot.connection(connection)
            self._connections[connection] = told.get("is_enabled") is True and _sender(told) == self.owner
        return self._connections[connection]

    def _allowing(self, chat: dict[str, Any]) -> str:
        """The entry of the list that allows a conversation of two; empty for any other, told once."""
        if chat.get("type") != "private":
            return ""
        number, name = str(chat["id"]), f"@{chat.get('username') or ''}".casefold()
        allowed = next((one for one in (number, name) if one in self._contacts), "")
        if not allowed and number not in self._told:
            self._told.add(number)
            self._tell(f"Un message de {number}, qui n'est pas sur la liste : rien n'est préparé.")
        return allowed

    def _hear(self, message: dict[str, Any]) -> list[Do]:
        """A message of a conversation of the owner's, by either side."""
        if not self.is_owners(message.get("business_connection_id")) or message.get("sender_business_bot"):
            return []
        if not (allowed := self._allowing(message["chat"])):
            return []
        chat, number = f"telegram/{message['chat']['id']}", message["message_id"]
        text = storable(str(message.get("text") or message.get("caption") or "")).strip()
        own = _sender(message) != message["chat"]["id"]
        changes: list[Do] = [lambda change: change.set_fact(chat, allowed)]
        if text:
            changes.append(lambda change: change.add_said(chat, number, own, text))
        there = [draft for draft in self._drafts.all() if draft.chat == chat]
        if own:
            return [*changes, *(to_state(draft, "answered") for draft in there if draft.state != "sending")]
        if not text or any(int(draft.answers) >= number for draft in there):
            return changes
        replaced = (to_state(draft, "replaced") for draft in there if draft.state == "offered")
        return [*changes, *replaced, keeping(self._due(message, there))]

    def _due(self, message: dict[str, Any], there: list[Draft]) -> Draft:
        """A draft that answers this message: the one that is being made, else a new one."""
        active = next((draft for draft in there if draft.state in ACTIVE), None)
        draft = active or Draft(token_hex(8), f"telegram/{message['chat']['id']}", "", "", "", "due", 0)
        return replace(
            draft,
            name=_name(message["chat"]),
            connection=message["business_connection_id"],
            answers=str(message["message_id"]),
            at=self._now(),
            state="announced" if draft.shown else "due",
            text="",
        )

    def _correct(self, message: dict[str, Any]) -> list[Do]:
        """A message was changed by its author: what is kept of it changes."""
        chat, text = f"telegram/{message['chat']['id']}", message.get("text")
        theirs = self.is_owners(message.get("business_connection_id")) and self.allows(chat)
        if not (theirs and isinstance(text, str)):
            return []
        own = _sender(message) != message["chat"]["id"]
        return [lambda change: change.add_said(chat, message["message_id"], own, text)]

    def _erase(self, deleted: dict[str, Any]) -> list[Do]:
        numbers = [number for number in deleted["message_ids"] if isinstance(number, int)]
        chat = f"telegram/{deleted['chat']['id']}"
        theirs = self.is_owners(deleted.get("business_connection_id"))
        return [lambda change: change.unsay(chat, numbers)] if theirs else []

    def _listen(self, message: dict[str, Any]) -> list[Do]:
        """What is written to the bot itself: the code of the owner-to-be, or the owner's text for a draft."""
        sender, text = message["from"]["id"], storable(message["text"]).strip()
        if not self.owner and self._code and text.removeprefix("/start").strip() == self._code:
            self._bot.say(sender, "C'est noté : les brouillons viendront ici, et rien ne partira sans vous.")
            self._tell("Le bot vous connaît maintenant.")
            return [lambda change: change.set_fact(OWNER, str(sender))]
        replied = message.get("reply_to_message")
        number = replied.get("message_id") if isinstance(replied, dict) else None
        if sender != self.owner or not number:
            return []
        offered = (draft for draft in self._drafts.all() if draft.state == "offered")
        meant = next((draft for draft in offered if number in (draft.asked, draft.shown)), None)
        if meant is None or not text:
            return []
        if len(text) > LONGEST_DRAFT:
            self._bot.say(sender, f"C'est trop long : {LONGEST_DRAFT} signes au plus.")
            return []
        return [keeping(replace(meant, text=text, state="written"))]


def keeping(draft: Draft) -> Do:
    return lambda change: change.keep(draft)


def to_state(draft: Draft, state: State) -> Do:
    return keeping(replace(draft, state=state))


def _sender(told: dict[str, Any]) -> object:
    """The number of the author of a message, or of a connection."""
    user = told.get("from") or told.get("user")
    return user.get("id") if isinstance(user, dict) else None


def _name(chat: dict[str, Any]) -> str:
    """As they call themselves, in one short line."""
    said = storable(" ".join(str(chat.get(part) or "") for part in ("first_name", "last_name")))
    line = "".join(filter(str.isprintable, re.sub(r"\s+", " ", said))).strip()
    return line[:NAME_LETTERS] or str(chat["id"])

"""Drafts in Beeper Desktop's own message box, for every messenger it holds, through its API on this machine.

No call of sosie's sends a message: the person reads the draft in Beeper, and sends it there or not.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from time import time
from typing import Any

from sosie.messengers.beeper_api import Beeper, BeeperMessage
from sosie.messengers.drafts import Draft, Drafts, as_turns
from sosie.messengers.service import ServiceError, ServiceRefused
from sosie.messengers.writer import Writer

OLDEST = 24 * 3600.0  # seconds: what has waited longer is answered without a draft


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
        messages = self._beeper.last_messages(contact)
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
            self._fill(draft, contact, self._beeper.last_messages(contact))

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

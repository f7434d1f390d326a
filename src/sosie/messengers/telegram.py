"""Drafts in the owner's own chat with their Telegram bot, each with Envoyer, Modifier, Jeter.

    a message of a contact on the list -> due, once quiet -> « Un brouillon se prépare » (announced)
    -> written -> offered with its buttons -> sending, after a tap of the owner's -> sent

Each update is Telegram's until what it asks is written down, and its number with it. A draft is shown by
editing a message, twice the same if need be; it is sent once, and where nobody can know, the owner is told.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from time import time
from typing import Any

from sosie.messengers.drafts import Draft, Drafts, State
from sosie.messengers.service import NoAnswer, ServiceBusy, ServiceError, ServiceRefused
from sosie.messengers.telegram_api import POLL_SECONDS, Bot
from sosie.messengers.telegram_inbox import ACTIVE, Do, Inbox, keeping, to_state
from sosie.messengers.writer import Writer

OFFSET = "offset"  # a fact: the next update
KEPT_SECONDS = 7 * 24 * 3600.0  # of a draft that nobody touched
# What the owner's chat says in the place of a draft that has come to its end.
ENDS: dict[State, str] = {
    "sent": "Envoyé à {name} :\n\n{text}",
    "unsure": "Je ne sais pas si ce message est parti : regardez la conversation avec {name}.\n\n{text}",
    "thrown": "Jeté.",
    "replaced": "Un nouveau message de {name} est arrivé : un autre brouillon suit.",
    "answered": "Vous avez répondu vous-même à {name}.",
    "empty": "Le double n'a rien trouvé à répondre à {name}.",
}
_ASK = "Répondez à ce message-ci par le texte à la place : le brouillon changera, et rien ne partira."
_GONE = "Ce brouillon n'est plus là."
_REFUSED = "Telegram refuse : rien n'est parti. Le bot a-t-il le droit de répondre à votre place ?"
_BUSY = "Telegram demande d'attendre : rien n'est parti. Réessayez dans un moment."
_SILENT = "Telegram ne répond pas : rien n'est parti."
_UNSURE = "Je ne sais pas si c'est parti."


class TelegramDrafts:
    def __init__(
        self,
        bot: Bot,
        drafts: Drafts,
        contacts: Collection[str],
        write: Writer,
        tell: Callable[[str], None],
        quiet_seconds: float,
        code: str = "",
        now: Callable[[], float] = time,
    ) -> None:
        self._bot, self._drafts, self._write, self._quiet, self._now = bot, drafts, write, quiet_seconds, now
        self._inbox = Inbox(bot, drafts, contacts, tell, code, now)
        drafts.forget_others("telegram", self._inbox.allows)
        for draft in drafts.all():
            if draft.state == "sending":  # the program was stopped just then
                self._keep(replace(draft, state="unsure"))
            elif now() - draft.at > KEPT_SECONDS:
                self._drop(draft)

    @property
    def knows_owner(self) -> bool:
        return bool(self._inbox.owner)

    def step(self, poll_seconds: int = POLL_SECONDS) -> None:
        """What has arrived, then what is due."""
        offset = int(self._drafts.fact(OFFSET) or 0)
        for update in self._bot.updates(offset, self._patience(poll_seconds)):
            match update:
                case {"update_id": int() as number, "callback_query": {"id": str(), "data": str()} as tap}:
                    self._obey(tap, number)
                case {"update_id": int() as number}:
                    self._commit(number, *self._inbox.read(update))
        for draft in self._drafts.all():
            if draft.chat.startswith("telegram/"):
                self._advance(draft)

    def _patience(self, most: int) -> int:
        """For how long nothing is due, in seconds."""
        due = (draft.at + self._quiet for draft in self._drafts.all() if draft.state in ACTIVE)
        return max(0, min([most, *(int(at - self._now()) + 1 for at in due)]))

    def _commit(self, update: int, *changes: Do) -> None:
        with self._drafts.change() as change:
            for do in changes:
                do(change)
            change.set_fact(OFFSET, str(update + 1))

    def _obey(self, tap: dict[str, Any], update: int) -> None:
        """A tap on a button. Nothing is sent by any other road, nor twice by this one."""
        act, _, wanted = tap["data"].partition(":")
        sender = tap.get("from")
        theirs = isinstance(sender, dict) and sender.get("id") == self._inbox.owner
        draft = next((one for one in self._drafts.all() if one.id == wanted and one.state == "offered"), None)
        told = _GONE
        if not theirs or draft is None:
            self._commit(update)
        elif act == "send":
            self._commit(update, to_state(draft, "sending"))
            told = self._send(draft)
        elif act == "edit":
            asked = self._bot.say(self._inbox.owner, _ASK, reply_markup={"force_reply": True})
            self._commit(update, keeping(replace(draft, asked=asked)))
            told = ""
        else:
            self._commit(update, to_state(draft, "thrown"))
            told = ENDS["thrown"]
        with suppress(ServiceError):  # a courtesy, of use for some seconds
            self._bot.confirm(tap["id"], told if theirs else "")

    def _send(self, draft: Draft) -> str:
        """Send it, once; what the owner is told at once."""
        state: State = "offered"
        sent, told = 0, _REFUSED
        try:
            if self._inbox.is_owners(draft.connection):
                sent = self._bot.send(draft.connection, int(draft.chat.partition("/")[2]), draft.text)
                state, told = "sent", "Envoyé."
        except ServiceRefused:
            pass
        except ServiceBusy:
            told = _BUSY
        except NoAnswer as silence:
            state, told = ("unsure", _UNSURE) if silence.sent else ("offered", _SILENT)
        with self._drafts.change() as change:
            change.keep(replace(draft, state=state))
            if sent:
                change.add_said(draft.chat, sent, True, draft.text)
        return told

    def _advance(self, draft: Draft) -> None:
        """The next steps of a draft, each written down once it is done."""
        if draft.state in ACTIVE and self._now() < draft.at + self._quiet:
            return
        if draft.state == "due":
            shown = self._bot.say(self._inbox.owner, f"Un brouillon se prépare pour {draft.name}...")
            draft = self._keep(replace(draft, shown=shown, state="announced"))
        if draft.state == "announced":
            turns = self._drafts.turns(draft.chat)
            text = self._write(turns) if turns and turns[-1].role == "user" else ""
            draft = self._keep(replace(draft, text=text, state="written" if text else "empty"))
        try:
            if draft.state == "written":
                told = f"Brouillon pour {draft.name} :\n\n{draft.text}"
                self._bot.show(self._inbox.owner, draft.shown, told, draft.id)
                self._keep(replace(draft, state="offered"))
            elif draft.state in ENDS:
                if draft.shown:
                    told = ENDS[draft.state].format(name=draft.name, text=draft.text)
                    self._bot.show(self._inbox.owner, draft.shown, told)
                self._drop(draft)
        except ServiceRefused:  # the owner has deleted that message
            self._drop(draft)

    def _keep(self, draft: Draft) -> Draft:
        with self._drafts.change() as change:
            change.keep(draft)
        return draft

    def _drop(self, draft: Draft) -> None:
        with self._drafts.change() as change:
            change.drop(draft.id)

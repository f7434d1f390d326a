"""The calls of Telegram's Bot API that sosie makes, for a bot that its owner connected to their account.

getMe  getUpdates (long polling)  getBusinessConnection  sendMessage  editMessageText  answerCallbackQuery
"""

import re
from typing import Any

from sosie.core.errors import BadSettings
from sosie.messengers.service import NoAnswer, Service, ServiceRefused

UPDATES = (
    "message",
    "callback_query",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
)
TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
POLL_SECONDS = 25
ANSWERED_WITHIN = 20.0  # seconds, beyond those that a long poll waits
WORDS = {"send": "Envoyer", "edit": "Modifier", "throw": "Jeter"}
_MEND = "Vérifiez la connexion, le jeton que BotFather a donné, et qu'aucun autre programme n'écoute ce bot."


class Bot:
    """BadSettings for a token that is none."""

    def __init__(self, server: str, token: str) -> None:
        if not TOKEN.fullmatch(token):
            raise BadSettings(
                "Ce n'est pas le jeton d'un bot de Telegram.",
                "C'est ce que BotFather a donné, comme 123456:AbC... : --token-file FICHIER",
            )
        self._service = Service("Telegram", _MEND, f"{server.rstrip('/')}/bot{token}")

    def call(self, method: str, within: float = ANSWERED_WITHIN, **body: Any) -> Any:
        """The result. ServiceError where there is none."""
        told = self._service.call("POST", f"/{method}", body, within)
        if told.get("ok") is not True or "result" not in told:
            raise NoAnswer("Telegram répond autre chose que prévu.", _MEND)
        return told["result"]

    def name(self) -> str:
        """@name, once it is known that the token is right."""
        return f"@{_whole(self.call('getMe')).get('username', '')}"

    def updates(self, offset: int, seconds: int) -> list[dict[str, Any]]:
        """Those from `offset` on, whose predecessors Telegram forgets; waits so long for one."""
        result = self.call(
            "getUpdates",
            ANSWERED_WITHIN + seconds,
            offset=offset,
            timeout=seconds,
            allowed_updates=UPDATES,
        )
        if not isinstance(result, list):
            raise NoAnswer("Telegram répond autre chose que prévu.", _MEND)
        return [update for update in result if isinstance(update, dict)]

    def connection(self, connection: str) -> dict[str, Any]:
        return _whole(self.call("getBusinessConnection", business_connection_id=connection))

    def say(self, chat: int, text: str, **more: Any) -> int:
        """Write in the owner's own chat with the bot; the message's number."""
        return _number(self.call("sendMessage", chat_id=chat, text=text, **more))

    def show(self, chat: int, message: int, text: str, buttons: str = "") -> None:
        """Make a message of the owner's chat say this; with the buttons of the draft of that id."""
        keyboard = [[{"text": word, "callback_data": f"{act}:{buttons}"} for act, word in WORDS.items()]]
        markup = {"inline_keyboard": keyboard if buttons else []}
        try:
            self.call("editMessageText", chat_id=chat, message_id=message, text=text, reply_markup=markup)
        except ServiceRefused as refused:
            if "not modified" not in refused.reason:
                raise

    def send(self, connection: str, chat: int, text: str) -> int:
        """Send in the owner's name. The one call that does: after a tap on « Envoyer »."""
        return _number(self.call("sendMessage", business_connection_id=connection, chat_id=chat, text=text))

    def confirm(self, tap: str, text: str = "") -> None:
        self.call("answerCallbackQuery", callback_query_id=tap, text=text)


def _whole(result: Any) -> dict[str, Any]:
    if not isinstance(result, dict):
        raise NoAnswer("Telegram répond autre chose que prévu.", _MEND)
    return result


def _number(sent: Any) -> int:
    """That of a message that was sent."""
    number = _whole(sent).get("message_id")
    if not isinstance(number, int):
        raise NoAnswer("Telegram répond autre chose que prévu.", _MEND)
    return number

"""Telegram's Bot API, as much of it as drafts need, with a person who owns the bot, contacts, and strangers.

It keeps what a court would ask for: every draft shown, every tap, and every message sent in the owner's name.
"""

import itertools
import json
from dataclasses import dataclass, field
from threading import Lock

from loopback import DROP, HTML

OWNER, OWN_CONNECTION, TOKEN = 111, "own", "123456:AbC-dEf_0"


def refusal(code, description, **parameters):
    return code, {"ok": False, "error_code": code, "description": description, "parameters": parameters}, {}


@dataclass
class TelegramFake:
    mood: object = lambda method: "well"  # well, busy, html, error, drop (done, and cut)
    updates: list = field(default_factory=list)
    owner_chat: dict = field(default_factory=dict)  # message -> its text, buttons
    sent: list = field(default_factory=list)  # (chat, text) in the owner's name
    tapped: list = field(default_factory=list)  # (chat, text) that the owner agreed to
    offered: list = field(default_factory=list)  # (message, text) each time that a draft is first shown
    read: set = field(default_factory=set)  # the updates that were confirmed
    asked: int = 0

    def __post_init__(self):
        self._lock, self._number, self._message = Lock(), itertools.count(1000), itertools.count(1)

    def add(self, **update):
        with self._lock:
            self.updates.append({"update_id": next(self._number), **update})

    def say(self, chat, text, sender=None, username="", connection=OWN_CONNECTION, kind="private"):
        """A message in a conversation of the account that the bot is connected to."""
        told = {"id": chat, "type": kind, "first_name": f"Contact{chat}"}
        told |= {"username": username} if username else {}
        message = {
            "message_id": next(self._message),
            "chat": told,
            "from": {"id": chat if sender is None else sender},
            "text": text,
        }
        self.add(business_message={"business_connection_id": connection, **message})
        return message["message_id"]

    def write_to_bot(self, text, sender=OWNER, reply_to=None):
        message = {"message_id": next(self._message), "from": {"id": sender}, "text": text}
        message["chat"] = {"id": sender, "type": "private"}
        if reply_to:
            message["reply_to_message"] = {"message_id": reply_to}
        self.add(message=message)

    def buttons(self):
        """(message, act, data) of what can be tapped."""
        return [
            (message, data.partition(":")[0], data)
            for message, (_, datas) in self.owner_chat.items()
            for data in datas
        ]

    def tap(self, message, act, sender=OWNER):
        text, datas = self.owner_chat[message]
        data = next(data for data in datas if data.startswith(act))
        if act == "send" and sender == OWNER:
            self.tapped.append(text.partition("\n\n")[2])
        self.add(callback_query={"id": "q", "from": {"id": sender}, "data": data})

    def answer(self, method, path, headers, body):
        name = path.rpartition("/")[2]
        if not path.startswith(f"/bot{TOKEN}/"):
            return refusal(401, "Unauthorized")
        self.asked += 1
        mood = self.mood(name)
        if mood == "busy":
            return refusal(429, "Too Many Requests: retry after 3", retry_after=3)
        if mood == "html":
            return 200, HTML, {}
        if mood == "error":
            return 502, HTML, {}
        if mood == "unreadable":
            return 200, b'{"ok": true, "resu', {}
        with self._lock:
            told = getattr(self, f"do_{name}")(**body)
        return (200, DROP, {}) if mood == "drop" else told

    def do_getMe(self):
        return self._ok({"id": 1, "is_bot": True, "username": "mon_bot"})

    def do_getUpdates(self, offset, timeout, allowed_updates):
        assert json.dumps(allowed_updates)
        self.read |= {update["update_id"] for update in self.updates if update["update_id"] < offset}
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        return self._ok(self.updates[:100])

    def do_getBusinessConnection(self, business_connection_id):
        user = OWNER if business_connection_id == OWN_CONNECTION else 666
        told = {"id": business_connection_id, "user": {"id": user}, "user_chat_id": user, "is_enabled": True}
        return self._ok(told)

    def do_sendMessage(self, chat_id, text, business_connection_id=None, reply_markup=None):
        message = next(self._message)
        if business_connection_id:
            self.sent.append((chat_id, text))
        else:
            self.owner_chat[message] = (text, [])
        return self._ok({"message_id": message, "chat": {"id": chat_id}})

    def do_editMessageText(self, chat_id, message_id, text, reply_markup):
        assert chat_id == OWNER
        if message_id not in self.owner_chat:
            return refusal(400, "Bad Request: message to edit not found")
        datas = [button["callback_data"] for row in reply_markup["inline_keyboard"] for button in row]
        before = self.owner_chat[message_id]
        if before == (text, datas):
            return refusal(400, "Bad Request: message is not modified")
        if datas:
            self.offered.append((message_id, text))
        self.owner_chat[message_id] = (text, datas)
        return self._ok({"message_id": message_id})

    def do_answerCallbackQuery(self, callback_query_id, text):
        return self._ok(True)

    @staticmethod
    def _ok(result):
        return 200, {"ok": True, "result": result}, {}

"""Beeper Desktop's API, as much of it as drafts need: conversations, what was said, and each message box."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from urllib.parse import unquote, urlsplit

from loopback import HTML

TOKEN = "jeton-de-beeper"


@dataclass
class BeeperFake:
    now: object
    mood: object = lambda method: "well"
    since_2026: bool = True  # whether conversations tell their draft, and take one
    chats: dict = field(default_factory=dict)  # id -> {"type", "said": [...], "box": ""}
    filled: list = field(
        default_factory=list
    )  # (chat, the message answered, text) each time that a box was filled
    sent: list = field(default_factory=list)
    asked: list = field(default_factory=list)

    def __post_init__(self):
        self._lock, self._count = Lock(), 0

    def add_chat(self, chat, kind="single"):
        self.chats[chat] = {"type": kind, "said": [], "box": ""}

    def say(self, chat, text, own=False, **more):
        self._count += 1
        at = datetime.fromtimestamp(self.now(), UTC).isoformat().replace("+00:00", "Z")
        said = {"id": str(self._count), "isSender": own, "text": text, "timestamp": at, "chatID": chat}
        self.chats[chat]["said"].append(said | more)
        return said["id"]

    def answer(self, method, path, headers, body):
        with self._lock:
            self.asked.append((method, path))
            if headers["Authorization"] != f"Bearer {TOKEN}":
                return 401, {"message": "Unauthorized"}, {}
            mood = self.mood(path)
            if mood == "busy":
                return 429, {"message": "slow down"}, {"Retry-After": "3"}
            if mood in ("html", "error", "unreadable"):
                return (502 if mood == "error" else 200), HTML, {}
            parts = [unquote(part) for part in urlsplit(path).path.split("/")[2:]]
            return (*self._answer(method, parts, body), {})

    def _answer(self, method, parts, body):
        match method, parts:
            case "GET", ["chats"]:
                items = [self._told(chat) for chat in self.chats]
                return 200, {"items": items, "hasMore": False, "oldestCursor": None, "newestCursor": None}
            case "GET", ["chats", chat] if chat in self.chats:
                return 200, self._told(chat)
            case "GET", ["chats", chat, "messages"] if chat in self.chats:
                return 200, {"items": self.chats[chat]["said"][::-1], "hasMore": False}
            case "PATCH", ["chats", chat] if chat in self.chats and self.since_2026:
                if self.chats[chat]["box"]:
                    return 400, {"message": "The draft is not empty"}
                self._fill(chat, body["draft"]["text"])
                return 200, self._told(chat)
            case "POST", ["focus"]:
                self._fill(body["chatID"], body["draftText"])
                return 200, {"success": True}
            case "POST", ["chats", chat, "messages"]:
                self.sent.append((chat, body))
                return 200, {"pendingMessageID": "1"}
        return 404, {"message": "Not found"}

    def _told(self, chat):
        kept = self.chats[chat]
        box = {"draft": {"text": kept["box"]} if kept["box"] else None} if self.since_2026 else {}
        return {"id": chat, "type": kept["type"], "title": f"Titre {chat}", "network": "Signal", **box}

    def _fill(self, chat, text):
        said = self.chats[chat]["said"]
        self.filled.append((chat, said[-1]["id"], text))
        self.chats[chat]["box"] = text

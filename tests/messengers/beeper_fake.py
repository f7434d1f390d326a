"""Beeper Desktop's API, as much of it as sosie needs: accounts, conversations and their message boxes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from urllib.parse import parse_qs, unquote, urlsplit

from loopback import HTML

TOKEN = "jeton-de-beeper"
ME = "@zoe:beeper.local"


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
    page: int = 50  # items of a list, at most
    asked: list = field(default_factory=list)

    def __post_init__(self):
        self._lock, self._count = Lock(), 0

    def add_chat(self, chat, kind="single", people=()):
        self.chats[chat] = {"type": kind, "said": [], "box": "", "people": list(people)}

    def say(self, chat, text, own=False, **more):
        self._count += 1
        at = datetime.fromtimestamp(self.now(), UTC).isoformat().replace("+00:00", "Z")
        said = {"id": str(self._count), "isSender": own, "text": text, "timestamp": at, "chatID": chat}
        said |= {"sortKey": f"k{self._count}", "senderID": ME if own else f"@de{chat}", "type": "TEXT"}
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
            address = urlsplit(path)
            parts = [unquote(part) for part in address.path.split("/")[2:]]
            cursor = parse_qs(address.query).get("cursor", [None])[0]
            return (*self._answer(method, parts, body, cursor), {})

    def _answer(self, method, parts, body, cursor):
        match method, parts:
            case "GET", ["accounts"]:
                return 200, [{"accountID": "signal", "user": {"id": ME, "fullName": "Zoé", "isSelf": True}}]
            case "GET", ["chats"]:
                items, more, last = self._page([self._told(chat) for chat in self.chats], cursor)
                return 200, {"items": items, "hasMore": more, "oldestCursor": last}
            case "GET", ["chats", chat] if chat in self.chats:
                return 200, self._told(chat)
            case "GET", ["chats", chat, "messages"] if chat in self.chats:
                items, more, _ = self._page(self.chats[chat]["said"][::-1], cursor)
                return 200, {"items": items, "hasMore": more}
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

    def _page(self, items, cursor):
        """(the items after the one that the cursor names, whether there are more, the next cursor)"""
        names = [item.get("sortKey") or item["id"] for item in items]
        first = names.index(cursor) + 1 if cursor else 0
        last = min(first + self.page, len(items))
        return items[first:last], last < len(items), names[last - 1] if items else None

    def _told(self, chat):
        kept = self.chats[chat]
        box = {"draft": {"text": kept["box"]} if kept["box"] else None} if self.since_2026 else {}
        people = {"items": kept["people"], "hasMore": False, "total": len(kept["people"])}
        told = {"id": chat, "accountID": "signal", "type": kept["type"], "participants": people}
        return told | {"title": f"Titre {chat}", "network": "Signal", **box}

    def _fill(self, chat, text):
        said = self.chats[chat]["said"]
        self.filled.append((chat, said[-1]["id"], text))
        self.chats[chat]["box"] = text

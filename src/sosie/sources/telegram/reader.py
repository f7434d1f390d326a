"""Telegram Desktop's `result.json`: one chat, or the whole account.

    {"name": "Malik", "type": "personal_chat", "id": 11, "messages": [...]}
    {"personal_information": {"user_id": 22, ...}, "chats": {"list": [{"name": ..., "messages": [...]}, ...]},
     "left_chats": {"list": [...]}}

The file is read in one pass, whatever its size. The owner is the one whose id `personal_information` gives;
in a one-to-one chat exported alone, the one who is not the other. « Messages enregistrés » holds the owner's
words only. One message: messages.py; the HTML form: html_reader.py.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, Message
from sosie.sources.files.archive import Archive, OnBytes
from sosie.sources.files.json_stream import open_json
from sosie.sources.telegram import html_reader
from sosie.sources.telegram.export_files import CHAT_LISTS, DEPTH, GROUPS, PERSONAL, result_files
from sosie.sources.telegram.messages import Chat, Refused, is_message, name_of, telegram_message, user_id
from sosie.sources.telegram.times import Clock, message_time
from sosie.sources.values.message_ids import digest

if TYPE_CHECKING:
    from sosie.sources.base import Log

_HEADING = ("name", "type", "id")
_TITLES = {"saved_messages": "Messages enregistrés", "replies": "Réponses"}
_LOOKED_AT = 300  # messages of a chat that show who is who
_BROKEN = "message illisible"
_DAMAGED = "partie du fichier illisible"

Records = Iterator[Any]


class Telegram:
    expects = "Telegram Desktop (« result.json » ou « messages.html »)"

    def sniff(self, archive: Archive) -> float:
        return 0.97 if result_files(archive) else 0.96 if html_reader.html_chats(archive) else 0.0

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        names = result_files(archive)
        log.total = sum(archive.sizes[name] for name in names)
        for name in names:
            yield from Export(archive, name, log, log.advance).conversations()
        if not names:
            yield from html_reader.read_html(archive, log)


@dataclass(slots=True)
class _Owner:
    """Whose account this is: « user22 », and the name that stands in messages."""

    id: str = ""
    name: str = ""


class Export:
    """One file, read once from its beginning to its end."""

    def __init__(self, archive: Archive, name: str, log: "Log", on_bytes: OnBytes | None = None) -> None:
        self.archive, self.name, self.log = archive, name, log
        self.stream = open_json(archive, name, on_bytes)
        self.owner, self.clock = _Owner(), Clock()
        self.number = 0  # of the chat where the stream is

    def conversations(self) -> Iterator[Conversation]:
        """Each chat that has messages; what is not read of one is passed over before the next."""
        for head, records in self.chats():
            ahead = list(islice(records, _LOOKED_AT))
            if any(map(is_message, ahead)):
                yield self.conversation(head, ahead, records)
            elif ahead:
                self.log.skip(_BROKEN, len(ahead))
        if self.stream.cut or self.stream.peek():
            self.log.skip(_DAMAGED)

    def chats(self) -> Iterator[tuple[dict[str, Any], Records]]:
        """(what is said of a chat, its records still to be read); after damage, from the next chat on."""
        yield from self.walk()
        while self.stream.find("messages"):
            self.stream.cut = True
            yield from self.walk()

    def walk(self, depth: int = 0) -> Iterator[tuple[dict[str, Any], Records]]:
        """An account, a list of chats, or a chat: whatever begins here."""
        if depth < DEPTH and self.stream.peek() == "[":
            for _ in self.stream.elements():
                yield from self.walk(depth + 1)
            return
        head: dict[str, Any] = {}
        headless: list[Any] = []
        for key in self.stream.keys() if depth < DEPTH else ():
            if key in _HEADING:
                head[key] = self.stream.take()
            elif key == "personal_information":
                self.learn(self.stream.take())
            elif key in CHAT_LISTS:
                yield from self.walk(depth + 1)
            elif key == "messages" and head:
                yield from self.section(head, self.stream.records(is_message))
            elif key == "messages":  # its name comes after it: no Telegram writes that, some tools do
                headless += self.stream.records(is_message)
        if headless:
            yield from self.section(head, iter(headless))

    def section(self, head: dict[str, Any], records: Records) -> Iterator[tuple[dict[str, Any], Records]]:
        self.number += 1
        yield head, records
        deque(records, maxlen=0)

    def learn(self, account: Any) -> None:
        """What `personal_information` says. Messages bear the first and the last name."""
        if isinstance(account, dict):
            names = [name for part in ("first_name", "last_name") if (name := name_of(account.get(part)))]
            self.owner = _Owner(user_id(account.get("user_id")), " ".join(names))

    def conversation(self, head: dict[str, Any], ahead: list[Any], rest: Records) -> Conversation:
        kind, title = head.get("type"), name_of(head.get("name"))
        known = [record for record in ahead if is_message(record)]
        any(message_time(record, self.clock) and self.clock.shown for record in known)
        people = {user_id(record.get("from_id")): name_of(record.get("from")) for record in known}
        group = kind in GROUPS or (kind not in PERSONAL and len(people) > 2)
        title = title or _TITLES.get(str(kind), "Compte supprimé")
        mark = head.get("id") if isinstance(head.get("id"), int | str) else digest(title)
        chat = Chat(
            id=f"telegram-{'group' if group else 'user'}-{mark}",
            title=title,
            file=self.name,
            other=user_id(head.get("id")),
            bot=kind == "bot_chat",
            channel=str(kind).endswith("_channel"),
            clock=self.clock,
        )
        owner = self.owner_of(kind, chat.other, people)
        return Conversation(
            id=chat.id,
            title=title,
            source="telegram",
            group=group,
            messages=self.messages(self.number, chat, chain(ahead, rest)),
            owner=owner,
            kind="one_sided" if kind == "saved_messages" else "chat",
        )

    def owner_of(self, kind: Any, other: str, people: dict[str, str]) -> str | None:
        """The owner's name, as this chat has it."""
        if self.owner.id or self.owner.name:
            self.owner.name = people.get(self.owner.id) or self.owner.name
            return self.owner.name or self.owner.id
        if kind == "saved_messages":
            return people.get(other)
        if kind in ("personal_chat", "bot_chat") and other:
            return next((name for who, name in people.items() if name and who != other), None)
        return None

    def messages(self, number: int, chat: Chat, records: Records) -> Iterator[Message]:
        """The messages of one chat, in its order."""
        if number != self.number:  # the stream has gone on since: read the file again up to there
            again = Export(self.archive, self.name, self.log)
            records = next(islice(again.chats(), number - 1, None))[1]
        for record in records:
            try:
                message = telegram_message(record, chat) if type(record) is dict else None
            except Refused as refused:
                self.log.skip(refused.reason)
                continue
            if message is None:
                self.log.skip(_BROKEN)
            else:
                self.log.entries += 1
                yield message

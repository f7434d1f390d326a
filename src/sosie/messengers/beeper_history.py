"""The whole history that Beeper Desktop holds, downloaded as an export that sources/beeper.py reads.

    with with_history(["http://127.0.0.1:23373", "chat.zip"], token) as paths: ...

Nothing is kept where the history is not had to its end. The file is private, and gone afterwards: what is
new in it is copied to the store, as of any export.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from os import PathLike
from pathlib import Path
from typing import IO, Any

from sosie.core.drafts import Fleeting
from sosie.core.progress import Event, Report, silent
from sosie.core.workspace import full_disk_told, own_file
from sosie.engines.base import is_address
from sosie.messengers.beeper_api import Beeper

_CHAT = ("id", "accountID", "network", "title", "type")
_USER = ("id", "fullName", "username", "isSelf", "isNetworkBot")
_ATTACHMENT = ("type", "fileName", "isVoiceNote")
_MESSAGE = (
    "id",
    "senderID",
    "senderName",
    "isSender",
    "timestamp",
    "editedTimestamp",
    "type",
    "text",
    "linkedMessageID",
    "isDeleted",
    "isHidden",
    "sendStatus",
)
_Item = dict[str, Any]


@contextmanager
def with_history(
    exports: Sequence[str | PathLike[str]], token: str, report: Report = silent
) -> Iterator[list[Path]]:
    """The paths of exports; of Beeper Desktop's address, that of its history, there until the end of it."""
    with ExitStack() as stack:
        paths = []
        for export in exports:
            if is_address(export):
                history = stack.enter_context(Fleeting()) / "Beeper.json"
                download(Beeper(str(export), token), history, report)
                paths.append(history)
            else:
                paths.append(Path(export))
        yield paths


def download(beeper: Beeper, path: Path, report: Report = silent) -> None:
    """Write it, to the end of every conversation. ServiceError where one cannot be had."""
    accounts = [
        {"accountID": one.get("accountID"), "user": _chosen(one.get("user"), _USER)}
        for one in beeper.accounts()
    ]
    chats = {str(chat.get("id")): chat for chat in beeper.chats()}
    with full_disk_told(), open(own_file(path), "w", encoding="utf-8") as file:
        file.write(f'{{"beeper": 1, "accounts": {json.dumps(accounts)}, "chats": [')
        for number, (identity, chat) in enumerate(chats.items()):
            file.write(",\n" if number else "\n")
            _write_chat(file, chat, beeper.messages(identity))
            report(Event("read", number + 1, len(chats)))
        file.write("]}\n")


def _write_chat(file: IO[str], chat: _Item, messages: Iterator[_Item]) -> None:
    """A conversation, each of its messages once, in whatever pages they came."""
    participants = chat.get("participants")
    people = _listed(participants, "items", _USER) if isinstance(participants, dict) else []
    told = _chosen(chat, _CHAT) | {"participants": people}
    file.write(f'{json.dumps(told)[:-1]}, "messages": [')
    met: set[str] = set()
    for item in messages:
        if (identity := str(item.get("id"))) not in met:
            file.write(",\n" if met else "\n")
            met.add(identity)
            attached = _listed(item, "attachments", _ATTACHMENT)
            file.write(json.dumps(_chosen(item, _MESSAGE) | ({"attachments": attached} if attached else {})))
    file.write("]}")


def _listed(item: _Item, key: str, names: Sequence[str]) -> list[_Item]:
    found = item.get(key)
    return [_chosen(one, names) for one in found] if isinstance(found, list) else []


def _chosen(item: Any, names: Sequence[str]) -> _Item:
    """What is of use: no picture's address, no draft."""
    return {name: item[name] for name in names if name in item} if isinstance(item, dict) else {}

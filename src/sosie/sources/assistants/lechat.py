"""Le Chat (Mistral): a folder or zip of `chat-UUID.json`, one flat array a conversation, without a title.

    [{"id": "1", "chatId": "1111…", "role": "user", "createdAt": "2025-06-10T08:00:00.000Z",
      "content": "T'as une idée ?", "contentChunks": null, "files": []},
     {"id": "2", "chatId": "1111…", "role": "assistant", "content": "",
      "contentChunks": [{"type": "text", "text": "Un carnet ?"}, {"type": "tool_call", ...}]}]

An answer begun again has the same id and a higher `_version`: the highest is kept.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation
from sosie.sources.assistants.common import NO_WORDS, HistoryTurn, history_conversation, key_of
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import bytes_to_read, files_matching, json_key, sniff_files
from sosie.sources.files.json_stream import NO_MESSAGE, objects
from sosie.sources.files.json_values import dicts_of, list_of, text_of
from sosie.sources.values.media_kind import kind_of_names
from sosie.sources.values.timestamps import from_iso

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(json_key("chatId") + r'\s*:\s*"')
_ALSO = re.compile(r'(?<!\\)"(?:contentChunks|createdAt)"\s*:')
_BEHIND = "réponse recommencée"
_SYSTEM = "consigne au modèle"
_EARLY = datetime(1, 1, 1, tzinfo=UTC)
_Item = dict[str, Any]


class LeChat:
    expects = "un export Le Chat (un zip de chat-….json)"

    def sniff(self, archive: Archive) -> float:
        return sniff_files(archive, _OURS, _ALSO)

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        log.total = bytes_to_read(archive)
        for name in files_matching(archive, _OURS, _ALSO):
            threads: dict[str, list[_Item]] = {}
            for item in objects(archive, name, _is_one, log):
                threads.setdefault(item["chatId"], []).append(item)
            for identity, thread in threads.items():
                title = f"Le Chat {identity[:8]}"
                if found := history_conversation("lechat", identity, title, _turns(thread, log), log):
                    yield found


def _is_one(value: _Item) -> bool:
    return isinstance(value.get("chatId"), str) and "role" in value


def _turns(thread: list[_Item], log: "Log") -> Iterator[HistoryTurn]:
    """The turns of a conversation by time, each in its last version."""
    latest: dict[str, _Item] = {}
    for item in thread:
        key = key_of(item, "id")
        if key in latest:
            log.skip(_BEHIND)
            item = max(latest[key], item, key=_version)
        latest[key] = item
    times = {key: from_iso(item.get("createdAt"), utc=True) for key, item in latest.items()}
    order = sorted(latest, key=lambda key: times[key] or _EARLY) if all(times.values()) else list(latest)
    for key in order:
        item = latest[key]
        text, role = _text(item), item["role"]
        kind = kind_of_names(_names(item))
        if role not in ("user", "assistant"):
            log.skip(_SYSTEM if role == "system" else NO_MESSAGE)
        elif not text and kind == "text":
            log.skip(NO_WORDS)
        else:
            yield HistoryTurn(key, role, text, times[key], kind)


def _version(item: _Item) -> float:
    found = item.get("version")
    return float(found) if isinstance(found, int | float) else 0.0


def _text(item: _Item) -> str:
    """The content, else its text chunks."""
    content = item.get("content")
    if isinstance(content, str) and content.strip():
        return content.strip()
    chunks = dicts_of(item, "content") or dicts_of(item, "contentChunks")
    return "".join(text_of(chunk.get("text")) for chunk in chunks if chunk.get("type") == "text").strip()


def _names(item: _Item) -> Iterable[Any]:
    """Of the files sent with a message."""
    for file in list_of(item, "files"):
        yield file.get("name") or file.get("fileName") if isinstance(file, dict) else file

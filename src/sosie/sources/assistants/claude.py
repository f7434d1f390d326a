"""Claude: `conversations.json`, or the zip it came in (`data-….zip`).

    [{"uuid": "k1", "name": "Recette", "chat_messages": [
        {"uuid": "m1", "sender": "human", "created_at": "2025-03-01T18:00:00.123456Z",
         "text": "",                                           often empty or poorer than the blocks
         "content": [{"type": "text", "text": "une recette ?"}, {"type": "thinking", ...}],
         "attachments": [{"file_name": "mamie.txt", "extracted_content": "..."}], "files": []}]}]

What is in an attachment was not written by the person: only that there was one is kept. Newer exports say
which message each one follows; where a question was asked again, the last branch is kept.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation, MessageKind
from sosie.sources.assistants.common import NO_WORDS, HistoryTurn, key_of, read_history
from sosie.sources.files.archive import Archive
from sosie.sources.files.candidates import json_key, sniff_files
from sosie.sources.files.json_values import dicts_of, text_of
from sosie.sources.values.media_kind import kind_of_names
from sosie.sources.values.timestamps import from_iso

if TYPE_CHECKING:
    from sosie.sources.base import Log

_OURS = re.compile(json_key("chat_messages") + r"\s*:\s*\[")
_ROLES = {"human": "human", "user": "human", "assistant": "assistant"}
_ROOT = "00000000-0000-4000-8000-000000000000"  # what the first message follows
_BEHIND = "branche abandonnée"
_NO_MESSAGE = "objet qui n'est pas un message"
_FILES = ("attachments", "files", "files_v2")
_TOOL = "appel ou réponse d'outil"


class Claude:
    expects = "un export Claude (conversations.json, ou le zip reçu)"

    def sniff(self, archive: Archive) -> float:
        return sniff_files(archive, _OURS)

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        return read_history(
            archive, log, "claude", _OURS, _is_one, _turns, ("uuid",), title="name", owner="human"
        )


def _is_one(value: dict[str, Any]) -> bool:
    return isinstance(value.get("chat_messages"), list)


def _turns(value: dict[str, Any], log: "Log") -> Iterator[HistoryTurn]:
    """What was said, in the order of the export, or along its last branch."""
    messages = [message for message in value["chat_messages"] if isinstance(message, dict)]
    if lost := len(value["chat_messages"]) - len(messages):
        log.skip(_NO_MESSAGE, lost)
    branch = _last_branch(messages, value.get("current_leaf_message_uuid"))
    for position, message in enumerate(messages):
        role = _ROLES.get(str(message.get("sender")))
        text, kind, dictated = _text_and_kind(message)
        if position not in branch:
            log.skip(_BEHIND)
        elif role is None:
            log.skip(_NO_MESSAGE)
        elif not text and kind == "text":
            log.skip(_TOOL if message.get("content") and role == "assistant" else NO_WORDS)
        else:
            at = from_iso(message.get("created_at"))
            yield HistoryTurn(key_of(message, "uuid"), role, text, at, kind, not dictated)


def _last_branch(messages: list[dict[str, Any]], leaf: Any) -> set[int]:
    """The positions of the messages that lead to `leaf`, or to the last; all where links are broken."""
    positions = {
        message["uuid"]: n for n, message in enumerate(messages) if isinstance(message.get("uuid"), str)
    }
    position = positions.get(leaf, len(messages) - 1) if isinstance(leaf, str) else len(messages) - 1
    branch: set[int] = set()
    while 0 <= position < len(messages) and position not in branch:
        branch.add(position)
        parent = messages[position].get("parent_message_uuid")
        if parent is None or parent == _ROOT:
            return branch if "parent_message_uuid" in messages[position] else set(range(len(messages)))
        if not isinstance(parent, str) or parent not in positions:
            break
        position = positions[parent]
    return set(range(len(messages)))


def _text_and_kind(message: dict[str, Any]) -> tuple[str, MessageKind, bool]:
    """(text, kind, whether it was dictated): the text blocks, or the plain text where there are none."""
    blocks = dicts_of(message, "content")
    texts = [text_of(block.get("text")) for block in blocks if block.get("type") == "text"]
    heard = [text_of(block.get("text")) for block in blocks if block.get("type") == "voice_note"]
    names = [file.get("file_name") for key in _FILES for file in dicts_of(message, key)]
    kind = "voice" if heard else kind_of_names(names)
    return (_joined([*texts, *heard]) or text_of(message.get("text"))).strip(), kind, bool(heard)


def _joined(texts: list[str]) -> str:
    """Blocks are pieces of one text, cut where a tool was called; where nothing parts them, a line break."""
    whole = ""
    for text in filter(None, texts):
        parted = not whole or whole[-1].isspace() or text[0].isspace()
        whole += text if parted else f"\n{text}"
    return whole

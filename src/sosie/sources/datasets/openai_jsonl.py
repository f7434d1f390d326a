"""Ready data sets in OpenAI's `messages` form: passed through as they are.

{"messages": [{"role": "user", "content": "ça va ?"}, {"role": "assistant", "content": "ouais"}]}

An answer of `"weight": 0` or `"train": false` stays what it is there: context, not learnt.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation
from sosie.core.message_turns import ROLES, is_learnt, plain_text
from sosie.sources.datasets.records import DataTurn, read_dialogues, sniff_records
from sosie.sources.files.archive import Archive

if TYPE_CHECKING:
    from sosie.sources.base import Log


class OpenAIJsonl:
    expects = 'des dialogues JSONL ({"messages": [...]})'

    def sniff(self, archive: Archive) -> float:
        return sniff_records(archive, _has_roles)

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        return read_dialogues(archive, log, "openai_jsonl", _turns)


def _messages(value: Any) -> list[Any] | None:
    messages = value.get("messages") if isinstance(value, dict) else None
    return messages if isinstance(messages, list) else None


def _has_roles(value: Any) -> bool:
    """Many exports of chats are objects with `messages` too, but without roles."""
    return any(isinstance(message, dict) and "role" in message for message in _messages(value) or ())


def _turns(value: Any) -> Iterator[DataTurn] | None:
    messages = _messages(value)
    return None if messages is None else map(_turn, messages)


def _turn(message: Any) -> DataTurn:
    if not isinstance(message, dict):
        return DataTurn("", "")
    role = str(message.get("role", ""))
    return DataTurn(ROLES.get(role, role), plain_text(message.get("content")), is_learnt(message))

"""Ready data sets in ShareGPT's form, lines or one array.

{"conversations": [{"from": "human", "value": "coucou"}, {"from": "gpt", "value": "salut !"}]}
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation
from sosie.core.message_turns import ROLES, is_learnt, plain_text
from sosie.sources.datasets.records import DataTurn, read_dialogues, sniff_records
from sosie.sources.files.archive import Archive

if TYPE_CHECKING:
    from sosie.sources.base import Log

_SPELT = {**ROLES, "chatgpt": "assistant", "bing": "assistant", "bard": "assistant", "model": "assistant"}


class ShareGPT:
    expects = 'ShareGPT ({"conversations": [...]})'

    def sniff(self, archive: Archive) -> float:
        return sniff_records(archive, lambda value: _conversations(value) is not None)

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        return read_dialogues(archive, log, "sharegpt", _turns)


def _conversations(value: Any) -> list[Any] | None:
    """The turns of an object; other assistants' exports have `conversations` too, but no `from` in them."""
    turns = value.get("conversations", value.get("conversation")) if isinstance(value, dict) else None
    if not isinstance(turns, list) or not turns:
        return None
    return turns if any(isinstance(turn, dict) and "from" in turn for turn in turns) else None


def _turns(value: Any) -> Iterator[DataTurn] | None:
    turns = _conversations(value)
    return None if turns is None else map(_turn, turns)


def _turn(turn: Any) -> DataTurn:
    if not isinstance(turn, dict):
        return DataTurn("", "")
    role = str(turn.get("from", turn.get("role", "")))
    return DataTurn(
        _SPELT.get(role, role), plain_text(turn.get("value", turn.get("content"))), is_learnt(turn)
    )

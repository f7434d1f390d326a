"""Ready data sets in Alpaca's form, one array or lines: an instruction, an input or none, an output.

    {"instruction": "Traduis", "input": "hello", "output": "salut"}

is a user who says « Traduis », a line break, « hello », and an assistant who says « salut ».
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sosie.core.message import Conversation
from sosie.sources.datasets.records import DataTurn, read_dialogues, sniff_records
from sosie.sources.files.archive import Archive

if TYPE_CHECKING:
    from sosie.sources.base import Log


class Alpaca:
    expects = 'Alpaca ({"instruction": ..., "output": ...})'

    def sniff(self, archive: Archive) -> float:
        return sniff_records(archive, _is_one)

    def read(self, archive: Archive, log: "Log") -> Iterator[Conversation]:
        return read_dialogues(archive, log, "alpaca", _turns)


def _is_one(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(key), str) for key in ("instruction", "output")
    )


def _turns(value: Any) -> Iterator[DataTurn] | None:
    return _dialogue(value) if _is_one(value) else None


def _dialogue(value: dict[str, Any]) -> Iterator[DataTurn]:
    if isinstance(value.get("system"), str) and value["system"].strip():
        yield DataTurn("system", value["system"])
    for pair in value.get("history") or ():
        if isinstance(pair, list) and len(pair) == 2:
            yield DataTurn("user", str(pair[0]))
            yield DataTurn("assistant", str(pair[1]))
    asked = (value["instruction"], value.get("input") or "")
    yield DataTurn("user", "\n".join(part for part in asked if isinstance(part, str) and part.strip()))
    yield DataTurn("assistant", value["output"])

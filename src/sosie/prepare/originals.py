"""The strings that masks stand for, so that what was masked can be restored on this machine.

    private/originals.jsonl   {"dialogue": id, "texts": [[print, [[start, end, "Malo"], ...]], ...]}

A print is the vault's hash of a masked text; `start` and `end` are places in it. The strings stand in clear:
this file is no more secret than exports/, which lies beside it, and like all of private/ is never exported.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sosie.core.counted import counted
from sosie.core.errors import BadData

ORIGINALS = "originals.jsonl"
Cut = tuple[int, int, str]  # start and end in the masked text, the string that was there


@counted
class Originals:
    """What was cut out of each masked text, by dialogue and in order. Read from its file when first asked."""

    __dataclass_fields__: dict[str, Any] = {}

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._texts: dict[str, list[tuple[str, list[Cut]]]] = {}

    def clear(self) -> None:
        self._path, self._texts = None, {}

    def add(self, dialogue: str, print_: str, cuts: list[Cut]) -> None:
        self._texts.setdefault(dialogue, []).append((print_, cuts))

    def find(self, print_: str, dialogue: str = "", nth: int = 0) -> list[Cut]:
        """The cuts of this text, the nth that reads so in its dialogue; without one, those of the first.

        -1 is the last one.
        """
        texts = self._read()
        here = [cuts for known, cuts in texts.get(dialogue, ()) if known == print_]
        if here or dialogue:
            return here[max(-len(here), min(nth, len(here) - 1))] if here else []
        everywhere = (cuts for some in texts.values() for known, cuts in some if known == print_)
        return next(everywhere, [])

    def lines(self) -> Iterator[dict[str, Any]]:
        """The records of the file."""
        for dialogue, texts in self._read().items():
            yield {"dialogue": dialogue, "texts": texts}

    def _read(self) -> dict[str, list[tuple[str, list[Cut]]]]:
        path, self._path = self._path, None
        if path is None or not path.is_file():
            return self._texts
        try:
            with path.open(encoding="utf-8") as file:
                for record in map(json.loads, file):
                    for print_, cuts in record["texts"]:
                        self.add(record["dialogue"], print_, [(s, e, text) for s, e, text in cuts])
        except (ValueError, KeyError, TypeError):
            raise BadData(f"« {path.name} » est abîmé.", "Refaites-le : sosie prepare") from None
        return self._texts

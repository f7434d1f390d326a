"""The ledger: what each room dropped and why, so that nothing disappears without a trace.

A room gives its reasons to a listener, and the ledger counts the items that leave the room:

    kept = ledger.watch("dedupe", without_copies(dialogues, ledger.listener("dedupe")))

The items that leave one room enter the next: kept["privacy"] == kept["dedupe"] + sum of dropped["dedupe"].
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

DropListener = Callable[[str, int], None]  # on_drop("supprimé", 3): three items were dropped, for that reason
Watched = TypeVar("Watched")


def ignore_drops(reason: str, count: int = 1) -> None:
    """A drop listener that does nothing."""


class Ledger:
    """Counts by room; a room of which nothing was dropped does not appear in `dropped`."""

    def __init__(self) -> None:
        self.kept: Counter[str] = Counter()
        self._dropped: dict[str, Counter[str]] = {}

    def watch(self, room: str, items: Iterable[Watched]) -> Iterator[Watched]:
        """The same items, counted as they leave `room`."""
        for item in items:
            self.kept[room] += 1
            yield item

    def drop(self, room: str, reason: str, count: int = 1) -> None:
        if count:
            self._dropped.setdefault(room, Counter())[reason] += count

    def listener(self, room: str) -> DropListener:
        """The drop listener of `room`."""

        def on_drop(reason: str, count: int = 1) -> None:
            self.drop(room, reason, count)

        return on_drop

    @property
    def dropped(self) -> dict[str, dict[str, int]]:
        """{room: {reason: count}}, the commonest reason first."""
        return {room: dict(reasons.most_common()) for room, reasons in self._dropped.items()}

    def total(self, room: str) -> int:
        """The number of items that `room` dropped."""
        return sum(self._dropped.get(room, Counter()).values())

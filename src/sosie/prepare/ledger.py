"""The ledger: what each room dropped and why, so that nothing disappears without a trace.

A room gives its reasons to a listener, with what it drops; the ledger counts the items that leave the room:

    kept = ledger.watch("dedupe", without_copies(dialogues, ledger.listener("dedupe")))

The items that leave one room enter the next: kept["privacy"] == kept["dedupe"] + sum of dropped["dedupe"].
Below all rooms lies one account in messages: those that were read are those that dialogues are made of, and
those that each reason dropped. Three of the latter are kept of each reason, to show why.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from sosie.core.counted import counted
from sosie.core.dialogue import Dialogue
from sosie.core.message import Message
from sosie.prepare.exchanges import count_messages

Dropped = Message | Dialogue
Watched = TypeVar("Watched")

EXAMPLES = 3  # of each reason


class DropListener(Protocol):
    """on_drop("supprimé", 3, *messages): three items were dropped, for that reason."""

    def __call__(self, reason: str, count: int, /, *items: Dropped) -> None: ...


def ignore_drops(reason: str, count: int = 1, /, *items: Dropped) -> None:
    """A drop listener that does nothing."""


@counted
@dataclass(slots=True)
class Loss:
    """What one reason dropped: items of its room, the messages they held, and some of them."""

    items: int = 0
    messages: int = 0
    examples: list[Dropped] = field(default_factory=list)


class Ledger:
    """Counts by room; a room of which nothing was dropped does not appear in `dropped`."""

    def __init__(self) -> None:
        self.kept: Counter[str] = Counter()
        self.losses: dict[str, dict[str, Loss]] = {}

    def watch(self, room: str, items: Iterable[Watched]) -> Iterator[Watched]:
        """The same items, counted as they leave `room`."""
        for item in items:
            self.kept[room] += 1
            yield item

    def drop(
        self, room: str, reason: str, count: int = 1, items: Sequence[Dropped] = (), more: int = 0
    ) -> None:
        """`more` messages were dropped besides those of `items`."""
        if count:
            loss = self.losses.setdefault(room, {}).setdefault(reason, Loss())
            loss.items += count
            loss.messages += more + sum(map(_messages_in, items))
            loss.examples += items[: EXAMPLES - len(loss.examples)]

    def listener(self, room: str) -> DropListener:
        """The drop listener of `room`."""

        def on_drop(reason: str, count: int, /, *items: Dropped) -> None:
            self.drop(room, reason, count, items)

        return on_drop

    @property
    def dropped(self) -> dict[str, dict[str, int]]:
        """{room: {reason: count}}, the commonest reason first."""
        return {
            room: {reason: loss.items for reason, loss in sorted(losses.items(), key=_most_items)}
            for room, losses in self.losses.items()
        }

    def total(self, room: str) -> int:
        """The number of items that `room` dropped."""
        return sum(loss.items for loss in self.losses.get(room, {}).values())

    def messages(self, room: str) -> int:
        """The number of messages that `room` dropped."""
        return sum(loss.messages for loss in self.losses.get(room, {}).values())


def _messages_in(item: Dropped) -> int:
    return 1 if isinstance(item, Message) else count_messages(item)


def _most_items(named: tuple[str, Loss]) -> int:
    return -named[1].items

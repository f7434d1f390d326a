"""The adapters in memory: opened when asked for, within a budget of bytes; the least recently used leaves.

 with cache.using("lea", bytes, open_lea) as engine: ...       while it is in use, it stays
     cache.make_way("lea", bytes, open_lea)                    unless it lets those who wait go first

Who finds no room, for all that is there is in use, waits in order; who asks for one that is there does not.
Whoever made way waits again: the first of them is passed by nobody, the others by newcomers, a few for each.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Lock

from sosie.core.errors import NoRoom
from sosie.engines.base import Engine

Open = Callable[[], tuple[Engine, Callable[[], None]]]  # an engine, and what closes it
NEWCOMERS = 16  # who enter between two that made way
MOST_PAUSED = 64  # answers that made way: their keys and values stay in memory


@dataclass(eq=False)
class Held:
    """An adapter that has its place; it is opened by the first who uses it."""

    size: int
    users: int = 0
    opened: tuple[Engine, Callable[[], None]] | None = None
    opening: Lock = field(default_factory=Lock)


@dataclass(eq=False)
class Turn:
    """A place in the queue; `again`: of an answer that had begun."""

    again: bool


class AdapterCache:
    """`bytes` and `largest` are those of the adapters in memory, now and at most; `loads` counts openings."""

    def __init__(self, most_bytes: float) -> None:
        self.most_bytes, self.bytes, self.largest, self.loads = most_bytes, 0, 0, 0
        self._held: OrderedDict[str, Held] = OrderedDict()  # the least recently used first
        self._waiting: list[Turn] = []
        self._changed = Condition()

    @contextmanager
    def using(self, key: str, size: int, open_: Open) -> Iterator[Engine]:
        """The engine of this adapter. NoRoom where it alone is beyond the budget."""
        self._take(key, size, Turn(again=False))
        try:
            yield self._opened(key, open_)
        finally:
            self._give_back(key)

    def make_way(self, key: str, size: int, open_: Open) -> None:
        """Within `using`: where others wait for room, the adapter may leave, and is opened again in turn."""
        turn = Turn(again=True)
        with self._changed:
            if not self._waiting or sum(one.again for one in self._waiting) >= MOST_PAUSED:
                return
            self._waiting.append(turn)
        self._give_back(key)
        self._take(key, size, turn)
        self._opened(key, open_)

    def close(self) -> None:
        """Everything leaves that nobody uses."""
        with self._changed:
            self._make_room(self.most_bytes)

    def _take(self, key: str, size: int, turn: Turn) -> None:
        if size > self.most_bytes:
            raise NoRoom(
                "Ce double est plus grand que la mémoire des doubles.", "Relevez adapters_megabytes."
            )
        with self._changed:
            if not turn.again:
                newcomers = sum(not one.again for one in self._waiting)
                self._waiting.insert(1 + newcomers + newcomers // NEWCOMERS, turn)
            try:
                self._changed.wait_for(lambda: self._may_enter(key, size, turn))
            finally:
                self._waiting.remove(turn)
                self._changed.notify_all()
            if key not in self._held:
                self._held[key] = Held(size)
                self.bytes += size
                self.largest = max(self.largest, self.bytes)
            self._held.move_to_end(key)
            self._held[key].users += 1

    def _may_enter(self, key: str, size: int, turn: Turn) -> bool:
        first, there = self._waiting[0] is turn, key in self._held
        return (there and (first or not turn.again)) or (first and self._make_room(size))

    def _opened(self, key: str, open_: Open) -> Engine:
        """Of one that was taken, and so stays."""
        held = self._held[key]
        with held.opening:
            if held.opened is None:
                held.opened = open_()
                self.loads += 1
            return held.opened[0]

    def _give_back(self, key: str) -> None:
        with self._changed:
            held = self._held[key]
            held.users -= 1
            if held.opened is None and not held.users:  # it could not be opened
                self._drop(key)
            self._changed.notify_all()

    def _make_room(self, size: float) -> bool:
        """Whether so many bytes are free, once who is not in use has left as far as needed."""
        idle = [key for key, held in self._held.items() if not held.users]
        while self.bytes + size > self.most_bytes and idle:
            self._drop(idle.pop(0))
        return self.bytes + size <= self.most_bytes

    def _drop(self, key: str) -> None:
        held = self._held.pop(key)
        self.bytes -= held.size
        if held.opened:
            held.opened[1]()

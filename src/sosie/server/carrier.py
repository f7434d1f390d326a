"""An engine's answer made in a thread of its own, and awaited here.

    engine.stream(...)  ->  [thread, at most AHEAD pieces ahead]  ->  async for piece in carrier

Engines are synchronous generators. Once stopped, the thread waits no more for a server (llama.cpp, another)
and closes the generator; a model in this process first makes its piece, or reads its prompt to the end.
"""

import asyncio
from collections.abc import Callable
from contextlib import closing, suppress
from threading import Semaphore, Thread

from sosie.engines.base import TextStream, Usage
from sosie.engines.interrupt import Interrupt

AHEAD = 32  # pieces made before anybody took them
_STOPPED = Usage()


class Carrier:
    """An async iterator of text pieces; `usage` is true after the last. `ended` is called in the loop."""

    def __init__(self, start: Callable[[], TextStream], ended: Callable[[], None]) -> None:
        self.usage = _STOPPED
        self._start, self._ended = start, ended
        self._loop = asyncio.get_running_loop()
        self._made: asyncio.Queue[str | Usage | Exception] = asyncio.Queue()
        self._first: str | Usage | Exception | None = None
        self._room = Semaphore(AHEAD)
        self._stop = False
        self._interrupt = Interrupt()
        Thread(target=self._carry, name="sosie-answer", daemon=True).start()

    async def started(self) -> None:
        """Wait for the first piece, so that what fails at once is told as an error and not as an answer."""
        self._first = await self._made.get()
        if isinstance(self._first, Exception):
            raise self._first

    def stop(self) -> None:
        """Nobody listens any more. Calling it twice, or after the end, does nothing."""
        self._stop = True
        self._interrupt.now()
        self._room.release()

    def __aiter__(self) -> "Carrier":
        return self

    async def __anext__(self) -> str:
        item, self._first = self._first, None
        if item is None:
            item = await self._made.get()
        if isinstance(item, str):
            self._room.release()
            return item
        if isinstance(item, Exception):
            raise item
        self.usage = item
        raise StopAsyncIteration

    async def whole(self) -> list[str]:
        """All pieces."""
        return [piece async for piece in self]

    def _carry(self) -> None:
        end: Usage | Exception = _STOPPED
        try:
            with self._interrupt.heard_here(), closing(self._start()) as stream:
                while not self._stop:
                    piece = next(stream)
                    self._room.acquire()
                    self._call(self._made.put_nowait, piece)
        except StopIteration as done:
            end = done.value
        except Exception as error:
            end = error
        finally:
            self._call(self._made.put_nowait, end)
            self._call(self._ended)

    def _call(self, function: Callable[..., object], *args: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody is left to hear
            self._loop.call_soon_threadsafe(function, *args)

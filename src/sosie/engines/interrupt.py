"""A wait for a socket that another thread may end: whoever asked for an answer has left.

    interrupt = Interrupt()
    with interrupt.heard_here(): next(stream)            in the thread that waits
    interrupt.now()                                      in any other: what is read there ends at once
    with interruptible(connection.sock.fileno()): ...    in an engine, around what it reads

A token of a large model, or a long prompt that is being read, takes seconds: nobody waits for it in vain.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Lock


class Interrupt:
    """May be told before the engine reads, and more than once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._read: list[socket.socket] = []
        self._told = False

    def now(self) -> None:
        with self._lock:
            self._told = True
            for one in self._read:
                _shut(one)

    @contextmanager
    def heard_here(self) -> Iterator[None]:
        token = _heard.set(self)
        try:
            yield
        finally:
            _heard.reset(token)

    @contextmanager
    def ending(self, descriptor: int) -> Iterator[None]:
        with socket.socket(fileno=os.dup(descriptor)) as same:
            with self._lock:
                self._read.append(same)
                if self._told:
                    _shut(same)
            try:
                yield
            finally:
                with self._lock:
                    self._read.remove(same)


_heard: ContextVar[Interrupt | None] = ContextVar("interrupt", default=None)


@contextmanager
def interruptible(descriptor: int) -> Iterator[None]:
    """What is read from this socket in the block ends where the thread's interrupt is told, if it has one."""
    if heard := _heard.get():
        with heard.ending(descriptor):
            yield
    else:
        yield


def _shut(one: socket.socket) -> None:
    with suppress(OSError):  # it has ended by itself
        one.shutdown(socket.SHUT_RDWR)

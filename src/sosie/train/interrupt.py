"""Ctrl-C during training: the step ends and is saved before the run stops."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

ECHO_SECONDS = 1.0  # in which a launcher may repeat a Ctrl-C


@contextmanager
def interrupt_flag() -> Iterator[Callable[[], bool]]:
    """A flag, true once Ctrl-C was pressed: the step then ends and is saved. A second Ctrl-C stops at once.

    A launcher of several processes sends them the signal again that the terminal sent: that is one Ctrl-C.
    """
    pressed: list[float] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    previous = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: Any) -> None:
        pressed.append(time.monotonic())
        if pressed[-1] - pressed[0] > ECHO_SECONDS:
            signal.signal(signal.SIGINT, previous)
            signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, previous)

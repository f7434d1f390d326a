"""A connection read within a time counted in all: a socket's own timeout starts again with each byte."""

import io
import socket
import time


class Deadline(io.RawIOBase):
    """What a connection sends, until `give` seconds have gone by: TimeoutError then."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._end = 0.0

    def give(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(room)

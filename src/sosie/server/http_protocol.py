"""uvicorn's HTTP/1.1, with a time for the head of a request, and its own refusals in our shape."""

import asyncio
from typing import Any

from sosie.server.exchange import JSON, Refused, json_bytes

HEAD_WITHIN = 15.0  # seconds, from the first byte of a connection or request to the end of its headers


def protocol() -> type[asyncio.Protocol]:
    """The class that uvicorn makes one of for each connection."""
    import h11
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Protocol(H11Protocol):
        _head_timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._time_head()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.conn.their_state is not h11.IDLE:
                self._forget_head()
            elif self._head_timer is None:
                self._time_head()

        def connection_lost(self, exc: Exception | None) -> None:
            self._forget_head()
            super().connection_lost(exc)

        def send_400_response(self, msg: str) -> None:
            body = json_bytes(Refused("Ceci n'est pas une demande HTTP valable.").error)
            headers = [("Content-Type", JSON), ("Content-Length", str(len(body))), ("Connection", "close")]
            try:
                for part in (
                    h11.Response(status_code=400, headers=headers),
                    h11.Data(data=body),
                    h11.EndOfMessage(),
                ):
                    self.transport.write(self.conn.send(part) or b"")
            except h11.LocalProtocolError:
                pass  # an answer is under way: the connection ends with it
            self.transport.close()

        def _time_head(self) -> None:
            self._head_timer = self.loop.call_later(HEAD_WITHIN, self.transport.close)

        def _forget_head(self) -> None:
            if self._head_timer is not None:
                self._head_timer.cancel()
                self._head_timer = None

    return Protocol

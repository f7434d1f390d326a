"""uvicorn's HTTP/1.1, with a time for the head of a request, and its own refusals in our shape."""

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from sosie.server.exchange import JSON, SLOW, Refused, json_bytes

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
            self._refuse(Refused("Ceci n'est pas une demande HTTP valable."))

        def _refuse(self, refused: Refused) -> None:
            body = json_bytes(refused.error)
            headers = [("Content-Type", JSON), ("Content-Length", str(len(body))), ("Connection", "close")]
            start = h11.Response(status_code=refused.status, headers=headers)
            with suppress(h11.LocalProtocolError):  # an answer is under way: the connection ends with it
                for part in (start, h11.Data(data=body), h11.EndOfMessage()):
                    self.transport.write(self.conn.send(part) or b"")
            self.transport.close()

        def _time_head(self) -> None:
            self._head_timer = self.loop.call_later(HEAD_WITHIN, self._end_head)

        def _end_head(self) -> None:
            if self.conn.trailing_data[0]:
                self._refuse(Refused(SLOW, HTTPStatus.REQUEST_TIMEOUT))
            else:  # a browser opens connections that it may never use
                self.transport.close()

        def _forget_head(self) -> None:
            if self._head_timer is not None:
                self._head_timer.cancel()
                self._head_timer = None

    return Protocol

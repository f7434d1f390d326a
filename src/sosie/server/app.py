"""The ASGI application: each request is read whole, checked, answered; whoever hangs up stops the engine.

    body (at most BODY_BYTES, within BODY_WITHIN) -> Host, site -> key -> route -> Reply or Events

Nothing is logged but the kind of an error that nobody foresaw, and nothing is kept.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Any

from sosie.arena.web.access import Door
from sosie.core.loopback import HEADERS, read_headers
from sosie.server import metrics, nanochat_routes, openai_routes, openapi, page
from sosie.server.access import KeyCheck, check_json, check_request
from sosie.server.doubles import Doubles
from sosie.server.exchange import SLOW, Events, Refused, Reply, Request, json_reply, refusal_of
from sosie.server.nanochat_ui import NanochatUi

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Handler = Callable[[Request, Doubles], Awaitable[Reply | Events]]

BODY_BYTES = 1 << 20  # bytes
REST_BYTES = 1 << 26  # of a body too long, read for nothing: closed on unread bytes, an answer would be lost
BODY_WITHIN, SENT_WITHIN = 20.0, 30.0  # seconds: for a whole body; for a client to take one event
# For proxies: an event is sent at once, as it is.
_ALWAYS = {**HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
EVENTS = "text/event-stream; charset=utf-8"


class HungUp(Exception):
    """The client has left: there is nobody to answer."""


class App:
    def __init__(self, doubles: Doubles, door: Door, key: str = "", ui: NanochatUi | None = None) -> None:
        self._doubles, self._door, self._keys = doubles, door, KeyCheck(key)
        self._requests: Counter[int] = Counter()
        self._hangups = 0
        self._routes: dict[str, tuple[str, Handler]] = {
            "/": ("GET", page.show),
            "/health": ("GET", nanochat_routes.tell_health),
            "/openapi.json": ("GET", openapi.describe),
            "/metrics": ("GET", self._tell_metrics),
            "/stats": ("GET", nanochat_routes.tell_stats),
            "/chat/completions": ("POST", nanochat_routes.stream_tokens),
            "/v1/models": ("GET", openai_routes.list_models),
            openai_routes.ONE_MODEL: ("GET", openai_routes.tell_model),
            "/v1/chat/completions": ("POST", openai_routes.complete_chat),
            "/v1/responses": ("POST", openai_routes.respond),
        }
        if ui:
            self._routes |= {"/": ("GET", ui.show), "/logo.svg": ("GET", ui.show_logo)}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            body = await read_body(receive)
            answering = asyncio.create_task(self._answer(scope, body, send))
            await unless_hung_up(answering, receive)
        except HungUp:
            self._hangups += 1
        except Refused as refused:  # of the body, whose rest is not the next request
            refused.headers["Connection"] = "close"
            await self._send(refused_reply(refused), send)

    async def _answer(self, scope: Message, body: bytes, send: Send) -> None:
        headers = read_headers(
            (name.decode("latin-1"), said.decode("latin-1")) for name, said in scope["headers"]
        )
        request = Request(scope["method"], scope["path"], headers, body)
        try:
            check_request(request, self._door)
            doubles = await self._doubles_for(request, (scope.get("client") or ("",))[0])
            reply = await self._handler(request)(request, doubles)
        except Exception as error:
            reply = refused_reply(error)
        await self._send(reply, send)

    async def _doubles_for(self, request: Request, address: str) -> Doubles:
        """Those that this request may reach. Refused without the key."""
        await self._keys.check(request, address)
        return self._doubles

    def _handler(self, request: Request) -> Handler:
        method, handler = self._routes.get(openai_routes.route_of(request.path), ("", None))
        if handler is None:
            raise Refused("Il n'y a rien ici.", HTTPStatus.NOT_FOUND)
        if request.method != method:
            headers = {"Allow": method}
            raise Refused("Cela ne se demande pas ainsi.", HTTPStatus.METHOD_NOT_ALLOWED, headers=headers)
        if method == "POST":
            check_json(request)
        return handler

    async def _tell_metrics(self, request: Request, doubles: Doubles) -> Reply:
        return Reply(metrics.exposition(self._requests, self._hangups, doubles), kind=metrics.KIND)

    async def _send(self, reply: Reply | Events, send: Send) -> None:
        if isinstance(reply, Events):
            try:
                await self._begin(HTTPStatus.OK, {"Content-Type": EVENTS}, send)
                await send_events(reply.pieces, send)
            finally:
                reply.stop()
        else:
            said = {"Content-Type": reply.kind, "Content-Length": str(len(reply.body)), **reply.headers}
            await self._begin(reply.status, said, send)
            await send({"type": "http.response.body", "body": reply.body})

    async def _begin(self, status: HTTPStatus, said: dict[str, str], send: Send) -> None:
        self._requests[status] += 1
        headers = [(name.encode(), value.encode("latin-1")) for name, value in {**_ALWAYS, **said}.items()]
        await send({"type": "http.response.start", "status": status, "headers": headers})


async def send_events(pieces: AsyncIterator[bytes], send: Send) -> None:
    """Each at once and alone. HungUp where the client takes nothing for too long."""
    try:
        async for piece in pieces:
            async with asyncio.timeout(SENT_WITHIN):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    except TimeoutError:
        raise HungUp from None
    await send({"type": "http.response.body", "body": b""})


def refused_reply(error: Exception) -> Reply:
    refused = refusal_of(error)
    return json_reply(refused.error, refused.status, **refused.headers)


async def read_body(receive: Receive) -> bytes:
    """Refused where it is too long, once its rest is read, or not here in time."""
    body, length, more = bytearray(), 0, True
    try:
        async with asyncio.timeout(BODY_WITHIN):
            while more and length <= REST_BYTES:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise HungUp
                length += len(message["body"])
                if length <= BODY_BYTES:
                    body += message["body"]
                more = message.get("more_body", False)
    except TimeoutError:
        raise Refused(SLOW, HTTPStatus.REQUEST_TIMEOUT) from None
    if length > BODY_BYTES:
        raise Refused(
            f"La demande est trop longue : {BODY_BYTES >> 20} Mio au plus.",
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        )
    return bytes(body)


async def unless_hung_up(answering: "asyncio.Task[None]", receive: Receive) -> None:
    """Wait for the answer; cancel it, and HungUp, as soon as the client has left."""
    leaving = asyncio.create_task(_hang_up(receive))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise HungUp
        answering.result()
    finally:
        for task in (answering, leaving):
            task.cancel()
        await asyncio.gather(answering, leaving, return_exceptions=True)


async def _hang_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

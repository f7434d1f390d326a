"""The page stays on this machine: who may ask for it, what it may load, which language it speaks.

Covered: whatever our own page does not ask is refused before Gradio sees it (core/loopback, requests): other
sites, a site that points its own name here, a sandboxed frame, a body too long or too slow. The browser runs
no script but Gradio's files and those of the page itself, which bear a number drawn anew for each answer; it
loads nothing from elsewhere, sends no form, and lets nobody frame the page. No page but ours goes out: the
page, and in frames of it what we wrote of a double, which runs no script. Styles alone may be inline: Gradio
writes them on its elements. What changes something on the disk, or says what somebody said aloud, also bears
a token that only our page knows.
Not covered: other programs of this machine, which may call it; heads of requests that never end.
"""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

from sosie.core.loopback import HEADERS, TurnedAway, check_sender, read_headers
from sosie.studio.requests import (
    ACT,
    FRAMED,
    SOUND,
    UPLOAD,
    Functions,
    check_body,
    check_target,
    check_upload,
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")
LONGEST_BODY = 1 << 20  # bytes: a conversation longer than any model reads
PATIENCE = 10.0  # seconds for a whole body
# What Gradio needs of a request's head. Without the others it compresses nothing, and believes no proxy.
PASSED = (b"host", b"origin", b"content-type", b"content-length", b"accept")
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'nonce-{nonce}'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox"
)
TOKEN = "x-sosie-token"

TOKEN_PLACE = "{token}"  # where the shell says it to page.js
# Gradio's own words follow the browser's language; ours are French, so theirs are too.
_FRENCH = "<script>Object.defineProperty(navigator, 'language', {get: () => 'fr'});</script>"


class Closed:
    """An ASGI layer around the page, and around whatever Gradio puts around it."""

    def __init__(self, app: App, functions: Functions, shell: Callable[[], str] = str) -> None:
        self.app, self._functions, self._shell = app, functions, shell
        self.token = secrets.token_urlsafe(32)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        target = scope["raw_path"].decode("latin-1")
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("latin-1")
        answer = Answer(send, target, self._own_part)
        try:
            given = await self._let_in(scope, target, receive)
        except TurnedAway as refused:
            await answer.refuse(refused)
            return
        kept = [pair for pair in scope["headers"] if pair[0].lower() in PASSED]
        await self.app({**scope, "headers": kept}, given, answer.send)

    async def _let_in(self, scope: Message, target: str, receive: Receive) -> Receive:
        """The body of a request that our page makes, whole or as it comes; TurnedAway for the others."""
        method = scope["method"]
        headers = decoded(scope["headers"])
        check_sender(method, scope["path"], headers, is_own)
        check_target(method, target)
        if target.startswith((ACT, UPLOAD, SOUND)):
            self._check_token(headers)
        if method != "POST":
            return after(b"", receive)
        if target.startswith(UPLOAD):
            check_upload(headers)
            return patiently(receive)
        body = await whole_body(receive)
        check_body(target, headers.get("content-type", ""), body, self._functions)
        return after(body, receive)

    def _own_part(self) -> str:
        return self._shell().replace(TOKEN_PLACE, self.token)

    def _check_token(self, headers: Mapping[str, str]) -> None:
        if not secrets.compare_digest(headers.get(TOKEN, "").encode(), self.token.encode()):
            raise TurnedAway(HTTPStatus.FORBIDDEN, "Cette page est d'avant : rechargez-la.")


class Answer:
    """One response on its way out: our headers on all, our corrections on the page (held until whole)."""

    def __init__(self, send: Send, target: str, shell: Callable[[], str] = str) -> None:
        self._send, self._target, self._shell = send, target, shell
        self._framed = target.startswith(FRAMED)
        self._nonce = secrets.token_urlsafe(16)
        self._start: Message | None = None
        self._page = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            said = decoded(message["headers"])
            html = "html" in said.get("content-type", "").lower() and not self._framed
            if html or self._target == "/":
                self._start = message
            else:
                await self._send({**message, "headers": self._headers(said)})
        elif self._start is None:
            await self._send(message)
        else:
            self._page += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._start)

    async def _send_page(self, start: Message) -> None:
        if self._target != "/":
            await self.refuse(TurnedAway(HTTPStatus.NOT_FOUND, "Il n'y a rien ici."))
            return
        page = corrected(self._page.decode(), self._nonce, self._shell()).encode()
        await self._send_whole(start["status"], "text/html; charset=utf-8", page)

    async def refuse(self, refused: TurnedAway) -> None:
        await self._send_whole(refused.status, "text/plain; charset=utf-8", refused.sentence.encode())

    async def _send_whole(self, status: int, kind: str, body: bytes) -> None:
        headers = self._headers({"content-type": kind, "content-length": str(len(body))})
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    def _headers(self, said: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        """What Gradio says, and what we say of all: ours where both do. Scripts and letters may be kept."""
        kept = {name: value for name, value in said.items() if not name.startswith("access-control-")}
        policy = FRAME_POLICY if self._framed else POLICY.format(nonce=self._nonce)
        ours = {**HEADERS, "Content-Security-Policy": policy}
        if not self._target.startswith("/assets/"):
            ours["Cache-Control"] = "no-store"
        named = {**kept, **{name.lower(): value for name, value in ours.items()}}
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]


def decoded(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return read_headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


async def whole_body(receive: Receive) -> bytes:
    """TurnedAway where it is too long, or is not here in time."""
    body, more = b"", True
    try:
        async with asyncio.timeout(PATIENCE):
            while more:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > LONGEST_BODY:
                    raise TurnedAway(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "C'est trop long.")
    except TimeoutError:
        raise TurnedAway(HTTPStatus.REQUEST_TIMEOUT, "C'est trop lent.") from None
    return body


def after(body: bytes, receive: Receive) -> Receive:
    """The body that was read, given again, then whatever follows (the browser has left)."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again


def patiently(receive: Receive) -> Receive:
    """A body as it comes, of which no part may take too long."""

    async def next_part() -> Message:
        try:
            async with asyncio.timeout(PATIENCE):
                return await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}

    return next_part


def corrected(page: str, nonce: str, shell: str = "") -> str:
    """Gradio's page in French, without cards for social networks; its own scripts may run, by their nonce.

    `shell` is our part of the page, which comes before Gradio's.
    """
    page = re.sub(r"<meta\s+(?:property|name)=\"(?:og|twitter):[^>]*>\s*", "", page)
    page = re.sub(r"<(?:base|link rel=\"manifest\") [^>]*>\s*", "", page)
    page = page.replace('lang="en"', 'lang="fr"', 1)
    page = page.replace("<head>", "<head>" + _FRENCH, 1)
    if shell:
        page = re.sub(r"(<body[^>]*>)", lambda found: found[0] + shell, page, count=1)
    return page.replace("<script", f'<script nonce="{nonce}"')


def is_own(host: str) -> bool:
    """« 127.0.0.1:7860 » is ours, « un-site.example:7860 » is not."""
    return re.sub(r":\d+$", "", host) in OWN_NAMES

"""The page stays on this machine: what it may load, who may ask for it, which language it speaks.

Covered: every address outside this server is refused by the browser itself (Content-Security-Policy),
whatever a library or a model's answer may hold; a site that points its own name at 127.0.0.1 is refused
(Host); no other site may frame the page. Not covered: other programs of this machine, which may call it.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

REFUSED = b"Cette page ne sert que cette machine."
OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "frame-ancestors 'self'",
    )
)

# Gradio's own words follow the browser's language; ours are French, so theirs are too.
FRENCH = "<script>Object.defineProperty(navigator, 'language', {get: () => 'fr'});</script>"


class Closed:
    """An ASGI layer around the page."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif not is_own(header(scope["headers"], b"host")):
            await send({"type": "http.response.start", "status": 421, "headers": []})
            await send({"type": "http.response.body", "body": REFUSED})
        else:
            await self.app(scope, receive, Answer(send).send)


class Answer:
    """One response on its way out: the policy on all, our corrections on pages (held until whole)."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._page = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            if header(message["headers"], b"content-type").startswith("text/html"):
                self._start = message
                return
        if self._start is None:
            await self._send(message)
            return
        self._page += message.get("body", b"")
        if not message.get("more_body", False):
            page, start = corrected(self._page.decode()).encode(), self._start
            start["headers"] = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
            start["headers"].append((b"content-length", str(len(page)).encode()))
            await self._send(start)
            await self._send({"type": "http.response.body", "body": page})


def corrected(page: str) -> str:
    """Gradio's page, said to be in French, without the cards it prepares for social networks."""
    page = re.sub(r"<meta\s+(?:property|name)=\"(?:og|twitter):[^>]*>\s*", "", page)
    page = page.replace('lang="en"', 'lang="fr"', 1)
    return page.replace("<head>", "<head>" + FRENCH, 1)


def header(headers: list[tuple[bytes, bytes]], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), "")


def is_own(host: str) -> bool:
    """« 127.0.0.1:7860 » is ours, « un-site.example:7860 » is not."""
    return re.sub(r":\d+$", "", host) in OWN_NAMES

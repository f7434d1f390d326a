"""The light page: one file, nothing from elsewhere; its own script and style alone may run, by their hash."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from sosie.server.doubles import Doubles
from sosie.server.exchange import Reply, Request

_FILE = Path(__file__).with_name("page.html")


async def show(request: Request, doubles: Doubles) -> Reply:
    """It says nothing of whom is served: no key is asked here, the page asks for it."""
    page = _FILE.read_bytes()
    return Reply(
        page, kind="text/html; charset=utf-8", headers={"Content-Security-Policy": _policy(page.decode())}
    )


@cache
def _policy(page: str) -> str:
    script, style = (
        f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
        for tag in ("script", "style")
        for text in re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    )
    return (
        f"default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; img-src data:; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )

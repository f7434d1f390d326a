"""A key for each person: private/serve.key of their folder, drawn once; it opens their double and no other.

Here only the keys' digests are in memory. A key whose folder is gone, or whose person has no double, opens
nothing.
"""

import asyncio
import hashlib
import secrets
from http import HTTPStatus
from pathlib import Path

from sosie.arena.web.access import MOST_WAITED, QUEUES, SHORTEST_KEY, WAIT
from sosie.core.errors import BadData
from sosie.core.workspace import Workspace, closed_folder, whole
from sosie.server.access import NO_KEY, WRONG_KEY, unauthorized
from sosie.server.exchange import Refused, Request

KEY_FILE = "serve.key"


def key_of(workspace: Workspace) -> str:
    """The person's key, drawn and written (0600) where there is none, or one that could be guessed."""
    path = closed_folder(workspace.private) / KEY_FILE
    if not path.is_file() or path.stat().st_size < SHORTEST_KEY:
        with whole(path) as draft:
            draft.write_text(secrets.token_urlsafe(24) + "\n", encoding="ascii")
    return path.read_text(encoding="ascii").strip()


class KeyRing:
    """Whose key it is. Keys are tried one at a time from one address, and a wrong one waits."""

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}
        self._queues = tuple(asyncio.Lock() for _ in range(QUEUES))

    def add(self, name: str, folder: Path) -> None:
        """BadData where another person has the same key, as in a copy of a folder."""
        key = _digest(key_of(Workspace(folder)))
        if key in self._names:
            raise BadData(
                "Sa clé est aussi celle d'une autre personne.",
                f"Supprimez « private/{KEY_FILE} » : sosie en tirera une autre.",
            )
        self._names[key] = name

    async def holder(self, request: Request, address: str) -> str:
        """The person of the request's key. Refused without one, or with one that is nobody's."""
        scheme, _, said = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not said.strip():
            raise unauthorized(NO_KEY)
        try:
            async with asyncio.timeout(MOST_WAITED), self._queues[hash(address) % QUEUES]:
                if name := self._names.get(_digest(said.strip())):
                    return name
                await asyncio.sleep(WAIT)
        except TimeoutError:
            raise Refused("Trop d'essais à la fois.", HTTPStatus.TOO_MANY_REQUESTS) from None
        raise unauthorized(WRONG_KEY)


def _digest(key: str) -> bytes:
    """Compared by digest: how long that takes says nothing of the key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()

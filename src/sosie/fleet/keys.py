"""A key for each person: private/serve.key of their folder, drawn once; it opens their double and no other.

Here only the keys' digests are in memory. A key whose file is gone, or whose person has no double, opens
nothing any more: who leaves while the server runs has left.
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
    return _read(workspace)


def _read(workspace: Workspace) -> str:
    return (workspace.private / KEY_FILE).read_text(encoding="ascii").strip()


class KeyRing:
    """Whose key it is. Keys are tried one at a time from one address, and a wrong one waits."""

    def __init__(self) -> None:
        self._places: dict[bytes, tuple[str, Path]] = {}
        self._queues = tuple(asyncio.Lock() for _ in range(QUEUES))

    def add(self, name: str, folder: Path) -> None:
        """BadData where another person has the same key, as in a copy of a folder."""
        key = _digest(key_of(Workspace(folder)))
        if key in self._places:
            raise BadData(
                "Sa clé est aussi celle d'une autre personne.",
                f"Supprimez « private/{KEY_FILE} » : sosie en tirera une autre.",
            )
        self._places[key] = name, folder

    def _name_of(self, key: bytes) -> str:
        """Whose it is; nobody's where its file says another, or is not there."""
        name, folder = self._places.get(key, ("", Path()))
        try:
            return name if name and _digest(_read(Workspace(folder))) == key else ""
        except (OSError, ValueError):
            return ""

    async def holder(self, request: Request, address: str) -> str:
        """The person of the request's key. Refused without one, or with one that is nobody's."""
        scheme, _, said = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not said.strip():
            raise unauthorized(NO_KEY)
        try:
            async with asyncio.timeout(MOST_WAITED), self._queues[hash(address) % QUEUES]:
                if name := self._name_of(_digest(said.strip())):
                    return name
                await asyncio.sleep(WAIT)
        except TimeoutError:
            raise Refused("Trop d'essais à la fois.", HTTPStatus.TOO_MANY_REQUESTS) from None
        raise unauthorized(WRONG_KEY)


def _digest(key: str) -> bytes:
    """Compared by digest: how long that takes says nothing of the key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()

"""Who may ask: the server's own names, no other site, and off this machine a key.

    check_host       a key, or this machine only
    KeyCheck         « Authorization: Bearer KEY », compared in constant time; from one address keys are tried
                     one at a time, and a wrong one waits: the others do not
    check_request    core/loopback on the head of each request

Not covered: other programs of this machine where there is no key; whoever listens on the network, which
carries everything in clear.
"""

import asyncio
from hmac import compare_digest
from http import HTTPStatus

from sosie.arena.web.access import MOST_WAITED, QUEUES, SHORTEST_KEY, WAIT, Door, is_here
from sosie.core.errors import BadSettings
from sosie.core.loopback import check_sender
from sosie.server.exchange import Refused, Request

KEY_VARIABLE = "SOSIE_SERVE_KEY"  # of the environment, where no file is given
WITHOUT_KEY = ("/", "/health", "/openapi.json")  # the page asks for the key itself
NO_KEY = "Il faut la clé de ce serveur : Authorization: Bearer CLÉ."
WRONG_KEY = "Ce n'est pas la clé de ce serveur."


def check_host(host: str, key: str) -> None:
    """BadSettings where anybody of the network could come in, or guess the key."""
    if not is_here(host) and not key:
        raise BadSettings(
            "Hors de cette machine, n'importe qui pourrait parler à votre double : il faut une clé.",
            f"Donnez --key-file FICHIER (sosie en tire une s'il n'existe pas), ou {KEY_VARIABLE}.",
        )
    if key and (len(key) < SHORTEST_KEY or not key.isascii() or not key.isprintable() or " " in key):
        raise BadSettings(
            f"Cette clé ne convient pas : il faut {SHORTEST_KEY} lettres ou chiffres au moins, sans accent.",
            "Donnez à --key-file un fichier qui n'existe pas : sosie y écrit une clé tirée au sort.",
        )


class KeyCheck:
    """An empty key lets everybody in."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self._queues = tuple(asyncio.Lock() for _ in range(QUEUES))

    async def check(self, request: Request, address: str) -> None:
        """Refused without the right key, which waits its turn too: or the first to answer would be it."""
        if not self._key or request.path in WITHOUT_KEY:
            return
        scheme, _, said = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not said.strip():
            raise unauthorized(NO_KEY)
        try:
            async with asyncio.timeout(MOST_WAITED), self._queues[hash(address) % QUEUES]:
                if compare_digest(said.strip().encode(), self._key):
                    return
                await asyncio.sleep(WAIT)
        except TimeoutError:
            raise Refused("Trop d'essais à la fois.", HTTPStatus.TOO_MANY_REQUESTS) from None
        raise unauthorized(WRONG_KEY)


def unauthorized(sentence: str) -> Refused:
    headers = {"WWW-Authenticate": "Bearer"}
    return Refused(sentence, HTTPStatus.UNAUTHORIZED, code="invalid_api_key", headers=headers)


def check_json(request: Request) -> None:
    """Refused for a body that a form could have written."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(
            "Le corps de la demande doit être du JSON (Content-Type: application/json).",
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        )


def check_request(request: Request, door: Door) -> None:
    """TurnedAway for another name or another site."""
    # A browser says where whatever it changes comes from; a program, which says nothing, is no site.
    headers = {"origin": f"http://{request.headers.get('host', '')}", **request.headers}
    check_sender(request.method, request.path, headers, door.knows)

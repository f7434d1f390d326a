"""Who may come in to the game, and who may not.

Covered: on this machine nobody else can connect (the server listens on 127.0.0.1); a wider door needs a key,
compared in constant time, then kept as a cookie that scripts cannot read; another site is refused
(core/loopback), and whatever is asked in a visitor's name needs a token that only our page holds. From one
address keys are tried one at a time, and a wrong one waits half a second: the others do not wait for it.
Not covered: other programs of this machine, which may call 127.0.0.1; whoever listens on the network, which
carries the page in clear: the key keeps strangers out, it does not hide what is shown.
"""

import ipaddress
import re
import secrets
import socket
import time
from hmac import compare_digest, digest
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from threading import Lock

from sosie.core.errors import BadSettings
from sosie.core.loopback import TurnedAway

PORT = re.compile(r":\d+$")
SHORTEST_KEY = 8
WAIT = 0.5  # seconds after a wrong key
MOST_WAITED = 5.0  # seconds for one's turn to try a key
QUEUES = 256  # the addresses share them, by chance: strangers cannot fill the memory


class Door:
    """`host` is where the server listens; `key` is asked of everybody where there is one."""

    def __init__(self, host: str, key: str = "") -> None:
        check(host, key)
        self.host = host
        self.here_only = is_here(host)
        self._key = key
        self._secret = secrets.token_bytes(32)
        self._names = {"localhost", host.lower(), *_own_names(self.here_only)}
        self._queues = tuple(Lock() for _ in range(QUEUES))

    def knows(self, host: str) -> bool:
        """« 127.0.0.1:7870 » is ours, « un-site.example:7870 » is not. A number is nobody's name."""
        name = PORT.sub("", host).strip("[]").lower()
        try:
            number = ipaddress.ip_address(name)
        except ValueError:
            return name in self._names
        return number.is_loopback or not self.here_only

    def opens(self, key: str, address: str) -> bool:
        """Whether this is the key; TurnedAway where too many are tried from there.

        The right one waits its turn too: among many tried at once, it would be the first to answer.
        """
        if self.free:
            return True
        queue = self._queues[hash(address) % QUEUES]
        if not queue.acquire(timeout=MOST_WAITED):
            raise TurnedAway(
                HTTPStatus.TOO_MANY_REQUESTS, "Trop d'essais à la fois : réessayez dans un instant."
            )
        try:
            right = compare_digest(key.encode("utf-8", "replace"), self._key.encode())
            if not right:
                time.sleep(WAIT)
        finally:
            queue.release()
        return right

    def new_pass(self) -> str:
        """A cookie for somebody who was let in: « name.seal ». It says nothing of the key."""
        name = secrets.token_urlsafe(12)
        return f"{name}.{self._seal('pass', name)}"

    def holder(self, shown: str) -> str:
        """The name on a pass; empty where there is none, or a forged one."""
        name, _, seal = shown.partition(".")
        return name if name and compare_digest(seal.encode(), self._seal("pass", name).encode()) else ""

    @property
    def free(self) -> bool:
        """No key is asked."""
        return not self._key

    def token(self, visitor: str) -> str:
        """What our page must say with each request, for this visitor."""
        return self._seal("token", visitor)

    def is_token(self, said: str, visitor: str) -> bool:
        return compare_digest(said.encode(), self.token(visitor).encode())

    def _seal(self, what: str, name: str) -> str:
        return digest(self._secret, f"{what}/{name}".encode(), "sha256").hex()


def check(host: str, key: str) -> None:
    """BadSettings where the door would be wide open, or the key could be guessed."""
    if not is_here(host) and not key:
        raise BadSettings(
            "Hors de cette machine, la partie montre vos conversations : il faut une clé.",
            "Donnez --key-file FICHIER, ou la variable SOSIE_ARENA_KEY (8 caractères au moins).",
        )
    if key and len(key) < SHORTEST_KEY:
        raise BadSettings(
            f"Cette clé est trop courte : il faut {SHORTEST_KEY} caractères au moins.",
            "N'en donnez pas : hors de cette machine, sosie en tire une au sort.",
        )


def is_here(host: str) -> bool:
    """This machine only: a loopback number, or the one name that always means it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def cookie_name(port: int) -> str:
    """One a port: browsers share cookies between the ports of a machine."""
    return f"sosie_{port}"


def read_cookie(header: str, name: str) -> str:
    """« a=1; sosie_7870=x.y » -> « x.y »"""
    try:
        crumb = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return crumb.value if crumb else ""


def _own_names(here_only: bool) -> tuple[str, ...]:
    if here_only:
        return ()
    name = socket.gethostname().lower()
    return (name, f"{name}.local")

"""The server opened and closed: where it listens, until Ctrl-C or SIGTERM, which let running answers end."""

import errno
import socket
from typing import TYPE_CHECKING

from sosie.arena.web.access import Door
from sosie.core.errors import SosieError
from sosie.core.extras import need
from sosie.server.access import check_host
from sosie.server.app import App
from sosie.server.doubles import Doubles
from sosie.server.nanochat_ui import NanochatUi

if TYPE_CHECKING:
    from uvicorn import Server

END_WITHIN = 30  # seconds, for answers under way when the server is told to end


def check(host: str, key: str) -> None:
    """MissingExtra or BadSettings, before any model is loaded."""
    need("uvicorn", extra="serve")
    check_host(host, key)


def listen(host: str, port: int) -> socket.socket:
    """SosieError where this address cannot be had: who asked for it has told others."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(256)
    except (OSError, OverflowError) as error:
        listening.close()
        taken = getattr(error, "errno", None) == errno.EADDRINUSE
        raise SosieError(
            f"Le port {port} est déjà pris." if taken else f"« {host} », port {port}, ne peut pas s'ouvrir.",
            "Choisissez un autre --port, ou une autre adresse de cette machine avec --host.",
        ) from None
    return listening


def make_server(doubles: Doubles, host: str, key: str = "", ui: NanochatUi | None = None) -> "Server":
    """A server that only waits for `run(sockets=[listen(...)])`."""
    check(host, key)
    return server_of(App(doubles, Door(host, key), key, ui))


def server_of(app: App) -> "Server":
    import uvicorn

    from sosie.server.http_protocol import protocol

    config = uvicorn.Config(
        app,
        http=protocol(),
        ws="none",
        lifespan="off",
        log_level="critical",  # what fails is told by the application, without anybody's words
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=END_WITHIN,
    )
    return uvicorn.Server(config)

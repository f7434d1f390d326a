"""The game opened and closed: where it listens, what its owner is told, until Ctrl-C."""

import errno
import socket
import struct
import webbrowser
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from urllib.parse import quote

from sosie.arena.web.access import Door
from sosie.arena.web.server import GameServer
from sosie.arena.web.session import Table
from sosie.core.browser import has_screen
from sosie.core.errors import SosieError

PORTS_TRIED = 50
ROUTES = Path("/proc/net/route")  # a line each: interface, destination, gateway...; Linux
ANYWHERE = "00000000"  # the destination of the route to all other networks
_GET_ADDRESS = 0x8915  # SIOCGIFADDR
EVERYWHERE = ("0.0.0.0", "::")
WIDER = (
    "Attention : qui a cette clé, sur votre réseau, lira des bouts de vos conversations (ce que vos "
    "correspondants ont écrit, vos vraies réponses), et la page circule sans chiffrement. Donnez-la à des "
    "gens sûrs, sur un réseau sûr, et fermez la partie ensuite."
)


def open_server(table: Table, door: Door, port: int) -> GameServer:
    """Listening, not yet answering. The next free port where `port` is taken."""
    for tried in range(port, port + PORTS_TRIED if port else 1):
        try:
            return GameServer((door.host, tried), table, door)
        except (OSError, OverflowError) as error:  # the latter: no such port
            if getattr(error, "errno", None) != errno.EADDRINUSE:
                break
    raise SosieError(
        f"La page ne peut pas s'ouvrir sur « {door.host} », port {port}.",
        "Essayez un autre --port, ou une autre adresse de cette machine avec --host.",
    )


def beside(table: Table, door: Door, port: int = 7870) -> GameServer:
    """Answering already, while something else goes on; closed by `shutdown` and `server_close`."""
    server = open_server(table, door, port)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def launch(
    server: GameServer,
    port: int,
    key: str | None = None,
    open_browser: bool = True,
    tell: Callable[[str], object] = print,
    draw: Callable[[str], object] = lambda link: None,
) -> None:
    """Play until Ctrl-C. `draw` gets the link that friends open, where they can."""
    address = address_of(server)
    with server:
        if server.server_port != port:
            tell(f"Le port {port} est déjà pris : la partie en prend un autre.")
        tell(f"La partie est ouverte : {address} (Ctrl-C pour la fermer).")
        if key:
            tell(f"Le lien à donner : {with_key(address, key)}")
        if not server.door.here_only:
            draw(with_key(address, key or ""))
        if server.door.host in EVERYWHERE:
            tell("Si ce lien ne répond pas, mettez-y l'adresse de cette machine sur le réseau.")
        if not server.door.here_only:
            tell(WIDER)
        if open_browser and has_screen():
            webbrowser.open(address)  # without the key: a command's words can be read by the whole machine
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            tell("La partie est fermée.")


def address_of(server: GameServer) -> str:
    return f"http://{shown_host(server.door.host)}:{server.server_port}/"


def with_key(address: str, key: str) -> str:
    return f"{address}?key={quote(key)}"


def shown_host(host: str) -> str:
    """What a friend types: this machine's number or name where it listens on every address."""
    if host in EVERYWHERE:
        return own_address() or f"{socket.gethostname()}.local"
    return f"[{host}]" if ":" in host else host


def own_address() -> str:
    """This machine's number on the network that it goes out by, as the kernel knows it; empty for none."""
    try:
        import fcntl

        routes = [line.split() for line in ROUTES.read_text(encoding="ascii").splitlines()]
        name = next(route[0] for route in routes if route[1] == ANYWHERE)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            told = fcntl.ioctl(asked, _GET_ADDRESS, struct.pack("256s", name.encode()))
    except (ImportError, OSError, StopIteration):
        return ""
    return socket.inet_ntoa(told[20:24])

"""The game opened and closed: where it listens, what its owner is told, until Ctrl-C."""

import errno
import socket
import webbrowser
from collections.abc import Callable
from threading import Thread
from urllib.parse import quote

from sosie.arena.game import Game
from sosie.arena.votes import Votes
from sosie.arena.web.access import Door
from sosie.arena.web.server import GameServer
from sosie.arena.web.session import Table
from sosie.core.browser import has_screen
from sosie.core.errors import SosieError

PORTS_TRIED = 50
_HERE = "127.0.0.1"
EVERYWHERE = ("0.0.0.0", "::")
WIDER = (
    "Attention : qui a cette clé, sur votre réseau, lira des bouts de vos conversations (ce que vos "
    "correspondants ont écrit, vos vraies réponses), et la page circule sans chiffrement. Donnez-la à des "
    "gens sûrs, sur un réseau sûr, et fermez la partie ensuite."
)


def open_server(game: Game, votes: Votes, door: Door, port: int) -> GameServer:
    """Listening, not yet answering. The next free port where `port` is taken."""
    for tried in range(port, port + PORTS_TRIED if port else 1):
        try:
            return GameServer((door.host, tried), Table(game, votes), door)
        except (OSError, OverflowError) as error:  # the latter: no such port
            if getattr(error, "errno", None) != errno.EADDRINUSE:
                break
    raise SosieError(
        f"La page ne peut pas s'ouvrir sur « {door.host} », port {port}.",
        "Essayez un autre --port, ou une autre adresse de cette machine avec --host.",
    )


def beside(game: Game, votes: Votes, port: int = 7870) -> str:
    """The game's address on this machine, played while something else goes on."""
    server = open_server(game, votes, Door(_HERE, ""), port)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://{_HERE}:{server.server_port}/"


def launch(
    server: GameServer,
    port: int,
    key: str | None = None,
    open_browser: bool = True,
    tell: Callable[[str], object] = print,
) -> None:
    """Play until Ctrl-C."""
    address = f"http://{shown_host(server.door.host)}:{server.server_port}/"
    with server:
        if server.server_port != port:
            tell(f"Le port {port} est déjà pris : la partie en prend un autre.")
        tell(f"La partie est ouverte : {address} (Ctrl-C pour la fermer).")
        if key:
            tell(f"Le lien à donner : {address}?key={quote(key)}")
        if server.door.host in EVERYWHERE:
            tell("Si ce nom ne répond pas, mettez à sa place l'adresse de cette machine sur le réseau.")
        if not server.door.here_only:
            tell(WIDER)
        if open_browser and has_screen():
            webbrowser.open(address)  # without the key: a command's words can be read by the whole machine
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            tell("La partie est fermée.")


def shown_host(host: str) -> str:
    """What a friend types: a name of this machine where it listens on every address."""
    if host in EVERYWHERE:
        return f"{socket.gethostname()}.local"
    return f"[{host}]" if ":" in host else host

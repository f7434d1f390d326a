"""The page: tabs, and the server that shows them to this machine only."""

import re
import socket
import webbrowser
from collections.abc import Callable
from threading import Event
from typing import Any

from sosie.core.browser import has_screen
from sosie.core.errors import SosieError
from sosie.core.extras import need
from sosie.engines.base import Engine
from sosie.studio import chat_tab, game_tab, theme
from sosie.studio.closed import Closed

HOST = "127.0.0.1"
PORTS_TRIED = 50


def build(engine: Engine, open_game: "game_tab.OpenGame | None" = None) -> Any:
    """The page (a gr.Blocks) around one engine, with the blind game where there is one to open.

    MissingExtra where gradio is not installed.
    """
    gr = need("gradio", extra="studio")
    with gr.Blocks(title=f"sosie : {engine.name}", analytics_enabled=False) as page:
        gr.Markdown(f"# sosie\n{plain(engine.name)}, sur cette machine seulement", elem_id="tete")
        # The other tabs come here, each with its own draw(...).
        with gr.Tab("Discuter"):
            chat_tab.draw(engine)
        if open_game:
            with gr.Tab("Qui a écrit ça ?"):
                game_tab.draw(open_game)
    return page


def plain(name: str) -> str:
    """A name with nothing that Markdown would take for a sign."""
    return re.sub(r"[\\`*_{}\[\]<>#|~$]", " ", name)


def serve(page: Any, port: int = 7860) -> str:
    """Start the server without waiting, and give its address. No analytics, no share link, no history."""
    from starlette.middleware import Middleware

    page.launch(
        server_name=HOST,
        server_port=free_port(port),
        share=False,
        inbrowser=False,
        quiet=True,
        prevent_thread_lock=True,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        show_error=False,
        app_kwargs={"middleware": [Middleware(Closed)], "docs_url": None, "redoc_url": None},
        theme=theme.theme(),
        css=theme.CSS,
    )
    return str(page.local_url)


def launch(
    page: Any, port: int = 7860, open_browser: bool = True, tell: Callable[[str], object] = print
) -> None:
    """Show the page until Ctrl-C. Takes the next free port where `port` is taken, and says so."""
    address = serve(page, port)
    if f":{port}/" not in address:
        tell(f"Le port {port} est déjà pris : la page en prend un autre.")
    tell(f"La page est sur {address} (Ctrl-C pour l'arrêter).")
    if open_browser and has_screen():
        webbrowser.open(address)
    try:
        Event().wait()
    except KeyboardInterrupt:
        tell("La page est fermée.")
    finally:
        page.close(verbose=False)


def free_port(first: int) -> int:
    """`first`, or the next port that nobody listens on."""
    for port in range(first, first + PORTS_TRIED):
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                door.bind((HOST, port))
            except OSError:
                continue
            return port
    raise SosieError(
        f"Aucun port n'est libre entre {first} et {first + PORTS_TRIED - 1}.",
        "Choisissez-en un autre : sosie studio --port 8000",
    )

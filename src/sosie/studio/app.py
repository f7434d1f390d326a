"""The page: its tabs, shown to this machine only until Ctrl-C."""

import re
import webbrowser
from collections.abc import Callable
from threading import Event
from typing import Any

from sosie.core.browser import has_screen
from sosie.core.extras import need
from sosie.engines.base import Engine
from sosie.studio import chat_tab, game_tab
from sosie.studio.serving import PageServer, keep_gradio_private


def build(engine: Engine, open_game: "game_tab.OpenGame | None" = None) -> Any:
    """The page (a gr.Blocks) around one engine, with the blind game where there is one to open.

    MissingExtra where gradio is not installed.
    """
    keep_gradio_private()
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


def launch(
    page: Any, port: int = 7860, open_browser: bool = True, tell: Callable[[str], object] = print
) -> None:
    """Show the page until Ctrl-C. Takes the next free port where `port` is taken, and says so."""
    with PageServer(page, port) as server:
        if f":{port}/" not in server.address:
            tell(f"Le port {port} est déjà pris : la page en prend un autre.")
        tell(f"La page est sur {server.address} (Ctrl-C pour l'arrêter).")
        if open_browser and has_screen():
            webbrowser.open(server.address)
        try:
            Event().wait()
        except KeyboardInterrupt:
            tell("La page est fermée.")

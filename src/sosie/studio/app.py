"""The page: the journey from messages to a double, shown to this machine only until Ctrl-C.

build(project)  ->  Page(blocks, state)          our steps around Gradio's chat
launch(page)                                     served, until Ctrl-C
"""

import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any

from sosie.api import Project
from sosie.core.browser import has_screen
from sosie.core.extras import need
from sosie.engines.base import Engine
from sosie.evaluate.report.html import tag
from sosie.studio import chat_page, steps, uploads
from sosie.studio.closed import TOKEN_PLACE
from sosie.studio.serving import PageServer, keep_gradio_private
from sosie.studio.state import StudioState


@dataclass(frozen=True)
class Page:
    """Gradio's part (a gr.Blocks), and what our own part stands on."""

    blocks: Any
    state: StudioState


def build(
    project: Project, double: str | None = None, base: str | None = None, opened: Engine | None = None
) -> Page:
    """The page of a project's folder, which may be empty. `opened`: an engine that is open already.

    MissingExtra where gradio is not installed.
    """
    keep_gradio_private()
    gr = need("gradio", extra="studio")
    state = StudioState(project, double, base, opened)
    with gr.Blocks(title="sosie", analytics_enabled=False) as blocks:
        chat_page.draw_chat(state, blocks)
    return Page(blocks, state)


def shell(state: StudioState) -> str:
    """Our own part of the page, before any step is drawn."""
    head = tag("header", steps.heading(state), id="tete")
    guide = tag("nav", steps.guide(state), id="guide", aria_label="Étapes")
    main = tag("main", id="contenu", tabindex="-1")
    said = tag("p", id="annonce", role="status")
    own = {"data_token": TOKEN_PLACE, "data_premiere": steps.first(state)}
    skip = tag("a", "Aller au contenu", href="#contenu", class_="saut")
    return (
        '<link rel="stylesheet" href="./sosie/page.css">'
        + tag("div", skip, head, guide, main, said, id="sosie", **own)
        + '<script src="./sosie/page.js" defer></script>'
    )


def print_now(words: str) -> None:
    """Who reads through a pipe gets the address now: nothing more comes until the page is closed."""
    print(words, flush=True)


def launch(
    page: Page,
    port: int = 7860,
    open_browser: bool = True,
    tell: Callable[[str], object] = print_now,
    step: str = "",
) -> None:
    """Show the page until Ctrl-C, at this step; on the next free port where `port` is taken, and says so."""
    uploads.clear(page.state.workspace)  # what a page that was killed left
    with PageServer(page.blocks, port, page.state, lambda: shell(page.state)) as server:
        if f":{port}/" not in server.address:
            tell(f"Le port {port} est déjà pris : la page en prend un autre.")
        address = server.address + (f"#{step}" if step else "")
        tell(f"La page est sur {address} (Ctrl-C pour l'arrêter).")
        if open_browser and has_screen():
            webbrowser.open(address)
        try:
            Event().wait()
        except KeyboardInterrupt:
            tell("La page est fermée.")
        finally:
            page.state.close()

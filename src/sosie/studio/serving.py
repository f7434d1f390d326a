"""The page's server: Gradio behind our own door, on 127.0.0.1, in a thread beside the caller.

    Closed  ->  FastAPI, our own roads  ->  Gradio      uvicorn listens; nothing is compressed, logged or kept

Gradio's own launch() is not used: its cross-origin layer would stand before the door and answer other sites.
"""

import os
import socket
import time
from collections.abc import Callable
from functools import cache
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from sosie.core.errors import SosieError
from sosie.core.extras import need
from sosie.studio import theme
from sosie.studio.closed import Closed
from sosie.studio.routes import add_routes
from sosie.studio.state import StudioState

HOST = "127.0.0.1"
PORTS_TRIED = 50
STARTED_WITHIN = 30.0  # seconds
LEAVE_WITHIN = 1  # seconds, for the answers under way when the page is closed


class PageServer:
    """A page (gr.Blocks) that answers at `address` until it is closed."""

    def __init__(self, page: Any, port: int, state: StudioState, shell: Callable[[], str]) -> None:
        import uvicorn

        door = listen(port)
        self.address = f"http://{HOST}:{door.getsockname()[1]}/"
        config = uvicorn.Config(
            closed(page, state, shell),
            http="h11",
            ws="none",
            log_level="critical",  # whatever fails is told by Gradio; a closed page cancels its answers
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=LEAVE_WITHIN,
        )
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, args=([door],), daemon=True)
        self._thread.start()
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + STARTED_WITHIN
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                raise SosieError("La page ne s'est pas ouverte.", "Relancez avec --debug pour le détail.")
            time.sleep(0.01)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=2 * LEAVE_WITHIN)

    def __enter__(self) -> "PageServer":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def closed(page: Any, state: StudioState, shell: Callable[[], str]) -> Closed:
    """The page as an ASGI application that answers nobody but itself."""
    gr = need("gradio", extra="studio")
    from fastapi import FastAPI

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_routes(app, state)
    gr.mount_gradio_app(
        app,
        page,
        "/",
        server_name=HOST,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        show_error=False,
        theme=theme.theme(),
        css=theme.CSS,
    )
    return Closed(app, {number: bool(function.queue) for number, function in page.fns.items()}, shell)


def listen(first: int) -> socket.socket:
    """A door on `first`, or on the next port that nobody listens on."""
    for port in range(first, first + PORTS_TRIED):
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
            door.listen()
        except OSError:
            door.close()
            continue
        return door
    raise SosieError(
        f"Aucun port n'est libre entre {first} et {first + PORTS_TRIED - 1}.",
        "Choisissez-en un autre : sosie studio --port 8000",
    )


@cache
def keep_gradio_private() -> TemporaryDirectory[str]:
    """The folder where Gradio would write, for us alone; gone when Python ends. Before the page is built."""
    folder = TemporaryDirectory(prefix="sosie-page-")
    os.environ.update(GRADIO_TEMP_DIR=folder.name, GRADIO_ANALYTICS_ENABLED="False")
    return folder

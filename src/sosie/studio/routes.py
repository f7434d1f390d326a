"""The page's own roads beside Gradio's; who may take them is closed.py's matter, and was seen to before.

GET   /sosie/page.js  page.css          ours, of this folder
      /sosie/vue?etape=relire           {"html", "guide", "heading", "busy"}
      /sosie/rapport?run=...  /fiche    a page of ours in a frame, without scripts
      /sosie/fichier?nom=...            a file that « Emporter » lists, and no other
POST  /sosie/faire                      {"etape", "faire", "avec"}: a button; the tab as it is then
      /sosie/envoi?nom=...              a file, as it is
"""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from sosie.core.errors import SosieError
from sosie.evaluate.scores import REPORT
from sosie.studio import steps, take_tab, uploads
from sosie.studio.state import StudioState

HERE = Path(__file__).parent
OWN = {"page.js": "text/javascript", "page.css": "text/css"}
NOTHING = "Il n'y a rien ici."


def add_routes(app: Any, state: StudioState) -> None:
    """On a FastAPI application, before Gradio is mounted on it."""
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
    from starlette.routing import Route

    def missing() -> Response:
        return PlainTextResponse(NOTHING, HTTPStatus.NOT_FOUND)

    def own(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in OWN:
            return missing()
        return Response((HERE / name).read_bytes(), media_type=f"{OWN[name]}; charset=utf-8")

    def view(request: Request) -> Response:
        return JSONResponse(steps.drawn(state, request.query_params.get("etape", "")))

    async def act(request: Request) -> Response:
        asked = await request.json()
        words = asked.get("avec") if isinstance(asked.get("avec"), dict) else {}
        name, action = str(asked.get("etape")), str(asked.get("faire"))
        return JSONResponse(await run_in_threadpool(steps.do, state, name, action, words))

    async def receive_file(request: Request) -> Response:
        length = int(request.headers.get("content-length", 0))
        try:
            await uploads.save(state.workspace, request.query_params.get("nom", ""), request.stream(), length)
        except SosieError as error:
            told = {"message": error.message, "mend": error.mend}
            return JSONResponse(told, HTTPStatus.BAD_REQUEST)
        except ClientDisconnect:  # the tab was closed: what came of the file is gone already
            return missing()
        return JSONResponse({})

    def report(request: Request) -> Response:
        run = request.query_params.get("run", "")
        found = next(
            (path for path in state.workspace.runs.glob(f"*/{REPORT}") if path.parent.name == run), None
        )
        return HTMLResponse(found.read_bytes()) if found else missing()

    def card(request: Request) -> Response:
        path = state.workspace.data / "fiche.html"
        return HTMLResponse(path.read_bytes()) if path.is_file() else missing()

    def download(request: Request) -> Response:
        named = request.query_params.get("nom", "")
        listed = {take_tab.asked_as(state, path): path for path in take_tab.files(state)}
        if named not in listed:
            return missing()
        kind = "application/octet-stream"
        return FileResponse(listed[named], media_type=kind, filename=listed[named].name)

    roads: Mapping[str, Any] = {
        "/sosie/vue": view,
        "/sosie/rapport": report,
        "/sosie/fiche": card,
        "/sosie/fichier": download,
        "/sosie/{name}": own,
    }
    app.router.routes += [Route("/sosie/faire", act, methods=["POST"])]
    app.router.routes += [Route("/sosie/envoi", receive_file, methods=["POST"])]
    app.router.routes += [Route(path, road, methods=["GET"]) for path, road in roads.items()]

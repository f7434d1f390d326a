"""The page's own roads beside Gradio's; who may take them is closed.py's matter, and was seen to before.

GET   /sosie/page.js  page.css          ours, of this folder
      /sosie/vue?etape=relire           {"html", "guide", "heading", "busy"}
      /sosie/rapport?run=...  /fiche    a page of ours in a frame, without scripts
      /sosie/fichier?nom=...            a file that « Emporter » lists, and no other
      /sosie/son?de=SHA-256             a voice message, to who has the token
POST  /sosie/faire                      {"etape", "faire", "avec"}: a button; the tab as it is then
      /sosie/envoi?nom=...              a file, as it is
"""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from sosie.core.errors import SosieError
from sosie.evaluate.report.style_page import PAGE
from sosie.evaluate.scores import REPORT
from sosie.studio import steps, take_tab, uploads, voice_notes
from sosie.studio.requests import ACT, SOUND, UPLOAD
from sosie.studio.state import StudioState

HERE = Path(__file__).parent
OWN = {"page.js": "text/javascript", "page.css": "text/css"}
NOTHING = "Il n'y a rien ici."


def add_routes(app: Any, state: StudioState) -> None:
    """On a FastAPI application, before Gradio is mounted on it."""
    from starlette.routing import Route

    for method, roads in (("POST", changing(state)), ("GET", reading(state))):
        app.router.routes += [Route(path, road, methods=[method]) for path, road in roads.items()]


def changing(state: StudioState) -> Mapping[str, Any]:
    """What a button does, and the way in for a file."""
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import JSONResponse, Response

    async def act(request: Request) -> Response:
        asked = await request.json()
        words = asked.get("avec", {})
        return JSONResponse(await run_in_threadpool(steps.do, state, asked["etape"], asked["faire"], words))

    async def receive_file(request: Request) -> Response:
        length = int(request.headers["content-length"])
        try:
            await uploads.save(state.workspace, request.query_params["nom"], request.stream(), length)
        except SosieError as error:
            told = {"message": error.message, "mend": error.mend}
            return JSONResponse(told, HTTPStatus.BAD_REQUEST)
        except ClientDisconnect:  # the tab was closed: what came of the file is gone already
            return JSONResponse({}, HTTPStatus.BAD_REQUEST)
        return JSONResponse({})

    return {ACT: act, UPLOAD: receive_file}


def reading(state: StudioState) -> Mapping[str, Any]:
    """A step as it is now, our own script and style, what was measured, what may be downloaded."""
    from starlette.requests import Request
    from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response

    def missing() -> Response:
        return PlainTextResponse(NOTHING, HTTPStatus.NOT_FOUND)

    def own(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in OWN:
            return missing()
        return Response((HERE / name).read_bytes(), media_type=f"{OWN[name]}; charset=utf-8")

    def view(request: Request) -> Response:
        return JSONResponse(steps.drawn(state, request.query_params["etape"]))

    def report(request: Request) -> Response:
        run, pages = request.query_params["run"], state.workspace.runs.glob(f"*/{REPORT}")
        found = next((path for path in pages if path.parent.name == run), None)
        return HTMLResponse(found.read_bytes()) if found else missing()

    def card(request: Request) -> Response:
        path = state.workspace.data / PAGE
        return HTMLResponse(path.read_bytes()) if path.is_file() else missing()

    def download(request: Request) -> Response:
        named = request.query_params["nom"]
        listed = {take_tab.asked_as(state, path): path for path in take_tab.files(state)}
        if named not in listed:
            return missing()
        kind = "application/octet-stream"
        return FileResponse(listed[named], media_type=kind, filename=listed[named].name)

    def sound(request: Request) -> Response:
        try:
            found = voice_notes.sound_of(state.workspace, request.query_params["de"])
        except SosieError:  # its export is damaged, or is gone since
            found = None
        return Response(found[0], media_type=found[1]) if found else missing()

    return {
        "/sosie/vue": view,
        "/sosie/rapport": report,
        "/sosie/fiche": card,
        "/sosie/fichier": download,
        SOUND: sound,
        "/sosie/{name}": own,
    }

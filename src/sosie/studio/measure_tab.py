"""« Mesurer »: does it resemble, does it copy, does it leak; the report in the page; the blind game."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sosie.core.errors import NothingToDo
from sosie.evaluate.report.html import Html, each, join, tag
from sosie.evaluate.report.style_page import PAGE
from sosie.evaluate.score_store import read_kept
from sosie.evaluate.scores import REPORT, Scores
from sosie.evaluate.verdict import line_lights
from sosie.models.doubles import find_double, measured_in
from sosie.studio.drawing import button, doubles_choice, notice, progress, told
from sosie.studio.game_view import GAME, game
from sosie.studio.state import StudioState
from sosie.studio.tab import Tab

LIGHTS = {"green": "vert", "red": "rouge", "unknown": "gris"}
WHAT = (
    "On lui pose des questions reçues qu'il n'a jamais vues, et on compare à vos vraies réponses. "
    "Cela prend quelques minutes ; arrêtée, la mesure reprend où elle en était."
)


def _busy(state: StudioState) -> bool:
    return state.busy("evaluate", "game", "style")


def folder(state: StudioState) -> Path | None:
    """Where what is measured of the chosen double lies."""
    double = find_double(state.workspace, state.chosen, state.base) if state.chosen else None
    return measured_in(state.workspace, double) if double else None


def _draw(state: StudioState) -> Html:
    title = tag("h2", "Mesurer")
    known = [(each_.run, each_.label) for each_ in state.doubles()]
    run = folder(state)
    if run is None:
        first = button("Apprendre", "go", kind="primary", step="apprendre")
        return join(title, notice("Il n'y a pas encore de double à mesurer. "), first)
    choice = doubles_choice(known, state.chosen)
    return join(
        title, tag("p", WHAT, class_="chapeau"), choice, _measured(state, run), game(state), _style(state)
    )


def _measured(state: StudioState, run: Path) -> Html:
    job = state.jobs.get("evaluate")
    if job and job.running:
        return tag("section", progress(job.event, ""), button("Arrêter", "stop"), class_="carte")
    scores, failed = read_kept(run), told(job.error) if job else None
    if scores is None:
        start = button(f"Mesurer {_small(state.title())}", "measure", kind="primary")
        return tag("section", failed, tag("p", start), class_="carte")
    page = run / REPORT
    frame = tag(
        "iframe",
        src=f"/sosie/rapport?run={quote(run.name)}&v={int(page.stat().st_mtime)}",
        title="Rapport de mesure",
        sandbox="",
        loading="lazy",
    )
    return tag(
        "section",
        failed,
        tag("ul", each(_verdict(scores)), class_="verdict"),
        tag("details", tag("summary", "Tout le rapport"), frame, id="rapport") if page.is_file() else None,
        tag("p", button("Mesurer à nouveau", "measure"), class_="gestes"),
        class_="carte",
    )


def _small(title: str) -> str:
    return title[:1].lower() + title[1:]


def _verdict(scores: Scores) -> list[Html]:
    return [
        tag("li", sentence, class_=LIGHTS.get(gate, "gris"))
        for sentence, gate in zip(scores.sentences, line_lights(*scores.judged), strict=True)
    ]


def _style(state: StudioState) -> Html:
    """How the person writes, as a page that they might show."""
    job, page = state.jobs.get("style"), state.workspace.data / PAGE
    if job and job.running:
        body: Html | None = progress(job.event, "Fiche de style")
    elif page.is_file():
        frame = tag(
            "iframe",
            src=f"/sosie/fiche?v={int(page.stat().st_mtime)}",
            title="Fiche de style",
            sandbox="",
            loading="lazy",
        )
        body = tag("details", tag("summary", "Voir la fiche"), frame, id="fiche")
    else:
        body = tag("p", button("Faire ma fiche", "style"))
    failed = told(job.error) if job and not job.running else None
    return tag("section", tag("h3", "Comment vous écrivez"), failed, body, class_="carte")


def choose(state: StudioState, asked: Mapping[str, Any]) -> None:
    """Talk about another double of this folder."""
    if asked.get("value") not in {known.run for known in state.doubles()}:
        raise NothingToDo("Ce double n'est plus là.", "Rechargez la page.")
    state.choose(str(asked["value"]))
    state.jobs.pop("game", None)
    state.close_to_friends()


def measure(state: StudioState, asked: Mapping[str, Any]) -> None:
    base = [f"--base={state.base}"] if state.base else []
    state.start("evaluate", f"--double={state.chosen}", *base)


MEASURE = Tab(
    "mesurer",
    _draw,
    _busy,
    {
        "double": choose,
        "measure": measure,
        "stop": lambda state, asked: state.jobs["evaluate"].stop(),
        **GAME,
        "style": lambda state, asked: state.start("style"),
    },
)

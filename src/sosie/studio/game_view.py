"""The blind game in « Mesurer »: prepared, played here, and opened to friends of this network by a link."""

from collections.abc import Mapping
from typing import Any

from sosie.arena.web import qr_code
from sosie.arena.web.launch import WIDER
from sosie.core.errors import NothingToDo
from sosie.evaluate.report.html import Html, join, tag
from sosie.studio.drawing import button, notice, progress, told
from sosie.studio.jobs import Task
from sosie.studio.state import StudioState

_WHAT = (
    "La fin d'une conversation, deux réponses : laquelle est de la vraie personne ? "
    "Les réponses du double sont écrites d'avance, ce qui prend une minute ou plus la première fois."
)
CODE = "Code QR du lien : il se lit avec l'appareil photo d'un téléphone"


def game(state: StudioState) -> Html:
    task = state.jobs.get("game")
    if task and task.running:
        body: Html | None = progress(task.event, "Les réponses s'écrivent")
    elif task and task.result:
        body = _opened(state, str(task.result))
    else:
        body = join(told(task.error) if task else None, tag("p", button("Préparer une partie", "game")))
    return tag("section", tag("h3", "Qui a écrit ça ?"), tag("p", _WHAT), body, class_="carte", id="partie")


def _opened(state: StudioState, address: str) -> Html:
    new_tab = {"target": "_blank", "rel": "noopener"}
    play = tag("a", "Ouvrir la partie", href=address, class_="bouton primary", **new_tab)
    if not state.invitation:
        return tag("p", play, button("Inviter des amis de ce réseau", "invite"), class_="gestes")
    link = tag("a", state.invitation, href=state.invitation, **new_tab)
    return join(
        tag("p", play, button("Fermer aux amis", "close_to_friends"), class_="gestes"),
        notice(WIDER),
        tag("p", "Le lien à donner : ", link, class_="lien"),
        code(state.invitation),
    )


def code(link: str) -> Html | None:
    """The link as a picture; dark on light in dark mode too, as phones read it."""
    rows = qr_code.modules(link)
    if not rows:
        return None
    ground = tag("rect", width=len(rows), height=len(rows), fill="#fff")
    dark = tag("path", d=qr_code.as_path(rows), fill="#000")
    box = f"0 0 {len(rows)} {len(rows)}"
    return tag("svg", ground, dark, viewBox=box, class_="qr", role="img", aria_label=CODE)


def _prepare(state: StudioState, asked: Mapping[str, Any]) -> None:
    if not state.busy("game"):
        state.jobs["game"] = Task(state.open_game)


def _invite(state: StudioState, asked: Mapping[str, Any]) -> None:
    task = state.jobs.get("game")
    if not (task and task.result):
        raise NothingToDo("Il n'y a pas encore de partie.", "Préparez-en une.")
    state.invite()


GAME = {
    "game": _prepare,
    "invite": _invite,
    "close_to_friends": lambda state, asked: state.close_to_friends(),
}

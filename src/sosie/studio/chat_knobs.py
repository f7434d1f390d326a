"""The knobs of « Discuter », and what they begin at for the double that is chosen."""

from collections import Counter, defaultdict
from typing import Any

from sosie.core.circles import instruction
from sosie.core.double import Double
from sosie.core.errors import SosieError
from sosie.core.sampling import TALKING, Sampling, label, limits
from sosie.models.doubles import find_double
from sosie.studio.state import StudioState

LEARNT = 1.0  # the strength at which a double was learnt
STRONGEST = 1.5
FIRST_PEOPLE = 2  # people of a circle


def double_of_page(state: StudioState) -> Double | None:
    """The double that is chosen; None for a model, or where there is none or it is damaged."""
    try:
        return find_double(state.workspace, state.chosen, state.base) if state.chosen else None
    except SosieError:
        return None


def begins_at(state: StudioState) -> tuple[str, Sampling]:
    """(the system text, the sampling to be read with) of whoever is to answer."""
    if opened := state.opened:
        return opened.portrait, opened.sampling
    double = double_of_page(state)
    return (double.portrait, double.talking) if double else ("", TALKING)


def draw_knobs(state: StudioState) -> list[Any]:
    """The form of chat_tab.Knobs, in its order."""
    import gradio as gr

    system, start = begins_at(state)
    temperature = slider(
        "temperature",
        start.temperature,
        step=0.05,
        info="À gauche, le mot le plus probable ; à droite, l'inattendu",
        named="Sage ↔ fantasque",
    )
    strength = gr.Slider(
        0,
        STRONGEST,
        LEARNT,
        step=0.05,
        label="Combien de moi",
        info="0 : le modèle de base ; 1 : comme appris",
    )
    beside = gr.Checkbox(True, label="Le modèle de base à côté", info="Il répond aux mêmes messages")
    with gr.Accordion("Autres réglages", open=False):
        text = gr.Textbox(
            system,
            elem_id="consigne",
            label="Consigne",
            lines=3,
            max_lines=8,
            placeholder="Aucune",
            info="Dite avant la conversation",
        )
        top_p = slider("top_p", start.top_p, step=0.01, info="Part des mots probables gardée")
        most = slider("max_tokens", start.max_tokens, most=1024, step=1, info="Jetons au plus par réponse")
    return [text, temperature, strength, beside, top_p, most]


def draw_circle(state: StudioState) -> Any:
    """To whom the double writes, of the circles that it learnt; hidden where it has one manner for all."""
    import gradio as gr

    double, system = double_of_page(state), begins_at(state)[0]
    circles = double.circles if double else ()
    people = people_of_circles(state) if circles else {}
    told = [(" · ".join([*people.get(name, ()), name]), instruction(name)) for name in circles]
    return gr.Dropdown(
        told,
        value=system if system in dict(told).values() else None,
        label="Comme à qui vous répond-il ?",
        visible=bool(told),
    )


def people_of_circles(state: StudioState) -> dict[str, list[str]]:
    """{circle: ["Malo, Nico", "3 autres"]}, as they are in data/ now, the most written to first."""
    try:
        review = state.review()
    except SosieError:
        return {}
    names, met = review.people(), defaultdict[str, Counter[str]](Counter)
    for row in review.rows():
        origin = row.piece.dialogue.origin
        if len(origin.correspondents) == 1:
            met[origin.circle][names[origin.correspondents[0]]] += len(origin.replies)
    found = {circle: [name for name, _ in each.most_common()] for circle, each in met.items()}
    return {
        circle: [
            ", ".join(some[:FIRST_PEOPLE]),
            *([f"{len(some) - FIRST_PEOPLE} de plus"] if some[FIRST_PEOPLE:] else []),
        ]
        for circle, some in found.items()
    }


def slider(
    name: str, value: float, step: float, info: str, most: float | None = None, named: str = ""
) -> Any:
    """One number of the sampling, between its own bounds."""
    import gradio as gr

    least, greatest = limits(name)
    return gr.Slider(least, most or greatest, value, step=step, label=named or label(name), info=info)


def values(state: StudioState) -> list[Any]:
    """Where the knobs stand for the double that is chosen now."""
    system, start = begins_at(state)
    return [system, start.temperature, LEARNT, True, start.top_p, start.max_tokens]

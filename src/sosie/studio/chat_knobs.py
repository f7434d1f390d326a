"""The knobs of « Discuter », and what they begin at for the double that is chosen."""

from typing import Any

from sosie.core.double import Double
from sosie.core.errors import SosieError
from sosie.core.sampling import TALKING, Sampling, label, limits
from sosie.models.doubles import find_double
from sosie.studio.state import StudioState

LEARNT = 1.0  # the strength at which a double was learnt
STRONGEST = 1.5


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

"""Talk to it. Every answer is the engine's; this tab only carries words to it and back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sosie.core.dialogue import Turn
from sosie.core.sampling import Sampling, changed, label, limits
from sosie.engines.base import Doubled, Engine

History = list[dict[str, Any]]  # Gradio's messages: role, content
DOUBLE, BASE = "Le double", "Le modèle de base"
SILENT = "(aucune réponse)"  # shown where the model said nothing, and never given back to it


@dataclass(frozen=True, slots=True)
class Knobs:
    """What the user may turn, in the order of the form."""

    who: str = DOUBLE
    system: str = ""
    temperature: float = Sampling().temperature
    top_p: float = Sampling().top_p
    max_tokens: int = Sampling().max_tokens

    def sampling(self, default: Sampling) -> Sampling:
        asked = {"temperature": float(self.temperature), "top_p": float(self.top_p)}
        return changed(default, **asked, max_tokens=int(self.max_tokens))


def answer(views: dict[str, Engine], history: History, knobs: Knobs) -> Iterator[History]:
    """The history with the answer growing at its end. Closing it stops the engine."""
    engine = views[knobs.who]
    said = ""
    pieces = engine.stream(turns_of(history, knobs.system), knobs.sampling(engine.sampling))
    try:
        for piece in pieces:
            said += piece
            yield [*history, {"role": "assistant", "content": said}]
    finally:
        pieces.close()
    if not said:
        yield [*history, {"role": "assistant", "content": SILENT}]


def turns_of(history: History, system: str) -> tuple[Turn, ...]:
    """Gradio's messages as turns; an empty system text is none, and so is an answer without a word."""
    every = (Turn(message["role"], text_of(message["content"])) for message in history)
    said = tuple(turn for turn in every if turn != Turn("assistant", SILENT))
    return (Turn("system", system.strip()), *said) if system.strip() else said


def text_of(content: Any) -> str:
    """The words of a message: Gradio gives a string, or a list of {"type": "text", "text": ...}."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content if part.get("type") == "text")


def asked(text: str, history: History) -> tuple[str, History]:
    """What was typed goes to the history, and the box is empty again."""
    text = text.strip()
    return "", [*history, {"role": "user", "content": text}] if text else history


def without_last_answer(history: History) -> History:
    """Back to the last question, to answer it again."""
    kept = list(history)
    while kept and kept[-1]["role"] == "assistant":
        kept.pop()
    return kept


def views_of(engine: Engine) -> dict[str, Engine]:
    """The engine, and its base where it is a double."""
    if isinstance(engine, Doubled) and engine.base is not engine:
        return {DOUBLE: engine, BASE: engine.base}
    return {engine.name: engine}


def draw(engine: Engine) -> None:
    """The tab, inside an open gr.Blocks."""
    import gradio as gr

    views = views_of(engine)
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            thread = gr.Chatbot(
                elem_id="fil",
                show_label=False,
                height="64vh",
                placeholder="Dites-lui quelque chose.",
                buttons=["copy"],
                latex_delimiters=[],
                render_markdown=False,
                group_consecutive_messages=False,
                feedback_options=None,
            )
            box = gr.Textbox(
                elem_id="message",
                show_label=False,
                placeholder="Votre message (Maj + Entrée : à la ligne)",
                lines=1,
                max_lines=8,
                autofocus=True,
                submit_btn="Envoyer",
                stop_btn=False,
            )
            with gr.Row():
                again = gr.Button("Refaire la réponse", size="sm")
                clear = gr.Button("Recommencer", size="sm")
        with gr.Column(scale=1, min_width=260):
            knobs = draw_knobs(engine, tuple(views))
    wire(views, thread, box, again, clear, knobs)


def draw_knobs(engine: Engine, names: Sequence[str]) -> list[Any]:
    """The form of `Knobs`, in its order."""
    import gradio as gr

    start = engine.sampling
    main = [
        gr.Radio(list(names), value=names[0], label="Qui répond", visible=len(names) > 1),
        gr.Textbox(
            engine.portrait,
            elem_id="consigne",
            label="Consigne",
            lines=3,
            max_lines=8,
            placeholder="Aucune",
            info="Dite avant la conversation",
        ),
        slider(
            "temperature",
            start.temperature,
            step=0.05,
            info="À gauche, le mot le plus probable ; à droite, l'inattendu",
            named="Sage ↔ fantasque",
        ),
    ]
    with gr.Accordion("Autres réglages", open=False):
        return [
            *main,
            slider("top_p", start.top_p, step=0.01, info="Part des mots probables gardée"),
            slider("max_tokens", start.max_tokens, most=1024, step=1, info="Jetons au plus par réponse"),
        ]


def slider(
    name: str, value: float, step: float, info: str, most: float | None = None, named: str = ""
) -> Any:
    """One number of the sampling, between its own bounds."""
    import gradio as gr

    least, greatest = limits(name)
    return gr.Slider(least, most or greatest, value, step=step, label=named or label(name), info=info)


def wire(views: dict[str, Engine], thread: Any, box: Any, again: Any, clear: Any, knobs: list[Any]) -> None:
    """Who listens to what. While an answer runs, « Arrêter » stands where « Envoyer » stood."""
    import gradio as gr

    def say(history: History, *values: Any) -> Iterator[History]:
        if history and history[-1]["role"] == "user":
            yield from answer(views, history, Knobs(*values))
        else:
            yield history

    def talking() -> Any:
        return gr.Textbox(submit_btn=False, stop_btn="Arrêter")

    def quiet() -> Any:
        return gr.Textbox(submit_btn="Envoyer", stop_btn=False)

    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    free = hidden | {"queue": False}
    answering = []
    for start in (
        box.submit(asked, [box, thread], [box, thread], **free),
        again.click(without_last_answer, thread, thread, **free),
    ):
        said = start.then(talking, None, box, **free).then(say, [thread, *knobs], thread, **hidden)
        said.then(quiet, None, box, **free)
        answering.append(said)
    box.stop(quiet, None, box, cancels=answering, **free)
    clear.click(list, None, thread, cancels=answering, **free).then(quiet, None, box, **free)

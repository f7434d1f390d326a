"""What « Discuter » shows, in Gradio: two threads, one box, the gestures, what is kept, the knobs."""

from collections.abc import Callable, Sequence
from typing import Any

from sosie.core import jsonl
from sosie.evaluate.heldout import contexts
from sosie.studio import chat_knobs, chat_threads
from sosie.studio.chat_tab import (
    FREE,
    QUIETLY,
    History,
    Talk,
    ask_both,
    take_back,
    text_of,
    without_last_answer,
)
from sosie.studio.names import double_of
from sosie.studio.state import StudioState
from sosie.studio.votes import VOTES, edited, vote

OPENINGS = 4
_SHORTEST, _LONGEST = 8, 70  # letters of an opening
_USUAL = ("Salut, ça va ?", "Tu fais quoi ce soir ?", "On mange où ?", "Raconte-moi ta journée.")


def openings(state: StudioState) -> list[str]:
    """Questions that the double never learnt, from all along the held-out part; else usual ones."""
    path = state.workspace.data / "test.jsonl"
    first = (
        []
        if not path.is_file()
        else [c.turns[0].text for d in jsonl.read(path) for c in list(contexts(d))[:1]]
    )
    asked = [text for text in dict.fromkeys(first) if _SHORTEST <= len(text) <= _LONGEST and "[" not in text]
    good = [text for text in asked if "?" in text] or asked
    spread = good[:: max(1, len(good) // OPENINGS)][:OPENINGS]
    return [*spread, *_USUAL][:OPENINGS]


def thread(name: str, elem_id: str) -> Any:
    import gradio as gr

    return gr.Chatbot(
        label=name,
        elem_id=elem_id,
        height="56vh",
        min_width=320,
        placeholder="Dites-lui quelque chose." if elem_id == "fil" else None,
        buttons=["copy"],
        latex_delimiters=[],
        render_markdown=False,
        group_consecutive_messages=False,
        feedback_options=None,
        editable="all" if elem_id == "fil" else None,
    )


def draw_chat(state: StudioState, blocks: Any) -> None:
    """The tab, inside `blocks`, an open gr.Blocks."""
    import gradio as gr

    told = gr.Markdown(who(state), elem_id="qui")
    with gr.Column(visible=has_one(state)) as whole:
        doubles = gr.Dropdown(
            choices(state), value=state.chosen, label="Quel double ?", visible=len(state.doubles()) > 1
        )
        circle = chat_knobs.draw_circle(state)
        with gr.Row(elem_id="accueil", visible=True) as welcome:
            asked = [gr.Button(text, size="sm", elem_classes="question") for text in openings(state)]
        with gr.Row(elem_id="cote-a-cote"):
            mine, theirs = thread(state.title(), "fil"), thread("Le modèle de base", "fil-base")
        box = gr.Textbox(
            elem_id="message",
            label="Votre message",
            show_label=False,
            placeholder="Votre message",
            lines=1,
            max_lines=8,
            submit_btn="Envoyer",
            stop_btn=False,
        )
        state_line = gr.Markdown("", elem_id="etat")
        with gr.Row(elem_id="gestes"):
            again = gr.Button("Refaire la réponse", size="sm")
            edit = gr.Button("Modifier mon message", size="sm")
            votes = [gr.Button(words, size="sm") for words in VOTES.values()]
            clear = gr.Button("Nouvelle conversation", size="sm")
        with gr.Row():
            with gr.Column(min_width=300):
                kept = chat_threads.draw_kept(state)
            with gr.Column(min_width=300):
                knobs = chat_knobs.draw_knobs(state)
    talk = Talk(state)
    parts = [mine, theirs]
    answering = wire(talk, parts, box, state_line, (again, edit, clear), asked, knobs, welcome, kept)
    for name, button in zip(VOTES, votes, strict=True):
        button.click(lambda history, name=name: vote(state, name, history), mine, state_line, **FREE)
    circle.input(lambda told: told, circle, knobs[0], **FREE)
    mine.edit(correcting(state), mine, state_line, **FREE)
    knobs[3].change(lambda on: gr.Chatbot(visible=on), knobs[3], theirs, **FREE)
    shown = [told, whole, doubles, mine, *asked, *knobs, circle, kept.list]
    turned = len(knobs) + 1
    keep_fresh(state, blocks, shown, kept, turned)
    begin = [*parts, welcome, kept.list]
    doubles.input(choosing(state), doubles, None, cancels=answering, **FREE).then(
        lambda: fresh(state, kept, turned), None, shown, **FREE
    ).then(kept.begin, None, begin, **FREE)


def keep_fresh(
    state: StudioState, blocks: Any, shown: list[Any], kept: "chat_threads.Kept", knobs: int
) -> None:
    """What may have changed is shown when the page is loaded, and each time this step is opened (page.js)."""
    import gradio as gr

    opened = gr.Button("Rafraîchir", elem_id="rafraichir", visible="hidden")
    opened.click(lambda: fresh(state, kept, knobs), None, shown, **FREE)
    blocks.load(lambda: fresh(state, kept, knobs, new=True), None, shown, **FREE)


def fresh(state: StudioState, kept: "chat_threads.Kept", knobs: int, new: bool = False) -> list[Any]:
    """The knobs go back to their start where another double is chosen, or the page is new."""
    import gradio as gr

    turned = not new and state.choices.get("turned") == state.chosen
    state.choices["turned"] = state.chosen
    return [
        who(state),
        gr.Column(visible=has_one(state)),
        gr.Dropdown(choices(state), value=state.chosen, visible=len(state.doubles()) > 1),
        gr.Chatbot(label=state.title()),
        *map(gr.Button, openings(state)),
        *([gr.skip()] * knobs if turned else [*chat_knobs.values(state), chat_knobs.draw_circle(state)]),
        kept.renewed(),
    ]


def correcting(state: StudioState) -> Callable[..., str]:
    import gradio as gr

    def corrected(history: History, change: gr.EditData) -> str:
        place = change.index if isinstance(change.index, int) else change.index[0]
        return edited(state, history, place, text_of(change.previous_value), text_of(change.value))

    return corrected


def choosing(state: StudioState) -> Callable[[str], None]:
    def chosen(run: str) -> None:
        if run in {known.run for known in state.doubles()}:
            state.choose(run)

    return chosen


def choices(state: StudioState) -> list[tuple[str, str]]:
    return [(known.label, known.run) for known in state.doubles()]


def has_one(state: StudioState) -> bool:
    return bool(state.chosen) or state.is_open


def who(state: StudioState) -> str:
    """What must be said at first contact."""
    if not has_one(state):
        return "## Discuter\nIl n'y a pas encore de double : l'étape « Apprendre » en fait un."
    return f"## Discuter\nVous parlez {to(plain(state.title()))}, une IA."


def to(title: str) -> str:
    """« au double de Léa », « à votre double »"""
    begins = double_of("x").removesuffix("de x")
    return (
        f"au {title.removeprefix('Le ')}" if title.startswith(begins) else f"à {title[:1].lower()}{title[1:]}"
    )


def plain(name: str) -> str:
    """A name with nothing that Markdown would take for a sign."""
    return "".join(" " if sign in "\\`*_{}[]<>#|~$" else sign for sign in name)


def wire(
    talk: Talk,
    parts: list[Any],
    box: Any,
    told: Any,
    buttons: tuple[Any, Any, Any],
    asked: Sequence[Any],
    knobs: list[Any],
    welcome: Any,
    kept: "chat_threads.Kept",
) -> list[Any]:
    """Who listens to what; the events that answer. Meanwhile « Arrêter » stands where « Envoyer » stood."""
    import gradio as gr

    again, edit, clear = buttons

    def talking() -> Any:
        return gr.Textbox(submit_btn=False, stop_btn="Arrêter"), gr.Row(visible=False)

    def quiet() -> Any:
        return gr.Textbox(submit_btn="Envoyer", stop_btn=False)

    answering = []
    for start in (
        box.submit(ask_both, [box, *parts], [box, *parts], **FREE),
        again.click(without_last_answer, parts, parts, **FREE),
        *(button.click(ask_both, [button, *parts], [box, *parts], **FREE) for button in asked),
    ):
        said = start.then(talking, None, [box, welcome], **FREE).then(
            talk.say, [*parts, *knobs], [*parts, told], **QUIETLY
        )
        said.then(quiet, None, box, **FREE).then(kept.save, [parts[0], knobs[0]], [kept.list, told], **FREE)
        answering.append(said)
    edit.click(take_back, parts, [box, *parts], cancels=answering, **FREE).then(quiet, None, box, **FREE)
    box.stop(quiet, None, box, cancels=answering, **FREE).then(
        kept.save, [parts[0], knobs[0]], [kept.list, told], **FREE
    )
    clear.click(kept.begin, None, [*parts, welcome, kept.list], cancels=answering, **FREE).then(
        quiet, None, box, **FREE
    )
    kept.wire(parts, welcome, told, answering)
    return answering

"""Kept conversations, where the person asks for it: opened, renamed, exported, deleted (recall/chats.py).

Only what was said with the double is kept; its base answers beside it for the moment.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sosie.core.errors import SosieError
from sosie.core.workspace import closed_folder, whole
from sosie.recall.chats import Chats
from sosie.studio.chat_tab import FREE, History, history_of, turns_of
from sosie.studio.state import StudioState

WHERE = "Gardées dans ce dossier, pour vous seul (chats.db). Effacées, il n'en reste rien."


@dataclass
class Kept:
    """The list, and what keeps the conversation under way."""

    state: StudioState
    keep: Any
    list: Any
    name: Any
    buttons: tuple[Any, ...]  # rename, export, delete
    thread: int | None = None  # the one under way, once it is kept

    @property
    def chats(self) -> Chats:
        return Chats(self.state.workspace)

    def renewed(self) -> Any:
        """The list as it is on the disk."""
        import gradio as gr

        found = listed(self.chats)
        here = self.thread if self.thread in {id_ for _, id_ in found} else None
        return gr.Dropdown(found, value=here)

    def save(self, history: History, system: str) -> list[Any]:
        """After each answer, where it was asked for: (the list, what went wrong)."""
        import gradio as gr

        try:
            if self.keep_on and len(history) > 1:
                if self.thread is None:
                    self.thread = self.chats.start(self.state.chosen or "").id
                self.chats.save(self.thread, turns_of(history, system))
        except SosieError as error:
            return [self.renewed(), f"{error.message} {error.mend}"]
        return [self.renewed(), gr.skip()]

    @property
    def keep_on(self) -> bool:
        return bool(self.state.choices.get("keep_chats"))

    def begin(self) -> list[Any]:
        """A new conversation: (histories, the openings, the list)."""
        import gradio as gr

        self.thread = None
        return [[], [], gr.Row(visible=True), self.renewed()]

    def open(self, chosen: int | None) -> list[Any]:
        import gradio as gr

        self.thread = chosen
        history = history_of(self.chats.turns(chosen)) if chosen is not None else []
        return [history, [], gr.Row(visible=not history)]

    def wire(self, parts: list[Any], welcome: Any, told: Any, answering: list[Any]) -> None:
        rename, export, delete = self.buttons
        self.keep.change(self._ask_to_keep, self.keep, None, **FREE)
        self.list.input(self.open, self.list, [*parts, welcome], cancels=answering, **FREE)
        rename.click(self._told(self._rename), self.name, [told, self.list], **FREE)
        export.click(self._told(self._export), self.name, [told, self.list], **FREE)
        delete.click(self._told(self._delete), self.name, [told, self.list], **FREE)

    def _ask_to_keep(self, on: bool) -> None:
        self.state.choices["keep_chats"] = bool(on)

    def _told(self, work: Any) -> Any:
        """The work on the thread that is open, and what came of it in a sentence."""

        def run(name: str) -> list[Any]:
            if self.thread is None:
                return ["Ouvrez d'abord une conversation gardée.", self.renewed()]
            try:
                return [work(self.thread, name), self.renewed()]
            except SosieError as error:
                return [f"{error.message} {error.mend}", self.renewed()]

        return run

    def _rename(self, thread: int, name: str) -> str:
        self.chats.rename(thread, name)
        return "Renommée."

    def _export(self, thread: int, name: str) -> str:
        """A file that « Emporter » lists."""
        path = closed_folder(self.state.workspace.out) / f"conversation-{thread}.json"
        with whole(path) as draft:
            draft.write_text(
                json.dumps(self.chats.export(thread), ensure_ascii=False, indent=1), encoding="utf-8"
            )
        return f"« {path.name} » est à l'étape « Emporter »."

    def _delete(self, thread: int, name: str) -> str:
        self.chats.delete(thread)
        self.thread = None
        return "Effacée."


def listed(chats: Chats) -> list[tuple[str, int]]:
    """What is kept, as a list shows it: the name, and how many messages; nothing of a damaged file."""
    with suppress(SosieError):  # told where something is to be kept
        return [(f"{one.name or 'Sans nom'} ({one.turns})", one.id) for one in chats.threads()]
    return []


def draw_kept(state: StudioState) -> Kept:
    import gradio as gr

    with gr.Accordion("Conversations gardées", open=False):
        keep = gr.Checkbox(False, label="Garder mes conversations", info=WHERE)
        list_ = gr.Dropdown(listed(Chats(state.workspace)), value=None, label="Rouvrir")
        name = gr.Textbox("", label="Nouveau nom", max_lines=1)
        with gr.Row():
            buttons = tuple(gr.Button(words, size="sm") for words in ("Renommer", "Exporter", "Effacer"))
    return Kept(state, keep, list_, name, buttons)

"""« Discuter »: the double and its base side by side. Every answer is the engine's; words are only carried.

histories (the double's, the base's)  --ask-->  both with one more message  --answer-->  both growing
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sosie.core.dialogue import Turn
from sosie.core.errors import SosieError
from sosie.core.sampling import Sampling, changed
from sosie.engines.base import Adjustable, Doubled, Engine, TextStream
from sosie.studio.chat_knobs import LEARNT
from sosie.studio.jobs import unforeseen
from sosie.studio.state import StudioState

History = list[dict[str, Any]]  # Gradio's messages: role, content
SILENT = "(aucune réponse)"  # shown where the model said nothing, and never given back to it
# How a function of the page is called: without a bar, by nobody else; at once, or in the queue of slow ones.
QUIETLY: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
FREE = QUIETLY | {"queue": False}


@dataclass(frozen=True, slots=True)
class Knobs:
    """What the user may turn, in the order of the form."""

    system: str = field(default="", repr=False)
    temperature: float = Sampling().temperature
    strength: float = LEARNT
    beside: bool = True  # the base answers too
    top_p: float = Sampling().top_p
    max_tokens: int = Sampling().max_tokens

    def sampling(self, default: Sampling) -> Sampling:
        asked = {"temperature": float(self.temperature), "top_p": float(self.top_p)}
        return changed(default, **asked, max_tokens=int(self.max_tokens))


def answer(
    views: Sequence[Engine], histories: Sequence[History], knobs: Knobs
) -> Iterator[tuple[History, ...]]:
    """The histories with an answer growing at the end of each, piece by piece in turn. Closing it stops all.

    A history beyond the last view stays as it is.
    """
    said = [""] * len(views)
    streams = {
        place: view.stream(turns_of(histories[place], knobs.system), knobs.sampling(view.sampling))
        for place, view in enumerate(views)
    }
    live = dict(streams)
    try:
        while live:
            for place, stream in list(live.items()):
                piece = next(stream, None)
                if piece is None:
                    del live[place]
                    said[place] = said[place] or SILENT
                else:
                    said[place] += piece
            yield with_answers(histories, said)
    finally:
        close(streams)


def close(streams: Mapping[int, TextStream]) -> None:
    for stream in streams.values():
        stream.close()


def with_answers(histories: Sequence[History], said: Sequence[str]) -> tuple[History, ...]:
    rows = list(map(list, histories))
    for place, text in enumerate(said):
        if text:
            rows[place].append({"role": "assistant", "content": text})
    return tuple(rows)


def turns_of(history: History, system: str) -> tuple[Turn, ...]:
    """Gradio's messages as turns; an empty system text is none, and so is an answer without a word."""
    every = (Turn(message["role"], text_of(message["content"])) for message in history)
    said = tuple(turn for turn in every if turn != Turn("assistant", SILENT))
    return (Turn("system", system.strip()), *said) if system.strip() else said


def history_of(turns: Sequence[Turn]) -> History:
    return [{"role": turn.role, "content": turn.text} for turn in turns if turn.role != "system"]


def text_of(content: Any) -> str:
    """The words of a message: Gradio gives a string, or a list of {"type": "text", "text": ...}."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content if part.get("type") == "text")


def ask_both(text: str, *histories: History) -> tuple[Any, ...]:
    """What was typed goes to both histories, and the box is empty again."""
    text = text.strip()
    new = [{"role": "user", "content": text}] if text else []
    return "", *([*history, *new] for history in histories)


def without_last_answer(*histories: History) -> tuple[History, ...]:
    """Back to the last question, to answer it again."""
    return tuple(_until_question(history) for history in histories)


def _until_question(history: History) -> History:
    kept = list(history)
    while kept and kept[-1]["role"] == "assistant":
        kept.pop()
    return kept


def take_back(*histories: History) -> tuple[Any, ...]:
    """The last question goes back to the box, to be written otherwise."""
    kept = without_last_answer(*histories)
    words = text_of(kept[0][-1]["content"]) if kept[0] else ""
    return words, *(history[:-1] for history in kept)


def views_of(engine: Engine, knobs: Knobs) -> list[Engine]:
    """Who answers: the double at its strength, then its base where it is wanted and there is one."""
    doubled = isinstance(engine, Doubled) and engine.base is not engine
    first: Engine = engine
    if isinstance(engine, Adjustable) and doubled and knobs.strength != LEARNT:
        first = engine.at(float(knobs.strength))
    return [first, engine.base] if isinstance(engine, Doubled) and doubled and knobs.beside else [first]


class Talk:
    """The conversation of the page: who answers now, each view kept for as long as it is the same."""

    def __init__(self, state: StudioState) -> None:
        self._state = state
        self._views: tuple[Any, list[Engine]] | None = None

    def say(self, mine: History, theirs: History, *values: Any) -> Iterator[tuple[Any, Any, str]]:
        """(the double's history, the base's, what went wrong), as they grow."""
        if not mine or mine[-1]["role"] != "user":
            yield mine, theirs, ""
            return
        knobs = Knobs(*values)
        yield mine, theirs, "Le modèle se charge…" if not self._state.is_open else ""
        try:
            for first, *others in answer(self._chosen(knobs), (mine, theirs), knobs):
                yield first, others[0], ""
        except Exception as error:
            told = error if isinstance(error, SosieError) else unforeseen(error)
            yield mine, theirs, f"{told.message} {told.mend}"
        else:
            self._state.choices["talked"] = True

    def _chosen(self, knobs: Knobs) -> list[Engine]:
        """The views: made anew they would read the whole conversation again."""
        engine = self._state.engine()
        key = engine, knobs.strength, knobs.beside
        if self._views is None or self._views[0] != key:
            self._views = key, views_of(engine, knobs)
        return self._views[1]

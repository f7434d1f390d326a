"""An engine as a Python program talks to it: strings, OpenAI messages or turns in, text out.

lea = project.open("lea")
lea.answer("salut")                                           "coucou toi"
lea.answer([{"role": "user", "content": "tu viens ?"}], temperature=0.2)
for piece in lea.stream("raconte"): ...                       closing the generator stops the model
chat = lea.chat(); chat.say("salut"); chat.say("et toi ?")    remembers
"""

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from sosie.core.dialogue import Turn
from sosie.core.errors import BadData
from sosie.core.message_turns import ROLES, plain_text
from sosie.core.sampling import Sampling, changed
from sosie.engines.base import Engine

Asked = str | Sequence[Turn | Mapping[str, Any]]


class ChatModel:
    """A double or a model, open. `settings` are those of sampling: temperature, top_p, max_tokens, seed...

    The double's own system text stands first unless the messages bring one. Close it to give memory back.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def answer(self, asked: Asked, **settings: Any) -> str:
        """The whole answer. BadData for messages that are none, BadSettings for a setting out of bounds."""
        return "".join(self.stream(asked, **settings))

    def stream(self, asked: Asked, **settings: Any) -> Iterator[str]:
        """The answer in pieces, as it comes."""
        return self.engine.stream(self._turns(asked), self.sampling(**settings))

    def chat(self, **settings: Any) -> "ChatSession":
        """A conversation that remembers what was said."""
        return ChatSession(self, settings)

    def sampling(self, **settings: Any) -> Sampling:
        return changed(self.engine.sampling, **settings)

    def _turns(self, asked: Asked) -> tuple[Turn, ...]:
        turns = turns_of(asked)
        if self.engine.portrait and turns[0].role != "system":
            return (Turn("system", self.engine.portrait), *turns)
        return turns

    def close(self) -> None:
        self.engine.close()

    def __enter__(self) -> "ChatModel":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"ChatModel({self.engine.name!r})"


class ChatSession:
    """What was said so far, in `turns`."""

    def __init__(self, model: ChatModel, settings: Mapping[str, Any]) -> None:
        self.model, self.turns = model, tuple[Turn, ...]()
        self._settings = dict(settings)

    def say(self, text: str) -> str:
        """The answer to one more message."""
        return "".join(self.stream(text))

    def stream(self, text: str) -> Iterator[str]:
        """The answer in pieces; what was heard is remembered, even where it is closed before its end."""
        asked = (*self.turns, Turn("user", text))
        heard: list[str] = []
        try:
            for piece in self.model.stream(asked, **self._settings):
                heard.append(piece)
                yield piece
        finally:
            if heard:
                self.turns = (*asked, Turn("assistant", "".join(heard)))

    def __repr__(self) -> str:
        return f"ChatSession({self.model.engine.name!r}, turns={len(self.turns)})"


def turns_of(asked: Asked) -> tuple[Turn, ...]:
    """The turns that a string or a list of messages means. BadData where there is nothing to answer."""
    given = (Turn("user", asked),) if isinstance(asked, str) else tuple(map(turn_of, asked))
    if not given or given[-1].role == "system":
        raise BadData("Il n'y a pas de message à qui répondre.", "Donnez un texte, ou une liste de messages.")
    return given


def turn_of(message: Turn | Mapping[str, Any]) -> Turn:
    """{"role": "user", "content": "salut"} -> Turn("user", "salut")"""
    if isinstance(message, Turn):
        return message
    role = ROLES.get(str(message.get("role", ""))) if isinstance(message, Mapping) else None
    if role is None:
        raise BadData(
            "Un message n'a pas la forme attendue.", 'Attendu : {"role": "user", "content": "bonjour"}'
        )
    return Turn(role, plain_text(message.get("content")))

"""What may be asked, as pydantic models read from JSON, and what it means: turns and a sampling.

Fields of OpenAI's that are not named here are ignored (user, penalties, store...), but for those which would
change what an answer is: more than one of them, tools, a format.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sosie.core.dialogue import Role, Turn
from sosie.core.sampling import Sampling, changed
from sosie.engines.tools import consult
from sosie.server.doubles import STRONGEST
from sosie.server.exchange import Refused

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
_TEXT_PARTS = ("text", "input_text", "output_text")
_PART = {
    "type": "object",
    "properties": {"type": {"enum": [*_TEXT_PARTS]}, "text": {"type": "string"}},
    "required": ["type", "text"],
}
_PARTS: dict[str, Any] = {"type": "array", "items": _PART}
MOST_OTHERS = 20  # tokens
Strength = Annotated[float | None, Field(ge=0, le=STRONGEST)]
Asked = TypeVar("Asked", bound=BaseModel)


class FromJson(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)


class Said(FromJson):
    role: Annotated[str, Field(json_schema_extra={"enum": [*_ROLES]})]
    content: Annotated[Any, Field(json_schema_extra={"anyOf": [{"type": "string"}, _PARTS]})] = None


class StreamOptions(FromJson):
    include_usage: bool | None = None


class AskedChat(FromJson):
    """POST /v1/chat/completions"""

    messages: list[Said]
    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    stop: Any = None
    seed: int | None = None
    n: int | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int | None, Field(ge=0, le=MOST_OTHERS)] = None
    tools: list[Any] | None = None
    response_format: Any = None
    sosie_strength: Strength = None
    sosie_tools: bool | None = None

    def turns(self) -> tuple[Turn, ...]:
        return turns_from(self.messages)

    def consulted(self) -> tuple[str, ...]:
        return consult(self.turns()[-1].text, datetime.now()) if self.sosie_tools else ()

    @property
    def others(self) -> int | None:
        """How many of the likeliest tokens beside each; None where probabilities are not asked for."""
        return self.top_logprobs or 0 if self.logprobs else None

    def sampling(self, usual: Sampling) -> Sampling:
        """Refused for what cannot be done, BadSettings for a number out of its bounds."""
        if self.n not in (None, 1):
            raise Refused("Une seule réponse par demande : n doit valoir 1.", param="n")
        refuse_tools(self.tools)
        if (self.response_format or {"type": "text"}) != {"type": "text"}:
            raise Refused("Un double répond en texte libre.", param="response_format")
        most = self.max_tokens if self.max_completion_tokens is None else self.max_completion_tokens
        return changed(
            usual,
            temperature=self.temperature,
            top_p=self.top_p,
            max_tokens=most,
            seed=self.seed,
            stop=stop_texts(self.stop),
        )


class AskedResponse(FromJson):
    """POST /v1/responses, without state: each request brings the whole conversation."""

    input: str | list[Said]
    instructions: str | None = None
    model: str | None = None
    stream: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    previous_response_id: str | None = None
    background: bool | None = None
    tools: list[Any] | None = None
    sosie_strength: Strength = None
    sosie_tools: bool | None = None

    def consulted(self) -> tuple[str, ...]:
        return consult(self.turns()[-1].text, datetime.now()) if self.sosie_tools else ()

    def turns(self) -> tuple[Turn, ...]:
        messages = [Said(role="user", content=self.input)] if isinstance(self.input, str) else self.input
        before = [Said(role="system", content=self.instructions)] if self.instructions else []
        return turns_from([*before, *messages])

    def sampling(self, usual: Sampling) -> Sampling:
        if self.previous_response_id or self.background:
            raise Refused("Rien n'est gardé ici : donnez toute la conversation dans « input ».")
        refuse_tools(self.tools)
        return changed(
            usual, temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_output_tokens
        )


def read_asked(model: type[Asked], body: bytes) -> Asked:
    """Refused, with the name of the field, for JSON that is none or of another shape."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False, include_context=False)[0]
        if wrong["type"] == "json_invalid":
            raise Refused("Le corps de la demande n'est pas du JSON valable.") from None
        field = ".".join(map(str, wrong["loc"])) or "le corps"
        said = "manque" if wrong["type"] == "missing" else "n'a pas la forme attendue"
        raise Refused(f"« {field} » {said}.", param=field) from None


def turns_from(messages: Iterable[Said]) -> tuple[Turn, ...]:
    """The turns of OpenAI's messages, empty ones left out. Refused where there is nothing to answer."""
    turns = tuple(turn for turn in map(_turn, messages) if turn.text.strip())
    if not turns or turns[-1].role != "user":
        raise Refused(
            "Il n'y a pas de message à qui répondre : le dernier doit être de l'utilisateur, et non vide.",
            param="messages",
        )
    return turns


def _turn(message: Said) -> Turn:
    if message.role not in _ROLES:
        raise Refused(f"Rôle inconnu. Possibles : {', '.join(_ROLES)}.", param="messages")
    return Turn(_ROLES[message.role], _text(message.content))


def _text(content: Any) -> str:
    """A string, or a list of parts of text."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise Refused("« content » doit être un texte.", param="messages")
    if not all(part.get("type") in _TEXT_PARTS and isinstance(part.get("text"), str) for part in content):
        raise Refused("Un double ne lit que du texte : ni image, ni son, ni fichier.", param="messages")
    return "\n".join(part["text"] for part in content)


def stop_texts(stop: Any) -> tuple[str, ...] | None:
    """« \\n », ["a", "b"] or nothing."""
    texts = [stop] if isinstance(stop, str) else stop
    if texts is None:
        return None
    if not isinstance(texts, list) or not all(isinstance(text, str) and text for text in texts):
        raise Refused("« stop » doit être un texte, ou une liste de textes non vides.", param="stop")
    return tuple(texts)


def refuse_tools(tools: list[Any] | None) -> None:
    if tools:
        raise Refused("Un double n'appelle pas d'outils (tools).", param="tools")

"""MCP: a double as the tools of somebody's assistant, over stdio.

ecrire_comme_moi(message, avant)     an answer in the person's voice
mesurer_ressemblance(textes)         how close texts are to the way the person writes
retrouver_mes_mots(mots)             what the person said, as data/ has it: masked
sosie://portrait                     how the person writes, in sentences

The `mcp` package speaks the protocol, stateless (2026-07-28) or with a handshake (2025-11-25), and keeps the
standard output for it: what anything else prints goes to the error output. Nothing of what is asked or
answered is logged. Not covered: the assistant reads what it is given, and may send it where its own model is.
"""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, redirect_stdout, suppress
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field

from sosie import __version__
from sosie.api import Project
from sosie.core.dialogue import Turn
from sosie.core.errors import BadData, NothingToDo, SosieError
from sosie.core.extras import need
from sosie.core.jsonl import own_dialogues
from sosie.core.sampling import changed
from sosie.engines.base import Adjustable, Engine, complete

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from sosie.evaluate.measures.reference import Reference

MOST_LETTERS = 100_000  # of a message
MOST_TEXTS = 2_000
INSTRUCTIONS = (
    "Le double d'une personne, appris de ses propres messages. Ce qu'il écrit est un brouillon : montrez-le "
    "à la personne, et n'envoyez rien en son nom sans qu'elle le demande."
)


class ChatMessage(BaseModel):
    """One message of a conversation."""

    role: Literal["user", "assistant"] = Field(description="user : l'autre ; assistant : la personne")
    content: str = Field(max_length=MOST_LETTERS)


class Tools:
    """What the tools do. The engine is opened by the first call that needs it, and answers one at a time."""

    def __init__(self, project: Project, open_engine: Callable[[], Engine]) -> None:
        self._project, self._open_engine = project, open_engine
        self._lock = Lock()

    @cached_property
    def _engine(self) -> Engine:
        return self._open_engine()

    @cached_property
    def _reference(self) -> "Reference":
        """The person's replies that no training learnt from, and invented other people."""
        from sosie.evaluate.heldout import typed
        from sosie.evaluate.measures.reference import make_reference

        held = [
            dialogue
            for part in ("test", "valid")
            for dialogue in own_dialogues(self._project.workspace, part)
        ]
        return make_reference([reply for dialogue in held if typed(dialogue) for reply in dialogue.replies])

    def write(
        self, message: str, before: list[ChatMessage], strength: float, temperature: float | None
    ) -> str:
        """The answer to a message; at another strength than 1, of a double only (BadData)."""
        with self._lock:
            engine = self._engine
            if strength != 1.0:
                if not (isinstance(engine, Adjustable) and engine.strength is not None):
                    raise BadData("Ce modèle n'a pas de force à régler.", "Laissez « combien » à 1.")
                engine = engine.at(strength)
            said = [Turn(each.role, each.content) for each in before]
            system = [Turn("system", engine.portrait)] if engine.portrait else []
            sampling = changed(engine.sampling, temperature=temperature)
            answer, _ = complete(engine.stream((*system, *said, Turn("user", message)), sampling))
            return answer

    def measure(self, texts: list[str]) -> dict[str, Any]:
        """R with its interval, or why there is none; NothingToDo where no reply is held out."""
        from sosie.evaluate.measures.likeness import measure_likeness

        with self._lock:
            told = measure_likeness(self._reference, texts).to_json()
        return {name: told[name] for name in ("value", "low", "high", "n", "measurable", "reason")}

    def find(self, words: str, count: int) -> list[dict[str, str]]:
        """What the person said, to what, when and where."""
        return [passage.to_json() for passage in self._project.find_own_words(words, count)]

    def portrait(self) -> str:
        """That of what the person wrote here, or else of the double."""
        from sosie.engines.few_shot import portrait_of, typed_sample

        with self._lock:
            with suppress(NothingToDo):
                return portrait_of(typed_sample(self._project.workspace), self._project.owner())
            return self._engine.portrait

    def close(self) -> None:
        """Give the engine back, if it was opened."""
        if "_engine" in vars(self):
            self._engine.close()


@asynccontextmanager
async def quiet_output(server: object) -> AsyncIterator[None]:
    """What is printed while the protocol has the standard output goes to the error output, also what a buffer
    would have held until the output is its own again."""
    with redirect_stdout(sys.stderr):
        yield


def make_server(tools: Tools) -> "MCPServer[Any]":
    """A server that only waits for `run("stdio")`. MissingExtra where `mcp` is not installed."""
    need("mcp", extra="mcp")
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ResourceError, ToolError
    from mcp.types import ToolAnnotations

    server: MCPServer[Any] = MCPServer(
        "sosie", version=__version__, instructions=INSTRUCTIONS, log_level="CRITICAL", lifespan=quiet_output
    )
    reading = ToolAnnotations(read_only_hint=True, open_world_hint=False)

    def ecrire_comme_moi(
        message: Annotated[str, Field(min_length=1, max_length=MOST_LETTERS, description="Le message reçu")],
        avant: Annotated[
            list[ChatMessage], Field(max_length=200, description="La conversation d'avant")
        ] = [],  # noqa: B006
        combien: Annotated[float, Field(ge=0, le=1.5, description="0 : le modèle ; 1 : le double")] = 1.0,
        temperature: Annotated[float | None, Field(ge=0, le=2, description="0 : le plus probable")] = None,
    ) -> str:
        """Répond à un message comme la personne l'écrirait. C'est un brouillon, écrit par une machine."""
        with call_told(ToolError):
            return tools.write(message, avant, combien, temperature)

    def mesurer_ressemblance(
        textes: Annotated[list[str], Field(min_length=1, max_length=MOST_TEXTS, description="Des réponses")],
    ) -> dict[str, Any]:
        """Mesure si des textes sont écrits comme la personne écrit : 0, une autre ; 100, elle-même."""
        with call_told(ToolError):
            return tools.measure(textes)

    def retrouver_mes_mots(
        mots: Annotated[str, Field(min_length=1, max_length=MOST_LETTERS, description="Ce qu'on cherche")],
        nombre: Annotated[int, Field(ge=1, le=50, description="Messages au plus")] = 5,
    ) -> list[dict[str, str]]:
        """Cherche dans les messages de la personne, noms et numéros masqués, et à quoi elle répondait."""
        with call_told(ToolError):
            return tools.find(mots, nombre)

    def portrait() -> str:
        """Comment la personne écrit, en quelques phrases."""
        with call_told(ResourceError):
            return tools.portrait()

    server.add_tool(ecrire_comme_moi, title="Écrire comme moi", annotations=reading)
    server.add_tool(mesurer_ressemblance, title="Mesurer la ressemblance", annotations=reading)
    server.add_tool(retrouver_mes_mots, title="Retrouver mes mots", annotations=reading)
    server.resource("sosie://portrait", title="Portrait", mime_type="text/plain")(portrait)
    return server


@contextmanager
def call_told(kind: type[Exception]) -> Iterator[None]:
    """What goes wrong, in a sentence with its mend; of what nobody foresaw, the kind alone."""
    try:
        yield
    except SosieError as error:
        raise kind(f"{error.message} {error.mend}".strip()) from None
    except Exception as error:
        raise kind(f"Une erreur que sosie n'avait pas prévue ({type(error).__name__}).") from None

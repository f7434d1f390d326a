"""Everything that answers: one small protocol, and the door that opens any of them.

open_engine(Double | folder | zip | « mini » | hub id | address | « echo »)  ->  Engine
Engine.stream(turns, sampling)   ->  TextStream   (text as it comes; closing it stops the model)
Engine.answers(many, sampling)   ->  list[str]    (in batches; `seeds`: one for each)
Engine.tokens(text)              ->  int          (in the unit of `max_tokens`)
Scorer.losses(examples)          ->  list[Loss]
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from sosie.core.dialogue import Turn
from sosie.core.double import Double
from sosie.core.errors import BadSettings, UnknownModel
from sosie.core.registry import Registry
from sosie.core.sampling import Sampling
from sosie.core.settings import nearest
from sosie.models.gguf.naming import means_gguf
from sosie.models.nanochat.checkpoint import find_checkpoint

if TYPE_CHECKING:
    from sosie.engines.framing import Framing
    from sosie.models.template import Example

BUILT_IN = {
    "echo": "sosie.engines.echo:open_echo",
    "gguf": "sosie.engines.gguf:open_gguf",
    "local": "sosie.engines.open_local:open_local",
    "mlx": "sosie.engines.open_local:open_mlx",
    "nanochat": "sosie.engines.nanochat:open_nanochat",
    "remote": "sosie.engines.remote:open_remote",
}
ENGINES = Registry("sosie.engines", BUILT_IN)

Ending = Literal["end", "stop", "length"]  # the model's end token, a stop text, no more room


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost. `reused` tokens of the prompt were not computed again."""

    prompt: int = 0
    reused: int = 0
    tokens: int = 0
    seconds: float = 0.0
    first_seconds: float = 0.0  # until the first token
    ending: Ending = "end"
    unread: int = 0  # letters at the beginning of the message, for which the context had no room

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / self.seconds if self.seconds else 0.0


# Text pieces, never half a character; what the generator returns at its end is the Usage.
TextStream = Generator[str, None, Usage]


@dataclass(frozen=True, slots=True)
class Loss:
    """How unexpected the learnt tokens of one example are: a sum, in nats."""

    nats: float
    tokens: int

    @property
    def mean(self) -> float:
        return self.nats / self.tokens if self.tokens else 0.0


class Engine(Protocol):
    """`portrait` and `sampling` are what it was made for; whoever talks may say otherwise."""

    name: str
    portrait: str
    sampling: Sampling

    def stream(self, turns: Sequence[Turn], sampling: Sampling) -> TextStream: ...

    def answers(
        self, many_turns: Sequence[Sequence[Turn]], sampling: Sampling, seeds: Sequence[int] = ()
    ) -> list[str]: ...  # `seeds`: one for each, in place of that of `sampling`

    def tokens(self, text: str) -> int: ...  # how many it takes of `max_tokens`

    def close(self) -> None: ...


@runtime_checkable
class Scorer(Engine, Protocol):
    """An engine that can also tell how likely a given text is, token by token."""

    framing: "Framing"  # makes the examples

    def losses(self, examples: Iterable["Example"]) -> list[Loss]: ...

    def foreseen(self, examples: Iterable["Example"]) -> list[list[bool]]: ...


@runtime_checkable
class Doubled(Protocol):
    """An engine that holds a double over its base, and can show either: one copy of the weights."""

    @property
    def base(self) -> Engine: ...


@runtime_checkable
class Adjustable(Doubled, Protocol):
    """A doubled engine that can also answer anywhere between both, and beyond."""

    strength: float | None  # of the adapter: 1 as learnt, 0 the base; None where there is no adapter

    def at(self, strength: float) -> Engine: ...


def is_double(engine: Engine) -> bool:
    """Whether it writes like somebody: it has a base, which is another engine."""
    return isinstance(engine, Doubled) and engine.base is not engine


def notice(name: str, double: bool) -> str:
    """What whoever talks to it reads first: « Vous parlez au double de lea, une IA. »"""
    return f"Vous parlez {'au double de' if double else 'à'} {name}, une IA."


def open_engine(what: Double | Path | str, kind: str | None = None, **options: Any) -> Engine:
    """The engine of a double, a folder, a model name or an address; `kind`: of ENGINES, else what suits it.

    `options` go to the engine as they are (local: device, dtype, bits, backend; remote: key, elsewhere).
    UnknownModel and BadData come from the rooms that load.
    """
    if kind is not None and kind not in ENGINES:
        raise UnknownModel(f"Il n'y a pas de moteur « {kind} ».", nearest(kind, list(ENGINES)))
    if is_address(what) and kind not in (None, "remote"):
        raise BadSettings("À cette adresse, c'est le serveur qui choisit le moteur.", "Enlevez --engine.")
    suited = kind_of(what)
    if suited == "nanochat" and kind not in (None, suited):
        raise UnknownModel(
            f"Le moteur « {kind} » ne lit pas les modèles de nanochat.",
            "Laissez sosie choisir : sans --engine.",
        )
    if kind == "local":
        options = {"backend": "torch", **options}
    engine: Engine = ENGINES[kind or suited](what, **options)
    return engine


def kind_of(what: Double | Path | str) -> str:
    """The name in ENGINES of whatever opens this. « name:rest » goes to a foreign engine of that name."""
    if isinstance(what, Double):
        return "nanochat" if what.template == "nanochat" else "local"
    if is_address(what):
        return "remote"
    if means_gguf(what):
        return "gguf"
    if find_checkpoint(Path(what)):
        return "nanochat"
    if isinstance(what, str):
        name = what.partition(":")[0]
        if name in ENGINES and name != "local" and not Path(what).exists():
            return name
    return "local"


def is_address(what: object) -> bool:
    return isinstance(what, str) and what.lower().startswith(("http://", "https://"))


def complete(stream: TextStream) -> tuple[str, Usage]:
    """The whole answer and what it cost."""
    texts: list[str] = []
    while True:
        try:
            texts.append(next(stream))
        except StopIteration as end:
            return "".join(texts), end.value

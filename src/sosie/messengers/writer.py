"""What writes a draft: the double, from the end of a conversation."""

from collections.abc import Callable, Sequence

from sosie.core.dialogue import Turn
from sosie.engines.base import Engine, complete
from sosie.recall.database import storable

LONGEST_DRAFT = 2_000  # letters of a draft, which no messenger cuts
Writer = Callable[[Sequence[Turn]], str]


def writer_of(engine: Engine) -> Writer:
    """Turns that end with the other's words -> what the person could answer; empty where that is nothing."""
    system = (Turn("system", engine.portrait),) if engine.portrait else ()

    def write(turns: Sequence[Turn]) -> str:
        text, _ = complete(engine.stream((*system, *turns), engine.sampling))
        return storable(text).strip()[:LONGEST_DRAFT]

    return write

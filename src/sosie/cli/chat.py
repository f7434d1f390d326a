"""`sosie chat`: talk in the terminal, or ask once."""

import time
from typing import Annotated

from cyclopts import Parameter

from sosie import steps
from sosie.cli.console import Face
from sosie.core.dialogue import Turn


def chat(
    *,
    double: Annotated[
        str | None, Parameter(help="Un entraînement, un dossier, un modèle (sinon : le dernier)")
    ] = None,
    once: Annotated[str | None, Parameter(help="Une seule question, une seule réponse")] = None,
    face: Annotated[Face, Parameter(parse=False)],
) -> None:
    """Talk to a double."""
    engine = steps.open_engine(face.workspace, double)
    if once is None:
        from sosie.cli.talk import talk

        talk(engine, face.console)
        return
    start = time.monotonic()
    pieces = list(engine.stream((Turn("user", once),), engine.sampling))
    seconds = time.monotonic() - start
    answer = "".join(pieces)
    tokens = engine.count(answer)
    result = {
        "answer": answer,
        "tokens": tokens,
        "seconds": round(seconds, 3),
        "tokens_per_second": round(tokens / seconds, 1) if seconds else 0.0,
    }
    face.end(result, lambda console: console.print(answer, markup=False))

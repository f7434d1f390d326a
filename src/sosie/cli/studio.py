"""`sosie studio`: the page, on this machine only."""

from typing import Annotated

from cyclopts import Parameter

from sosie.cli.console import BASE, MODEL, Terminal
from sosie.core.errors import BadSettings


def studio(
    *,
    double: Annotated[
        str | None,
        Parameter(name=MODEL, help="Un entraînement, un dossier, un modèle, un .gguf (sinon : le dernier)"),
    ] = None,
    base: Annotated[str | None, Parameter(help=BASE)] = None,
    port: Annotated[int, Parameter(help="Le port, sur 127.0.0.1")] = 7860,
    browser: Annotated[bool, Parameter(negative="--no-browser", help="Ouvrir le navigateur")] = True,
    step: Annotated[str, Parameter(parse=False)] = "",
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Open the page, at this step or where there is something to do."""
    if terminal.as_json:
        raise BadSettings("La page n'a rien à dire en JSON.", "Relancez sans --json.")
    from sosie.studio import app

    app.launch(app.build(terminal.project, double, base), port=port, open_browser=browser, step=step)

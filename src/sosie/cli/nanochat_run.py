"""`sosie nanochat run`: nanochat's own chat programs, with a double behind them."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from sosie.cli.console import BASE, Terminal
from sosie.core.errors import BadSettings


def run(
    script: Annotated[Literal["chat_cli", "chat_web"], Parameter(help="Le programme de nanochat à lancer")],
    /,
    *arguments: Annotated[str, Parameter(help="Après « -- » : ce qui lui est transmis")],
    checkout: Annotated[Path, Parameter(help="Le dossier où nanochat est cloné ; rien n'y est écrit")],
    double: Annotated[
        str | None, Parameter(help="Un entraînement, un dossier, un modèle (sinon : le dernier)")
    ] = None,
    base: Annotated[str | None, Parameter(help=BASE)] = None,
    calculator: Annotated[
        bool, Parameter(negative="", help="Calculer ce que le double écrit entre << et >>")
    ] = False,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> int:
    """Run it until it ends; its exit code is ours."""
    if terminal.as_json:
        raise BadSettings("Une conversation ne tient pas dans un objet JSON.", "Relancez sans --json.")
    from sosie.nanochat import launcher

    tell = partial(terminal.console.print, style="dim", soft_wrap=True, markup=False)
    return launcher.run(
        script, checkout, lambda: terminal.open_engine(double, base), arguments, tell, calculator
    )

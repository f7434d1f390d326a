"""`sosie unpack`: open, on the other machine, the valise that `sosie export colab` made."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sosie.cli import passphrase
from sosie.cli.console import Terminal
from sosie.core.french_text import number
from sosie.export.training_kit import is_encrypted


def unpack(
    valise: Annotated[Path, Parameter(help="Le fichier « valise.zip », ou son dossier s'il a été déplié")],
    /,
    *,
    passphrase_file: Annotated[Path | None, Parameter(help="Le fichier où est la phrase secrète")] = None,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Put a valise's dialogues and settings into this folder."""
    phrase = passphrase.given(passphrase_file)
    if not phrase and valise.exists() and is_encrypted(valise):
        phrase = passphrase.typed(terminal, "Phrase secrète de la valise")
    learn = terminal.project.unpack(valise, phrase, terminal.report)
    terminal.end(
        {"dialogues": learn},
        lambda console: console.print(
            f"[green]✓[/] {number(learn)} dialogues à apprendre, et la recette.\n  [dim]→ sosie train[/]"
        ),
    )

"""`sosie import`: exports enter the folder, whole or not at all."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from sosie import steps
from sosie.cli.console import Face, literal, number


def import_(
    exports: Annotated[
        tuple[Path, ...], Parameter(help="Un ou plusieurs exports : fichiers, dossiers ou zips")
    ],
    /,
    *,
    me: Annotated[
        tuple[str, ...], Parameter(negative="", help="Votre nom dans l'export (plusieurs fois si besoin)")
    ] = (),
    source: Annotated[str | None, Parameter(help="Le format, s'il n'est pas reconnu")] = None,
    face: Annotated[Face, Parameter(parse=False)],
) -> None:
    """Bring exports into the folder."""
    done = steps.import_(face.workspace, exports, me, source, face.report)
    result = {
        "added": done.added,
        "already_there": done.already_there,
        "conversations": done.conversations,
        "me": list(done.me),
    }
    face.end(result, lambda console: draw(console, done))


def draw(console: Console, done: steps.Imported) -> None:
    console.print(
        f"[green]✓[/] {number(done.added)} messages ajoutés, {number(done.already_there)} déjà là, "
        f"{number(done.conversations)} conversation{'s' * (done.conversations > 1)}."
    )
    if done.me:
        console.print(f"  Vous êtes : [bold]{literal(', '.join(done.me))}[/] ({done.reason}).")
    console.print("  [dim]→ sosie prepare[/]")

"""`sosie plan`: what training would do, why, how long, how much memory."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console

from sosie import steps
from sosie.cli.console import Face, duration, number, size
from sosie.core import settings

if TYPE_CHECKING:
    from sosie.train.plan import Plan


def plan(
    *,
    model: Annotated[str | None, Parameter(help="Nom du catalogue, dossier ou identifiant de modèle")] = None,
    hardware: Annotated[settings.Hardware, Parameter(help="La machine")] = "auto",
    data: Annotated[Path | None, Parameter(help="Des dialogues (JSONL), au lieu de ceux du dossier")] = None,
    face: Annotated[Face, Parameter(parse=False)],
) -> None:
    """Say what would be done. Needs no torch."""
    options = settings.load(face.workspace.settings, "train", settings.Train)
    made = steps.plan(face.workspace, model, hardware, data, options, face.report)
    face.end(made.to_json(), lambda console: draw(console, made))


def draw(console: Console, made: "Plan") -> None:
    verdict = "[green]✓ tient[/]" if made.fits else "[red]✗ ne tient pas[/]"
    console.print(
        f"[bold]{made.model}[/] · {verdict} · {number(made.steps)} pas · "
        f"environ {duration(made.train_seconds)} (prévu)"
    )
    console.print(
        f"  Mémoire au plus haut : {size(made.peak_memory_bytes)} (prévue) · "
        f"adaptateur : {size(made.adapter_bytes)}, {number(made.trainable_parameters)} paramètres appris"
    )
    for reason in made.reasons:
        console.print(f"  [dim]·[/] {reason}")

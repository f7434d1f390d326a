"""`sosie plan`: what training would do, why, how long, how much memory."""

import re
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sosie.cli.console import Terminal, literal, printable
from sosie.core import settings, settings_file
from sosie.core.french_text import number, size, span
from sosie.train.ladder import LONG_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sosie.train.ladder import Rung
    from sosie.train.plan import Plan


def plan(
    *,
    model: Annotated[
        str | None, Parameter(help="Nom du catalogue, dossier, .gguf, « ollama:NOM » ou identifiant")
    ] = None,
    hardware: Annotated[settings.Hardware, Parameter(help="La machine")] = "auto",
    data: Annotated[Path | None, Parameter(help="Des dialogues (JSONL), au lieu de ceux du dossier")] = None,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Say what would be done. Needs no torch."""
    options = settings_file.load(terminal.project.workspace.settings, "train", settings.Train)
    made = terminal.project.plan(model, hardware, data, options, terminal.report)
    ladder = terminal.project.ladder(hardware, data, options)

    def draw(console: Console) -> None:
        draw_plan(console, made, ladder)
        draw_ladder(console, ladder)

    terminal.end({**made.to_json(), "ladder": [asdict(rung) for rung in ladder]}, draw)


def draw_plan(console: Console, made: "Plan", ladder: "Sequence[Rung]") -> None:
    """The verdict, the figures, and a paragraph for each reason.

    Before there are dialogues, the ladder alone knows how long it would take.
    """
    usual = next((rung.train_seconds for rung in ladder if rung.model == made.settings.model), 0.0)
    hours = "[yellow]des heures[/] · " if max(made.train_seconds, usual) >= LONG_SECONDS else ""
    console.print(f"[bold]{literal(made.settings.model)}[/] · {hours}{verdict(made)}")
    figures = Table.grid(padding=(0, 2))
    if made.steps:
        long = span(made.train_seconds_low, made.train_seconds_high)
        figures.add_row("  Durée", f"{long} (prévue), {number(made.steps)} pas au plus")
    figures.add_row("  Mémoire", f"{size(made.peak_memory_bytes)} au plus haut (prévue)")
    learnt = f"{number(made.trainable_parameters)} paramètres appris"
    figures.add_row("  Adaptateur", f"{size(made.adapter_bytes)}, {learnt}")
    console.print(figures)
    for reason in made.reasons:
        console.print(Text(paragraph(reason, console.width)))


def draw_ladder(console: Console, ladder: "Sequence[Rung]") -> None:
    """A line for each base that sosie advises, the best for this machine first."""
    console.print("\nLes bases, de la meilleure pour cette machine à la dernière :")
    for rung in ladder:
        hours = "[yellow]long[/] " if rung.train_seconds >= LONG_SECONDS else ""
        sign = f"{hours}[green]✓[/]" if rung.fits else "[dim]✗[/]"
        console.print(f"  {sign} [bold]{literal(rung.model)}[/] : {literal(rung.why)}", soft_wrap=True)


def paragraph(reason: str, width: int) -> str:
    """« · » and the sentence, its lines aligned; rich itself would cut before « : » and « % »."""
    glued = re.sub(r" (?=[:;?!%»])|(?<=«) ", "\u00a0", printable(reason))
    return textwrap.fill(glued, min(width, 100), initial_indent="  · ", subsequent_indent="    ")


def verdict(made: "Plan") -> str:
    if made.fits:
        return "[green]✓ tient[/]"
    return "[red]✗ trop long[/]" if made.fits_memory else "[red]✗ ne tient pas[/]"

"""`sosie likeness`: how close replies are to a person's, on files alone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console

from sosie.cli.console import Terminal
from sosie.core.french_text import decimal, number, percent

if TYPE_CHECKING:
    from sosie.evaluate.measures.contributions import Contribution
    from sosie.evaluate.measures.likeness import Likeness

TOLD = 5  # habits named
MATTERS = 0.03  # share of the distance under which a habit is not named


def likeness(
    *,
    given: Annotated[Path, Parameter(help="Les réponses à juger (JSONL : text, ou messages)")],
    truth: Annotated[Path, Parameter(help="De vraies réponses de la personne, jamais apprises")],
    others: Annotated[
        tuple[Path, ...],
        Parameter(
            consume_multiple=True,
            negative="",
            help="Les réponses d'autres personnes, un fichier chacune ; sans elles, des personnes inventées",
        ),
    ] = (),
    seed: Annotated[int, Parameter(help="Graine du hasard")] = 7,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Say how much of the way from a stranger to the person these replies have come."""
    from sosie.evaluate.replies import likeness as measure_likeness

    measured = measure_likeness(given, truth, others, seed, terminal.report)
    terminal.end(measured.to_json(), lambda console: draw_likeness(console, measured))


def draw_likeness(console: Console, measured: "Likeness") -> None:
    """« Ressemblance : 71 sur 100, entre 62 et 80 à 95 % »: never without its interval, N and the floor."""
    if measured.value is None or measured.low is None or measured.high is None:
        console.print(f"[yellow]Ressemblance : non mesurable.[/] {measured.reason}", soft_wrap=True)
        if measured.raw is not None:
            console.print(f"  [dim]Valeur brute, à ne pas citer : {decimal(measured.raw, 0)}[/]")
    else:
        console.print(
            f"[bold]Ressemblance : {decimal(measured.value, 0)} sur 100[/], entre "
            f"{decimal(measured.low, 0)} et {decimal(measured.high, 0)} (à 95 %) · "
            f"{number(measured.n)} réponses, {measured.others} autres personnes"
        )
        console.print("  [dim]0 : comme une autre personne ordinaire · 100 : comme la personne elle-même[/]")
    for warning in measured.warnings:
        console.print(f"  [yellow]{warning}[/]", soft_wrap=True)
    # Where the interval reaches 100, what is left is chance.
    rows = measured.contributions[:TOLD] if (measured.raw_high or 0) < 100 else ()
    telling = [row for row in rows if row.share >= MATTERS and row.energy > 0]
    if telling:
        console.print("  Ce qui trahit ces réponses :")
    for row in telling:
        console.print(f"    {row.label} : {amount(row, row.given)}, la personne {amount(row, row.truth)}")


def amount(row: "Contribution", value: float) -> str:
    """« 12 % », « 3,4 pour 100 mots », « 8,2 »"""
    if row.unit == "part":
        return percent(value)
    return decimal(value, 1) + (" pour 100 mots" if row.unit == "100 mots" else "")

"""`sosie inspect`: what an export holds, before anything is trusted to it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from sosie import steps
from sosie.cli.console import Face, literal, number

if TYPE_CHECKING:
    from sosie.sources.tally import Tally

BAR = 40  # characters of the busiest month
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
SHORT = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def inspect(
    export: Annotated[Path, Parameter(help="Un export : fichier, dossier ou zip")],
    /,
    *,
    source: Annotated[str | None, Parameter(help="Le format, s'il n'est pas reconnu")] = None,
    texts: Annotated[
        bool, Parameter(negative="", help="Avec --json : aussi les textes (pour vérifier)")
    ] = False,
    face: Annotated[Face, Parameter(parse=False)],
) -> None:
    """Read one export and say what is in it. Writes nothing."""
    tally = steps.inspect(export, source, texts=texts, report=face.report)
    face.end(tally.to_json(), lambda console: draw(console, tally, export.name))


def draw(console: Console, tally: "Tally", name: str) -> None:
    """Who wrote how much, what was left out, the activity by month."""
    read = f"{tally.source} · {number(tally.messages)} messages, {span(tally)}"
    console.print(f"[bold]{literal(name)}[/] · {read}")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Qui")
    table.add_column("Messages", justify="right")
    for sender, count in sorted(tally.senders.items(), key=lambda item: -item[1])[:15]:
        table.add_row(literal(sender), number(count))
    console.print(table)
    console.print(
        f"[dim]Avec du texte : {number(tally.text_messages)} · médias : {number(tally.media)} · supprimés : "
        f"{number(tally.deleted)} · modifiés : {number(tally.edited)} · notices : {number(tally.system)}[/]"
    )
    for reason, count in tally.skipped.items():
        console.print(f"[yellow]Laissé de côté : {number(count)} ({literal(reason)})[/]")
    if tally.date_order:
        console.print(f"[dim]Dates : {tally.date_order.order} ({tally.date_order.reason})[/]")
    shown = months(tally.by_month)
    most = max((count for _, count in shown), default=0)
    for month, count in shown:
        bar = "█" * max(1, round(BAR * count / most))
        console.print(f"[dim]{label(month)}[/] [cyan]{bar}[/] {number(count)}")


def span(tally: "Tally") -> str:
    """« du 30 novembre 2024 au 1er décembre 2024 »"""
    return f"du {day(tally.first)} au {day(str(tally.last))}" if tally.first else "sans date"


def day(written: str) -> str:
    """« 2024-12-01T10:00:00 » -> « 1er décembre 2024 »"""
    year, month, number = (int(part) for part in written[:10].split("-"))
    return f"{'1er' if number == 1 else number} {MONTHS[month - 1]} {year}"


def label(month: str) -> str:
    """« 2024-11 » -> « nov. 2024 »; a year stays a year. All months are of one width."""
    year, _, number = month.partition("-")
    return f"{SHORT[int(number) - 1]:<5} {year}" if number else year


def months(by_month: dict[str, int], most: int = 24) -> list[tuple[str, int]]:
    """The last `most` months; more than that by year."""
    if len(by_month) <= most:
        return sorted(by_month.items())
    years: dict[str, int] = {}
    for month, count in by_month.items():
        years[month[:4]] = years.get(month[:4], 0) + count
    return sorted(years.items())

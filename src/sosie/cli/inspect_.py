"""`sosie inspect`: what an export holds, before anything is trusted to it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from sosie import steps
from sosie.cli.console import Face, number

if TYPE_CHECKING:
    from sosie.sources.tally import Tally

BAR = 40  # characters of the busiest month


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
    console.print(f"[bold]{name}[/] · {tally.source} · {number(tally.messages)} messages, {span(tally)}")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Qui")
    table.add_column("Messages", justify="right")
    for sender, count in sorted(tally.senders.items(), key=lambda item: -item[1])[:15]:
        table.add_row(sender, number(count))
    console.print(table)
    console.print(
        f"[dim]Avec du texte : {number(tally.text_messages)} · médias : {number(tally.media)} · supprimés : "
        f"{number(tally.deleted)} · modifiés : {number(tally.edited)} · notices : {number(tally.system)}[/]"
    )
    for reason, count in tally.skipped.items():
        console.print(f"[yellow]Laissé de côté : {number(count)} ({reason})[/]")
    if tally.date_order:
        console.print(f"[dim]Dates : {tally.date_order.order} ({tally.date_order.reason})[/]")
    for month, count in months(tally.by_month):
        length = max(1, round(BAR * count / max(tally.by_month.values()))) if count else 0
        console.print(f"[dim]{month}[/] [cyan]{'█' * length}[/] {number(count)}")


def span(tally: "Tally") -> str:
    """« du 2024-11-30 au 2024-12-01 »"""
    return f"du {str(tally.first)[:10]} au {str(tally.last)[:10]}" if tally.first else "sans date"


def months(by_month: dict[str, int], most: int = 24) -> list[tuple[str, int]]:
    """The last `most` months; more than that by year."""
    if len(by_month) <= most:
        return sorted(by_month.items())
    years: dict[str, int] = {}
    for month, count in by_month.items():
        years[month[:4]] = years.get(month[:4], 0) + count
    return sorted(years.items())

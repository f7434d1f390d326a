"""`sosie inspect`: what an export holds, before anything is trusted to it."""

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sosie.cli.console import Terminal, printable
from sosie.core.french_text import day, number
from sosie.core.months import counts_by_month, month_name, shortest
from sosie.core.source_table import label
from sosie.sources.summary import inspect as inspect_export

if TYPE_CHECKING:
    from sosie.sources.summary import Summary

WIDEST = 88  # beyond that, a drawing is no easier to read
PEOPLE, MONTHS_SHOWN, FILES = 12, 24, 5
MONTH_WIDTH = 5  # letters
EIGHTHS = " ▏▎▍▌▋▊▉"


def inspect(
    export: Annotated[
        Path, Parameter(help="Un export, ou un dossier qui en mêle plusieurs ; fichier ou zip")
    ],
    /,
    *,
    source: Annotated[str | None, Parameter(help="Le format, s'il n'est pas reconnu")] = None,
    texts: Annotated[
        bool, Parameter(negative="", help="Avec --json : aussi les textes (pour vérifier)")
    ] = False,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Read one export and say what is in it. Writes nothing."""
    tally = inspect_export(export, source, texts=texts, report=terminal.report)
    terminal.end(tally.to_json(), lambda console: draw_inspect(console, tally, export.resolve().name))


def draw_inspect(console: Console, tally: "Summary", name: str) -> None:
    """Who wrote how much and when, what was left out and why, and how the dates were read."""
    width = min(console.width, WIDEST)
    apps = f"{len(tally.exports)} exports" if tally.exports else label(tally.source)
    console.print(Text.assemble((printable(name), "bold"), (f" · {apps}", "dim")))
    count = f"{number(tally.conversations)} {several('conversation', tally.conversations)}"
    head = f"{number(tally.messages)} {several('message', tally.messages)} en {count},"
    for line in joined([head, span(tally)], " ", width):
        console.print(Text(line))
    for line in joined(kinds(tally), " · ", width):
        console.print(Text(line, style="dim"))
    for title, drawing in (
        ("Par export", exports(tally, width)),
        ("Qui écrit", people(tally, width)),
        ("Quand", activity(tally.by_month, width)),
        ("Laissé de côté", left_out(tally)),
        ("Dates", dates(tally)),
    ):
        if drawing is not None:
            console.print(f"\n[bold]{title}[/]")
            console.print(drawing)
    console.print()
    for line in joined(sums(tally), " ", width):
        console.print(Text(line, style="dim"))


def sums(tally: "Summary") -> Iterator[str]:
    """« 1 512 entrées lues » « = 1 510 messages » « + 2 notices » « + 0 laissées de côté »"""
    skipped = sum(tally.skipped.values())
    yield f"{number(tally.entries)} entrées lues"
    yield f"= {number(tally.messages)} {several('message', tally.messages)}"
    yield f"+ {number(tally.system)} {several('notice', tally.system)}"
    yield f"+ {number(skipped)} {several('laissée', skipped)} de côté"


def joined(parts: Iterable[str], between: str, width: int) -> Iterator[str]:
    """The parts on as few lines as hold them, none cut: rich would cut « 1 512 » in two."""
    line = ""
    for part in parts:
        if line and len(line) + len(between) + len(part) > width:
            yield line
            line = ""
        line = f"{line}{between}{part}" if line else part
    yield line


def kinds(tally: "Summary") -> Iterator[str]:
    """« 1 420 avec du texte », « 60 médias »...; what is not there is not said."""
    yield f"{number(tally.text_messages)} avec du texte"
    for one, count in (
        ("média", tally.media),
        ("supprimé", tally.deleted),
        ("modifié", tally.edited),
        ("transféré", tally.forwarded),
        ("notice", tally.system),
    ):
        if count:
            yield f"{number(count)} {several(one, count)}"


def grid(*columns: tuple[str, str]) -> Table:
    """A table without lines: (title, "left" or "right") for each column."""
    titled = any(title for title, _ in columns)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_header=titled)
    for title, justify in columns:
        table.add_column(title, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    return table


def exports(tally: "Summary", width: int) -> Table | None:
    """Of a folder that mixes apps: one line an export."""
    if not tally.exports:
        return None
    table = grid(
        ("Application", "left"), ("Messages", "right"), ("Du", "left"), ("Au", "left"), ("Fichier", "")
    )
    room = width - max(len(label(one["source"])) for one in tally.exports) - 36
    for one in sorted(tally.exports, key=lambda one: -one["messages"]):
        days = [shortest(one[end]) if one[end] else "" for end in ("first", "last")]
        file = Text(shortened(printable(one["file"]), room), style="dim")
        table.add_row(label(one["source"]), number(one["messages"]), *days, file)
    return table


def shortened(name: str, room: int) -> str:
    """« Takeout/Mail/Tous les messages.mbox » -> « …ut/Mail/Tous les messages.mbox »: its end tells more."""
    return name if len(name) <= room else "…" + name[len(name) - max(room, 8) + 1 :]


def people(tally: "Summary", width: int) -> Table | None:
    """Who wrote how much, as numbers and as bars."""
    ranked = sorted(tally.senders.items(), key=lambda item: -item[1])
    if not ranked:
        return None
    rows = [(signed(sender, tally.owner, width // 3), count) for sender, count in ranked[:PEOPLE]]
    if more := ranked[PEOPLE:]:
        rest = Text(f"et {number(len(more))} {several('autre', len(more))}", style="dim")
        rows.append((rest, sum(count for _, count in more)))
    most = ranked[0][1]
    room = width - max(name.cell_len for name, _ in rows) - max(len(number(count)) for _, count in rows) - 11
    table = grid(("", "left"), ("", "right"), ("", "right"), ("", "left"))
    for name, count in rows:
        percent = round(100 * count / tally.messages)
        drawn = "" if name.style == "dim" else bar(count, most, room)
        table.add_row(name, number(count), f"{percent} %" if percent else "< 1 %", Text(drawn, style="cyan"))
    return table


def signed(sender: str, owner: str | None, room: int) -> Text:
    """A name that holds in its place, with « (vous) » where the export says so."""
    you = Text(" (vous)", style="green") if sender == owner else Text()
    name = Text(printable(sender), style="bold" if you else "")
    name.truncate(room - len(you), overflow="ellipsis")
    return Text.assemble(name, you)


def activity(by_month: dict[str, int], width: int) -> Table | None:
    """A bar a month, or a year where there are many; a month without a word is shown too."""
    shown = counts_by_month(by_month, MONTHS_SHOWN)
    if not shown:
        return None
    table = grid(("", "left"), ("", "right"), ("", "left"))
    most = max(count for _, count in shown)
    room = width - len(month_name(shown[0][0], MONTH_WIDTH)) - len(number(most)) - 4
    for month, count in shown:
        table.add_row(
            Text(month_name(month, MONTH_WIDTH), style="dim"),
            number(count),
            Text(bar(count, most, room), style="cyan"),
        )
    return table


def bar(count: int, most: int, room: int) -> str:
    """A bar to an eighth of a sign; what is there at all is seen."""
    eighths = max(1, round(8 * room * count / most)) if count else 0
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def left_out(tally: "Summary") -> Table | None:
    """Entries by reason, then files by name."""
    if not tally.skipped and not tally.unread and not tally.attached:
        return None
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(justify="right", style="yellow", no_wrap=True)
    table.add_column()
    for reason, count in tally.skipped.items():
        table.add_row(number(count), Text(printable(reason)))
    for told in tally.unread[:FILES]:
        table.add_row("fichier", Text(unread(told["file"], told["reason"])))
    if (more := len(tally.unread) - FILES) > 0:
        table.add_row(number(more), f"{several('autre', more)} {several('fichier', more)} (tous avec --json)")
    if tally.attached:
        table.add_row(
            Text(number(tally.attached), style="dim"),
            Text("photos, vocaux et autres pièces jointes", style="dim"),
        )
    return table


def unread(file: str, reason: str) -> str:
    """« notes.txt : format non reconnu »; a reason that names the file stands alone."""
    return printable(reason if PurePosixPath(file).name in reason else f"{file} : {reason}")


def dates(tally: "Summary") -> Table | None:
    """How days and months were told apart, where the format leaves it open: once for all, or by file."""
    orders: dict[tuple[str, str], list[str]] = {}
    for one in tally.exports:
        if order := one["date_order"]:
            orders.setdefault((order["order"], order["reason"]), []).append(one["file"])
    if tally.date_order:
        orders = {(tally.date_order.order, tally.date_order.reason): []}
    if not orders:
        return None
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for (order, reason), files in orders.items():
        table.add_row(
            order, Text(f"{reason} ({printable(', '.join(files))})" if files else reason, style="dim")
        )
    return table


def several(word: str, count: int) -> str:
    return word + "s" * (count > 1)


def span(tally: "Summary") -> str:
    """« du 30 novembre 2024 au 1er décembre 2024 »"""
    return f"du {day(tally.first)} au {day(str(tally.last))}" if tally.first else "sans date"

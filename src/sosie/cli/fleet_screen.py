"""The dashboard of a fleet: a line for all people, one for each worker; in a log, a line at times."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from sosie.cli.console import NAMES, Terminal, literal
from sosie.core.french_text import duration, number, plural
from sosie.core.progress import Event, Report
from sosie.fleet.count import Summary

LISTED = 20  # of those set aside, with their sentences
SHOWN_LETTERS = 32  # letters, beside the bars


@contextmanager
def dashboard(terminal: Terminal) -> Iterator[Report]:
    """What hears of the work, until the block ends."""
    if terminal.as_json or not terminal.console.is_terminal:
        yield lambda event: None if event.kind == "worker" else terminal.report(event)
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=28), TextColumn("{task.fields[words]}"))
    with Progress(*columns, console=terminal.console, transient=True) as progress:
        lines: dict[str, TaskID] = {}

        def report(event: Event) -> None:
            if event.kind not in ("person", "worker"):
                terminal.report(event)
                return
            key, words = line_of(event)
            if key not in lines:
                lines[key] = progress.add_task(key, total=None, words="")
            total = event.total or None
            progress.update(lines[key], description=key, completed=event.done, total=total, words=words)

        terminal.quiet()
        yield report


def line_of(event: Event) -> tuple[str, str]:
    """What stands before the bar, the same for one worker, and what after."""
    facts = event.facts
    if event.kind == "worker":
        name, doing = facts["person"], NAMES.get(facts["doing"])
        name = name if len(name) <= SHOWN_LETTERS else f"{name[: SHOWN_LETTERS - 1]}…"
        return f"  processus {facts['worker'] + 1}", literal(f"{name} · {doing}" if doing else name)
    words = f"{number(event.done)}/{number(event.total)}"
    if facts["set_aside"]:
        words += f" · {facts['set_aside']} de côté"
    if "seconds_left" in facts:
        words += f" · encore {duration(facts['seconds_left'])}"
    return "Personnes", words


def draw_fleet(console: Console, summary: Summary) -> None:
    """How many are done, and a sentence for each who is not."""
    aside, people = sum(summary.set_aside.values()), plural(summary.people, "personne")
    told = f"{number(summary.done)} sur {people}, en {duration(summary.seconds)}"
    mark = "[green]✓[/] " if summary.done else ""
    console.print(f"{mark}{told} ; {number(aside)} de côté :" if aside else f"{mark}{told}.")
    draw_set_aside(console, summary)


def draw_set_aside(console: Console, summary: Summary) -> None:
    for outcome in summary.told[:LISTED]:
        console.print(f"  [yellow]{literal(outcome.person)}[/] : {literal(outcome.sentence)}", soft_wrap=True)
    if (others := sum(summary.set_aside.values()) - LISTED) > 0:
        console.print(f"  … et {number(others)} autres : .fleet/state.jsonl les dit tous.")
    if summary.set_aside:
        console.print("  [dim]→ la même commande les reprend, une fois leurs dossiers réparés[/]")

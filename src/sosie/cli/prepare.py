"""`sosie prepare`: from messages to dialogues."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console

from sosie.cli.console import Terminal
from sosie.core import settings
from sosie.core.french_text import number

if TYPE_CHECKING:
    from sosie.prepare.pipeline import Prepared

# Each room of the wing in a user's words.
ROOMS = {
    "consent": "consentement",
    "review": "relecture",
    "turns": "séances",
    "dedupe": "doublons",
    "quality": "qualité",
    "split": "mesure",
    "copies": "réponses mesurées",
}


def prepare(
    *,
    options: Annotated[settings.Prepare, Parameter(name="*")] = settings.Prepare(),
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Sessions, turns, privacy, dedupe, quality, split."""
    prepared = terminal.project.prepare(options, terminal.report)
    terminal.end(prepared.to_json(), lambda console: draw_prepare(console, prepared))


def draw_prepare(console: Console, prepared: "Prepared") -> None:
    """What is kept, what was hidden, what was dropped and why."""
    parts = prepared.to_json()
    counts = parts["dialogues"]
    console.print(
        f"[green]✓[/] {number(sum(counts.values()))} dialogues ({number(counts['train'])} pour apprendre, "
        f"{number(counts['valid'])} pour savoir quand s'arrêter, {number(counts['test'])} pour mesurer), "
        f"{number(parts['replies'])} de vos réponses, {number(parts['words'])} mots."
    )
    if parts["masked"]:
        console.print(f"  Masqué : {', '.join(hidden(*found) for found in parts['masked'].items())}.")
    for room, reasons in parts["dropped"].items():
        for reason, count in reasons.items():
            console.print(f"  [dim]Écarté ({ROOMS.get(room, room)}) : {number(count)} · {reason}[/]")
    console.print("  [dim]→ sosie train[/]")


def hidden(name: str, count: int) -> str:
    """« téléphone (2) »"""
    from sosie.prepare.pii.detectors import KINDS

    return f"{next((kind.one for kind in KINDS if kind.name == name), name)} ({number(count)})"

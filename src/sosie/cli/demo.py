"""`sosie demo`: the whole journey on an invented conversation, then the page."""

import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from sosie.api import Project
from sosie.cli.console import LOAD, Terminal, literal
from sosie.core.drafts import Fleeting
from sosie.core.french_text import decimal, duration
from sosie.core.progress import Event

if TYPE_CHECKING:
    from sosie.demo.journey import Demo


def demo(
    *,
    no_page: Annotated[bool, Parameter(negative="", help="Ne pas ouvrir la page à la fin")] = False,
    model: Annotated[
        str, Parameter(help="Un vrai modèle : nom du catalogue, dossier, .gguf, « ollama:NOM », identifiant")
    ] = "mini",
    keep: Annotated[Path | None, Parameter(help="Garder les fichiers dans ce dossier")] = None,
    port: Annotated[int, Parameter(help="Le port de la page, sur 127.0.0.1")] = 7860,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Read, hide, learn, compare, chat."""
    terminal.report(Event(LOAD))  # before what is imported here
    from sosie.demo.journey import choose, journey

    base = choose(model, terminal.agree, terminal.report)
    terminal.quiet()
    with Fleeting() as fleeting:
        folder = keep or fleeting
        done = journey(folder, base.key, terminal.report, lambda result: tell(terminal, base.name, result))
        terminal.end(as_json(done), lambda console: draw_demo(console, done))
        if not (no_page or terminal.as_json):
            from sosie.studio import app

            terminal.report(Event(LOAD))
            built = app.build(Project(folder))
            terminal.quiet()
            app.launch(built, port=port)
    if not terminal.as_json:
        terminal.console.print(f"À vous, avec vos messages :\n  {go_on()}", soft_wrap=True, markup=False)


def go_on() -> str:
    """The exact command that goes on with one's own messages, from where this one ran."""
    on_path = shutil.which("sosie")
    activate = "" if on_path else f"source {shlex.quote(f'{sys.prefix}/bin/activate')} && "
    return f"{activate}mkdir -p ~/moi && cd ~/moi && sosie studio"


def tell(terminal: Terminal, model: str, result: Any) -> None:
    """One step's result, drawn as its own verb draws it."""
    from sosie.cli.import_ import draw_import
    from sosie.cli.inspect_ import draw_inspect
    from sosie.cli.prepare import draw_prepare
    from sosie.cli.style import draw_card
    from sosie.cli.train import draw_train

    def draw_example(console: Console, summary: Any) -> None:
        draw_inspect(console, summary, "Une conversation inventée")

    chapters: dict[str, tuple[str, str, Callable[[Console, Any], None]]] = {
        "Summary": ("Ce que dit l'export", "sosie inspect", draw_example),
        "Imported": ("Il entre dans le dossier", "sosie import", draw_import),
        "Prepared": ("Des messages aux dialogues", "sosie prepare", draw_prepare),
        "StyleCard": ("Comment Léa écrit", "sosie style", draw_card),
        "Trained": (f"{model} apprend à écrire comme Léa", "sosie train", draw_train),
    }
    terminal.quiet()
    if terminal.as_json:
        return
    title, verb, draw = chapters[type(result).__name__]
    terminal.console.print(f"\n[bold]{title}[/] [dim]· {verb}[/]")
    draw(terminal.console, result)


def as_json(done: "Demo") -> dict[str, Any]:
    question, before, after = done.answers[0]
    return {
        "model": done.model,
        "messages": done.imported.added + done.imported.already_there,
        "dialogues": sum(done.prepared.to_json()["dialogues"].values()),
        "steps": done.trained.steps,
        "seconds": round(done.seconds, 1),
        "loss_before": done.trained.valid_loss_before,
        "loss_after": done.trained.valid_loss,
        "double": str(done.trained.double),
        "question": question,
        "answer_base": before,
        "answer_double": after,
        "likeness": done.likeness.to_json(),
        "answers": [{"question": q, "base": b, "double": d} for q, b, d in done.answers],
    }


def draw_demo(console: Console, done: "Demo") -> None:
    """The same questions, before and after, and what to expect of the answers."""
    from sosie.evaluate.verdict import plus_minus
    from sosie.train.ladder import PREVIEW

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Question")
    table.add_column(literal(done.model), style="dim")
    table.add_column("le double de Léa", style="bold")
    for row in done.answers:
        table.add_row(*map(literal, row))
    console.print(table)
    if done.model == PREVIEW:
        console.print(
            "[dim]mini est minuscule : il imite la manière de Léa, pas le sens de ce qu'elle dirait. "
            "Pour un double qui comprend, sosie plan choisit un vrai modèle.[/]",
            soft_wrap=True,
        )
    before, after = done.trained.valid_loss_before, done.trained.valid_loss
    if before and after is not None:
        console.print(
            f"\nSurprise devant les réponses de Léa jamais vues : {decimal(before)} → "
            f"[bold]{decimal(after)}[/] "
            f"({decimal(100 * (after / before - 1), 0)} %), en {duration(done.seconds)}."
        )
    if done.likeness.measurable:
        console.print(
            f"Ressemblance à Léa sur ses réponses jamais vues (0 : une inconnue, 100 : elle-même) : "
            f"{literal(done.model)} {plus_minus(done.likeness.base)} → [bold]{plus_minus(done.likeness)}[/], "
            f"n = {done.likeness.n}. [dim]Tout mesurer : sosie evaluate[/]",
            soft_wrap=True,
        )

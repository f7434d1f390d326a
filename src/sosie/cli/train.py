"""`sosie train`: learn to write like the person."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from sosie.cli.console import LOAD, Terminal, literal, printable
from sosie.core import settings
from sosie.core.french_text import decimal, duration, number, size
from sosie.core.progress import Event

if TYPE_CHECKING:
    from sosie.models.mask_preview import Span
    from sosie.train.result import Changed
    from sosie.train.run import Trained


def train(
    data: Annotated[Path | None, Parameter(help="Dialogues JSONL ; sinon ceux du dossier")] = None,
    /,
    *,
    options: Annotated[settings.Train, Parameter(name="*")] = settings.Train(),
    name: Annotated[str | None, Parameter(help="Nom de cet entraînement")] = None,
    resume: Annotated[
        str | None, Parameter(help="Reprendre l'entraînement de ce nom (sans nom : le dernier)")
    ] = None,
    update: Annotated[
        bool, Parameter(negative="", help="Reprendre le dernier double avec ce qui s'est ajouté depuis")
    ] = False,
    show_mask: Annotated[
        bool, Parameter(negative="", help="Montrer ce qui serait appris des premiers dialogues, et s'arrêter")
    ] = False,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Train an adapter into runs/NAME/double."""
    if show_mask:
        shown = terminal.project.mask_preview(data, options, report=terminal.report)
        told = [[asdict(span) for span in spans] for spans in shown]
        terminal.end({"examples": told}, lambda console: draw_mask(console, shown))
        return

    terminal.report(Event(LOAD))
    trained = terminal.project.train(data, name, resume, options, terminal.agree, terminal.report, update)
    terminal.end(trained.to_json(), lambda console: draw_train(console, trained))


COLOURS = {"learnt": "bold green", "context": "", "special": "dim magenta"}


def draw_mask(console: Console, shown: "list[list[Span]]") -> None:
    """Each example as the model sees it: green is learnt, plain is read only, the signs are dim."""
    for number_, spans in enumerate(shown, 1):
        learnt = sum(span.tokens for span in spans if span.kind == "learnt")
        tokens = sum(span.tokens for span in spans)
        console.print(f"[bold]Exemple {number_}[/] · {number(learnt)} jetons appris sur {number(tokens)}")
        line = Text()
        for span in spans:
            line.append(printable(span.text), style=COLOURS[span.kind])
        console.print(line, soft_wrap=True)
    console.print("[bold green]appris[/] · lu seulement · [dim magenta]signes du modèle[/]")


def draw_train(console: Console, trained: "Trained") -> None:
    """What was learnt, in figures that were measured."""
    console.print(
        f"[green]✓[/] {number(trained.steps)} pas en {duration(trained.seconds)}, "
        f"{number(trained.learnt_tokens)} jetons appris, "
        f"mémoire au plus haut {size(trained.peak_memory_bytes)}."
    )
    if trained.valid_loss_before and trained.valid_loss is not None:
        gain = 100 * (1 - trained.valid_loss / trained.valid_loss_before)
        console.print(
            f"  Vos réponses jamais vues : perte {decimal(trained.valid_loss_before)} → "
            f"[bold]{decimal(trained.valid_loss)}[/] ({decimal(-gain, 0)} %)."
        )
    if trained.update:
        draw_update(console, trained.update)
    console.print(f"  Double : {literal(str(trained.double))}")
    console.print("  [dim]→ sosie chat, ou sosie studio[/]")


def draw_update(console: Console, changed: "Changed") -> None:
    """What an update changed, on replies of before and on new ones."""
    console.print(
        f"  {number(changed.new)} dialogues nouveaux appris, {number(changed.replayed)} anciens revus ; "
        f"« {literal(changed.updates)} » reste tel quel."
    )
    for words, before, after in (
        ("nouvelles", changed.new_before, changed.new_after),
        ("anciennes", changed.old_before, changed.old_after),
    ):
        if before is not None and after is not None:
            console.print(f"  Réponses {words} : perte {decimal(before)} → [bold]{decimal(after)}[/].")

"""`sosie nanochat train`: a nanochat of one's own, each step explained."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console

from sosie.cli.console import Terminal, literal
from sosie.core import settings
from sosie.core.french_text import decimal, duration, number

if TYPE_CHECKING:
    from sosie.nanochat.train import Taught


def train(
    data: Annotated[Path | None, Parameter(help="Dialogues JSONL ; sinon ceux du dossier")] = None,
    /,
    *,
    base: Annotated[
        Path | None,
        Parameter(help="Un modèle de nanochat qui apprendra vos réponses (sinon : un petit, de zéro)"),
    ] = None,
    options: Annotated[settings.Nanochat, Parameter(name="*")] = settings.Nanochat(),
    name: Annotated[str | None, Parameter(help="Nom de cet entraînement")] = None,
    resume: Annotated[
        str | None, Parameter(help="Reprendre l'entraînement de ce nom (sans nom : le dernier)")
    ] = None,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Train a nanochat into runs/NAME/double."""
    taught = terminal.project.train_nanochat(data, base, name, resume, options, terminal.report)
    terminal.end(taught.to_json(), lambda console: draw_taught(console, taught))


def draw_taught(console: Console, taught: "Taught") -> None:
    """What was measured, and how nanochat itself opens it."""
    console.print(f"[green]✓[/] {number(taught.steps)} pas, {duration(taught.seconds)} de calcul.")
    if taught.valid_bits_per_byte is not None:
        bits = decimal(taught.valid_bits_per_byte)
        console.print(f"  Base, sur vos dialogues jamais lus : [bold]{bits}[/] bits par octet.")
    if taught.valid_loss is not None:
        before, after = decimal(taught.valid_loss_before), decimal(taught.valid_loss)
        console.print(f"  Vos réponses jamais apprises : perte {before} → [bold]{after}[/].")
    where = literal(str(taught.double))
    console.print(f"  {where}", soft_wrap=True)
    console.print(f"  [dim]→ sosie chat --double {where}[/]", soft_wrap=True)
    if not (taught.double / "chatsft_checkpoints").is_dir():  # an old base: a folder for transformers
        return
    console.print(
        f"  [dim]→ dans nanochat : NANOCHAT_BASE_DIR={where} python -m scripts.chat_cli[/]", soft_wrap=True
    )

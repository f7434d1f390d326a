"""`sosie enrich`: what the person said alone becomes answers, to questions that a server invents."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console

from sosie.cli.console import Terminal
from sosie.core import settings
from sosie.core.french_text import decimal, number, plural

if TYPE_CHECKING:
    from sosie.enrich.run import Enriched

KEY = "SOSIE_REMOTE_KEY"  # of the environment, where the server asks for one
BAR = 24  # signs of the longest bar


def enrich(
    files: Annotated[
        tuple[Path, ...], Parameter(help="Vos textes en plus des messages : journal, billets (.txt, .md)")
    ] = (),
    /,
    *,
    options: Annotated[settings.Enrich, Parameter(name="*")] = settings.Enrich(),
    elsewhere: Annotated[
        bool,
        Parameter(
            negative="", help="Accepter que le serveur soit ailleurs, et y lise vos longs textes, masqués"
        ),
    ] = False,
    preview: Annotated[
        bool, Parameter(negative="", help="Montrer les notes et ce qu'un seuil écarterait, sans rien changer")
    ] = False,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Ask for questions, judge them, keep the dialogues."""
    key = os.environ.get(KEY, "")
    done = terminal.project.enrich(files, options, key, elsewhere, terminal.agree, terminal.report, preview)
    terminal.end(done.to_json(), lambda console: draw_enrich(console, done, options, preview))


def draw_enrich(console: Console, done: "Enriched", options: settings.Enrich, preview: bool) -> None:
    """What was made, why the rest was not, the scores, and what comes next."""
    if not done.pieces:
        console.print(
            f"Aucun texte de {options.min_words} mots au moins dans vos messages. Donnez les vôtres : "
            "journal, billets, lettres (sosie enrich journal.md)."
        )
        return
    if not options.server:
        console.print(
            f"{plural(done.pieces, 'texte')} à interroger, environ {number(done.foreseen)} jetons. Rien n'a "
            "été envoyé : nommez un serveur, local de préférence (--server http://127.0.0.1:11434/v1#MODÈLE)."
        )
        return
    made = plural(done.dialogues, "dialogue")
    console.print(f"[green]✓[/] {plural(done.pieces, 'texte')}, {made}, {_paid(done)}.")
    for reason, count in done.refused.items():
        console.print(f"  [dim]{number(count)} · {reason}[/]", soft_wrap=True)
    if any(done.scores):
        console.print("  Notes, et ce que chaque seuil écarterait :")
    below = 0
    for tenth, count in enumerate(done.scores if any(done.scores) else ()):
        bar = "█" * -(-BAR * count // max(done.scores))
        gone = f"[dim]--threshold {tenth / 10:g} en écarterait {number(below)}[/]" if tenth and below else ""
        console.print(f"    {decimal(tenth / 10, 1)} {bar:{BAR}} {number(count):>5}  {gone}".rstrip())
        below += count
    if done.stopped:
        console.print(f"[yellow]Arrêté :[/] {done.stopped} Il reste {plural(done.left, 'texte')}, et rien")
        console.print("  de ce qui est payé n'est perdu : la même commande continue.")
    if preview:
        console.print("  [dim]Rien n'a changé dans data/ (--preview).[/]")
    elif done.dialogues:
        console.print("  [dim]→ sosie prepare, qui les mêle à vos dialogues ; puis sosie review[/]")


def _paid(done: "Enriched") -> str:
    """« 41 000 jetons (prévus : 40 200), 0,02 € »"""
    foreseen = f" (prévus : {number(done.foreseen)})" if done.tokens else ""
    cost = "" if done.cost is None else f", {decimal(done.cost)} €"
    return f"{plural(done.tokens, 'jeton')}{foreseen}{cost}"

"""`sosie import`: exports enter the folder, whole or not at all."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sosie.cli import passphrase
from sosie.cli.console import Terminal, YesOrNo, literal, printable
from sosie.cli.inspect_ import unread
from sosie.core.french_text import number
from sosie.core.source_table import in_words, label
from sosie.engines.base import is_address

if TYPE_CHECKING:
    from sosie.importing.run import Imported
    from sosie.prepare.owner_questions import Alias
    from sosie.sources.files.subset import UnreadFile

ROLES = ("assistant", "user", "human", "me")  # how exports call their owner: no names of theirs
NAMED = 5  # files that nobody read, by name; the others are counted


def import_(
    exports: Annotated[
        tuple[str, ...],
        Parameter(
            help="Un ou plusieurs exports, de toutes applications : fichiers, dossiers ou zips ; ou "
            "http://127.0.0.1:23373, l'historique de Beeper Desktop"
        ),
    ],
    /,
    *,
    me: Annotated[
        tuple[str, ...], Parameter(negative="", help="Votre nom dans l'export (plusieurs fois si besoin)")
    ] = (),
    source: Annotated[str | None, Parameter(help="Le format, s'il n'est pas reconnu")] = None,
    token_file: Annotated[
        Path | None, Parameter(help="Fichier du jeton de Beeper (sinon : celui que sosie garde)")
    ] = None,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Bring exports into the folder."""

    def agree(alias: "Alias") -> bool:
        return ask(terminal, alias)

    token = passphrase.token_of(terminal, "beeper", token_file) if any(map(is_address, exports)) else ""
    asked = agree if terminal.ask else None
    done = terminal.project.import_(exports, me, source, terminal.report, asked, token)
    terminal.end(as_json(done, exports), lambda console: draw_import(console, done, exports))


def ask(terminal: Terminal, alias: "Alias") -> bool:
    """Whether somebody is the user, with what speaks for it."""
    terminal.quiet()
    console = terminal.console
    console.print(f"\n[bold]Est-ce vous, dans {literal(in_words(alias.source))} ?[/] {who(alias)}")
    for reason in alias.reasons:
        console.print(Text(f"  · {printable(reason)}", style="dim"))
    if alias.rivals:
        console.print(Text(f"  Autre possibilité : {printable(', '.join(alias.rivals))}", style="yellow"))
    return YesOrNo.ask("  C'est vous", console=console)


def who(alias: "Alias") -> str:
    """« Léa 🌸 » (312 messages)"""
    return f"« {literal(alias.name)} » ({number(alias.messages)} message{'s' * (alias.messages > 1)})"


def command(exports: tuple[str, ...], name: str) -> str:
    """The line that says who the user is: sosie import mix.zip --me 'Léa 🌸'"""
    return shlex.join(["sosie", "import", *exports, "--me", name])


def as_json(done: "Imported", exports: tuple[str, ...]) -> dict[str, Any]:
    return {
        "added": done.added,
        "already_there": done.already_there,
        "conversations": done.conversations,
        "me": list(done.me),
        "reason": done.reason,
        "sources": {
            source: {
                "added": part.added,
                "already_there": part.already_there,
                "conversations": part.conversations,
            }
            for source, part in done.by_source.items()
        },
        "unread": [{"file": left.file, "reason": left.reason} for left in done.unread],
        "attached": done.attached,
        "questions": [
            {
                "source": alias.source,
                "name": alias.name,
                "messages": alias.messages,
                "reasons": list(alias.reasons),
                "rivals": list(alias.rivals),
                "command": command(exports, alias.name),
            }
            for alias in done.questions
        ],
        "unclear": dict(done.unclear),
    }


def draw_import(console: Console, done: "Imported", exports: tuple[str, ...] = ()) -> None:
    """What came in, who the user is, what was not read, and what is still to be said."""
    console.print(
        f"[green]✓[/] {number(done.added)} messages ajoutés, {number(done.already_there)} déjà là, "
        f"{number(done.conversations)} conversation{'s' * (done.conversations > 1)}."
    )
    if len(done.by_source) > 1:
        console.print(by_source(done))
    draw_unread(console, done.unread, done.attached)
    if names := [name for name in done.me if name not in ROLES] or done.me:
        console.print(f"  Vous êtes : [bold]{literal(', '.join(names))}[/] ({done.reason}).")
    for alias in done.questions:
        console.print(f"[yellow]?[/] Dans {literal(in_words(alias.source))}, {who(alias)}, est-ce vous ?")
        for reason in alias.reasons:
            console.print(Text(f"    · {printable(reason)}", style="dim"))
        console.print(f"    Si oui : {literal(command(exports, alias.name))}", soft_wrap=True)
    for source, count in done.unclear.items():
        if all(alias.source != source for alias in done.questions):
            several = "s" * (count > 1)
            console.print(
                f"[yellow]?[/] Dans {literal(in_words(source))}, sosie ne vous reconnaît pas dans "
                f"{number(count)} discussion{several} à deux : donnez-y votre nom avec --me."
            )
    console.print("  [dim]→ sosie prepare[/]")


def by_source(done: "Imported") -> Table:
    """One line an app."""
    table = Table(box=None, header_style="dim", padding=(0, 1))
    for title, justify in (("Application", "left"), ("Conversations", "right"), ("Ajoutés", "right")):
        table.add_column(title, justify=justify)  # type: ignore[arg-type]
    table.add_column("Déjà là", justify="right", style="dim")
    for source, part in sorted(done.by_source.items(), key=lambda item: -item[1].added):
        counts = part.conversations, part.added, part.already_there
        table.add_row(literal(label(source)), *map(number, counts))
    return table


def draw_unread(console: Console, left: "tuple[UnreadFile, ...]", attached: int) -> None:
    """The files that nobody read, some by name and all by number."""
    if left:
        several = "s" * (len(left) > 1)
        console.print(f"[yellow]•[/] {number(len(left))} fichier{several} non lu{several} :")
        for one in left[:NAMED]:
            console.print(Text(f"    {unread(one.file, one.reason)}", style="dim"))
        if len(left) > NAMED:
            console.print(f"    [dim]et {number(len(left) - NAMED)} de plus (tous avec --json)[/]")
    if attached:
        console.print(
            f"  [dim]Pièces jointes (photos, vocaux...) : {number(attached)}, laissées où elles sont[/]"
        )

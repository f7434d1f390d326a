"""`sosie forget NAME`: a person out of all that is kept here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.prompt import Prompt

from sosie.cli.console import Terminal, YesOrNo, literal, printable
from sosie.core.errors import NothingToDo
from sosie.core.french_text import number

if TYPE_CHECKING:
    from sosie.forget.people import Candidate
    from sosie.forget.run import Forgotten


def forget(
    names: Annotated[
        tuple[str, ...], Parameter(help="Le nom de la personne ; plusieurs si elle en a plusieurs")
    ],
    /,
    *,
    exact: Annotated[
        bool,
        Parameter(
            negative="",
            help="Ce nom-là seulement, même si d'autres le contiennent ou si personne n'écrit sous lui",
        ),
    ] = False,
    terminal: Annotated[Terminal, Parameter(parse=False)],
) -> None:
    """Remove somebody from exports, data, vault and chats."""

    def choose(asked: str, candidates: "Sequence[Candidate]") -> list[str]:
        return ask_who(terminal, asked, candidates)

    def agree(candidates: "Sequence[Candidate]") -> bool:
        return ask_to_go_on(terminal, candidates)

    ask = terminal.ask
    done = terminal.project.forget(
        names, exact, choose if ask else None, agree if ask else None, terminal.report
    )
    terminal.end(done.to_json(), lambda console: draw_forget(console, done))


def ask_who(terminal: Terminal, asked: str, candidates: "Sequence[Candidate]") -> list[str]:
    """Which of them are the person, by their numbers."""
    from sosie.forget.people import described

    terminal.quiet()
    console = terminal.console
    console.print(f"« {literal(asked)} » peut être plusieurs personnes :")
    for place, one in enumerate(candidates, 1):
        console.print(f"  {place}. {literal(described(one))}", soft_wrap=True)
    told = Prompt.ask("  Lesquels sont la personne à retirer ? (par exemple : 1 3)", console=console)
    places = [int(word) for word in told.replace(",", " ").split() if word.isdecimal()]
    chosen = [candidates[place - 1].name for place in places if 0 < place <= len(candidates)]
    if not chosen:
        raise NothingToDo("Personne n'a été retiré.", "Redonnez la commande, et le numéro de la personne.")
    return chosen


def ask_to_go_on(terminal: Terminal, candidates: "Sequence[Candidate]") -> bool:
    """Once it is clear who: nothing brings back what goes."""
    from sosie.forget.people import described

    terminal.quiet()
    who = ", ".join(described(one) for one in candidates)
    terminal.console.print(
        f"À retirer : {literal(who)}. Rien ne permettra de revenir en arrière.", soft_wrap=True
    )
    return YesOrNo.ask("  Continuer", console=terminal.console)


def draw_forget(console: Console, done: "Forgotten") -> None:
    """What went, what remains, and what only the user can do."""
    removed = {name: number(count) for name, count in done.removed.items()}
    console.print(
        f"[green]✓[/] Retirés : {removed['messages']} messages, {removed['dialogues']} dialogues, "
        f"{removed['replies']} réponses ; nom caché dans {number(done.hidden)} messages d'autres."
    )
    if any(done.exports.values()):
        gone, kept = (number(done.exports.get(kind, 0)) for kind in ("removed", "rewritten"))
        console.print(
            f"  exports/ : {gone} effacés, {kept} réduits à leurs autres messages, sans pièces jointes."
        )
    for run in done.runs:
        learnt = "a appris de cette personne" if run["learnt"] == "oui" else "a peut-être appris d'elle"
        console.print(
            f"[yellow]•[/] Le double « {literal(run['name'])} » {learnt} : un double ne désapprend pas."
        )
    if done.runs:
        console.print("    Pour qu'il n'en reste rien : effacez-le de runs/, et ce que vous en avez exporté.")
    for path in done.left:
        console.print(f"[yellow]•[/] Encore nommée dans {literal(printable(path))} : à vous de l'effacer.")
    console.print("  Hors d'ici (vos exports d'origine, vos valises, vos sauvegardes), rien n'a été touché.")
    console.print(f"  Certificat : {literal(str(done.certificate))}", soft_wrap=True)

"""What `sosie review` draws: one dialogue, what was masked in colour, where one is, and the keys."""

from collections.abc import Callable, Mapping

from rich.console import Console
from rich.control import Control
from rich.segment import ControlType, Segment
from rich.table import Column, Table
from rich.text import Text

from sosie.cli.console import printable
from sosie.core.french_text import number
from sosie.core.source_table import in_words
from sosie.prepare.review.rows import Filter, ReviewRow

KEYS = "J/K naviguer · D écarter · G garder · E corriger · Z annuler · ? aide · Q finir"
HELP = """\
J ou ↓   dialogue suivant              D   écarter : ne sera pas appris
K ou ↑   dialogue précédent            G   garder : relu, c'est bien
espace   la suite d'un long dialogue   M   « pas moi » : quelqu'un d'autre écrivait
/        chercher un mot               E   corriger un message (remasqué aussitôt)
F        filtrer                       S   couper en deux dialogues
T        tout montrer                  B   décider de tous ceux qui sont montrés
A        accord d'une personne         Z   annuler la dernière décision
Q        finir : data/ est mis à jour"""
STATES = {
    "": ("à relire", "dim"),
    "keep": ("gardé", "green"),
    "drop": ("écarté", "red"),
    "not_me": ("« pas moi »", "red"),
}
MASKED, THEIRS, MINE = "black on yellow", "cyan", "bold"
MaskedSpans = Callable[[ReviewRow, int], list[tuple[int, int]]]  # of a turn, by its place
AROUND = 4  # lines above and below the dialogue


def draw(
    console: Console,
    row: ReviewRow | None,
    where: tuple[int, int],
    people: Mapping[str, str],
    wanted: Filter,
    said: str,
    offset: int,
    masked: MaskedSpans,
) -> bool:
    """Draw a dialogue from its line `offset` on; whether there is more of it below."""
    width, height = console.size
    room = max(3, height - AROUND)
    body = console.render_lines(_body(row, masked), console.options.update(width=width), pad=False)
    shown = body[offset : offset + room]
    more = offset + room < len(body)
    console.control(Control.home(), Control((ControlType.ERASE_IN_LINE, 2)), Control.clear(), Control.home())
    console.print(_head(row, where, people, wanted), overflow="ellipsis", no_wrap=True)
    console.print()
    console.print(*(_line(segments) for segments in shown), sep="\n", no_wrap=True, overflow="crop")
    foot = "… espace : la suite" if more else ""
    console.control(Control.move_to(0, height - 2))
    console.print(Text(printable(said or foot), style="yellow"), end="", no_wrap=True, overflow="ellipsis")
    console.control(Control.move_to(0, height - 1))
    console.print(Text(KEYS, style="dim"), end="", no_wrap=True, overflow="ellipsis")
    return more


def _head(row: ReviewRow | None, where: tuple[int, int], people: Mapping[str, str], wanted: Filter) -> Text:
    """« 12/340 · Malo · WhatsApp · 01/03/2025 · écarté »"""
    head = Text(f"{number(where[0])}/{number(where[1])}", style="bold")
    if row is not None:
        origin = row.piece.dialogue.origin
        who = ", ".join(printable(people.get(name, name)) for name in origin.correspondents) or "?"
        day = f"{origin.first:%d/%m/%Y}" if origin.first else "sans date"
        head.append(
            f" · {who} · {in_words(origin.source) if origin.source else 'fichier'} · {day} · ", "default"
        )
        head.append(*STATES[row.piece.state])
        head.append(" · corrigé" * row.piece.edited, "magenta")
        head.append("".join(f" · {flag}" for flag in row.flags), "yellow")
    if filtered := in_french(wanted):
        head.append(f"   [filtre : {filtered}]", "yellow")
    return head


def in_french(wanted: Filter) -> str:
    """« « ciné », 2025, signalés »"""
    state = {
        "open": "à relire",
        "keep": "gardés",
        "drop": "écartés",
        "not_me": "pas moi",
        "edited": "corrigés",
    }
    parts = [
        f"« {printable(wanted.text)} »" if wanted.text else "",
        printable(wanted.person),
        str(wanted.year or ""),
        "pauvres" if wanted.low else "",
        "signalés" if wanted.flagged else "",
        state.get(wanted.state, ""),
    ]
    return ", ".join(part for part in parts if part)


def _body(row: ReviewRow | None, masked: MaskedSpans) -> Table | Text:
    """The turns, numbered, what was masked in colour."""
    if row is None:
        return Text("Aucun dialogue ici. T : tout montrer.", style="dim")
    body = Table.grid(Column(style="dim", justify="right", no_wrap=True), Column(), padding=(0, 1, 0, 0))
    for place, turn in enumerate(row.turns, 1):
        label, style = {"user": ("eux", THEIRS), "assistant": ("vous", MINE)}.get(
            turn.role, ("consigne", "dim")
        )
        words, end = Text(style=style), 0
        for start, stop in masked(row, place - 1):
            words.append(printable(turn.text[end:start])).append(printable(turn.text[start:stop]), MASKED)
            end = stop
        words.append(printable(turn.text[end:]))
        body.add_row(f"{place} {label} ›", words)
    return body


def make_room(console: Console) -> None:
    """The cursor at the foot of the screen, on lines that are free for a question."""
    console.control(Control.move_to(0, console.size.height - 2), Control((ControlType.ERASE_IN_LINE, 2)))
    console.control(Control.move_to(0, console.size.height - 1), Control((ControlType.ERASE_IN_LINE, 2)))
    console.control(Control.move_to(0, console.size.height - 2))
    console.file.flush()


def _line(segments: list[Segment]) -> Text:
    return Text.assemble(*((one.text, one.style or "") for one in segments))

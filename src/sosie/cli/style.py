"""`sosie style`: « Fiche de style », how the person writes, before any training."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from sosie.cli.console import Terminal, printable
from sosie.cli.inspect_ import bar, grid, joined
from sosie.core.french_text import decimal, duration, number, percent, plural
from sosie.style.portrait import ORDINARY

if TYPE_CHECKING:
    from sosie.evaluate.style_card import StyleCard
    from sosie.style.profile import Shares

WIDEST, BAR = 96, 16
PEOPLE, FORMS = 8, 6
LEVELS = " ▁▂▃▄▅▆▇█"
FEWEST_OF = 0.02  # share of the replies, under which a form is no favourite


def style(*, terminal: Annotated[Terminal, Parameter(parse=False)]) -> None:
    """Draw the style card and write its page."""
    card, page = terminal.project.style(terminal.report)
    result = {**card.to_json(), "page": str(page)}
    terminal.end(result, lambda console: draw_card(console, card, str(page)))


def draw_card(console: Console, card: "StyleCard", page: str = "") -> None:
    """What sets the person apart, then lengths, hours, whom they say « tu » to, favourite forms."""
    width = min(console.width, WIDEST)
    whose = f" de {printable(card.name)}" if card.name else ""
    read = f" · {plural(card.replies, 'réponse')} et premiers mots, avant le tri de sosie prepare"
    console.print(Text.assemble((f"Fiche de style{whose}", "bold"), (read, "dim")))
    if card.traits:
        console.print(_traits(card))
    for line in _lines(card):
        for part in joined(line, " ", width):
            console.print(Text(part))
    if page:
        console.print(
            Text(f"La même en images, à montrer à qui vous voulez : {page}", style="dim"), soft_wrap=True
        )


def _traits(card: "StyleCard") -> object:
    from sosie.evaluate.report.style_page import labelled

    them = "inventés" if card.invented else "les autres"
    table = grid(("", "left"), ("", "left"), ("vous", "right"), (them, "right"))
    for trait in card.traits:
        drawn = Text(bar(round(1000 * trait.share), 1000, BAR), style="cyan")
        table.add_row(
            Text(f"  {printable(labelled(trait))}"),
            drawn,
            percent(trait.share),
            Text(percent(trait.others), style="dim"),
        )
    return table


def _lines(card: "StyleCard") -> list[list[str]]:
    """Sentences, each as parts that stay whole."""
    words, rhythm = card.profile.words, card.rhythm
    row = f"{decimal(rhythm.mean_row, 1)} message{'s' if rhythm.mean_row >= 2 else ''} à la suite."
    lines = [[f"{plural(words.middle, 'mot')} le plus souvent,", row]]
    if rhythm.delay is not None:
        lines[0].append(f"Répond en {duration(rhythm.delay)} (médiane, n = {number(rhythm.delays)}).")
    if sum(rhythm.by_hour):
        most = max(rhythm.by_hour)
        hours = "".join(LEVELS[-(-8 * count // most)] for count in rhythm.by_hour)
        lines.append([f"0 h │{hours}│ 24 h", f"surtout vers {rhythm.by_hour.index(most)} h."])
    for verb, chosen in (("Tutoie", True), ("Vouvoie", False)):
        names = [printable(one.correspondent) for one in card.addresses if (one.tu > one.vous) is chosen]
        if names:
            more = [f"et {number(len(names) - PEOPLE)} autres"] if len(names) > PEOPLE else []
            lines.append([f"{verb} :", *_listed([*names[:PEOPLE], *more])])
    for title, shares in (
        ("Commence par :", card.profile.openers),
        ("Finit par :", card.profile.closers),
        ("Rit :", card.profile.laughs),
        ("Abrège :", card.profile.abbreviations),
    ):
        if forms := _favourites(shares):
            lines.append([title, *_listed(forms)])
    return lines


def _favourites(shares: "Shares") -> list[str]:
    shown = [form for form, share in shares if share >= FEWEST_OF and form not in ORDINARY]
    return [*map(printable, shown[:FORMS])]


def _listed(parts: list[str]) -> list[str]:
    """« a, » « b, » « c »"""
    return [*(f"{part}," for part in parts[:-1]), *parts[-1:]]

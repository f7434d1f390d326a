"""`fiche.html`: a style card as one page that its owner would show. No correspondent's name, no message."""

from collections.abc import Callable
from pathlib import Path

from sosie.core.french_text import decimal, duration, percent, plural
from sosie.core.workspace import Workspace, closed_folder, whole
from sosie.evaluate.report.habits import LISTS
from sosie.evaluate.report.html import Html, fold, join, paragraph, table, tag
from sosie.evaluate.report.intervals import Estimate, share_of
from sosie.evaluate.report.layout import OF_95, card, cards, chapter, definition, figure
from sosie.evaluate.report.page import fill
from sosie.evaluate.report.plots import SHARES, Mark, Row, bars, legend, strips
from sosie.evaluate.style_card import StyleCard
from sosie.style.portrait import ORDINARY
from sosie.style.profile import Profile, Shares
from sosie.style.traits import Trait

PAGE = "fiche.html"
FOOT = (
    "Fiche faite par sosie, sur cette machine. Elle ne charge rien, ne nomme aucun correspondant et ne "
    "contient aucun message : seulement des habitudes, et des mots qui reviennent."
)
FIRST_AND_LAST: tuple[tuple[str, Callable[[Profile], Shares]], ...] = (
    ("Premiers mots", lambda side: side.openers),
    ("Derniers mots", lambda side: side.closers),
)
FEWEST_OF = 0.02  # share of the replies, under which a form is no favourite
HOURS = tuple(f"{hour} h" if hour % 6 == 0 else "" for hour in range(24))


def write_page(card_: StyleCard, workspace: Workspace) -> Path:
    """data/fiche.html, 0600."""
    path = closed_folder(workspace.data) / PAGE
    with whole(path) as draft:
        draft.write_text(render_card(card_), encoding="utf-8")
    return path


def render_card(card_: StyleCard) -> str:
    """One HTML file."""
    whose = f" de {card_.name}" if card_.name else ""
    title = f"Fiche de style{whose}"
    facts = paragraph(f"{plural(card_.replies, 'réponse')} et premiers mots, avant tout tri", class_="sub")
    body = join(_traits(card_), _measure(card_), _favourites(card_.profile), _years(card_))
    return fill(title, join(tag("h1", title), facts), body, FOOT)


def others(card_: StyleCard) -> str:
    return "des gens inventés" if card_.invented else "vos correspondants"


def labelled(trait: Trait) -> str:
    """« met des émojis : 🌻 😂 »; a form is in its label already."""
    shown = "" if trait.name.startswith("form ") else " ".join(trait.examples)
    return f"{trait.label} : {shown}" if shown else trait.label


def _traits(card_: StyleCard) -> Html | None:
    if not card_.traits:
        return None
    rows = [
        Row(
            labelled(trait),
            f"vous {percent(trait.share)} · eux {percent(trait.others)}",
            (
                Mark("person", share_of(trait.share, trait.n)),
                Mark("other", Estimate(trait.others)),
            ),
        )
        for trait in card_.traits
    ]
    names = {"person": "vous", "other": others(card_)}
    caption = f"Part de vos réponses ; traits : {OF_95} (Wilson). Le plus parlant d'abord."
    cells = [
        (labelled(trait), percent(trait.share), f"{trait.n}", percent(trait.others), f"{trait.others_n}")
        for trait in card_.traits
    ]
    heads = ("Habitude", "Vous", "n", "Eux", "n")
    return chapter(
        "distingue",
        "Ce qui vous distingue",
        f"Ce que vous faites, et que {others(card_)} font moins.",
        figure(
            strips("traits", "Vos habitudes", rows, SHARES), legend("person", "other", names=names), caption
        ),
        fold("Les mêmes chiffres en tableau", table("Vos habitudes", heads, cells)),
        definition(
            "Une habitude est une question posée à chaque réponse qui pourrait la montrer. Son rang : la "
            "divergence de Kullback-Leibler entre votre part et celle des autres (moyenne de vos "
            "correspondants et de vingt personnes inventées), en nats par réponse. N'est montré que ce que "
            "le hasard seul ferait une fois sur mille (rapport de vraisemblance)."
        ),
    )


def _measure(card_: StyleCard) -> Html:
    words, rhythm = card_.profile.words, card_.rhythm
    shown = [
        card(
            "Longueur",
            plural(words.middle, "mot"),
            f"une réponse sur deux ; huit sur dix : de {decimal(words.low, 0)} à {decimal(words.high, 0)}",
            "",
        ),
        card("À la suite", f"{decimal(card_.rhythm.mean_row, 1)} message", "en moyenne, par réponse", ""),
    ]
    if rhythm.delay is not None:
        shown.append(
            card("Délai", duration(rhythm.delay), f"médiane ; n = {plural(rhythm.delays, 'réponse')}", "")
        )
    if card_.addresses:
        tu = sum(one.tu > one.vous for one in card_.addresses)
        vous = sum(one.vous > one.tu for one in card_.addresses)
        shown.append(card("Tutoie", plural(tu, "personne"), f"et vouvoie {plural(vous, 'personne')}", ""))
    drawn = None
    if sum(rhythm.by_hour):
        plot = bars("heures", "Réponses selon l'heure", HOURS, rhythm.by_hour, "réponses")
        drawn = figure(plot, None, "Vos réponses selon l'heure.")
    lead = "Vos réponses, telles qu'elles partent."
    return chapter("mesures", "Longueur, rythme, « tu »", lead, cards(*shown), drawn)


def _favourites(side: Profile) -> Html | None:
    lists = [(title, read(side)) for title, read in (*FIRST_AND_LAST, *LISTS)]
    tables = [_list(title, shares) for title, shares in lists]
    drawn = [one for one in tables if one]
    if not drawn:
        return None
    lead = "Part des réponses qui ont la forme au moins une fois."
    return chapter("formes", "Vos formes favorites", lead, tag("div", *drawn, class_="three"))


def _list(title: str, shares: Shares) -> Html | None:
    rows = [(form, percent(share)) for form, share in shares if share >= FEWEST_OF and form not in ORDINARY]
    return table(title, ("Forme", "Part"), rows) if rows else None


def _years(card_: StyleCard) -> Html | None:
    if not card_.by_year:
        return None
    rows = [
        (labelled(trait), *(percent(shares[trait.name]) for shares in card_.by_year.values()))
        for trait in card_.traits
    ]
    heads = ("Habitude", *map(str, card_.by_year))
    lead = "Part des réponses de chaque année qui ont l'habitude."
    return chapter("annees", "D'année en année", lead, table("Vos habitudes par année", heads, rows))

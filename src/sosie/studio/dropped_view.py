"""What is dropped in « Vos messages »: the place for it, then who wrote, when, and what was not read."""

from collections.abc import Mapping
from typing import Any

from sosie.core.french_text import number, plural
from sosie.core.source_table import SOURCE_ROWS
from sosie.evaluate.report.html import Html, each, join, tag
from sosie.studio.drawing import button, months
from sosie.studio.names import ROLES

MOST_NAMES, _MOST_FILES = 60, 8
HOW = (
    (
        "WhatsApp, iPhone",
        "ouvrez la discussion, touchez le nom en haut, « Exporter discussion », « Sans média ».",
    ),
    ("WhatsApp, Android", "ouvrez la discussion, ⋮, « Plus », « Exporter discussion », « Sans médias »."),
    ("Telegram", "sur un ordinateur : ⋮, « Exporter l'historique », format JSON."),
    ("Messenger, Instagram", "Espace Comptes, « Télécharger vos informations », format JSON."),
    ("Mails", "Google Takeout, « Gmail » seul : un fichier .mbox."),
)


def drop_zone(again: bool) -> Html:
    kinds = ", ".join(row.label for row in SOURCE_ROWS if row.label and row.family == "app")
    steps = each(tag("li", tag("strong", name), " : ", how) for name, how in HOW)
    choose = "Ajouter des fichiers" if again else "Choisir des fichiers"
    return tag(
        "div",
        tag("p", "Glissez ici vos fichiers, zips ou dossiers", class_="large"),
        tag("label", choose, for_="fichiers", class_="bouton plain" if again else "bouton primary"),
        tag("input", type="file", id="fichiers", multiple="", class_="hors-vue", data_files=""),
        tag("label", "Choisir un dossier", for_="dossier", class_="bouton plain"),
        tag("input", type="file", id="dossier", webkitdirectory="", class_="hors-vue", data_files=""),
        tag("div", class_="envoi", id="envoi", role="status"),
        tag("details", tag("summary", "Comment obtenir un export ?"), tag("ul", steps), id="comment"),
        tag("details", tag("summary", "Ce que sosie sait lire"), tag("p", f"{kinds}."), id="formats"),
        class_="depot",
        data_drop="",
    )


def found(summary: Mapping[str, Any]) -> Html:
    """What was dropped: who wrote, when, what was not read; and the question."""
    senders = [(name, count) for name, count in summary["senders"].items() if name.lower() not in ROLES]
    owner = summary.get("owner")
    senders.sort(key=lambda sender: sender[0] != owner)
    people = each(
        button(
            join(
                tag("b", name), tag("small", plural(count, "message"), " (sans doute vous)" * (name == owner))
            ),
            "me",
            kind="personne",
            name=name,
        )
        for name, count in senders[:MOST_NAMES]
    )
    other = tag(
        "form",
        tag("label", "Un autre nom", for_="nom"),
        tag("input", type="search", id="nom", name_="name"),
        tag("button", "C'est moi", type="submit", class_="bouton plain"),
        data_do="me",
        class_="recherche",
    )
    count = f"{plural(summary['messages'], 'message')} en {plural(summary['conversations'], 'conversation')}."
    ask = join(
        tag("h3", "Qui êtes-vous ?"),
        tag("p", "Touchez votre nom."),
        tag("div", people, class_="gens"),
        other if len(senders) > MOST_NAMES else None,
    )
    return tag(
        "section",
        tag("h3", "Ce que j'y lis"),
        tag("p", count),
        months(summary.get("by_month", {})),
        _unread(summary.get("unread", []), summary.get("skipped", {}), summary.get("attached", 0)),
        ask if senders else button("Importer", "me", kind="primary", name=""),
        button("Ne pas garder ces fichiers", "give_up", kind="discreet"),
        class_="carte",
    )


def _unread(files: list[dict[str, str]], skipped: Mapping[str, int], attached: int) -> Html | None:
    lines = [f"{one['file']} : {one['reason']}" for one in files[:_MOST_FILES]]
    lines += [f"et {plural(len(files) - _MOST_FILES, 'autre fichier', 'autres fichiers')}"] * (
        len(files) > _MOST_FILES
    )
    lines += [f"{number(count)} fois : {reason}" for reason, count in skipped.items()]
    lines += [f"{plural(attached, 'pièce jointe', 'pièces jointes')}, laissées où elles sont"] * bool(
        attached
    )
    if not lines:
        return tag("p", "Tout a été lu.", class_="discret")
    left = tag("ul", each(tag("li", line) for line in lines))
    return tag("details", tag("summary", "Ce qui n'a pas été lu"), left, id="non-lu")

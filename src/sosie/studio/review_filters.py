"""What « Relire » shows: every dialogue, or those of a state, a person, a year, a word."""

from typing import TYPE_CHECKING

from sosie.core.french_text import number
from sosie.evaluate.report.html import Html, each, tag
from sosie.prepare.review.rows import ALL, Filter
from sosie.studio.drawing import button
from sosie.studio.state import StudioState

if TYPE_CHECKING:
    from sosie.prepare.review.session import Review

STATE_FILTERS = (
    ("", "Tous"),
    ("open", "À relire"),
    ("keep", "Gardés"),
    ("drop", "Écartés"),
    ("edited", "Corrigés"),
)


def wanted(state: StudioState) -> Filter:
    found: Filter = state.choices.get("filter", ALL)
    return found


def filters(state: StudioState, review: "Review") -> Html:
    shown = wanted(state)
    states = [_pressed(words, "state", shown.state == name, value=name) for name, words in STATE_FILTERS]
    marks = [
        _pressed("Signalés", "flagged", shown.flagged),
        _pressed("Pauvres", "low", shown.low),
    ]
    search = tag(
        "form",
        tag("label", "Chercher", for_="chercher", class_="hors-vue"),
        tag(
            "input",
            type="search",
            id="chercher",
            name_="text",
            value=shown.text,
            placeholder="Un mot",
        ),
        tag("button", "Chercher", type="submit", class_="bouton plain"),
        data_do="search",
        class_="recherche",
    )
    chosen = tag("div", *_choices(state, review), class_="filtres")
    undo = button("Annuler (Z)", "undo")
    pressed = tag("div", *states, *marks, class_="filtres")
    return tag("div", pressed, chosen, search, undo, *_on_all(review, shown), class_="outils", id="outils")


def _choices(state: StudioState, review: "Review") -> list[Html]:
    """A list of people and one of years, where there are several."""
    shown, people = wanted(state), review.people()
    if state.choices.get("years_of") is not review:
        years = sorted({row.year for row in review.rows(ALL)} - {0})
        state.choices |= {"years_of": review, "years": years}
    every: list[tuple[str, str, str, list[tuple[str, str]]]] = [
        ("who", "Tout le monde", shown.person, list(people.items())),
        (
            "year",
            "Toutes les années",
            str(shown.year or ""),
            [(str(y), str(y)) for y in state.choices["years"]],
        ),
    ]
    return [_list(do, first, now, options) for do, first, now, options in every if len(options) > 1]


def _list(do: str, first: str, now: str, options: list[tuple[str, str]]) -> Html:
    lines = each(
        tag("option", words, value=value, selected="" if value == now else None)
        for value, words in (("", first), *options)
    )
    return tag("select", lines, id=do, data_do=do, aria_label=first)


def _on_all(review: "Review", shown: Filter) -> list[Html]:
    """One decision for all that a filter shows; undone at once."""
    count = len(review.rows(shown))
    if shown == ALL or not count:
        return []
    these = f"les {number(count)} montrés" if count > 1 else "celui-ci"
    return [button(f"Écarter {these}", "all", choice="drop"), button(f"Garder {these}", "all", choice="keep")]


def _pressed(words: str, do: str, on: bool, **data: str) -> Html:
    named = {f"data_{name}": value for name, value in data.items()}
    return tag(
        "button", words, type="button", class_="segment", data_do=do, aria_pressed=str(on).lower(), **named
    )

"""« Relire »: what is masked, who may be learnt from, and the dialogues fifty at a time.

Keys (page.js): J and K walk, D drops, G keeps, M « pas moi », E corrects, Z undoes.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from sosie.core.errors import BadSettings, SosieError
from sosie.core.french_text import number, plural
from sosie.evaluate.report.html import Html, each, join, tag
from sosie.prepare.consent import CHOICES, FILE, IN_FRENCH
from sosie.prepare.pii.detectors import KINDS
from sosie.prepare.review.rows import STATES
from sosie.studio.drawing import button, notice, progress
from sosie.studio.review_card import card
from sosie.studio.review_filters import filters, wanted
from sosie.studio.state import StudioState
from sosie.studio.tab import Tab
from sosie.studio.voice_notes import correct, voice_notes

if TYPE_CHECKING:
    from sosie.prepare.review.session import Review

_KEYS = "Au clavier : J suivant, K précédent, D écarter, G garder, M pas moi, E corriger, Z annuler."


def _busy(state: StudioState) -> bool:
    return state.busy("prepare")


def _draw(state: StudioState) -> Html:
    title = tag("h2", "Relire")
    if state.busy("prepare"):
        return join(title, progress(state.jobs["prepare"].event, "Préparation des dialogues"))
    if not (state.workspace.data / "train.jsonl").is_file():
        first = button("Vos messages", "go", kind="primary", step="messages")
        return join(title, notice("Il n'y a pas encore de dialogues à relire. "), first)
    review = state.review()
    return join(
        title,
        tag("p", "Ce qui sera appris. Écartez ce que votre double ne doit pas apprendre.", class_="chapeau"),
        _masked(state),
        _people(state, review),
        voice_notes(state),
        filters(state, review),
        _dialogues(state, review),
        tag("p", button("Apprendre", "go", kind="primary", step="apprendre"), class_="fin"),
    )


def _masked(state: StudioState) -> Html | None:
    try:
        made = json.loads((state.workspace.data / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    words = {kind.name: kind.one for kind in KINDS}
    found = sorted(made.get("masked", {}).items(), key=lambda pair: -pair[1])
    kinds = ", ".join(f"{words.get(name, name)} ({number(count)})" for name, count in found)
    hidden = f"Masqué partout : {kinds}." if kinds else "Rien n'a dû être masqué."
    topics = ", ".join(f"{name} ({number(count)})" for name, count in made.get("flagged", {}).items())
    return join(
        tag("p", hidden, " Les mots masqués sont surlignés ci-dessous.", class_="discret"),
        tag("p", f"Sujets sensibles, à regarder : {topics}.", class_="discret") if topics else None,
    )


def _people(state: StudioState, review: "Review") -> Html:
    """One line a person: what may be learnt of them."""
    decided, written = state.workspace.private / FILE, state.workspace.data / "report.json"
    stale = decided.is_file() and written.is_file() and decided.stat().st_mtime > written.stat().st_mtime
    lines = each(
        tag(
            "li",
            tag("span", name),
            tag("span", *_choices(review, name), class_="choix", role="group", aria_label=name),
        )
        for name in dict.fromkeys(review.people().values())
    )
    again = notice(
        "Vos choix valent pour la prochaine préparation. ",
        button("Refaire les dialogues", "prepare", kind="primary"),
    )
    meaning = (
        "Garder : son nom reste. Masquer : ses mots servent de contexte, sous un faux nom. "
        "Retirer : plus aucun de ses messages n'est lu, et son nom est caché partout."
    )
    return join(
        again if stale else None,
        tag(
            "details",
            tag("summary", f"Les personnes ({number(len(review.people()))})"),
            tag("p", meaning, class_="discret"),
            tag("ul", lines, class_="personnes"),
            id="personnes",
        ),
    )


def _choices(review: "Review", name: str) -> list[Html]:
    now = review.consent(name)
    return [
        tag(
            "button",
            IN_FRENCH[choice].capitalize(),
            type="button",
            class_="segment",
            data_do="person",
            data_name=name,
            data_choice=choice,
            aria_pressed="true" if choice == now else "false",
        )
        for choice in CHOICES
    ]


def _dialogues(state: StudioState, review: "Review") -> Html:
    page = review.page(_page(state, review), wanted(state))
    people, editing = review.people(), state.choices.get("editing")
    cards = each(card(review, row, people, editing == row.id) for row in page.rows)
    counts = review.counts()
    decided = f"gardés {number(counts['keep'])}, écartés {number(counts['drop'])}"
    where = f"{plural(page.total, 'dialogue')} ; {decided}. Page {page.number + 1} sur {page.pages}."
    turn = tag(
        "nav",
        button("Précédents", "page", number=page.number - 1) if page.number else None,
        button("Suivants", "page", kind="plain suivants", number=page.number + 1)
        if page.number + 1 < page.pages
        else None,
        class_="pages",
        aria_label="Pages de dialogues",
    )
    none = tag("p", "Aucun dialogue ici.", class_="discret") if not page.rows else None
    body = tag("ol", cards, class_="dialogues", id="dialogues")
    return join(
        tag("p", where, class_="discret"), tag("p", _KEYS, class_="discret clavier"), none, body, turn
    )


def _page(state: StudioState, review: "Review") -> int:
    last = max(0, review.page(0, wanted(state)).pages - 1)
    return min(max(0, int(state.choices.get("page", 0))), last)


# What the buttons do


def _decide(do: Literal["keep", "drop", "not_me"]) -> Callable[[StudioState, Mapping[str, Any]], None]:
    def decide(state: StudioState, asked: Mapping[str, Any]) -> None:
        state.review().decide(do, [str(asked["id"])])

    return decide


def decide_person(state: StudioState, asked: Mapping[str, Any]) -> None:
    choice = next((known for known in CHOICES if known == asked.get("choice")), None)
    if choice is None:
        raise BadSettings("Ce choix n'existe pas.", "Choisissez garder, masquer ou retirer.")
    state.review().decide_person(str(asked["name"]), choice)


def show(state: StudioState, /, **changes: Any) -> None:
    state.choices |= {"filter": replace(wanted(state), **changes), "page": 0}


def show_state(state: StudioState, asked: Mapping[str, Any]) -> None:
    show(state, state=next((name for name in STATES if name == asked.get("value")), ""))


def show_year(state: StudioState, asked: Mapping[str, Any]) -> None:
    year = str(asked.get("value"))
    show(state, year=int(year) if year.isdecimal() else 0)


def decide_all(state: StudioState, asked: Mapping[str, Any]) -> None:
    """The same for every dialogue that the filter shows, on all pages."""
    choices: dict[str, Literal["keep", "drop"]] = {"keep": "keep", "drop": "drop"}
    rows = state.review().rows(wanted(state))
    state.review().decide(choices[str(asked["choice"])], [row.id for row in rows])


def save(state: StudioState, asked: Mapping[str, Any]) -> None:
    """Each box that says something else than its message."""
    review, id_ = state.review(), str(asked["id"])
    before = review.row(id_).turns
    for name, text in asked.get("fields", {}).items():
        place = int(name.removeprefix("t")) if name[1:].isdecimal() else -1
        if 0 <= place < len(before) and text.replace("\r\n", "\n") != before[place].text:
            review.edit(id_, place, text)
    state.choices["editing"] = None


def undo(state: StudioState, asked: Mapping[str, Any]) -> None:
    if state.review().undo() is None:
        raise SosieError("Il n'y a rien à annuler.")


REVIEW = Tab(
    "relire",
    _draw,
    _busy,
    {
        "keep": _decide("keep"),
        "drop": _decide("drop"),
        "not_me": _decide("not_me"),
        "edit": lambda state, asked: state.choices.update(editing=str(asked["id"])),
        "close": lambda state, asked: state.choices.update(editing=None),
        "save": save,
        "split": lambda state, asked: state.review().split(str(asked["id"]), int(asked["turn"])),
        "undo": undo,
        "person": decide_person,
        "heard": correct,
        "voices": lambda state, asked: state.choices.update(voices=int(asked["number"])),
        "state": show_state,
        "who": lambda state, asked: show(state, person=str(asked.get("value"))),
        "year": show_year,
        "all": decide_all,
        "flagged": lambda state, asked: show(state, flagged=not wanted(state).flagged),
        "low": lambda state, asked: show(state, low=not wanted(state).low),
        "search": lambda state, asked: show(state, text=str(asked.get("fields", {}).get("text", ""))),
        "page": lambda state, asked: state.choices.update(page=int(asked["number"])),
        "prepare": lambda state, asked: state.start("prepare"),
    },
)

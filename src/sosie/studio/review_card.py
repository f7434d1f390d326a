"""One dialogue of « Relire »: its turns, what is masked in them, what was decided, what can be decided."""

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from sosie.core.french_text import number
from sosie.core.source_table import label as source_label
from sosie.evaluate.report.html import Html, join, tag
from sosie.prepare.review.rows import ReviewRow
from sosie.studio.drawing import button

if TYPE_CHECKING:
    from sosie.prepare.review.session import Review

SHOWN_TURNS = 8
SPEAKERS = {"assistant": "Vous", "user": "Eux"}
IN_WORDS = {"keep": "gardé", "drop": "écarté", "not_me": "« pas moi »", "": ""}


def card(review: "Review", row: ReviewRow, people: Mapping[str, str], editing: bool) -> Html:
    origin = row.piece.dialogue.origin
    who = ", ".join(people.get(name, name) for name in origin.correspondents) or "Quelqu'un"
    when = f"{origin.first:%d/%m/%Y}" if origin.first else "sans date"
    head = tag(
        "p",
        tag("b", who),
        f" · {when}" + (f" · {source_label(origin.source)}" if origin.source else ""),
        *[tag("span", flag, class_="drapeau") for flag in row.flags],
        tag("span", "peu à apprendre", class_="drapeau") if row.low else None,
        tag("span", IN_WORDS[row.piece.state], class_=f"etat {row.piece.state}") if row.piece.state else None,
        tag("span", "corrigé", class_="etat edit") if row.piece.edited else None,
        class_="tete",
    )
    name = f"{who}, {when}"
    inside = _editor(row) if editing else join(_turns(review, row), _decisions(row))
    return tag(
        "li",
        head,
        inside,
        id=f"d-{row.id}",
        data_id=row.id,
        tabindex="-1",
        class_=row.piece.state or None,
        aria_label=name,
    )


def _decisions(row: ReviewRow) -> Html:
    kinds = (
        ("Garder", "keep", "g"),
        ("Écarter", "drop", "d"),
        ("Pas moi", "not_me", "m"),
        ("Corriger", "edit", "e"),
    )
    return tag(
        "p",
        *(button(words, do, kind="petit", id=row.id, key=key) for words, do, key in kinds),
        class_="gestes",
    )


def _turns(review: "Review", row: ReviewRow) -> Html:
    drawn = [_turn(review, row, place) for place in range(len(row.turns))]
    if len(drawn) <= SHOWN_TURNS + 2:
        return join(*drawn)
    more = tag("summary", f"La suite ({number(len(drawn) - SHOWN_TURNS)} messages)")
    return join(*drawn[:SHOWN_TURNS], tag("details", more, *drawn[SHOWN_TURNS:], id=f"suite-{row.id}"))


def _turn(review: "Review", row: ReviewRow, place: int) -> Html:
    turn, parts, end = row.turns[place], [], 0
    for start, stop in review.masked_spans(row, place):
        parts += [turn.text[end:start], tag("mark", turn.text[start:stop])]
        end = stop
    side = {"assistant": "vous", "user": "eux"}.get(turn.role, "consigne")
    said = tag("span", "Vous : " if side == "vous" else "Eux : ", class_="hors-vue")
    return tag("p", said, *parts, turn.text[end:], class_=f"bulle {side}")


def _editor(row: ReviewRow) -> Html:
    """Each message in a box; a received one may begin another dialogue."""
    boxes = [
        join(
            button("Couper ici", "split", kind="discreet", id=row.id, turn=place)
            if turn.role == "user" and place
            else None,
            tag("label", SPEAKERS.get(turn.role, "Consigne"), for_=f"t{place}-{row.id}"),
            tag(
                "textarea",
                as_written(turn.text),
                id=f"t{place}-{row.id}",
                name_=f"t{place}",
                rows=max(1, len(turn.text) // 60 + 1),
            ),
        )
        for place, turn in enumerate(row.turns)
    ]
    end = tag("button", "Enregistrer", type="submit", class_="bouton primary")
    return tag(
        "form",
        *boxes,
        end,
        button("Fermer", "close", kind="discreet"),
        data_do="save",
        data_id=row.id,
        class_="edition",
    )


def as_written(text: str) -> Html:
    """Without the spaces that French typography adds to what is only read: a box gives back what it holds."""
    return Html(escape(text))

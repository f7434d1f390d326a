"""`report.html`: the scores as one page that opens anywhere, asks nobody for anything and needs no script.

    render(scores.to_json())                  the report of one double
    render(scores.to_json(), other_json)      the same, with the other one beside it

It works from the JSON alone (its keys: suite.py) and says « non mesuré » of what is not there. On it:
numbers, each with its definition, its n and its interval; the owner's own forms, one by one. Never on it: a
score of one message, a whole reply, a text of anybody else. All of the scores is escaped (paper/markup.py).

    verdicts     three lines, three lights: a shape and a word each, then the colour
    resemblance  R on its scale, beside the base and the rivals
    giveaways    « ce qui trahit le modèle »                        habits    lengths, ends, « tu », « ne »
    eyes         variety, classifiers, distances                    safety    copies and leaks
    language     French and forgetting                              method    how, and what it does not say
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Any

from sosie.evaluate.report import (
    comparison,
    differences,
    habits,
    language,
    likeness,
    method,
    other_measures,
    safety,
    verdicts,
)
from sosie.evaluate.report.html import Html, join, paragraph, tag, text
from sosie.evaluate.report.scores_view import Part

CHAPTER = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>')


def render(scores: Mapping[str, Any], against: Mapping[str, Any] | None = None) -> str:
    """One HTML file. The same scores give the same bytes."""
    mine, other = Part(scores), None if against is None else Part(against)
    body = join(
        comparison.comparison(mine, other) if other is not None else None,
        likeness.resemblance(mine),
        differences.giveaways(mine),
        habits.habits(mine),
        other_measures.variety(mine),
        other_measures.other_eyes(mine),
        safety.memorisation(mine),
        safety.leaks(mine),
        language.french(mine),
        language.forgetting(mine),
        method.method(mine),
    )
    page = Template((files("sosie.evaluate.report") / "page.html").read_text(encoding="utf-8"))
    title = f"Ce que vaut {verdicts.name_of(mine)}"
    return page.substitute(title=text(title), head=_head(mine, title, body), body=body, foot=_foot())


def _head(scores: Part, title: str, body: Html) -> Html:
    base = scores.word("base_model")
    facts = (
        f"Modèle de base : {base}" if base else "",
        f"mesuré {when}" if (when := method.moment(scores.part("made"))) else "",
    )
    return join(
        tag("h1", title),
        paragraph(" · ".join(filter(None, facts)), class_="sub") if any(facts) else None,
        verdicts.draw(scores),
        _contents(body),
    )


def _contents(body: Html) -> Html:
    links = (tag("li", tag("a", Html(title), href=f"#{name}")) for name, title in CHAPTER.findall(body))
    return tag("nav", tag("ul", *links), aria_label="Sommaire")


def _foot() -> Html:
    return join(
        paragraph(
            "Page faite par sosie, sur cette machine, à partir du seul fichier de mesures. Elle ne charge "
            "rien et ne contient aucun message. Elle décrit pourtant votre façon d'écrire : ne la donnez "
            "qu'à qui vous voulez."
        )
    )

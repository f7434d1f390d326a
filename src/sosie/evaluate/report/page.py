"""`report.html`: the scores as one page that opens anywhere, asks nobody for anything and needs no script.

    render(scores)            the report of one double
    render(scores, other)     the same, with the other one beside it

A chapter a question, each from its own part of the scores; what was not measured is said with its reason.
On it: numbers, each with its definition, its n and its interval; the owner's own forms, one by one. Never on
it: a score of one message, a whole reply, a text of anybody else. All of the scores is escaped (html.py).

    verdicts     a sentence; four lines, four lights: a shape and a word each, then the colour
    likeness     R on its scale, beside the base and the rivals    referee   the second judge
    differences  « ce qui trahit le modèle »                   habits    lengths, ends, « tu », « ne »
    other_measures   variety, classifiers, distances           safety    copies and leaks
    language     French and forgetting                         method    how, and what it does not say
"""

import re
from collections.abc import Callable
from importlib.resources import files
from string import Template

from sosie.evaluate.report import (
    comparison,
    differences,
    habits,
    language,
    likeness,
    method,
    other_measures,
    referee,
    safety,
    verdicts,
)
from sosie.evaluate.report.html import Html, join, paragraph, tag, text
from sosie.evaluate.scores import Scores

FOOT = (
    "Page faite par sosie, sur cette machine, à partir du seul fichier de mesures. Elle ne charge rien et ne "
    "contient aucun message. Elle décrit pourtant votre façon d'écrire : ne la donnez qu'à qui vous voulez."
)
CHAPTER = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>')


CHAPTERS: tuple[Callable[[Scores], Html], ...] = (
    likeness.likeness_chapter,
    referee.referee_chapter,
    differences.differences_chapter,
    habits.habits_chapter,
    other_measures.variety_chapter,
    other_measures.detectability_chapter,
    safety.memorisation_chapter,
    safety.leaks_chapter,
    language.french_chapter,
    language.forgetting_chapter,
    method.method_chapter,
)


def render(mine: Scores, other: Scores | None = None) -> str:
    """One HTML file. The same scores give the same bytes."""
    beside = comparison.comparison(mine, other) if other else None
    body = join(beside, *(chapter(mine) for chapter in CHAPTERS))
    title = f"Ce que vaut {mine.double}"
    return fill(title, _head(mine, title, body), body, FOOT)


def fill(title: str, head: Html, body: Html, foot: str) -> str:
    """A whole page: one file that loads nothing."""
    page = Template((files("sosie.evaluate.report") / "page.html").read_text(encoding="utf-8"))
    return page.substitute(title=text(title), head=head, body=body, foot=paragraph(foot))


def _head(scores: Scores, title: str, body: Html) -> Html:
    facts = f"Modèle de base : {scores.base_model} · mesuré {method.moment(scores.made)}"
    return join(tag("h1", title), paragraph(facts, class_="sub"), verdicts.lights(scores), _contents(body))


def _contents(body: Html) -> Html:
    links = (tag("li", tag("a", Html(title), href=f"#{name}")) for name, title in CHAPTER.findall(body))
    return tag("nav", tag("ul", *links), aria_label="Sommaire")

"""The verdict and its four lines on top: their light, their sentence, and how to read it."""

from dataclasses import dataclass

from sosie.core.french_text import between, between_percents, decimal, percent, plural
from sosie.evaluate.measures.leaks import Leaks
from sosie.evaluate.measures.likeness import Likeness
from sosie.evaluate.measures.memorisation import Memorisation
from sosie.evaluate.measures.referee import Referee
from sosie.evaluate.report.html import Html, join, tag
from sosie.evaluate.report.layout import OF_95, details, light, of
from sosie.evaluate.scores import Scores
from sosie.evaluate.verdict import headline, line_lights


@dataclass(frozen=True, slots=True)
class Line:
    gate: str
    text: str
    how: str


OF_VERDICT = {"green": "green", "red": "red", "grey": "unknown"}


def verdict_lines(scores: Scores) -> tuple[Line, ...]:
    """The sentences of the scores, as the terminal says them."""
    read = (
        _read_likeness(scores.likeness),
        _read_referee(scores.referee),
        _read_memorisation(scores.memorisation),
        _read_leaks(scores.leaks),
    )
    return tuple(map(Line, line_lights(*scores.judged), scores.sentences, read))


def _read_likeness(mine: Likeness) -> str:
    if mine.value is None:
        return ""
    return details(
        "0 : une autre personne ordinaire, 100 : vous-même",
        f"{OF_95} : {between(mine.low, mine.high, 0)}",
        of(mine.n),
    )


def _read_referee(found: Referee) -> str:
    if found.c2st is None:
        return ""
    edges = between_percents(found.low, found.high)
    own = "" if found.ceiling is None else f"vous contre vous : {percent(found.ceiling)}"
    return details(f"Reconnu (C2ST) : {percent(found.c2st)}", edges, own, of(found.n))


def _read_memorisation(found: Memorisation) -> str:
    if found.value is None:
        return ""
    return details(
        f"Mémorisation M : {decimal(found.value, 1)} sur 100", between(found.low, found.high, 1), of(found.n)
    )


def _read_leaks(found: Leaks) -> str:
    n = found.n_generations
    return f"Cherchées dans {plural(n, 'texte')} du modèle." if n else ""


def lights(scores: Scores) -> Html:
    rows = (
        tag(
            "li",
            light(line.gate),
            tag("div", tag("p", line.text), tag("p", line.how, class_="how") if line.how else None),
        )
        for line in verdict_lines(scores)
    )
    shown = "amber" if scores.verdict == "red" and scores.counts else OF_VERDICT[scores.verdict]
    said = tag("p", light(shown), " ", headline(*scores.judged), class_="headline")
    return join(said, tag("ol", *rows, class_="verdict"))

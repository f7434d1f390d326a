"""The three lines on top: their light, their sentence, and how to read it."""

from dataclasses import dataclass

from sosie.core.french_text import between, decimal, plural
from sosie.evaluate.measures.leaks import Leaks
from sosie.evaluate.measures.likeness import Likeness
from sosie.evaluate.measures.memorisation import Memorisation
from sosie.evaluate.report.html import Html, tag
from sosie.evaluate.report.intervals import estimate
from sosie.evaluate.report.layout import OF_95, details, light, of
from sosie.evaluate.scores import Scores


@dataclass(frozen=True, slots=True)
class Line:
    gate: str
    text: str
    how: str


HALF_WAY = 50  # from a typical other person to the person


def verdict_lines(scores: Scores) -> tuple[Line, Line, Line]:
    """The sentences of the scores, as the terminal says them."""
    likeness, copies, leaks = scores.verdict
    return (
        Line(_likeness_light(scores), likeness, _read_likeness(scores.likeness)),
        Line(scores.memorisation.gate, copies, _read_memorisation(scores.memorisation)),
        Line(scores.leaks.gate, leaks, _read_leaks(scores.leaks)),
    )


def _likeness_light(scores: Scores) -> str:
    """Green where R may be quoted, is above the half way, and is surely more than that of the base."""
    value, gain = scores.likeness.value, estimate(scores.likeness.gain)
    if value is None:
        return "unknown"
    if not scores.counts:
        return "red"
    return "green" if value >= HALF_WAY and gain.sure and (gain.value or 0) > 0 else "amber"


def _read_likeness(mine: Likeness) -> str:
    if mine.value is None:
        return ""
    return details(
        "0 : une autre personne ordinaire, 100 : vous-même",
        f"{OF_95} : {between(mine.low, mine.high, 0)}",
        of(mine.n),
    )


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
    return tag("ol", *rows, class_="verdict")

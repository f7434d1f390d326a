"""The three lines on top: their light, their sentence, and how to read it."""

from dataclasses import dataclass

from sosie.evaluate.report.html import Html, tag
from sosie.evaluate.report.intervals import between, decimal, plural
from sosie.evaluate.report.layout import OF_95, details, light, of
from sosie.evaluate.report.scores_view import Part


@dataclass(frozen=True, slots=True)
class Line:
    gate: str
    text: str
    how: str


def name_of(scores: Part) -> str:
    return scores.word("double", scores.part("double").word("name", "ce double"))


def verdict(scores: Part) -> tuple[Line, Line, Line]:
    """The sentences of the scores, as the terminal says them; short ones where there is none."""
    said = scores.words("verdict")
    likeness, copies, leaks = said if len(said) == 3 else UNSAID
    memory, found = scores.part("memorisation"), scores.part("leaks")
    return (
        Line(_likeness(scores), likeness, _read_likeness(scores.part("likeness"))),
        Line(memory.word("gate", "unknown"), copies, _read_memory(memory)),
        Line(found.word("gate", "unknown"), leaks, _read_leaks(found)),
    )


HALF_WAY = 50  # from a typical other person to the person
UNSAID = ("Ressemblance : non mesurée.", "Recopie : non mesurée.", "Fuites : non mesurées.")


def counts(scores: Part) -> bool:
    """Whether R may be quoted: a copier resembles too."""
    return all(scores.part(part).word("gate") != "red" for part in ("memorisation", "leaks"))


def _likeness(scores: Part) -> str:
    """Green where R may be quoted, is above the half way, and is surely more than that of the base."""
    mine = scores.part("likeness")
    value, gain = mine.number("value"), mine.part("gain").estimate()
    if value is None:
        return "unknown"
    if not counts(scores):
        return "red"
    return "green" if value >= HALF_WAY and gain.sure and (gain.value or 0) > 0 else "amber"


def _read_likeness(mine: Part) -> str:
    if mine.number("value") is None:
        return ""
    return details(
        "0 : une autre personne ordinaire, 100 : vous-même",
        f"{OF_95} : {between(mine.number('low'), mine.number('high'))}",
        of(mine.number("n")),
    )


def _read_memory(memory: Part) -> str:
    if memory.number("value") is None:
        return ""
    return details(
        f"Mémorisation M : {decimal(memory.number('value'), 1)} sur 100",
        between(memory.number("low"), memory.number("high"), 1),
        of(memory.number("n")),
    )


def _read_leaks(found: Part) -> str:
    n = found.number("n_generations")
    return f"Cherchées dans {plural(n, 'texte')} du modèle." if n else ""


def draw(scores: Part) -> Html:
    rows = (
        tag(
            "li",
            light(line.gate),
            tag("div", tag("p", line.text), tag("p", line.how, class_="how") if line.how else None),
        )
        for line in verdict(scores)
    )
    return tag("ol", *rows, class_="verdict")

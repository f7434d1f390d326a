"""Two runs side by side: the differences, and whether they are sure (the interval leaves 0 out)."""

from sosie.evaluate.report.compared_measures import MEASURES, Measure
from sosie.evaluate.report.html import Child, Html, join, paragraph, table, tag
from sosie.evaluate.report.intervals import Estimate, apart
from sosie.evaluate.report.layout import chapter, definition, figure, notes, of, scored
from sosie.evaluate.report.likeness import HUNDRED
from sosie.evaluate.report.plots import Mark, Row, legend, strips
from sosie.evaluate.report.scores_view import Part
from sosie.evaluate.report.verdicts import name_of, verdict

SAME = ("truth", "others", "background")  # hashes without which two R do not compare


def comparison(scores: Part, other: Part) -> Html:
    comparable = same_ruler(scores, other)
    paired = scores.part("against", "likeness")
    rows = [
        row for measure in MEASURES if (row := _line(measure, scores, other, comparable, paired.estimate()))
    ]
    heads = ("Mesure", "A", "B", "A − B, à 95 %")
    return chapter(
        "comparaison",
        "Deux doubles côte à côte",
        "Les mêmes mesures pour les deux. Une différence est sûre quand son intervalle laisse 0 dehors.",
        tag("div", _column("A", scores), _column("B", other), class_="two"),
        None if comparable else paragraph(UNLIKE, class_="missing"),
        _plot(scores, other),
        table("Chaque mesure pour A et B", heads, rows, class_="compare"),
        definition(
            PAIRED if paired.number("value") is not None else APART,
            "Une mesure sans intervalle est montrée sans dire si elle est sûre.",
        ),
    )


PAIRED = (
    "Pour R, les mêmes contextes et les mêmes moitiés de vos réponses servent aux deux. Pour le reste, "
    "l'intervalle est fait des deux autres comme s'ils étaient indépendants (Zou et Donner, 2008) : trop "
    "large plutôt que trop étroit."
)
APART = (
    "L'intervalle de la différence est fait des deux autres comme s'ils étaient indépendants (Zou et "
    "Donner, 2008) : trop large plutôt que trop étroit."
)
UNLIKE = (
    "Les deux R ne sont pas mesurées contre les mêmes réponses ni le même étalon : elles ne se comparent "
    "pas. Refaites les deux mesures sur les mêmes données."
)


def same_ruler(scores: Part, other: Part) -> bool:
    marks = [side.part("likeness", "hashes") for side in (scores, other)]
    return all(marks[0].word(name) and marks[0].word(name) == marks[1].word(name) for name in SAME)


def _column(letter: str, scores: Part) -> Html:
    return tag(
        "div", tag("h3", f"{letter} : {name_of(scores)}"), notes(line.text for line in verdict(scores))
    )


def _plot(scores: Part, other: Part) -> Html:
    rows = []
    for letter, side in (("A", scores), ("B", other)):
        measured = side.part("likeness")
        rows.append(Row(letter, scored(measured), (Mark("model", measured.estimate()),)))
    base = scores.part("likeness", "base")
    if base:
        rows.append(Row("Modèle de base de A", scored(base), (Mark("rival", base.estimate()),)))
    n = of(scores.part("likeness").number("n"))
    return figure(
        strips("r-deux", "Ressemblance R de A et de B", rows, HUNDRED),
        legend("model", "rival"),
        f"R sur 100, intervalle à 95 % ({n}).",
    )


def _line(
    measure: Measure, scores: Part, other: Part, comparable: bool, paired: Estimate
) -> tuple[Child, ...] | None:
    first, second = measure.read(scores), measure.read(other)
    if first.value is None and second.value is None:
        return None
    likeness = measure is MEASURES[0]
    difference = paired if likeness and paired.value is not None else apart(first, second)
    if likeness and not comparable:
        difference = Estimate(None)
    judged = measure.judge(difference)
    return (
        measure.name,
        measure.write(first.value),
        measure.write(second.value),
        join(measure.write_gap(difference), tag("span", judged, class_="sure") if judged else None),
    )

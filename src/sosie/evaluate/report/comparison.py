"""Two runs side by side: the differences, and whether they are sure (the interval leaves 0 out)."""

from sosie.evaluate.report.compared_measures import COMPARED, Figure
from sosie.evaluate.report.html import Child, Html, join, paragraph, table, tag
from sosie.evaluate.report.intervals import Estimate, apart, estimate
from sosie.evaluate.report.layout import chapter, definition, figure, notes, of, scored
from sosie.evaluate.report.likeness import HUNDRED
from sosie.evaluate.report.plots import Mark, Row, legend, strips
from sosie.evaluate.report.verdicts import verdict_lines
from sosie.evaluate.scores import Scores

SAME = ("truth", "others", "background")  # hashes without which two R do not compare


def comparison(scores: Scores, other: Scores) -> Html:
    comparable = same_reference(scores, other)
    paired = estimate(scores.against.likeness) if scores.against else Estimate(None)
    rows = [row for measure in COMPARED if (row := _line(measure, scores, other, comparable, paired))]
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
            PAIRED if paired.value is not None else APART,
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


def same_reference(scores: Scores, other: Scores) -> bool:
    mine, theirs = scores.likeness.hashes, other.likeness.hashes
    return all(name in mine and mine[name] == theirs.get(name) for name in SAME)


def _column(letter: str, scores: Scores) -> Html:
    return tag(
        "div", tag("h3", f"{letter} : {scores.double}"), notes(line.text for line in verdict_lines(scores))
    )


def _plot(scores: Scores, other: Scores) -> Html:
    base = scores.likeness.base
    rows = [
        Row(letter, scored(side.likeness), (Mark("model", estimate(side.likeness)),))
        for letter, side in (("A", scores), ("B", other))
    ]
    rows.append(Row("Modèle de base de A", scored(base), (Mark("rival", estimate(base)),)))
    n = of(scores.likeness.n)
    return figure(
        strips("r-deux", "Ressemblance R de A et de B", rows, HUNDRED),
        legend("model", "rival"),
        f"R sur 100, intervalle à 95 % ({n}).",
    )


def _line(
    measure: Figure, scores: Scores, other: Scores, comparable: bool, paired: Estimate
) -> tuple[Child, ...] | None:
    first, second = measure.read(scores), measure.read(other)
    if first.value is None and second.value is None:
        return None
    likeness = measure is COMPARED[0]
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

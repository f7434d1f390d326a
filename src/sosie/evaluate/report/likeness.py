"""Is it you? R on its scale, with the base model, the rivals, and each correspondent."""

from dataclasses import dataclass

from sosie.core.french_text import decimal, plural
from sosie.evaluate.measures.likeness import Difference, Likeness
from sosie.evaluate.report.html import Html, fold, join, table
from sosie.evaluate.report.intervals import Estimate, estimate
from sosie.evaluate.report.layout import (
    OF_95,
    aside,
    chapter,
    definition,
    details,
    figure,
    gap,
    notes,
    scored,
    section,
)
from sosie.evaluate.report.plots import Axis, Mark, Row, legend, strips
from sosie.evaluate.scores import Scores

HUNDRED = Axis(0, 100, (0, 25, 50, 75, 100))


def likeness_chapter(scores: Scores) -> Html:
    mine, title = scores.likeness, "Est-ce que ça vous ressemble ?"
    lead = (
        "La Ressemblance R place les réponses du modèle entre deux repères : 0, une autre personne "
        "ordinaire ; 100, vous-même. Elle juge la manière d'écrire, jamais le sujet, et sur un ensemble de "
        "réponses, jamais sur une seule."
    )
    rows = models_compared(scores)
    plot = strips("r", "Ressemblance R, de 0 à 100", [_row(one) for one in rows], HUNDRED)
    caption = f"R sur 100 ; trait épais : {OF_95}. Tous répondent aux mêmes contextes, qu'aucun n'a appris."
    return chapter(
        "ressemblance",
        title,
        lead,
        figure(plot, legend("model", "rival"), caption),
        aside("" if scores.counts else UNCOUNTED),
        notes([*rivalry(rows), *mine.warnings, *_drift_note(mine.drift)]),
        _figures_table(rows),
        definition(
            "R = 100 × (1 − √(E(G, H) / E0)), où E est la distance d'énergie entre les réponses du modèle "
            "(G) et vos vraies réponses aux mêmes contextes (H), et E0 la distance médiane entre d'autres "
            "personnes et vous. La distance porte sur 34 habitudes comptables et sur la texture du texte "
            "une fois les sujets masqués, dans un espace réglé sur d'autres personnes que vous.",
            "Intervalle : 200 demi-échantillons sans remise de G et de H, E0 fixé. Un copieur obtiendrait "
            "100 : R ne compte que si le modèle ne recopie pas et ne laisse rien fuir. Les R de deux "
            "personnes ne se comparent pas.",
        ),
        _by_correspondent(scores),
        _by_circle(scores),
    )


UNCOUNTED = "Cette R ne compte pas : le double recopie ou laisse fuir, et un copieur ressemble toujours."


@dataclass(frozen=True, slots=True)
class Compared:
    """One model on the scale; `difference`: R of the double less its own."""

    name: str
    likeness: Likeness
    difference: Difference | None = None  # of the double itself
    m: float | None = None
    kind: str = "rival"  # the shape of its mark


def models_compared(scores: Scores) -> list[Compared]:
    """The double and the rivals, of which the first is its base."""
    double = Compared("Ce double", scores.likeness, m=scores.memorisation.value, kind="model")
    rivals = (
        Compared(_capital(rival.label), rival.likeness, rival.difference, rival.memorisation.value)
        for rival in scores.rivals
    )
    return [double, *rivals]


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def _row(one: Compared) -> Row:
    note = details(scored(one.likeness), f"n = {decimal(one.likeness.n, 0)}")
    return Row(one.name, note, (Mark(one.kind, estimate(one.likeness)),))


def rivalry(rows: list[Compared]) -> list[str]:
    """One honest sentence for each rival."""
    return [
        f"{_better(difference)} {one.name[:1].lower()}{one.name[1:]} ({gap(difference)})."
        for one in rows
        if (difference := _difference(one)).value is not None
    ]


def _difference(one: Compared) -> Estimate:
    return Estimate(None) if one.difference is None else estimate(one.difference)


def _better(difference: Estimate) -> str:
    if not difference.sure:
        return "Il n'est pas sûr que ce double fasse mieux que"
    return "Ce double fait mieux que" if (difference.value or 0) > 0 else "Ce double fait moins bien que"


def _figures_table(rows: list[Compared]) -> Html:
    cells = [
        (
            one.name,
            scored(one.likeness),
            decimal(one.likeness.n, 0),
            gap(difference) if (difference := _difference(one)).value is not None else "–",
            "–" if difference.low is None else "oui" if difference.sure else "non",
            decimal(one.m, 1),
        )
        for one in rows
    ]
    heads = ("Modèle", f"R, {OF_95}", "n", "Le double fait de plus", "Sûr ?", "M")
    caption = "Ressemblance R et Mémorisation M de chaque modèle"
    return fold("Les mêmes chiffres en tableau", table(caption, heads, cells))


def _drift_note(drift: float | None) -> list[str]:
    if drift is None:
        return []
    if round(drift) <= 0:
        return ["Vos propres réponses du début et de la fin ne se distinguent pas."]
    return [
        "Vos propres réponses, celles du début contre celles de la fin, perdent "
        f"{plural(round(drift), 'point')} : l'échelle  n'est pas plus fine que cela."
    ]


def _by_correspondent(scores: Scores) -> Html | None:
    rows = [_row(Compared(one.correspondent, one.likeness, kind="model")) for one in scores.by_correspondent]
    if not rows:
        return None
    plot = strips("r-avec", "Ressemblance R par correspondant", rows, HUNDRED)
    caption = f"R avec chacun de ceux à qui vous avez écrit au moins 100 réponses gardées ; {OF_95}."
    return join(section("Avec chacun"), figure(plot, legend("model"), caption))


def _by_circle(scores: Scores) -> Html | None:
    """The matrix: a line for the circle that the double writes to, a column for real replies to each."""
    rows = [_row(Compared(one.circle, one.likeness, kind="model")) for one in scores.by_circle]
    if not rows:
        return None
    plot = strips("r-cercle", "Ressemblance R par cercle", rows, HUNDRED)
    caption = f"R avec chacun des cercles à qui vous n'écrivez pas de même ; {OF_95}."
    names = [one.circle for one in scores.by_circle]
    cells = []
    for one in scores.by_circle:
        beside = {one.circle: one.likeness} | {other.circle: other.likeness for other in one.others}
        cells.append((one.circle, *(scored(beside[name]) for name in names)))
    title = "R de ce qu'il écrit à un cercle (ligne), à côté de vos réponses à chacun (colonne)"
    matrix = table(title, ("Il écrit à", *names), cells)
    return join(section("À chaque cercle"), figure(plot, legend("model"), caption), fold(title, matrix))

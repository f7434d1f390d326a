"""Is it you? R on its scale, with the base model, the rivals, and each correspondent."""

from dataclasses import dataclass

from sosie.evaluate.report.html import Html, fold, join, table
from sosie.evaluate.report.intervals import Estimate, decimal, plural
from sosie.evaluate.report.layout import (
    OF_95,
    aside,
    chapter,
    definition,
    details,
    figure,
    gap,
    missing,
    notes,
    scored,
    section,
)
from sosie.evaluate.report.plots import Axis, Mark, Row, legend, strips
from sosie.evaluate.report.scores_view import Part
from sosie.evaluate.report.verdicts import counts

HUNDRED = Axis(0, 100, (0, 25, 50, 75, 100))


def resemblance(scores: Part) -> Html:
    mine, title = scores.part("likeness"), "Est-ce que ça vous ressemble ?"
    if not mine:
        return chapter("ressemblance", title, missing(mine))
    lead = (
        "La Ressemblance R place les réponses du modèle entre deux repères : 0, une autre personne "
        "ordinaire ; 100, vous-même. Elle juge la manière d'écrire, jamais le sujet, et sur un ensemble de "
        "réponses, jamais sur une seule."
    )
    rows = compared(scores)
    plot = strips("r", "Ressemblance R, de 0 à 100", [_row(one) for one in rows], HUNDRED)
    caption = f"R sur 100 ; trait épais : {OF_95}. Tous répondent aux mêmes contextes, qu'aucun n'a appris."
    return chapter(
        "ressemblance",
        title,
        lead,
        figure(plot, legend("model", "rival"), caption),
        aside("" if counts(scores) else UNCOUNTED),
        notes([*rivalry(rows), *mine.words("warnings"), *_drift(mine)]),
        _table(rows),
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
    )


UNCOUNTED = "Cette R ne compte pas : le double recopie ou laisse fuir, et un copieur ressemble toujours."


@dataclass(frozen=True, slots=True)
class Compared:
    """One model on the scale; `difference`: R of the double less its own."""

    name: str
    likeness: Part
    difference: Part = Part()
    memory: Part = Part()
    kind: str = "rival"  # the shape of its mark


def compared(scores: Part) -> list[Compared]:
    """The double, its base, the rivals."""
    mine = scores.part("likeness")
    rows = [Compared("Ce double", mine, memory=scores.part("memorisation"), kind="model")]
    rivals = scores.parts("rivals")
    if mine.part("base") and "base" not in {rival.word("name") for rival in rivals}:
        rows.append(Compared("Le modèle de base", mine.part("base"), mine.part("gain")))
    for rival in rivals:
        label = rival.word("label", rival.word("name", "autre modèle"))
        likeness, difference, memory = (
            rival.part(name) for name in ("likeness", "difference", "memorisation")
        )
        rows.append(Compared(label[:1].upper() + label[1:], likeness, difference, memory))
    return rows


def _row(one: Compared) -> Row:
    note = details(scored(one.likeness), f"n = {decimal(one.likeness.number('n'))}")
    return Row(one.name, note, (Mark(one.kind, one.likeness.estimate()),))


def rivalry(rows: list[Compared]) -> list[str]:
    """One honest sentence for each rival."""
    return [
        f"{_told(difference)} {one.name[:1].lower()}{one.name[1:]} ({gap(difference)})."
        for one in rows
        if (difference := one.difference.estimate()).value is not None
    ]


def _told(difference: Estimate) -> str:
    if not difference.sure:
        return "Il n'est pas sûr que ce double fasse mieux que"
    return "Ce double fait mieux que" if (difference.value or 0) > 0 else "Ce double fait moins bien que"


def _table(rows: list[Compared]) -> Html:
    cells = [
        (
            one.name,
            scored(one.likeness),
            decimal(one.likeness.number("n")),
            gap(difference) if (difference := one.difference.estimate()).value is not None else "–",
            "–" if difference.low is None else "oui" if difference.sure else "non",
            decimal(one.memory.number("value"), 1),
        )
        for one in rows
    ]
    heads = ("Modèle", f"R, {OF_95}", "n", "Le double fait de plus", "Sûr ?", "M")
    caption = "Ressemblance R et Mémorisation M de chaque modèle"
    return fold("Les mêmes chiffres en tableau", table(caption, heads, cells))


def _drift(mine: Part) -> list[str]:
    drift = mine.number("drift")
    if drift is None:
        return []
    if round(drift) <= 0:
        return ["Vos propres réponses du début et de la fin ne se distinguent pas."]
    return [
        "Vos propres réponses, celles du début contre celles de la fin, perdent "
        f"{plural(round(drift), 'point')} : l'échelle  n'est pas plus fine que cela."
    ]


def _by_correspondent(scores: Part) -> Html | None:
    rows = [
        _row(Compared(part.word("correspondent", "sans nom"), part.part("likeness"), kind="model"))
        for part in scores.parts("by_correspondent")
    ]
    if not rows:
        return None
    plot = strips("r-avec", "Ressemblance R par correspondant", rows, HUNDRED)
    caption = f"R avec chacun de ceux à qui vous avez écrit au moins 100 réponses gardées ; {OF_95}."
    return join(section("Avec chacun"), figure(plot, legend("model"), caption))

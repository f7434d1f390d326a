"""« Ce qui trahit le modèle »: the habits that keep it away, and the forms it says too much or too little.

Only the owner's own words, marks and emoji, with counts; never a reply.
"""

from collections.abc import Sequence

from sosie.core.french_text import decimal, percent
from sosie.evaluate.measures.contributions import Contribution
from sosie.evaluate.measures.differences import Form, Forms, StyleDifferences
from sosie.evaluate.report.html import Html, join, paragraph, table, tag
from sosie.evaluate.report.intervals import Estimate, habit_mean
from sosie.evaluate.report.layout import chapter, definition, of, section
from sosie.evaluate.report.plots import bar
from sosie.evaluate.scores import Scores

SHOWN = 12  # habits named
MATTERS = 0.01  # share of the distance under which a habit is not named
UNITS = {"100 mots": ", pour 100 mots", "part": "", "lettres": ", en lettres", "réponse": ", par réponse"}


def differences_chapter(scores: Scores) -> Html:
    mine, seen, title = scores.likeness, scores.tells, "Ce qui trahit le modèle"
    rows = [row for row in mine.contributions if row.share >= MATTERS]
    lead = (
        "Les habitudes qui éloignent le plus le modèle de vous, puis ce qu'il dit trop ou trop peu. C'est "
        "ici qu'on voit quoi corriger."
    )
    by_chance = (mine.raw_high or 0) >= 100
    aside = "L'intervalle de R touche 100 : une partie de ces écarts est due au hasard."
    return chapter(
        "trahit",
        title,
        lead,
        paragraph(aside, class_="aside") if by_chance else None,
        _habits(rows[:SHOWN], seen, mine.n),
        _forms_sections(seen),
    )


def _habits(rows: Sequence[Contribution], seen: StyleDifferences, compared: int) -> Html | None:
    if not rows:
        return None
    most = rows[0].share or 1
    cells = [
        (
            row.label + UNITS.get(row.unit, ""),
            _barred(row.share / most, percent(row.share)),
            _amount(row, habit_mean(seen.given, row.name)),
            _amount(row, habit_mean(seen.truth, row.name)),
        )
        for row in rows
    ]
    n, m = of(seen.given.replies), of(seen.truth.replies)
    return join(
        section("Les habitudes"),
        table(
            "De la plus lourde à la plus légère",
            ("Habitude", "Part de l'écart", "Modèle", "Vous"),
            cells,
            "Habitudes qui éloignent le modèle de vous",
            "bars",
        ),
        definition(
            "Part de l'écart : la distance d'énergie de cette habitude seule, divisée par la somme des 34 "
            f"({of(compared)} de trois mots ou plus). C'est un classement, sans intervalle.",
            "Modèle et vous : moyenne de toutes les réponses, ± la demi-largeur de son intervalle à 95 % "
            f"(modèle : {n} ; vous : {m}).",
        ),
    )


def _barred(part: float, written: str) -> Html:
    return tag("span", bar(part), tag("span", written), class_="barred")


def _amount(row: Contribution, mean: Estimate) -> str:
    """« 12 ± 3 % », « 3,4 ± 0,5 »"""
    if mean.value is None:
        return decimal(None, 0)
    is_share = row.unit == "part"
    scale, digits = (100, 0 if mean.value >= 0.1 else 1) if is_share else (1, 1)
    half = None if mean.high is None else mean.high - mean.value
    spread = f" ± {decimal(scale * half, digits)}" if half is not None else ""
    return decimal(scale * mean.value, digits) + spread + (" %" if is_share else "")


def _forms_sections(seen: StyleDifferences) -> Html:
    n, m = of(seen.given.replies), of(seen.truth.replies)
    return join(
        _forms_table(seen.forms, "Mots, signes et émojis"),
        _forms_table(seen.openers, "Débuts de réponse"),
        _forms_table(seen.closers, "Fins de réponse"),
        definition(
            "Sûreté : logarithme du rapport des cotes, avec a priori de Dirichlet (Monroe et al., 2008), "
            "en erreurs types. Seules les formes au-delà de 1,96 sont montrées, quinze au plus de chaque "
            "côté : une forme vue deux fois ne prouve rien.",
            f"Modèle et vous : nombre de fois où la forme est dite (modèle : {n} ; vous : {m}).",
        ),
    )


def _forms_table(forms: Forms, title: str) -> Html:
    if not forms.over and not forms.under:
        return section(title, paragraph("Aucune forme ne sort du lot.", class_="aside"))
    most = max(abs(row.z) for row in (*forms.over, *forms.under)) or 1
    sides = (("Trop dits par le modèle", forms.over), ("Pas assez dits", forms.under))
    return section(title, tag("div", *(_side(title, side, rows, most) for side, rows in sides), class_="two"))


def _side(title: str, side: str, rows: Sequence[Form], most: float) -> Html:
    if not rows:
        return tag("div", paragraph(f"{side} : rien de sûr.", class_="aside"))
    cells = [
        (
            row.form,
            _barred(abs(row.z) / most, decimal(abs(row.z), 1)),
            decimal(row.given, 0),
            decimal(row.truth, 0),
        )
        for row in rows
    ]
    return table(side, ("Forme", "Sûreté", "Modèle", "Vous"), cells, f"{title} : {side}", "bars")

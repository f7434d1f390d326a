"""« Ce qui trahit le modèle »: the habits that keep it away, and the forms it says too much or too little.

Only the owner's own words, marks and emoji, with counts; never a reply.
"""

from sosie.evaluate.report.html import Html, join, paragraph, table, tag
from sosie.evaluate.report.intervals import decimal, percent
from sosie.evaluate.report.layout import chapter, definition, missing, of, section
from sosie.evaluate.report.plots import bar
from sosie.evaluate.report.scores_view import Part

SHOWN = 12  # habits named
MATTERS = 0.01  # share of the distance under which a habit is not named
KINDS = (
    ("forms", "Mots, signes et émojis"),
    ("openers", "Débuts de réponse"),
    ("closers", "Fins de réponse"),
)
UNITS = {"100 mots": ", pour 100 mots", "part": "", "lettres": ", en lettres", "réponse": ", par réponse"}


def giveaways(scores: Part) -> Html:
    mine, said, title = scores.part("likeness"), scores.part("tells"), "Ce qui trahit le modèle"
    rows = [row for row in mine.parts("contributions") if (row.number("share") or 0) >= MATTERS]
    if not rows and not said:
        return chapter("trahit", title, missing(said))
    lead = (
        "Les habitudes qui éloignent le plus le modèle de vous, puis ce qu'il dit trop ou trop peu. C'est "
        "ici qu'on voit quoi corriger."
    )
    by_chance = (mine.number("raw_high") or 0) >= 100
    aside = "L'intervalle de R touche 100 : une partie de ces écarts est due au hasard."
    return chapter(
        "trahit",
        title,
        lead,
        paragraph(aside, class_="aside") if by_chance else None,
        _habits(rows[:SHOWN], said, mine),
        _forms(said),
    )


def _habits(rows: list[Part], said: Part, mine: Part) -> Html | None:
    if not rows:
        return None
    most = rows[0].number("share") or 1
    cells = [
        (
            row.word("label") + UNITS.get(row.word("unit"), ""),
            _barred((row.number("share") or 0) / most, percent(row.number("share"))),
            _amount(row, said.part("given"), "given"),
            _amount(row, said.part("truth"), "truth"),
        )
        for row in rows
    ]
    n, m = (of(said.part(side).number("replies")) for side in ("given", "truth"))
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
            f"({of(mine.number('n'))} de trois mots ou plus). C'est un classement, sans intervalle.",
            "Modèle et vous : moyenne de toutes les réponses, ± la demi-largeur de son intervalle à 95 % "
            f"(modèle : {n} ; vous : {m}).",
        ),
    )


def _barred(part: float, written: str) -> Html:
    return tag("span", bar(part), tag("span", written), class_="barred")


def _amount(row: Part, side: Part, which: str) -> str:
    """« 12 ± 3 % », « 3,4 ± 0,5 »: from the profile where there is one, for its interval."""
    found = side.habit(row.word("name"))
    value = row.number(which) if found.value is None else found.value
    if value is None:
        return decimal(None)
    is_share = row.word("unit") == "part"
    scale, digits = (100, 0 if value >= 0.1 else 1) if is_share else (1, 1)
    half = None if found.high is None or found.value is None else found.high - found.value
    spread = f" ± {decimal(scale * half, digits)}" if half is not None else ""
    return decimal(scale * value, digits) + spread + (" %" if is_share else "")


def _forms(said: Part) -> Html | None:
    if not said:
        return None
    n, m = (of(said.part(side).number("replies")) for side in ("given", "truth"))
    return join(
        *(_pair(said.part(name), title) for name, title in KINDS),
        definition(
            "Sûreté : logarithme du rapport des cotes, avec a priori de Dirichlet (Monroe et al., 2008), "
            "en erreurs types. Seules les formes au-delà de 1,96 sont montrées, quinze au plus de chaque "
            "côté : une forme vue deux fois ne prouve rien.",
            f"Modèle et vous : nombre de fois où la forme est dite (modèle : {n} ; vous : {m}).",
        ),
    )


def _pair(forms: Part, title: str) -> Html:
    over, under = forms.parts("over"), forms.parts("under")
    if not over and not under:
        return section(title, paragraph("Aucune forme ne sort du lot.", class_="aside"))
    most = max(abs(row.number("z") or 0) for row in [*over, *under]) or 1
    sides = (("Trop dits par le modèle", over), ("Pas assez dits", under))
    return section(title, tag("div", *(_said(title, side, rows, most) for side, rows in sides), class_="two"))


def _said(title: str, side: str, rows: list[Part], most: float) -> Html:
    if not rows:
        return tag("div", paragraph(f"{side} : rien de sûr.", class_="aside"))
    cells = []
    for row in rows:
        z = abs(row.number("z") or 0)
        counts = (decimal(row.number("given")), decimal(row.number("truth")))
        cells.append((row.word("form"), _barred(z / most, decimal(z, 1)), *counts))
    return table(side, ("Forme", "Sûreté", "Modèle", "Vous"), cells, f"{title} : {side}", "bars")

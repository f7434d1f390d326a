"""How varied the replies are, and what other measures see: beside R, never instead of it."""

from statistics import median

from sosie.evaluate.report.html import Html
from sosie.evaluate.report.intervals import Estimate, area_of, between_percents, decimal, percent, plural
from sosie.evaluate.report.layout import card, cards, chapter, definition, details, figure, missing, of
from sosie.evaluate.report.plots import SHARES, Axis, Mark, Row, legend, strips
from sosie.evaluate.report.scores_view import Part

SIDES = ("given", "truth")


def variety(scores: Part) -> Html:
    said, title = scores.part("tells"), "Se répète-t-il ?"
    sides = [said.part(f"{side}_diversity") for side in SIDES]
    if not all(sides):
        return chapter("variete", title, missing(said))
    lead = (
        "Un modèle qui tourne en rond a moins de paires de mots différentes, ou des réponses trop semblables."
    )
    n = min(200.0, *(said.part(side).number("replies") or 0 for side in SIDES))
    return chapter(
        "variete",
        title,
        lead,
        cards(
            *(_pair(name, key, sides, meaning, n) for name, key, meaning in VARIETY),
        ),
    )


VARIETY = (
    (
        "Paires de mots différentes",
        "distinct",
        "Part de paires différentes (distinct-2), sur autant de mots des deux côtés. Plus bas que vous : "
        "il se répète.",
    ),
    (
        "Ressemblance entre réponses",
        "self_bleu",
        "Self-BLEU : part de chaque réponse qu'on retrouve dans les autres, par suites de 1 à 4 mots. "
        "Plus haut que vous : il se répète.",
    ),
)


def _pair(name: str, key: str, sides: list[Part], meaning: str, n: float) -> Html:
    mine, yours = (percent(side.number(key)) for side in sides)
    note = f"vous : {yours} ; {of(n)} de chaque côté, sans intervalle"
    return card(name, mine, note, meaning)


def other_eyes(scores: Part) -> Html:
    seen, title = scores.part("detection"), "D'autres regards"
    if not seen:
        return chapter(
            "regards", title, missing(seen, "il faut au moins dix réponses de trois mots de chaque côté")
        )
    lead = (
        "Quatre mesures d'une autre famille, à lire à côté de R et jamais à sa place : si elles le "
        "contredisent, méfiance."
    )
    n, m = seen.number("given_n"), seen.number("truth_n")
    return chapter(
        "regards",
        title,
        lead,
        _classifiers(seen, n, m),
        _bands(seen, n),
        definition(
            "Détectable : aire sous la courbe ROC d'une régression logistique qui n'a jamais vu les "
            "réponses qu'on lui soumet (5 blocs) ; intervalle de Hanley et McNeil (1982). 50 % : "
            "indiscernable ; 100 % : toujours reconnu.",
            "Caricature : part de vos réponses qui vous ressemblent moins que la réponse médiane du "
            "modèle, selon un vérificateur appris sur l'autre moitié. Près de 50 % : juste ; près de 100 "
            "% : caricature.",
            "Distances : 1 − cosinus, des fréquences des mots courants (famille de Burrows) et des suites "
            "de 2 à 4 signes, sujets masqués. Repères : vos deux moitiés entre elles, et d'autres "
            "personnes face à vous.",
        ),
    )


def _classifiers(seen: Part, n: float | None, m: float | None) -> Html:
    found = area_of(seen.number("c2st"), n, m)
    typical = seen.share("verifier", None if m is None else m // 2)
    rows = [
        Row("Détectable (C2ST)", _said(found), (Mark("model", found),)),
        Row("Caricature (vérificateur)", _said(typical), (Mark("model", typical),)),
    ]
    counted = details(f"modèle : {of(n)}" if n else "", f"vous : {of(m)}" if m else "")
    caption = (
        "L'idéal est 50 %. Détectable : à 100 %, toujours reconnu. Caricature : à 100 %, plus vous que "
        f"vous ({counted})."
    )
    return figure(strips("vu", "Deux classifieurs", rows, SHARES), legend("model"), caption)


def _said(found: Estimate) -> str:
    return ", ".join(filter(None, (percent(found.value), between_percents(found.low, found.high))))


def _bands(seen: Part, n: float | None) -> Html:
    """Each distance counted in distances of a typical other person, so that both share an axis."""
    rows = []
    for name, label in (("delta", "Mots courants (delta)"), ("texture", "Suites de signes")):
        band = seen.part(name)
        given, own, others = band.number("given"), band.number("own"), band.numbers("others")
        unit = median(others) if others and median(others) > 0 else 1.0
        reach = f" · autres {decimal(min(others), 2)} à {decimal(max(others), 2)}" if others else ""
        note = f"modèle {decimal(given, 2)} · vous {decimal(own, 2)}{reach}"
        marks = [Mark("other", Estimate(one / unit)) for one in others]
        for kind, value in (("person", own), ("model", given)):
            marks.append(Mark(kind, Estimate(None if value is None else value / unit)))
        rows.append(Row(label, note, tuple(marks)))
    axis = Axis(0, 1.5, (0, 1), lambda value: "une autre personne" if value else "identique")
    people = plural(len(seen.part("delta").numbers("others")), "autre personne", "autres personnes")
    caption = f"Plus à gauche, plus proche de vous ({of(n)} ; {people} ; des repères, pas un intervalle)."
    return figure(
        strips("bandes", "Deux distances à vos réponses", rows, axis),
        legend("model", "person", "other"),
        caption,
    )

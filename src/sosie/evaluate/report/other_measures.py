"""How varied the replies are, and what other measures see: beside R, never instead of it."""

from collections.abc import Callable
from statistics import median

from sosie.core.french_text import between_percents, decimal, percent, plural
from sosie.evaluate.measures.detectability import Detectability
from sosie.evaluate.measures.differences import COMPARED, Diversity
from sosie.evaluate.report.html import Html
from sosie.evaluate.report.intervals import Estimate, area_of, share_of
from sosie.evaluate.report.layout import card, cards, chapter, definition, details, figure, missing, of
from sosie.evaluate.report.plots import SHARES, Axis, Mark, Row, legend, strips
from sosie.evaluate.scores import Scores


def variety_chapter(scores: Scores) -> Html:
    seen, title = scores.tells, "Se répète-t-il ?"
    lead = (
        "Un modèle qui tourne en rond a moins de paires de mots différentes, ou des réponses trop semblables."
    )
    n = of(min(COMPARED, seen.given.replies, seen.truth.replies))
    mine, yours = seen.given_diversity, seen.truth_diversity
    return chapter(
        "variete",
        title,
        lead,
        cards(
            *(_diversity_card(name, read(mine), read(yours), meaning, n) for name, read, meaning in VARIETY)
        ),
    )


VARIETY: tuple[tuple[str, Callable[[Diversity], float], str], ...] = (
    (
        "Paires de mots différentes",
        lambda side: side.distinct,
        "Part de paires différentes (distinct-2), sur autant de mots des deux côtés. Plus bas que vous : "
        "il se répète.",
    ),
    (
        "Ressemblance entre réponses",
        lambda side: side.self_bleu,
        "Self-BLEU : part de chaque réponse qu'on retrouve dans les autres, par suites de 1 à 4 mots. "
        "Plus haut que vous : il se répète.",
    ),
)


def _diversity_card(name: str, mine: float, yours: float, meaning: str, n: str) -> Html:
    note = f"vous : {percent(yours)} ; {n} de chaque côté, sans intervalle"
    return card(name, percent(mine), note, meaning)


def detectability_chapter(scores: Scores) -> Html:
    seen, title = scores.detection, "D'autres regards"
    if seen is None:
        few = "il faut au moins dix réponses de trois mots de chaque côté"
        return chapter("regards", title, missing(few))
    lead = (
        "Quatre mesures d'une autre famille, à lire à côté de R et jamais à sa place : si elles le "
        "contredisent, méfiance."
    )
    return chapter(
        "regards",
        title,
        lead,
        _classifiers(seen),
        _bands(seen),
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


def _classifiers(seen: Detectability) -> Html:
    found = area_of(seen.c2st, seen.given_n, seen.truth_n)
    typical = share_of(seen.verifier, seen.truth_n // 2)
    rows = [
        Row("Détectable (C2ST)", _written(found), (Mark("model", found),)),
        Row("Caricature (vérificateur)", _written(typical), (Mark("model", typical),)),
    ]
    counted = details(f"modèle : {of(seen.given_n)}", f"vous : {of(seen.truth_n)}")
    caption = (
        "L'idéal est 50 %. Détectable : à 100 %, toujours reconnu. Caricature : à 100 %, plus vous que "
        f"vous ({counted})."
    )
    return figure(strips("vu", "Deux classifieurs", rows, SHARES), legend("model"), caption)


def _written(found: Estimate) -> str:
    return ", ".join(filter(None, (percent(found.value), between_percents(found.low, found.high))))


def _bands(seen: Detectability) -> Html:
    """Each distance counted in distances of a typical other person, so that both share an axis."""
    rows = []
    for band, label in ((seen.delta, "Mots courants (delta)"), (seen.texture, "Suites de signes")):
        given, own, others = band.given, band.own, band.others
        unit = median(others) if others and median(others) > 0 else 1.0
        reach = f" · autres {decimal(min(others), 2)} à {decimal(max(others), 2)}" if others else ""
        note = f"modèle {decimal(given, 2)} · vous {decimal(own, 2)}{reach}"
        marks = [Mark("other", Estimate(one / unit)) for one in others]
        marks += [Mark("person", Estimate(own / unit)), Mark("model", Estimate(given / unit))]
        rows.append(Row(label, note, tuple(marks)))
    axis = Axis(0, 1.5, (0, 1), lambda value: "une autre personne" if value else "identique")
    people = plural(len(seen.delta.others), "autre personne", "autres personnes")
    counted = details(of(seen.given_n), people)
    caption = f"Plus à gauche, plus proche de vous ({counted} ; des repères, pas un intervalle)."
    return figure(
        strips("bandes", "Deux distances à vos réponses", rows, axis),
        legend("model", "person", "other"),
        caption,
    )

"""Does a second judge agree? C2ST on its scale, words that do not exist, answers beside the point."""

from sosie.core.french_text import between, between_percents, decimal, percent, signed
from sosie.evaluate.measures.pertinence import Excess
from sosie.evaluate.measures.referee import Referee
from sosie.evaluate.report.html import Html
from sosie.evaluate.report.intervals import Estimate
from sosie.evaluate.report.layout import (
    OF_95,
    card,
    cards,
    chapter,
    definition,
    details,
    figure,
    missing,
    notes,
    of,
)
from sosie.evaluate.report.plots import Axis, Mark, Row, legend, strips
from sosie.evaluate.scores import Scores
from sosie.evaluate.verdict import MOST_UNKNOWN, most_told_apart, objections, surely_not_told_apart

AREA = Axis(0.4, 1, (0.5, 0.75, 1), percent)
LEAD = (
    "R peut monter seule : il suffit de choisir, parmi des brouillons, ceux qui la flattent. L'arbitre ne "
    "regarde rien de ce que R regarde. Le verdict n'est vert que si les deux sont d'accord."
)
DEFINITIONS = (
    "Reconnu (C2ST) : aire sous la courbe d'un classifieur (régression ridge) sur les suites de 1 à 3 signes "
    "du texte brut, qui n'a jamais vu les conversations sur lesquelles on l'interroge (5 blocs, 5 tirages). "
    "C'est la part des paires, une réponse de vous et une du double, où il dit juste : 50 % au hasard. Pour "
    "vous : vos réponses apprises contre celles gardées de côté. Intervalle : 100 demi-échantillons de "
    "conversations, le classifieur réappris sur chacun.",
    "Mots inconnus : ni dans le lexique français, ni dans vos réponses apprises, ni dans les messages reçus. "
    "Mots partagés : réponses qui reprennent un mot de leur message, moins celles qui en reprennent un de "
    "n'importe quel autre. Réponse prévue : de combien le modèle de base la prévoit mieux après son message "
    "qu'après un autre. Si vos propres réponses n'y montrent rien, rien n'est exigé du double.",
)


def referee_chapter(scores: Scores) -> Html:
    found, title = scores.referee, "Un second juge est-il d'accord ?"
    if found.c2st is None:
        return chapter("arbitre", title, LEAD, missing(found.reason), _cards(found))
    return chapter(
        "arbitre",
        title,
        LEAD,
        _scale(found),
        notes(_agreement(found)),
        _cards(found),
        definition(*DEFINITIONS),
    )


def _scale(found: Referee) -> Html:
    rows = [
        _row("Ce double", Estimate(found.c2st, found.low, found.high), "model"),
        _row("Son modèle de base", Estimate(found.base), "rival"),
        _row("Vous, avant et après", Estimate(found.ceiling), "person"),
    ]
    caption = (
        f"50 % : indiscernable ; 100 % : toujours reconnu ; trait épais : {OF_95}. Feu vert : haut de "
        f"l'intervalle sous {percent(most_told_apart(found))}. Votre propre texte contre lui-même : "
        f"{percent(found.ceiling)} ({percent(found.ceiling_high)} au plus)."
    )
    drawing = strips("arbitre-c2st", "Reconnu par un classifieur (C2ST)", rows, AREA)
    return figure(drawing, legend("model", "rival", "person"), caption)


def _row(name: str, found: Estimate, kind: str) -> Row:
    return Row(
        name, details(percent(found.value), between_percents(found.low, found.high)), (Mark(kind, found),)
    )


def _agreement(found: Referee) -> list[str]:
    """What the referee says, and what training has won in its eyes."""
    faults = list(objections(found))
    agrees = "est d'accord" if surely_not_told_apart(found) else "ne peut pas trancher : trop peu de réponses"
    said = f"n'est pas d'accord : {', et '.join(faults)}" if faults else agrees
    value, low, high = (
        None if share is None else 100 * share
        for share in (found.fall.value, found.fall.low, found.fall.high)
    )
    gained = f"{decimal(value, 1)} points ({between(low, high, 1)} ; {of(found.n)})"
    return [f"L'arbitre {said}.", f"Reconnu moins souvent que son modèle de base, de {gained}."]


def _cards(found: Referee) -> Html:
    words = found.words
    return cards(
        card(
            "Mots qui n'existent pas",
            percent(found.unknown_words, 1),
            details(between_percents(words.low, words.high), of(words.n, "mot")),
            f"Vous, dans vos réponses gardées : {percent(words.own_share, 1)}. Feu vert jusqu'à "
            f"{decimal(100 * MOST_UNKNOWN, 1)} point de plus.",
        ),
        _excess("Mots partagés avec le message", found.shared_words, 100, 1, " points"),
        _excess("Réponse prévue par le message", found.foreseen, 1, 3, " nat par jeton"),
    )


def _excess(name: str, found: Excess, scale: float, digits: int, unit: str) -> Html:
    """What is above chance, beside the person's."""

    def told(value: float | None, low: float | None, high: float | None) -> tuple[str, str]:
        sides = [None if side is None else scale * side for side in (value, low, high)]
        written = signed(sides[0], digits)
        return written if value is None else written + unit, between(sides[1], sides[2], digits)

    value, edges = told(found.value, found.low, found.high)
    own = details(*told(found.own, found.own_low, found.own_high))
    chance = "" if found.chance is None else f" Par hasard : {percent(found.chance, 1)}."
    off = " Il répond à côté." if found.is_off else ""
    return card(name, value, details(edges, of(found.n)), f"Vous : {own}.{chance}{off}")

"""Is it still French, and what has it forgotten of it?"""

from collections.abc import Callable

from sosie.core.french_text import between, between_percents, decimal, percent, signed
from sosie.evaluate.measures.forgetting import Minitests
from sosie.evaluate.measures.french import French, FrenchAndBase
from sosie.evaluate.report.html import Html, fold, table
from sosie.evaluate.report.intervals import share_of
from sosie.evaluate.report.layout import aside, card, cards, chapter, definition, details, missing, of
from sosie.evaluate.scores import Scores


def _french_share(found: French) -> float | None:
    return found.share


_FRENCH: tuple[tuple[str, Callable[[French], float | None], str], ...] = (
    (
        "Boucles",
        lambda found: found.loops,
        "Réponses où une suite de 4 mots revient au moins 3 fois. Feu vert jusqu'à 1 %.",
    ),
    (
        "En anglais",
        lambda found: found.english,
        "Réponses de cinq mots ou plus reconnues comme anglaises.",
    ),
    ("Vides", lambda found: found.empty, "Réponses sans aucun mot ni signe."),
    ("Coupées", lambda found: found.cut, "Réponses arrêtées par la limite de longueur."),
    ("Rôles mêlés", lambda found: found.role_confusion, "Réponses où il parle à la place de l'autre."),
)


def french_chapter(scores: Scores) -> Html:
    found = scores.french
    own = details(f"vous : {percent(found.own_share, 1)}", of(found.own_judged))
    return chapter(
        "francais",
        "Est-ce encore du français ?",
        "Le français des messages, abréviations comprises, est jugé comme du français ; les vôtres "
        "servent de repère.",
        aside(found.reason),
        cards(
            card(
                "Réponses en français",
                percent(found.share, 1),
                details(between_percents(found.low, found.high), of(found.judged)),
                f"Parmi les réponses de cinq mots ou plus ({own}). Feu vert : au moins 98 % de votre "
                "propre part.",
            ),
            *(_share_card(found, *row) for row in _FRENCH),
            card(
                "Balises échappées",
                decimal(found.template_leaks, 0),
                of(found.n),
                "Réponses qui montrent une balise du modèle. Doit être 0.",
            ),
        ),
        _base_french(found),
        gate=found.gate,
    )


def _share_card(found: French, label: str, share: Callable[[French], float | None], meaning: str) -> Html:
    measured = share_of(share(found), found.n)
    edges = between_percents(measured.low, measured.high)
    return card(label, percent(measured.value), details(edges, of(found.n)), meaning)


def _base_french(double: FrenchAndBase) -> Html:
    rows = [
        (label, percent(share(double), 1), percent(share(double.base), 1))
        for label, share in (("Réponses en français", _french_share), *(row[:2] for row in _FRENCH))
    ]
    return fold(
        "À côté du modèle de base", table("Français, double et base", ("Mesure", "Double", "Base"), rows)
    )


def forgetting_chapter(scores: Scores) -> Html:
    lost, title = scores.forgetting, "Qu'a-t-il oublié ?"
    if lost.change_percent is None or lost.minitests is None:
        return chapter("oubli", title, missing(lost.reason), gate="unknown")
    return chapter(
        "oubli",
        title,
        "Apprendre vos messages peut coûter du français ordinaire. On compare le double à son modèle de "
        "base.",
        aside(lost.reason),
        cards(
            card(
                "Français neutre",
                f"{signed(lost.change_percent, 1)} %",
                details(between(lost.low, lost.high, 1), of(lost.n, "phrase")),
                "Changement de la perte par caractère sur des phrases neutres. Feu vert jusqu'à +5 %. "
                f"De {decimal(lost.before, 2)} à {decimal(lost.after, 2)} nat par caractère.",
            ),
            _tests(lost.minitests),
        ),
        _kinds(lost.minitests),
        definition(
            "Perte moyenne par caractère (en nats) sur des phrases écrites pour cet essai, double contre "
            "base : plus haut, plus mauvais. Mini-essais : accords, conjugaison, faits simples, jugés par "
            "vraisemblance ; p du test de McNemar sur les paires (au-dessus de 0,05 : la différence peut "
            "être due au hasard)."
        ),
        gate=lost.gate,
    )


def _tests(tests: Minitests) -> Html:
    found = share_of(tests.after / tests.n, tests.n)
    return card(
        "Mini-essais réussis",
        f"{decimal(tests.after, 0)} sur {decimal(tests.n, 0)}",
        details(
            between_percents(found.low, found.high),
            f"base : {decimal(tests.before, 0)}",
            f"p = {decimal(tests.mcnemar_p, 2)}",
        ),
        "Questions de grammaire et faits simples. Feu vert : 3 points de perte au plus. "
        f"Changement : {signed(tests.change_points, 1)} points.",
    )


def _kinds(tests: Minitests) -> Html:
    rows = [
        (name, *(decimal(counted[which], 0) for which in ("before", "after", "n")))
        for name, counted in sorted(tests.by_kind.items())
    ]
    return fold(
        "Par sorte de mini-essai", table("Mini-essais réussis", ("Sorte", "Base", "Double", "Sur"), rows)
    )

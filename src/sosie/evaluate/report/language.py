"""Is it still French, and what has it forgotten of it?"""

from sosie.evaluate.report.html import Html, fold, table
from sosie.evaluate.report.intervals import between, between_percents, decimal, percent, share_of, signed
from sosie.evaluate.report.layout import aside, card, cards, chapter, definition, details, missing, of
from sosie.evaluate.report.scores_view import Part

FRENCH = (
    ("loops", "Boucles", "Réponses où une suite de 4 mots revient au moins 3 fois. Feu vert jusqu'à 1 %."),
    ("english", "En anglais", "Réponses de cinq mots ou plus reconnues comme anglaises."),
    ("empty", "Vides", "Réponses sans aucun mot ni signe."),
    ("cut", "Coupées", "Réponses arrêtées par la limite de longueur."),
    ("role_confusion", "Rôles mêlés", "Réponses où il parle à la place de l'autre."),
)


def french(scores: Part) -> Html:
    said, title = scores.part("french"), "Est-ce encore du français ?"
    if not said:
        return chapter("francais", title, missing(said), gate="unknown")
    n, judged = said.number("n"), said.number("judged")
    own = details(f"vous : {percent(said.number('own_share'), 1)}", of(said.number("own_judged")))
    tokens = said.number("template_leaks")
    return chapter(
        "francais",
        title,
        "Le français des messages, abréviations comprises, est jugé comme du français ; les vôtres "
        "servent de repère.",
        aside(said.word("reason")),
        cards(
            card(
                "Réponses en français",
                percent(said.number("share"), 1),
                details(
                    between_percents(said.number("low"), said.number("high")),
                    of(n if judged is None else judged),
                ),
                f"Parmi les réponses de cinq mots ou plus ({own}). Feu vert : au moins 98 % de votre "
                "propre part.",
            ),
            *(_share_card(said, *row, n) for row in FRENCH),
            card(
                "Balises échappées",
                decimal(tokens),
                of(n),
                "Réponses qui montrent une balise du modèle. Doit être 0.",
            ),
        ),
        _base_french(said),
        gate=said.word("gate", "unknown"),
    )


def _share_card(said: Part, name: str, label: str, meaning: str, n: float | None) -> Html | None:
    found = said.share(name, n)
    if found.value is None:
        return None
    return card(label, percent(found.value), details(between_percents(found.low, found.high), of(n)), meaning)


def _base_french(said: Part) -> Html | None:
    base = said.part("base")
    if not base:
        return None
    names = (("share", "Réponses en français"), *((name, label) for name, label, _ in FRENCH))
    rows = [(label, percent(said.number(name), 1), percent(base.number(name), 1)) for name, label in names]
    return fold(
        "À côté du modèle de base", table("Français, double et base", ("Mesure", "Double", "Base"), rows)
    )


def forgetting(scores: Part) -> Html:
    lost, title = scores.part("forgetting"), "Qu'a-t-il oublié ?"
    if not lost:
        return chapter("oubli", title, missing(lost), gate="unknown")
    tests = lost.part("minitests")
    return chapter(
        "oubli",
        title,
        "Apprendre vos messages peut coûter du français ordinaire. On compare le double à son modèle de "
        "base.",
        aside(lost.word("reason")),
        cards(
            card(
                "Français neutre",
                f"{signed(lost.number('change_percent'), 1)} %",
                details(
                    between(lost.number("low"), lost.number("high"), 1),
                    of(lost.number("n"), "phrase"),
                ),
                "Changement de la perte par caractère sur des phrases neutres. Feu vert jusqu'à +5 %."
                + _before_after(lost),
            ),
            *([_tests(tests)] if tests else []),
        ),
        _kinds(tests),
        definition(
            "Perte moyenne par caractère (en nats) sur des phrases écrites pour cet essai, double contre "
            "base : plus haut, plus mauvais. Mini-essais : accords, conjugaison, faits simples, jugés par "
            "vraisemblance ; p du test de McNemar sur les paires (au-dessus de 0,05 : la différence peut "
            "être due au hasard)."
        ),
        gate=lost.word("gate", "unknown"),
    )


def _before_after(lost: Part) -> str:
    before, after = lost.number("before"), lost.number("after")
    return (
        ""
        if before is None or after is None
        else f" De {decimal(before, 2)} à {decimal(after, 2)} nat par caractère."
    )


def _tests(tests: Part) -> Html:
    n, after, before = tests.number("n"), tests.number("after"), tests.number("before")
    change = tests.number("change_points")
    found = share_of(after / n if after is not None and n else None, n)
    return card(
        "Mini-essais réussis",
        f"{decimal(after)} sur {decimal(n)}",
        details(
            between_percents(found.low, found.high),
            f"base : {decimal(before)}",
            f"p = {decimal(tests.number('mcnemar_p'), 2)}",
        ),
        "Questions de grammaire et faits simples. Feu vert : 3 points de perte au plus."
        + (f" Changement : {signed(change, 1)} points." if change is not None else ""),
    )


def _kinds(tests: Part) -> Html | None:
    kinds = tests.part("by_kind")
    rows = [
        (name, *(decimal(kinds.part(name).number(which)) for which in ("before", "after", "n")))
        for name in sorted(kinds.record)
    ]
    if not rows:
        return None
    return fold(
        "Par sorte de mini-essai", table("Mini-essais réussis", ("Sorte", "Base", "Double", "Sur"), rows)
    )

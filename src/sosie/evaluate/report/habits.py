"""The habits side by side: lengths, beginnings and ends, marks, favourite forms, « tu » with each one."""

from sosie.evaluate.report.html import Html, fold, join, paragraph, table, tag
from sosie.evaluate.report.intervals import Estimate, between, between_percents, decimal, mean_of, percent
from sosie.evaluate.report.layout import (
    OF_95,
    card,
    cards,
    chapter,
    definition,
    details,
    figure,
    missing,
    of,
    section,
)
from sosie.evaluate.report.plots import SHARES, Axis, Mark, Row, histogram, legend, strips
from sosie.evaluate.report.scores_view import Part

ENDS = (
    ("ends_bare", "finit sans rien"),
    ("ends_stop", "finit par un point"),
    ("ends_exclamation", "finit par « ! »"),
    ("ends_question", "finit par « ? »"),
    ("ends_dots", "finit par « ... »"),
    ("ends_emoji", "finit par un émoji"),
)
SHARES_OF_REPLIES = (("tu", "dit « tu »"), ("vous", "dit « vous »"))
RATES = (
    ("emoji", "émojis"),
    ("laughter", "rires"),
    ("abbreviations", "abréviations"),
    ("held", "lettres étirées"),
    ("commas", "virgules"),
    ("exclamations", "« ! »"),
    ("questions", "« ? »"),
    ("dots", "« ... »"),
    ("accents", "accents (100 lettres)"),
)
LISTS = (
    ("emoji", "Émojis les plus fréquents"),
    ("laughs", "Rires les plus fréquents"),
    ("abbreviations", "Abréviations les plus fréquentes"),
)
SHOWN = 10  # forms of a list
TOPS = (2.0, 4.0, 6.0, 10.0, 20.0, 40.0, 60.0, 100.0)  # ends of an axis of rates
SIDES, WHO = ("given", "truth"), ("modèle", "vous")


def habits(scores: Part) -> Html:
    said, title = scores.part("tells"), "Vos habitudes, côte à côte"
    if not said:
        return chapter("habitudes", title, missing(said))
    n, m = (said.part(side).number("replies") for side in SIDES)
    lead = (
        f"Ce que le modèle fait ({of(n)}), à côté de ce que vous faites dans les mêmes contextes ({of(m)}). "
        f"Traits : {OF_95}. Quand deux traits se recouvrent largement, l'écart peut n'être que du hasard."
    )
    return chapter(
        "habitudes",
        title,
        lead,
        _lengths(said),
        _ends(said),
        _rates(said),
        _lists(said),
        _address(said),
        _defined(),
    )


def _lengths(said: Part) -> Html:
    bars = said.part("lengths")
    labels, given, truth = bars.words("labels"), bars.numbers("given"), bars.numbers("truth")
    apart = card(
        "Écart des longueurs",
        f"{decimal(said.number('words_apart'), 1)} mots",
        "distance de Wasserstein, sans intervalle",
        "De combien de mots, en moyenne, il faut changer une réponse du modèle pour retrouver vos longueurs.",
    )
    means = cards(*(_length(who, said.part(side)) for who, side in zip(WHO, SIDES, strict=True)), apart)
    if not labels or len(labels) != len(given) or len(labels) != len(truth):
        return section("Longueur", means)
    plot = histogram("longueurs", "Longueur des réponses, en mots", labels, given, truth)
    rows = [
        (label, percent(mine), percent(yours))
        for label, mine, yours in zip(labels, given, truth, strict=True)
    ]
    return section(
        "Longueur",
        figure(
            plot,
            legend("model", "person"),
            "Part des réponses selon leur nombre de mots (début de chaque tranche).",
        ),
        means,
        fold(
            "Les mêmes chiffres en tableau", table("Longueur des réponses", ("Mots", "Modèle", "Vous"), rows)
        ),
    )


def _length(who: str, side: Part) -> Html:
    words = side.part("words")
    mean = mean_of(words.number("mean"), words.number("deviation"), side.number("replies"))
    return card(
        f"Longueur, {who}",
        f"{decimal(mean.value, 1)} mots",
        details(between(mean.low, mean.high, 1), of(side.number("replies"))),
        f"Moyenne. Huit réponses sur dix ont {between(words.number('low'), words.number('high'))} mots, "
        f"une sur deux {decimal(words.number('middle'))} ou moins. Messages envoyés de suite : "
        f"{decimal(side.part('lines').number('mean'), 2)} par réponse.",
    )


def _strips(
    name: str, title: str, rows: list[tuple[str, Estimate, Estimate]], axis: Axis, caption: str
) -> Html:
    """One row a habit: the model's dot and the person's ring."""
    drawn = [
        Row(
            label,
            f"modèle {axis.write(mine.value)} · vous {axis.write(yours.value)}",
            (Mark("person", yours), Mark("model", mine)),
        )
        for label, mine, yours in rows
    ]
    cells = [
        (label, *(details(axis.write(side.value), _interval(side, axis)) for side in sides))
        for label, *sides in rows
    ]
    return join(
        figure(strips(name, title, drawn, axis), legend("model", "person"), caption),
        fold(
            "Les mêmes chiffres en tableau",
            table(title, ("Habitude", f"Modèle ({OF_95})", f"Vous ({OF_95})"), cells),
        ),
    )


def _interval(side: Estimate, axis: Axis) -> str:
    if axis is SHARES:
        return between_percents(side.low, side.high)
    return between(side.low, side.high, 1)


def _ends(said: Part) -> Html:
    def both(name: str, *inside: str, n: str = "replies") -> tuple[Estimate, Estimate]:
        mine, yours = (said.part(side, *inside).share(name, said.part(side).number(n)) for side in SIDES)
        return mine, yours

    rows = [(label, *both(name, "ends")) for name, label in ENDS]
    rows.append(("majuscule au début", *both("mean", "habits", "capital_start")))
    rows += [(label, *both(name)) for name, label in SHARES_OF_REPLIES]
    kept = both("ne_kept", n="negated")
    caption = "Part des réponses"
    if any(side.value is not None for side in kept):
        rows.append(("garde le « ne »", *kept))
        mine, yours = (of(said.part(side).number("negated")) for side in SIDES)
        caption += f" ; pour « ne », de celles qui nient (modèle : {mine} ; vous : {yours})"
    title = "Début, fin, « tu », « vous » et « ne »"
    return section(title, _strips("parts", title, rows, SHARES, f"{caption}."))


def _rates(said: Part) -> Html:
    title = "Ponctuation, émojis, rires, abréviations"
    given, truth = (said.part(side) for side in SIDES)
    rows = [(label, _hundred(given, name), _hundred(truth, name)) for name, label in RATES]
    found = [(label, mine, yours) for label, mine, yours in rows if mine.value or yours.value]
    if not found:
        return section(title, paragraph("Rien de tout cela, ni d'un côté ni de l'autre.", class_="aside"))
    most = max(side.high or side.value or 0.0 for _, mine, yours in found for side in (mine, yours))
    top = next((step for step in TOPS if step >= most), TOPS[-1])
    axis = Axis(0, top, (0, top / 2, top), _rate)
    caption = "Nombre pour 100 mots, en moyenne par réponse ; les accents, pour 100 lettres."
    return section(title, _strips("taux", title, found, axis, caption))


def _hundred(side: Part, name: str) -> Estimate:
    """A rate as the profile has it; accents, a share of the letters there, for a hundred of them."""
    found = side.habit(name)
    if name != "accents":
        return found
    return Estimate(*(None if one is None else 100 * one for one in (found.value, found.low, found.high)))


def _rate(value: float | None) -> str:
    return decimal(value, 1 if value else 0)


def _lists(said: Part) -> Html | None:
    lists = [found for name, title in LISTS if (found := _favourites(said, name, title))]
    if not lists:
        return None
    told = (
        "Part des réponses qui ont la forme au moins une fois ; – : pas parmi les dix premières de ce côté."
    )
    shared = said.number("emoji_shared")
    if shared is not None:
        told += f" Émojis en commun, des dix premiers de chaque côté : {percent(shared)} (indice de Jaccard)."
    return section("Formes favorites", tag("div", *lists, class_="three"), paragraph(told, class_="aside"))


def _favourites(said: Part, name: str, title: str) -> Html | None:
    mine, yours = (dict(said.part(side).pairs(name)) for side in SIDES)
    most = {form: max(mine.get(form, 0), yours.get(form, 0)) for form in (*mine, *yours)}
    forms = sorted(most, key=lambda form: (-most[form], form))[:SHOWN]
    rows = [(form, percent(mine.get(form)), percent(yours.get(form))) for form in forms]
    return table(title, ("Forme", "Modèle", "Vous"), rows) if rows else None


def _address(said: Part) -> Html | None:
    rows, judged = [], 0
    for part in said.parts("addresses"):
        counts = [part.number(f"{side}_n") for side in SIDES]
        mine, yours = (part.share(side, n) for side, n in zip(SIDES, counts, strict=True))
        judged += mine.value is not None and yours.value is not None
        if mine.value is not None or yours.value is not None:
            whom = part.word("correspondent", "tous ensemble")
            rows.append((f"{whom} (n = {decimal(counts[0])} et {decimal(counts[1])})", mine, yours))
    if not rows:
        return None
    right = said.number("address_accuracy")
    told = f" Du bon côté avec {percent(right)} de ceux-là ({of(judged, 'correspondant')})." if judged else ""
    caption = f"Part de « tu » parmi les réponses qui disent « tu » ou « vous » à chacun.{told}"
    title = "« Tu » ou « vous », avec chacun"
    return section(title, _strips("tu", title, rows, SHARES, caption))


def _defined() -> Html:
    return definition(
        "Parts : intervalle de Wilson. Moyennes : ± 1,96 erreur type. Les réponses courtes comptent ici "
        "aussi. « On n'a pas » garde son « ne », « on a pas » ne le garde pas ; « plus » seul n'est pas "
        "compté comme négation. Deux messages envoyés de suite font une seule réponse.",
        "Les formes montrées sont des mots, signes et émojis isolés, avec leur nombre : jamais un message "
        "entier, jamais le texte d'un correspondant.",
    )

"""The habits side by side: lengths, beginnings and ends, marks, favourite forms, « tu » with each one."""

from collections.abc import Callable

from sosie.core.french_text import between, between_percents, decimal, percent
from sosie.evaluate.measures.differences import StyleDifferences
from sosie.evaluate.report.html import Html, fold, join, paragraph, table, tag
from sosie.evaluate.report.intervals import Estimate, habit_mean, mean_of, share_of
from sosie.evaluate.report.layout import (
    OF_95,
    card,
    cards,
    chapter,
    definition,
    details,
    figure,
    of,
    section,
)
from sosie.evaluate.report.plots import SHARES, Axis, Mark, Row, histogram, legend, strips
from sosie.evaluate.scores import Scores
from sosie.style.profile import Profile, Shares

SHARES_OF_REPLIES: tuple[tuple[str, Callable[[Profile], float]], ...] = (
    ("finit sans rien", lambda side: side.ends["ends_bare"]),
    ("finit par un point", lambda side: side.ends["ends_stop"]),
    ("finit par « ! »", lambda side: side.ends["ends_exclamation"]),
    ("finit par « ? »", lambda side: side.ends["ends_question"]),
    ("finit par « ... »", lambda side: side.ends["ends_dots"]),
    ("finit par un émoji", lambda side: side.ends["ends_emoji"]),
    ("majuscule au début", lambda side: side.habits["capital_start"].mean),
    ("dit « tu »", lambda side: side.tu),
    ("dit « vous »", lambda side: side.vous),
)
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
LISTS: tuple[tuple[str, Callable[[Profile], Shares]], ...] = (
    ("Émojis les plus fréquents", lambda side: side.emoji),
    ("Rires les plus fréquents", lambda side: side.laughs),
    ("Abréviations les plus fréquentes", lambda side: side.abbreviations),
)
SHOWN = 10  # forms of a list
TOPS = (2.0, 4.0, 6.0, 10.0, 20.0, 40.0, 60.0, 100.0)  # ends of an axis of rates


def habits_chapter(scores: Scores) -> Html:
    seen, title = scores.tells, "Vos habitudes, côte à côte"
    n, m = seen.given.replies, seen.truth.replies
    lead = (
        f"Ce que le modèle fait ({of(n)}), à côté de ce que vous faites dans les mêmes contextes ({of(m)}). "
        f"Traits : {OF_95}. Quand deux traits se recouvrent largement, l'écart peut n'être que du hasard."
    )
    return chapter(
        "habitudes",
        title,
        lead,
        _lengths_section(seen),
        _ends(seen.given, seen.truth),
        _rates(seen.given, seen.truth),
        _lists(seen),
        _address(seen),
        _defined(),
    )


def _lengths_section(seen: StyleDifferences) -> Html:
    bars = seen.lengths
    labels, given, truth = bars.labels, bars.given, bars.truth
    apart = card(
        "Écart des longueurs",
        f"{decimal(seen.words_apart, 1)} mots",
        "distance de Wasserstein, sans intervalle",
        "De combien de mots, en moyenne, il faut changer une réponse du modèle pour retrouver vos longueurs.",
    )
    means = cards(_length("modèle", seen.given), _length("vous", seen.truth), apart)
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


def _length(who: str, side: Profile) -> Html:
    words, mean = side.words, mean_of(side.words, side.replies)
    return card(
        f"Longueur, {who}",
        f"{decimal(mean.value, 1)} mots",
        details(between(mean.low, mean.high, 1), of(side.replies)),
        f"Moyenne. Huit réponses sur dix ont {between(words.low, words.high, 0)} mots, "
        f"une sur deux {decimal(words.middle, 0)} ou moins. Messages envoyés de suite : "
        f"{decimal(side.lines.mean, 2)} par réponse.",
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


def _ends(mine: Profile, yours: Profile) -> Html:
    rows = [
        (label, share_of(read(mine), mine.replies), share_of(read(yours), yours.replies))
        for label, read in SHARES_OF_REPLIES
    ]
    caption = "Part des réponses"
    if mine.negated or yours.negated:
        kept = (share_of(mine.ne_kept, mine.negated), share_of(yours.ne_kept, yours.negated))
        rows.append(("garde le « ne »", *kept))
        n, m = of(mine.negated), of(yours.negated)
        caption += f" ; pour « ne », de celles qui nient (modèle : {n} ; vous : {m})"
    title = "Début, fin, « tu », « vous » et « ne »"
    return section(title, _strips("parts", title, rows, SHARES, f"{caption}."))


def _rates(given: Profile, truth: Profile) -> Html:
    title = "Ponctuation, émojis, rires, abréviations"
    rows = [(label, _hundred(given, name), _hundred(truth, name)) for name, label in RATES]
    found = [(label, mine, yours) for label, mine, yours in rows if mine.value or yours.value]
    if not found:
        return section(title, paragraph("Rien de tout cela, ni d'un côté ni de l'autre.", class_="aside"))
    most = max(side.high or side.value or 0.0 for _, mine, yours in found for side in (mine, yours))
    top = next((step for step in TOPS if step >= most), TOPS[-1])
    axis = Axis(0, top, (0, top / 2, top), _rate)
    caption = "Nombre pour 100 mots, en moyenne par réponse ; les accents, pour 100 lettres."
    return section(title, _strips("taux", title, found, axis, caption))


def _hundred(side: Profile, name: str) -> Estimate:
    """A rate as the profile has it; accents, a share of the letters there, for a hundred of them."""
    found = habit_mean(side, name)
    if name != "accents":
        return found
    return Estimate(*(None if one is None else 100 * one for one in (found.value, found.low, found.high)))


def _rate(value: float | None) -> str:
    return decimal(value, 1 if value else 0)


def _lists(seen: StyleDifferences) -> Html | None:
    tables = (_favourites(title, read(seen.given), read(seen.truth)) for title, read in LISTS)
    lists = [found for found in tables if found]
    if not lists:
        return None
    note = (
        "Part des réponses qui ont la forme au moins une fois ; – : pas parmi les dix premières de ce côté."
    )
    if seen.emoji_shared is not None:
        note += (
            " Émojis en commun, des dix premiers de chaque côté : "
            f"{percent(seen.emoji_shared)} (indice de Jaccard)."
        )
    return section("Formes favorites", tag("div", *lists, class_="three"), paragraph(note, class_="aside"))


def _favourites(title: str, given: Shares, truth: Shares) -> Html | None:
    mine, yours = dict(given), dict(truth)
    most = {form: max(mine.get(form, 0), yours.get(form, 0)) for form in (*mine, *yours)}
    forms = sorted(most, key=lambda form: (-most[form], form))[:SHOWN]
    rows = [(form, percent(mine.get(form)), percent(yours.get(form))) for form in forms]
    return table(title, ("Forme", "Modèle", "Vous"), rows) if rows else None


def _address(seen: StyleDifferences) -> Html | None:
    rows, judged = [], 0
    for one in seen.addresses:
        mine, yours = share_of(one.given, one.given_n), share_of(one.truth, one.truth_n)
        judged += one.right is not None
        if mine.value is not None or yours.value is not None:
            whom = one.correspondent or "tous ensemble"
            rows.append((f"{whom} (n = {decimal(one.given_n, 0)} et {decimal(one.truth_n, 0)})", mine, yours))
    if not rows:
        return None
    right = percent(seen.address_accuracy)
    note = f" Du bon côté avec {right} de ceux-là ({of(judged, 'correspondant')})." if judged else ""
    caption = f"Part de « tu » parmi les réponses qui disent « tu » ou « vous » à chacun.{note}"
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

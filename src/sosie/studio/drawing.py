"""The page's own pieces of HTML: buttons that say what they do, notices, progress, bars and a curve.

A button carries what it asks for in its data-; page.js sends it, and the tab is drawn anew.
"""

from collections.abc import Mapping, Sequence

from sosie.core.errors import SosieError
from sosie.core.french_text import duration, number
from sosie.core.months import counts_by_month, month_name
from sosie.core.progress import Event
from sosie.evaluate.report.html import Child, Html, each, join, tag

WIDE, HIGH = 600, 180  # of a curve, in its own units
MOST_POINTS = 300
MOST_MONTHS = 60  # bars; beyond, a bar a year
WORDS = {
    "read": "Lecture",
    "prepare": "Préparation",
    "load": "Chargement du modèle",
    "measure": "Mesure",
    "step": "Apprentissage",
    "answer": "Réponses",
    "export": "Écriture",
}


def button(label: Child, do: str, kind: str = "plain", **data: object) -> Html:
    """`data` becomes data-NAME, which the action receives."""
    given = {f"data_{name}": value for name, value in data.items() if value is not None}
    return tag("button", label, type="button", class_=f"bouton {kind}", data_do=do, **given)


def told(error: SosieError | None) -> Html | None:
    """What went wrong, and what to do."""
    if error is None:
        return None
    return tag("div", tag("strong", error.message), " ", error.mend, class_="avis erreur", role="alert")


def notice(*children: Child, kind: str = "") -> Html:
    return tag("div", *children, class_=f"avis {kind}".strip())


def progress(event: Event | None, label: str = "") -> Html:
    """A bar with its words; without a total, one that only moves."""
    words = label or (WORDS.get(event.kind, "") if event else "") or "En cours"
    if event is None or not event.total:
        return tag(
            "div", tag("p", f"{words}…"), tag("progress", aria_label=words), class_="avancement", role="group"
        )
    done = min(event.done, event.total)
    share = f"{round(100 * done / event.total)} %"
    bar = tag("progress", value=done, max=event.total, aria_label=words)
    left = event.facts.get("seconds_left")
    told_ = f"{words} : {share}" + (f", encore {duration(left)}" if left is not None else "")
    return tag("div", tag("p", told_), bar, class_="avancement", role="group")


def months(by_month: Mapping[str, int]) -> Html | None:
    """A bar a month, from the first to the last; a year where they are many."""
    if not by_month:
        return None
    shown = counts_by_month(by_month, MOST_MONTHS)
    most = max(count for _, count in shown)
    bars = each(
        tag(
            "li",
            tag("span", style=f"height:{max(2, round(100 * count / most)) if count else 0}%"),
            title=f"{month_name(when)} : {number(count)} messages",
        )
        for when, count in shown
    )
    first, last = month_name(shown[0][0]), month_name(shown[-1][0])
    label = f"Messages de {first} à {last}, {number(most)} au plus"
    axis = tag("p", tag("span", first), tag("span", last), class_="axe")
    return tag("figure", tag("ul", bars, aria_label=label), axis, class_="mois")


def curve(
    points: Sequence[tuple[float, float]], marks: Sequence[tuple[float, float]], described: str
) -> Html:
    """A falling line with marks on it, as SVG: x from 0 to 1, y as measured. The same size when empty."""
    high = max((y for _, y in (*points, *marks)), default=1.0)
    low = min((y for _, y in (*points, *marks)), default=0.0)
    low, high = (low, high) if high - low > 1e-9 else (low - 0.5, high + 0.5)

    def place(x: float, y: float) -> str:
        return f"{round(8 + x * (WIDE - 16), 1)},{round(8 + (high - y) / (high - low) * (HIGH - 16), 1)}"

    thin = points[:: max(1, len(points) // MOST_POINTS)]
    line = tag("polyline", points=" ".join(place(*point) for point in thin), class_="trait")
    dots = each(  # lines without length, round whatever the width
        tag("polyline", points=f"{at} {at}", class_="point") for at in (place(*mark) for mark in marks)
    )
    grid = each(tag("line", x1=0, x2=WIDE, y1=y, y2=y, class_="grille") for y in (8, HIGH // 2, HIGH - 8))
    return tag(
        "svg",
        tag("desc", described),
        grid,
        line,
        dots,
        viewBox=f"0 0 {WIDE} {HIGH}",
        preserveAspectRatio="none",
        class_="courbe",
        role="img",
        aria_label=described,
    )


def doubles_choice(known: Sequence[tuple[str, str]], chosen: str | None) -> Html | None:
    """A list to choose a double from, where there are several: (run, label)."""
    if len(known) < 2:
        return None
    options = each(
        tag("option", label, value=run, selected="" if run == chosen else None) for run, label in known
    )
    select = tag("select", options, id="double", data_do="double")
    return join(tag("label", "Quel double ?", for_="double"), select)

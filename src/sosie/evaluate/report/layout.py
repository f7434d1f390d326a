"""The few shapes that all chapters are made of: a chapter, a card with one figure, a light, an absence."""

from collections.abc import Iterable

from sosie.core.french_text import between, decimal, plural, signed
from sosie.evaluate.measures.likeness import Likeness
from sosie.evaluate.report.html import Child, Html, each, fold, join, paragraph, tag
from sosie.evaluate.report.intervals import Estimate

# A shape and a word each: nobody needs to see the colour.
SHAPES = {
    "green": ("Bon", "M12 1a11 11 0 1 0 .01 0Z", "m7 12 4 4 7-8"),
    "amber": ("À nuancer", "M12 1 23 12 12 23 1 12Z", "M12 7v6m0 3v.6"),
    "red": ("Alerte", "M12 1 23.5 22H.5Z", "M12 8v7m0 3v.6"),
    "unknown": ("Non mesuré", "M2 2h20v20H2Z", "M7 12h10"),
}
OF_95 = "intervalle à 95 %"


def light(gate: str) -> Html:
    word, shape, sign = SHAPES.get(gate, SHAPES["unknown"])
    drawing = tag(
        "svg",
        tag("path", d=shape, class_="shape"),
        tag("path", d=sign, class_="sign"),
        viewBox="0 0 24 24",
        width="22",
        height="22",
        aria_hidden="true",
        focusable="false",
    )
    return tag("span", drawing, tag("span", word), class_=f"light {gate if gate in SHAPES else 'unknown'}")


def chapter(name: str, title: str, lead: Child, *inside: Child, gate: str = "") -> Html:
    head = tag("div", tag("h2", title, id=name), light(gate) if gate else None, class_="head")
    return tag("section", head, paragraph(lead, class_="lead"), *inside, aria_labelledby=name)


def section(title: str, *inside: Child) -> Html:
    return join(tag("h3", title), *inside)


def figure(drawing: Child, legend: Child, caption: Child) -> Html:
    return tag("figure", legend, drawing, tag("figcaption", caption))


def cards(*them: Html | None) -> Html:
    return tag("dl", *them, class_="cards")


def card(name: str, value: str, detail: str, meaning: Child) -> Html:
    """« Mémorisation M · 0,4 sur 100 · de 0 à 1,2 ; n = 168 réponses · Part des mots ... »"""
    return tag(
        "div",
        tag("dt", name),
        tag("dd", value, class_="value"),
        tag("dd", detail, class_="detail") if detail else None,
        tag("dd", meaning, class_="meaning"),
    )


def details(*them: str) -> str:
    """« de 0 à 1,2 ; n = 168 réponses »"""
    return " ; ".join(filter(None, them))


def of(n: float | None, one: str = "réponse", many: str = "") -> str:
    return "" if n is None else f"n = {plural(n, one, many)}"


def definition(*children: Child) -> Html:
    return fold("Définition et calcul", *(paragraph(child) for child in children))


def aside(note: str) -> Html | None:
    return paragraph(note, class_="aside") if note else None


def missing(reason: str) -> Html:
    """« Non mesuré : ... », in one sentence."""
    why = reason.strip().rstrip(".")
    return paragraph(tag("strong", "Non mesuré"), f" : {why[:1].lower()}{why[1:]}.", class_="missing")


def notes(them: Iterable[str]) -> Html | None:
    rows = each(tag("li", one) for one in them)
    return tag("ul", rows, class_="notes") if rows else None


def gap(estimate: Estimate, digits: int = 0) -> str:
    """« +54, de 40 à 74 »"""
    return details(signed(estimate.value, digits), between(estimate.low, estimate.high, digits)).replace(
        " ; ", ", "
    )


def scored(measured: Likeness) -> str:
    """R with its interval: « 73, de 57 à 100 », or why not."""
    value, raw = measured.value, measured.raw
    if value is None:
        return "non mesurable" + (f" (brut : {decimal(raw, 0)}, à ne pas citer)" if raw is not None else "")
    if raw is not None and raw < 0:
        edges = between(measured.raw_low, measured.raw_high, 0)
        return f"{decimal(value, 0)} (brut : {decimal(raw, 0)}, {edges})"
    return f"{decimal(value, 0)}, {between(measured.low, measured.high, 0)}"

"""HTML that cannot be broken from inside: whatever is not `Html` is escaped on its way in.

    tag("p", "<script>", tag("b", "oui"), class_="note")   ->  <p class="note">&lt;script&gt;<b>oui</b></p>

Text gets French spaces too: « trop peu ? », « 71 ± 9 » and « n = 200 » stay whole at the end of a line.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape

NARROW = 3  # columns that a phone shows whole
VOID = frozenset(("br", "col", "hr", "input", "meta"))
GLUED = re.compile(r" (?=[:;!?%»±])|(?<=[«±]) |(?<=\bn) (?== )|(?<=\bn =) ")
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")

Child = object  # Html as it is, None as nothing, anything else as escaped text


class Html(str):
    """Markup made here. Never wrap a text from outside in it."""

    __slots__ = ()


def text(value: object) -> Html:
    """Escaped, without what no eye sees and what turns the reading around, with narrow no-break spaces."""
    clean = GLUED.sub("\u202f", UNSEEN.sub("", str(value)))
    return Html(escape(clean))


def join(*children: Child) -> Html:
    return Html(
        "".join(
            child if isinstance(child, Html) else text(child)
            for child in children
            if child is not None and child != ""
        )
    )


def each(children: Iterable[Child]) -> Html:
    return join(*children)


def tag(name: str, *children: Child, **attributes: object) -> Html:
    """`class_` is class, `aria_label` is aria-label; what is None is left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(UNSEEN.sub("", str(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def paragraph(*children: Child, class_: str | None = None) -> Html:
    return tag("p", *children, class_=class_)


def fold(summary: str, *children: Child) -> Html:
    """Closed at first; opens without a script, and is open on paper."""
    return tag("details", tag("summary", summary), *children)


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Iterable[Child]],
    label: str = "",
    class_: str | None = None,
) -> Html:
    """The first cell of a row names it. A wide one scrolls by itself where the screen is narrow."""
    head = tag("tr", *(tag("th", one, scope="col") for one in heads))
    body = (tag("tr", *_cells(row)) for row in rows)
    whole = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body), class_=class_)
    reached = "0" if len(heads) > NARROW else None
    return tag("div", whole, class_="wide", role="group", aria_label=label or caption, tabindex=reached)


def _cells(row: Iterable[Child]) -> Iterable[Html]:
    for place, cell in enumerate(row):
        yield tag("td", cell) if place else tag("th", cell, scope="row")

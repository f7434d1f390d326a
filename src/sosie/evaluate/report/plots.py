"""Plots, drawn as SVG with nothing but the scores: strips, a histogram, bars, a bar for a table.

    strips("r", "Ressemblance", rows, Axis(0, 100, (0, 50, 100)))

      Ce double                     73, de 57 à 100       a row: its name, what it says, its marks on the axis
      0 ├────────────━━━━━━●━━━━━━━━━┤ 100                ● the model   ○ the person   | other people

Every place is a percentage and every letter keeps its size, so one drawing serves a wide screen, a phone and
paper. Colours are CSS classes: the page knows the light and the dark. A plot says itself twice more, in its
<desc> and in a table.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import wrap

from sosie.core.french_text import decimal, percent
from sosie.evaluate.report.html import Html, each, join, tag
from sosie.evaluate.report.intervals import Estimate

EDGE = 2.0  # per cent of the width kept free on both sides of an axis
LINE = 18  # pixels
NARROW, BESIDE = 36, 42  # letters of a phone's line: of a name alone, of a name and a note
RADIUS = {"model": 5, "person": 8}  # one around the other where both say the same
KINDS = {"model": "modèle", "person": "vous", "rival": "autre modèle", "other": "autres personnes"}


@dataclass(frozen=True, slots=True)
class Axis:
    low: float
    high: float
    ticks: tuple[float, ...]
    write: Callable[[float | None], str] = partial(decimal, digits=0)

    def place(self, value: float) -> float:
        """Where on the width, in per cent; what is outside stays at the edge."""
        part = (value - self.low) / ((self.high - self.low) or 1)
        return round(EDGE + (100 - 2 * EDGE) * min(1.0, max(0.0, part)), 2)


SHARES = Axis(0, 1, (0, 0.25, 0.5, 0.75, 1), percent)


@dataclass(frozen=True, slots=True)
class Mark:
    kind: str  # of KINDS
    at: Estimate


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    note: str  # its figures, as text
    marks: tuple[Mark, ...]


def strips(name: str, title: str, rows: Sequence[Row], axis: Axis) -> Html:
    """One axis for all rows; the note goes under the axis where it would not fit beside the name."""
    below = any(len(row.name) + len(row.note) > BESIDE for row in rows)
    drawn, top = [], 0
    for row in rows:
        piece, height = _strip(row, axis, top, below)
        drawn.append(piece)
        top += height
    grid = each(_tick(axis, value, top) for value in axis.ticks)
    described = " ; ".join(f"{row.name} : {row.note}" for row in rows)
    return _svg(name, title, described, top + LINE, join(grid, *drawn))


def _strip(row: Row, axis: Axis, top: int, below: bool) -> tuple[Html, int]:
    lines = wrap(row.name, NARROW) or [""]
    track = top + LINE * len(lines) + 10
    names = each(
        tag("text", line, x="0", y=top + LINE * (place + 1) - 5, class_="name")
        for place, line in enumerate(lines)
    )
    y, anchor, x = (track + LINE + 2, None, "0") if below else (top + LINE - 5, "end", "100%")
    note = tag("text", row.note, x=x, y=y, text_anchor=anchor, class_="note")
    base = tag("line", x1="0", x2="100%", y1=track, y2=track, class_="track")
    height = LINE * len(lines) + (50 if below else 32)
    return join(names, note, base, each(_mark(mark, axis, track) for mark in row.marks)), height


def _mark(mark: Mark, axis: Axis, y: int) -> Html | None:
    """A dot, a ring, a diamond or a stroke: the shape tells who, whatever the colour."""
    if mark.at.value is None:
        return None
    x = f"{axis.place(mark.at.value)}%"
    ends = (mark.at.low, mark.at.high)
    span = None
    if ends[0] is not None and ends[1] is not None:
        x1, x2 = (f"{axis.place(end)}%" for end in ends if end is not None)
        span = tag("line", x1=x1, x2=x2, y1=y, y2=y, class_=f"span {mark.kind}")
    if mark.kind == "other":
        return tag("line", x1=x, x2=x, y1=y - 6, y2=y + 6, class_="other")
    if mark.kind == "rival":
        diamond = tag("path", d="M0-6 6 0 0 6-6 0Z", class_="dot rival")
        return join(span, tag("svg", diamond, x=x, y=y, class_="free"))
    return join(span, tag("circle", cx=x, cy=y, r=RADIUS[mark.kind], class_=f"dot {mark.kind}"))


def _tick(axis: Axis, value: float, bottom: int) -> Html:
    place = axis.place(value)
    anchor = "start" if place < 5 else "end" if place > 95 else "middle"
    return join(
        tag("line", x1=f"{place}%", x2=f"{place}%", y1=LINE, y2=bottom - 4, class_="grid"),
        tag("text", axis.write(value), x=f"{place}%", y=bottom + 10, text_anchor=anchor, class_="tick"),
    )


def histogram(
    name: str, title: str, labels: Sequence[str], given: Sequence[float], truth: Sequence[float]
) -> Html:
    """The model's bars filled, the person's as an outline over them."""
    tallest, height, width = max(*given, *truth, 1e-9), 150, 100 / max(1, len(labels))
    drawn = []
    for place, label in enumerate(labels):
        left, short = place * width, label.split("-")[0]
        for share, kind, inset in ((given[place], "model", 0.12), (truth[place], "person", 0.12)):
            tall = round(height * share / tallest, 1)
            drawn.append(
                tag(
                    "rect",
                    x=f"{left + width * inset:.2f}%",
                    width=f"{width * (1 - 2 * inset):.2f}%",
                    y=round(height + 6 - tall, 1),
                    height=tall,
                    class_=f"bar {kind}",
                )
            )
        middle = f"{left + width / 2:.2f}%"
        drawn.append(tag("text", short, x=middle, y=height + 22, text_anchor="middle", class_="tick"))
    base = tag("line", x1="0", x2="100%", y1=height + 6, y2=height + 6, class_="track")
    described = " ; ".join(
        f"{label} mots : modèle {percent(mine)}, vous {percent(yours)}"
        for label, mine, yours in zip(labels, given, truth, strict=False)
    )
    return _svg(name, title, described, height + 28, join(*drawn, base))


def bars(name: str, title: str, labels: Sequence[str], counts: Sequence[float], unit: str) -> Html:
    """The person's counts as filled bars, their labels below."""
    tallest, height, width = max(*counts, 1e-9), 110, 100 / max(1, len(labels))
    drawn = []
    for place, (label, count) in enumerate(zip(labels, counts, strict=True)):
        tall, left = round(height * count / tallest, 1), place * width
        shape = {"x": f"{left + width * 0.12:.2f}%", "width": f"{width * 0.76:.2f}%"}
        drawn.append(tag("rect", **shape, y=round(height + 6 - tall, 1), height=tall, class_="bar model"))
        middle = f"{left + width / 2:.2f}%"
        drawn.append(tag("text", label, x=middle, y=height + 22, text_anchor="middle", class_="tick"))
    base = tag("line", x1="0", x2="100%", y1=height + 6, y2=height + 6, class_="track")
    described = " ; ".join(f"{decimal(count, 0)} {unit}" for count in counts)
    return _svg(name, title, described, height + 28, join(*drawn, base))


def bar(part: float) -> Html:
    """A bar for the cell of a table, which already says the number."""
    width = f"{100 * min(1.0, max(0.0, part)):.1f}%"
    rect = tag("rect", width=width, height=8, y=2, rx=2, class_="bar model")
    return tag("svg", rect, width="100%", height=12, class_="inline", aria_hidden="true", focusable="false")


def legend(*kinds: str, names: Mapping[str, str] = KINDS) -> Html:
    """Which shape is whose."""
    axis = Axis(0, 1, ())
    return tag(
        "p",
        *(
            tag(
                "span",
                tag(
                    "svg", _mark(Mark(kind, Estimate(0.5)), axis, 10), width=20, height=20, aria_hidden="true"
                ),
                f" {names[kind]}",
            )
            for kind in kinds
        ),
        class_="legend",
    )


def _svg(name: str, title: str, described: str, height: float, inside: Iterable[str]) -> Html:
    return tag(
        "svg",
        tag("title", title, id=f"{name}-titre"),
        tag("desc", described, id=f"{name}-texte"),
        inside,
        role="img",
        aria_labelledby=f"{name}-titre",
        aria_describedby=f"{name}-texte",
        width="100%",
        height=height,
    )

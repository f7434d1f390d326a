"""The tally as a picture to share: an SVG of 1200 x 630, figures only.

No nickname, no word of any conversation, not even the doubles' names: people call them after people.
"""

from html import escape

from sosie.arena.scoreboard import Fooling, Scoreboard
from sosie.core.french_text import percent

WIDTH, HEIGHT = 1200, 630
LEFT, RIGHT = 80, 1120
MOST_ROWS = 4
INK, BRICK, GREY, PALE, PAPER = "#234362", "#ad472c", "#4f5865", "#dfe3e8", "#f7f8fa"
LETTERS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif"


def picture(tally: Scoreboard) -> str:
    """One system: its rate in large. Several: a line each, the best first."""
    ranked = sorted(
        (row for row in tally.fooling if row.rate is not None), key=lambda row: (-(row.rate or 0), row.player)
    )
    body = (
        _one(ranked[0])
        if len(ranked) == 1
        else "".join(_line(row, place, 235 + 85 * place) for place, row in enumerate(ranked[:MOST_ROWS]))
        if ranked
        else _text(LEFT, 330, "Personne n'a encore voté.", 44, GREY)
    )
    counts = f"{_many(tally.votes, 'vote')} · {_many(tally.raters, 'joueur')} · à l'aveugle"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="{escape(LETTERS)}"><title>Qui a écrit ça ?</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>'
        f'<rect width="{WIDTH}" height="12" fill="{INK}"/>'
        f"{_text(LEFT, 112, 'Qui a écrit ça ?', 58, INK, 'bold')}"
        f"{_text(LEFT, 160, 'La vraie personne, ou son double ?', 30, GREY)}"
        f"{body}{_text(LEFT, 580, counts, 28, GREY)}"
        f"{_text(RIGHT, 580, 'fait avec sosie', 28, INK, anchor='end')}</svg>"
    )


def _one(row: Fooling) -> str:
    return (
        _text(LEFT, 330, percent(row.rate or 0), 150, BRICK, "bold")
        + _text(LEFT, 388, "des votes ont pris le double pour la vraie personne", 34, INK)
        + _gauge(row, LEFT, RIGHT, 440)
        + _text(LEFT, 505, f"entre {percent(row.low)} et {percent(row.high)} (à {percent(0.95)})", 28, GREY)
        + _text(RIGHT, 505, f"trait à {percent(0.5)} : indiscernable", 28, GREY, anchor="end")
    )


def _line(row: Fooling, place: int, y: float) -> str:
    return (
        _text(LEFT, y, f"Modèle {place + 1}", 32, INK, "bold")
        + _text(
            LEFT, y + 32, f"{_many(row.n, 'vote')}, entre {percent(row.low)} et {percent(row.high)}", 24, GREY
        )
        + _gauge(row, 520, 960, y)
        + _text(RIGHT, y + 14, percent(row.rate or 0), 44, BRICK, "bold", "end")
    )


def _gauge(row: Fooling, left: float, right: float, y: float) -> str:
    """From 0 to 100 %: the interval as a band, the rate as a point, a mark at one half."""
    low, rate, high = (left + (right - left) * part for part in (row.low, row.rate or 0, row.high))
    middle = (left + right) / 2
    return (
        f'<line x1="{left:g}" x2="{right:g}" y1="{y:g}" y2="{y:g}" stroke="{PALE}" stroke-width="20" '
        'stroke-linecap="round"/>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y:g}" y2="{y:g}" stroke="#eaa086" stroke-width="20" '
        'stroke-linecap="round"/>'
        f'<line x1="{middle:g}" x2="{middle:g}" y1="{y - 22:g}" y2="{y + 22:g}" stroke="{INK}" '
        'stroke-width="4"/>'
        f'<circle cx="{rate:.1f}" cy="{y:g}" r="15" fill="{BRICK}"/>'
    )


def _text(
    x: float, y: float, words: str, size: int, colour: str, weight: str = "normal", anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" fill="{colour}" '
        f'text-anchor="{anchor}">{escape(words)}</text>'
    )


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}"

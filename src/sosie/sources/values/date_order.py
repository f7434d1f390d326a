"""Dates as phones write them: which number is the day is decided once a file, with its reason.

05/03/24, 13/03/24   -> jour/mois/année   (one date would be impossible otherwise)
1/4/23, 2/13/23      -> mois/jour/année
2024-03-05           -> année/mois/jour
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

_NUMBERS = re.compile(r"\d+")
DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "jour/mois/année", "mois/jour/année", "année/mois/jour"
_LANGUAGES = {  # languages that write the day first
    "fr": "français",
    "es": "espagnol",
    "de": "allemand",
    "it": "italien",
    "pt": "portugais",
    "nl": "néerlandais",
}
_PLACES = {DAY_FIRST: (2, 1, 0), MONTH_FIRST: (2, 0, 1), YEAR_FIRST: (0, 1, 2)}  # of year, month, day

Day = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class DateOrder:
    """`order` is « jour/mois/année », « mois/jour/année » or « année/mois/jour »."""

    order: str
    reason: str


def decide(days: Sequence[str], language: str = "", half_days: bool = False) -> DateOrder:
    """From the values, then the notices' language ("fr", "en"...), then AM/PM, then day first.

    `days` are dates as written, in the order of the file, each once in a row.
    """
    written = [numbers for text in days if (numbers := _numbers(text))]
    if any(a > 99 for a, _, _ in written):
        return DateOrder(YEAR_FIRST, "l'année est écrite d'abord")
    orders = [DAY_FIRST, MONTH_FIRST] + [YEAR_FIRST] * all(c < 100 for _, _, c in written)
    impossible = {order: sum(_to_day(numbers, order) is None for numbers in written) for order in orders}
    backwards = {order: _steps_back(written, order) for order in orders}
    best, second = sorted(orders[:2], key=lambda order: (impossible[order], backwards[order]))
    if len(orders) > 2 and not impossible[YEAR_FIRST] and backwards[YEAR_FIRST] < backwards[best]:
        second, best = best, YEAR_FIRST
    if impossible[best] != impossible[second]:
        count = impossible[second] - impossible[best]
        return DateOrder(
            best, f"{count} date{'s' * (count > 1)} impossible{'s' * (count > 1)} dans l'autre ordre"
        )
    if backwards[best] != backwards[second]:
        return DateOrder(best, f"dans l'autre ordre, le temps reculerait {backwards[second]} fois")
    if language in _LANGUAGES:
        return DateOrder(DAY_FIRST, f"les notices sont en {_LANGUAGES[language]}")
    if half_days and not any("." in text for text in days):
        return DateOrder(MONTH_FIRST, "les heures sont en AM/PM")
    return DateOrder(DAY_FIRST, "rien ne le dit, c'est l'usage le plus répandu")


def _to_day(numbers: Day, order: str) -> Day | None:
    """(year, month, day), or None where there is no such day. Two digits of a year mean this century."""
    year, month, day = (numbers[index] for index in _PLACES[order])
    year += 2000 if year < 100 else 0
    try:
        date(year, month, day)
    except ValueError:
        return None
    return year, month, day


def calendar(order: str) -> Callable[[str], Day | None]:
    """A function from a date as written to (year, month, day); a chat has few days and many messages."""
    known: dict[str, Day | None] = {}

    def day_of(text: str) -> Day | None:
        if text not in known:
            numbers = _numbers(text)
            known[text] = _to_day(numbers, order) if numbers else None
        return known[text]

    return day_of


def _numbers(text: str) -> Day | None:
    found = _NUMBERS.findall(text)
    return (int(found[0]), int(found[1]), int(found[2])) if len(found) == 3 else None


def _steps_back(written: Sequence[Day], order: str) -> int:
    days = [day for numbers in written if (day := _to_day(numbers, order))]
    return sum(later < earlier for earlier, later in zip(days, days[1:], strict=False))

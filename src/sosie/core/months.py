"""Months as people read them, and how much there was in each.

counts_by_month({"2024-11": 3, "2025-01": 1})  ->  [("2024-11", 3), ("2024-12", 0), ("2025-01", 1)]
"""

from collections.abc import Iterable, Mapping

SHORT = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def shortest(written: str) -> str:
    """« 2024-12-01T10:00:00 » -> « 01/12/2024 »"""
    year, month, number_ = written[:10].split("-")
    return f"{number_}/{month}/{year}"


def month_name(month: str, width: int = 0) -> str:
    """« 2024-11 » -> « nov. 2024 »; a year stays a year. `width` of the month, for columns."""
    year, _, number_ = month.partition("-")
    return f"{SHORT[int(number_) - 1].ljust(width)} {year}" if number_ else year


def between(first: str, last: str) -> Iterable[str]:
    """« 2024-11 », « 2025-01 » -> 2024-11, 2024-12, 2025-01"""
    start, end = (12 * int(month[:4]) + int(month[5:7]) - 1 for month in (first, last))
    return (f"{number_ // 12:04}-{number_ % 12 + 1:02}" for number_ in range(start, end + 1))


def counts_by_month(by_month: Mapping[str, int], most: int) -> list[tuple[str, int]]:
    """Every month from the first to the last, the empty ones too; years where they are more than `most`."""
    if not by_month:
        return []
    every = list(between(min(by_month), max(by_month)))
    if len(every) <= most:
        return [(month, by_month.get(month, 0)) for month in every]
    years = dict.fromkeys((month[:4] for month in every), 0)
    for month, count in by_month.items():
        years[month[:4]] += count
    return [*years.items()]

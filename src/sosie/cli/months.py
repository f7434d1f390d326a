"""The months of `sosie inspect`: in a column of one width, and those between two."""

from collections.abc import Iterable

SHORT = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def shortest(written: str) -> str:
    """« 2024-12-01T10:00:00 » -> « 01/12/2024 »"""
    year, month, number_ = written[:10].split("-")
    return f"{number_}/{month}/{year}"


def named(month: str) -> str:
    """« 2024-11 » -> « nov. 2024 »; a year stays a year. All months are of one width."""
    year, _, number_ = month.partition("-")
    return f"{SHORT[int(number_) - 1]:<5} {year}" if number_ else year


def between(first: str, last: str) -> Iterable[str]:
    """« 2024-11 », « 2025-01 » -> 2024-11, 2024-12, 2025-01"""
    start, end = (12 * int(month[:4]) + int(month[5:]) - 1 for month in (first, last))
    return (f"{number_ // 12:04}-{number_ % 12 + 1:02}" for number_ in range(start, end + 1))

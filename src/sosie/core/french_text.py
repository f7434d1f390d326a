"""Numbers, shares, sizes and durations as French people write them. Nothing else formats a number for a user.

number(13668)      « 13 668 »         size(4_120_000_000)   « 4,1 Go »
decimal(1.834)     « 1,83 »           duration(75)          « 1 min 15 s »
percent(0.156, 1)  « 15,6 % »         span(190, 350)        « entre 3 et 6 min »
"""

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from math import isfinite

NOTHING = "–"
THIN = "\u202f"  # a narrow no-break space: between thousands, before %
MINUTE, HOUR = 60, 3600
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


def number(value: int) -> str:
    """1234567 -> « 1 234 567 »"""
    return f"{value:,}".replace(",", THIN)


def decimal(value: float | None, digits: int = 2) -> str:
    """1234.834 -> « 1 234,83 »; None and what is no number -> « – »"""
    if value is None or not isfinite(value):
        return NOTHING
    rounded = round(value, digits)
    written = f"{abs(rounded):,.{digits}f}".replace(",", THIN).replace(".", ",")
    return f"−{written}" if rounded < 0 else written


def signed(value: float | None, digits: int = 2) -> str:
    """4.2 -> « +4,20 »"""
    written = decimal(value, digits)
    return f"+{written}" if value is not None and round(value, digits) > 0 else written


def trimmed(value: float, digits: int) -> str:
    """A decimal without idle zeros: 6.0 -> « 6 »"""
    text = decimal(value, digits)
    return text.rstrip("0").rstrip(",") if "," in text else text


def percent(share: float | None, digits: int = 0) -> str:
    """0.156 -> « 16 % »; a decimal near the ends, so that « 0 % » means none and « 100 % » all."""
    if share is None:
        return NOTHING
    if (0 < abs(share) < 0.02 or 0.98 < share < 1) and not digits:
        digits = 1
    return f"{decimal(100 * share, digits)}{THIN}%"


def between(low: float | None, high: float | None, digits: int = 2) -> str:
    """« de 57 à 81 », empty where there is no interval."""
    return "" if low is None or high is None else f"de {decimal(low, digits)} à {decimal(high, digits)}"


def between_percents(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"de {percent(low)} à {percent(high)}"


def plural(count: float | None, one: str, many: str = "") -> str:
    """« 1 réponse », « 200 réponses »; 0 takes the singular, as in French."""
    word = one if count is not None and abs(count) < 2 else many or f"{one}s"
    return f"{decimal(count, 0)} {word}"


def scientific(value: float) -> str:
    """0.0002 -> « 2e-4 »"""
    digits, power = f"{value:.2e}".split("e")
    return f"{trimmed(float(digits), 2)}e{int(power)}"


def millions(count: int) -> str:
    """6815744 -> « 6,82 millions »"""
    return f"{trimmed(count / 1e6, 2)} million{'s' if count >= 2e6 else ''}"


def size(count: float) -> str:
    """Bytes: 4120000000 -> « 4,1 Go »"""
    for unit in ("octets", "ko", "Mo"):
        if count < 1000:
            return f"{decimal(count, 0 if unit == 'octets' else 1)} {unit}"
        count /= 1000
    return f"{decimal(count, 1)} Go"


def duration(seconds: float) -> str:
    """75 -> « 1 min 15 s »"""
    whole = max(0, round(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    minutes, rest = divmod(whole, MINUTE)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def span(low: float, high: float) -> str:
    """(190, 350) -> « entre 3 et 6 min »; the unit is the one that suits the larger."""
    unit, word = next(
        (unit, word)
        for unit, word in ((1, "s"), (MINUTE, "min"), (HOUR, "h"))
        if high < 90 * unit or unit == HOUR
    )
    first, last = round(low / unit), max(1, round(high / unit))
    if first == last:
        return f"environ {last} {word}"
    return f"entre {first} et {last} {word}" if first else f"moins de {last} {word}"


def day(written: str) -> str:
    """« 2024-12-01T10:00:00 » -> « 1er décembre 2024 »; what is no date stays as it is."""
    try:
        at = date.fromisoformat(written[:10])
    except ValueError:
        return written
    return f"{'1er' if at.day == 1 else at.day} {MONTHS[at.month - 1]} {at.year}"


def meant(word: str, known: Iterable[str]) -> str:
    """« Vouliez-vous dire « tags » ? », before what follows it; nothing where none is near."""
    close = get_close_matches(word, sorted(known), n=1)
    return f"Vouliez-vous dire « {close[0]} » ? " if close else ""

"""Dates in words, as Google and Excel write them for people.

    Tuesday, January 17, 2023 at 4:02:36 PM UTC      ->  2023-01-17 16:02:36+00:00
    mardi 17 janvier 2023 à 16:02:36 UTC             ->  the same
    17 janv. 2023, 16 h 02                           ->  2023-01-17 16:02:00, naive: the zone is unknown

The order of the words does not matter: the month has a name, the year four digits, the time a colon or an h.
"""

import re
import unicodedata
from datetime import datetime, timedelta, timezone
from typing import Any

_MONTHS = (
    "janvier january enero januar gennaio janeiro januari jan janv ene genn gen",
    "fevrier february febrero februar febbraio fevereiro februari feb fevr fev febr",
    "mars march marzo marz marco maart mar mrt",
    "avril april abril aprile avr apr abr",
    "mai may mayo maggio maio mei mag",
    "juin june junio juni giugno junho jun giu",
    "juillet july julio juli luglio julho juil jul lug",
    "aout august agosto augustus aug ago",
    "septembre september septiembre settembre setembro sept sep set",
    "octobre october octubre oktober ottobre outubro oct okt ott out",
    "novembre november noviembre novembro nov",
    "decembre december diciembre dezember dicembre dezembro dec dic dez",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_WORD = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_DAY = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_CLOCK = re.compile(
    r"(?<!\d)(?P<hour>\d{1,2})\s?[:hH]\s?(?P<minute>\d{2})?(?:\s?(?::|min|m)?\s?(?P<second>\d{2})\s?s?)?"
    r"\s?(?P<half>[ap])?(?:\.?\s?m\b)?",
    re.IGNORECASE,
)
_ZONE = re.compile(
    r"\b(?:UTC|GMT)(?:\s?(?P<sign>[+\-−])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?)?(?!\w)|Z\Z"
)
_LONGEST = 100


def from_words(value: Any) -> datetime | None:
    """The time; aware where the zone is written, as UTC or an offset from it."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    text = " ".join(value.split())
    zone, text = _zone(text)
    clock = _CLOCK.search(text)
    rest = text[: clock.start()] + " " + text[clock.end() :] if clock else text
    words = [_bare(word) for word in _WORD.findall(rest)]
    month = next((_MONTH[word] for word in reversed(words) if word in _MONTH), None)  # « mar. 4 févr. 2025 »
    year = _YEAR.search(rest)
    day = _DAY.search(rest)
    if not (month and year and day):
        return None
    try:
        return datetime(int(year[0]), month, int(day[0]), *_time(clock), tzinfo=zone)
    except ValueError:
        return None


def clock_of(text: str) -> tuple[int, int, int] | None:
    """(hour, minute, second) of a time alone: « 9:05 PM », « 21 h 05 », « 21:05:30 »."""
    found = _CLOCK.search(" ".join(text.split()))
    return _time(found) if found else None


def _time(found: "re.Match[str] | None") -> tuple[int, int, int]:
    if found is None:
        return 0, 0, 0
    hour = int(found["hour"])
    half = (found["half"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, int(found["minute"] or 0), int(found["second"] or 0)


def _zone(text: str) -> tuple[timezone | None, str]:
    """The zone, and the text without it."""
    found = _ZONE.search(text)
    if not found:
        return None, text
    hours, minutes = int(found["hours"] or 0), int(found["minutes"] or 0)
    offset = timedelta(hours=min(hours, 14), minutes=min(minutes, 59))
    zone = timezone(-offset if found["sign"] in ("-", "−") else offset)
    return zone, text[: found.start()] + text[found.end() :]


def _bare(word: str) -> str:
    return "".join(
        character
        for character in unicodedata.normalize("NFD", word.lower())
        if not unicodedata.combining(character)
    )

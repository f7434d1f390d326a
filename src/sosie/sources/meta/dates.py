"""Dates as Meta's pages write them, in the language of the account; they bear no zone.

« 13 sept. 2020 à 12:26 », « Sep 13, 2020, 12:26 PM », « mar. 15, 2025 3:52 pm »
"""

import re
import unicodedata
from datetime import datetime

_MONTHS = (
    "january jan janvier janv januar enero ene gennaio gen janeiro januari",
    "february feb fevrier fevr fev februar febrero febbraio fevereiro februari",
    "march mar mars marz mrz marzo marco maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "june jun juin juni junio giugno giu junho",
    "july jul juillet juil juli julio luglio lug julho",
    "august aug aout aou agosto ago augustus",
    "september sep sept septembre septiembre settembre set setembro",
    "october oct octobre oktober okt octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec decembre dezember dez diciembre dic dicembre dezembro",
)
_NUMBERS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_CLOCK = re.compile(r"(\d{1,2})\s?[:h.]\s?(\d{2})(?:[:.](\d{2}))?(?:\s*([ap])\.?\s?m\b\.?)?", re.IGNORECASE)
_YEAR = re.compile(r"\b(19|20)\d\d\b")
_DAY = re.compile(r"\b\d{1,2}\b")
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_DATE = 60


def page_time(text: str) -> datetime | None:
    """« 13 sept. 2020 à 12:26 », « Sep 13, 2020, 12:26 PM », « mar. 15, 2025 3:52 pm »"""
    if len(text) > _LONGEST_DATE:
        return None
    bare = unicodedata.normalize("NFKD", text)
    bare = "".join(character for character in bare if not unicodedata.combining(character)).casefold()
    clock, year = _CLOCK.search(bare), _YEAR.search(bare)
    months = [_NUMBERS[word] for word in _WORD.findall(bare) if word in _NUMBERS]
    if not clock or not year or not months:
        return None
    rest = bare.replace(clock[0], " ", 1).replace(year[0], " ", 1)
    day = _DAY.search(rest)
    hour = int(clock[1]) % 12 + 12 * (clock[4] == "p") if clock[4] else int(clock[1])
    try:
        return datetime(
            int(year[0]), months[0], int(day[0]) if day else 0, hour, int(clock[2]), int(clock[3] or 0)
        )
    except ValueError:
        return None

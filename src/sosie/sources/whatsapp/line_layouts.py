"""How phones write the first line of a message: found once a file, then matched with one regular expression.

    12/03/2026, 10:02 - Nom: texte          Android, French
    22/01/2021 à 15:51 - Nom : texte        Android, French, older
    [12/03/2024, 14:30:00] Nom: texte       iOS
    1/4/23, 7:02 PM - Nom: texte            Android, US (a narrow no-break space before PM since 2023)
    15.03.2024, 14.31 - Nom: texte          Switzerland, Germany, Finland...
    2024-05-14 14 h 30 - Nom: texte         Canada

    [14:30, 12/03/2024] Nom: texte          copied from WhatsApp Web
    [12/03, 14:30] Nom: texte               copied on Android: no year, hence no time that could be told

Only the layout in force begins a message (entries.py says where it changes): « 10:30 - ménage » or
« [demain, 9:00] » stay inside. A header of the same layout, copied at the start of a line, cannot be
distinguished from a true one, unless CRLF ends the entries.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from sosie.sources.values.date_order import calendar

_MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_HALF = r"(?:[ap]\.?\s?m\.?|ص|م|π\.μ\.|μ\.μ\.|ö[ös])"
_AFTERNOON = re.compile(r"p|م|μ\.μ|ös|下午|오후|午後", re.IGNORECASE)
_ANY = re.compile(
    rf"""[{_MARKS}]*(?P<bracket>\[)?
    (?P<date>(?P<first>\d{{1,4}})(?P<mark>[\u200e\u200f]?[./-]\s?)\d{{1,2}}(?P=mark)(?P<last>\d{{1,4}})(?P<dot>\.?))
    (?P<between>[,،]?\s(?:(?:à|at|a\ las|um|om|alle)\s)?)
    (?:(?P<before>上午|下午|오전|오후|午前|午後)\s?)?
    (?:\d{{1,2}}(?P<colon>[:.])\d{{2}}(?P<seconds>[:.]\d{{2}})?|\d{{1,2}}\s?h\s?\d{{2}}(?P<long>\s?min\s?\d{{2}}(?:\s?s)?)?)
    (?P<half>\s?{_HALF})?
    (?P<end>\](?=\s|[{_MARKS}]|$)\s?|\s[-–—](?:\s|$)|:\s)""",
    re.VERBOSE | re.IGNORECASE,
)
_WEB = re.compile(
    rf"[{_MARKS}]*\[(?P<clock>\d{{1,2}}[:.]\d{{2}}[^\[\],]{{0,12}}), (?P<date>[^\[\]:,]{{6,14}})\](?=\s)"
)
_COPIED = re.compile(  # on a phone; a name must follow, for « [15/03, 9:00] dentiste » may be a person's note
    rf"[{_MARKS}]*\[(?P<date>\d{{1,2}}(?P<mark>[./-])\d{{1,2}}(?P<dot>\.?))(?P<between>,?\s(?:à\s)?)"
    rf"\d{{1,2}}(?P<colon>[:.]|\s?h\s?)\d{{2}}(?P<seconds>[:.]\d{{2}})?(?P<half>\s?{_HALF})?\]"
    r"(?=\s[^\n]{1,100}?: )",
    re.IGNORECASE,
)
_SAMPLE = 200  # headers that decide
Stamp = tuple[str | None, ...]  # date, half day before, hour, minute, second, half day after


@dataclass(frozen=True, slots=True)
class Layout:
    """What all the headers of a file have in common."""

    bracket: bool
    mark: str  # between the numbers of a date
    year_first: bool
    year_digits: int  # 0 where it is not written
    dot: bool  # « 2024. 3. 15. »
    between: str  # between date and time
    clock: str  # « : », « . » or « h »
    seconds: bool
    half: str  # "", "before" or "after"
    end: str
    time_first: bool = False

    def matcher(self) -> Callable[[str], "re.Match[str] | None"]:
        """Matches a header at the start of a line; its groups are a Stamp."""
        mark = _spaces(self.mark)
        year = rf"\d{{{self.year_digits}}}"
        numbers = [year, r"\d{1,2}", r"\d{1,2}"] if self.year_first else [r"\d{1,2}", r"\d{1,2}", year]
        if self.clock == "h":
            time = r"(\d{1,2})\s?h\s?(\d\d)" + (r"\s?min\s?(\d\d)(?:\s?s)?" if self.seconds else "()")
        else:
            separator = re.escape(self.clock)
            time = rf"(\d{{1,2}}){separator}(\d\d)" + (rf"{separator}(\d\d)" if self.seconds else "()")
        before = r"(上午|下午|오전|오후|午前|午後)\s?" if self.half == "before" else "()"
        after = rf"\s?({_HALF})" if self.half == "after" else "()"
        end = {"]": rf"\](?:\s|(?=[{_MARKS}])|$)", "-": r"\s[-–—](?:\s|$)", ":": r":\s"}[self.end]
        numbers = numbers if self.year_digits else numbers[:2]
        date = mark.join(numbers) + (r"\." if self.dot else "")
        start = rf"[{_MARKS}]*" + (r"\[" if self.bracket else "")
        moment = rf"({date}){_spaces(self.between)}{before}{time}{after}"
        if self.time_first:  # the groups keep their order: the date is captured ahead of its place
            moment = rf"(?=[^\],]+,\s({date})\]){before}{time}{after},\s[^\]]+"
        pattern = start + moment + end
        return re.compile(pattern, re.IGNORECASE if self.half else 0).match


def _spaces(literal: str) -> str:
    """A literal in which every kind of space matches every other."""
    return "".join(r"\s" if separator.isspace() else re.escape(separator) for separator in literal)


def layout_of(line: str) -> Layout | None:
    """The layout of a line that begins a message, or None."""
    if web := _WEB.match(line):
        turned = layout_of(f"[{web['date']} {web['clock']}] ")
        return replace(turned, time_first=True) if turned else None
    if copied := _COPIED.match(line):
        return _copied_layout(copied)
    found = _ANY.match(line)
    if not found or (found["end"][0] == "]") is not bool(found["bracket"]):
        return None
    year_first = len(found["first"]) > 2
    seconds = bool(found["seconds"] or found["long"])
    if found["end"][0] == ":" and not seconds:
        return None
    if not year_first and len(found["last"]) not in (2, 4):
        return None
    return Layout(
        bracket=bool(found["bracket"]),
        mark=found["mark"],
        year_first=year_first,
        year_digits=len(found["first"] if year_first else found["last"]),
        dot=bool(found["dot"]),
        between=re.sub(r"\s", " ", found["between"]),
        clock=found["colon"] or "h",
        seconds=seconds,
        half="before" if found["before"] else "after" if found["half"] else "",
        end=found["end"].strip()[0].replace("–", "-").replace("—", "-"),
    )


def _copied_layout(found: "re.Match[str]") -> Layout:
    return Layout(
        bracket=True,
        mark=found["mark"],
        year_first=False,
        year_digits=0,
        dot=bool(found["dot"]),
        between=re.sub(r"\s", " ", found["between"]),
        clock=found["colon"].strip(),
        seconds=bool(found["seconds"]),
        half="after" if found["half"] else "",
        end="]",
    )


def find_layout(lines: Iterable[str]) -> Layout | None:
    """The layout of a file: that of its first header, unless that one is a stranger among the first 200."""
    seen = list(islice((layout for line in lines if (layout := layout_of(line))), _SAMPLE))
    if not seen:
        return None
    counts = Counter(seen)
    return seen[0] if counts[seen[0]] * 10 >= len(seen) else counts.most_common(1)[0][0]


def clock(order: str) -> Callable[[Stamp], tuple[datetime | None, int] | None]:
    """A function from a stamp to (local time, minutes since the year 1); None where there is no such time.

    Without a year there is no time, and the minutes only tell one message from another.
    """
    day_of = calendar(order)
    starts: dict[
        str | None, tuple[int, int, int, int]
    ] = {}  # a date as written: its day, and its first minute

    def time_of(stamp: Stamp) -> tuple[datetime | None, int] | None:
        date, before, hour, minute, second, after = stamp
        try:
            year, month, day, start = starts[date]
        except KeyError:
            if not (found := day_of(date or "")):
                return _without_year(stamp)
            starts[date] = (*found, datetime(*found).toordinal() * 1440)
            year, month, day, start = starts[date]
        hours, minutes = int(hour or 0), int(minute or 0)
        if half := before or after:
            hours = hours % 12 + 12 * bool(_AFTERNOON.search(half)) if hours <= 12 else hours
        try:
            return datetime(year, month, day, hours, minutes, int(second or 0)), start + hours * 60 + minutes
        except ValueError:
            return None

    return time_of


def _without_year(stamp: Stamp) -> tuple[None, int] | None:
    if len(re.findall(r"\d+", stamp[0] or "")) != 2:
        return None
    afternoon = bool(_AFTERNOON.search(stamp[5] or ""))
    return None, int(re.sub(r"\D", "", "".join(part or "" for part in stamp[:4]))) * 2 + afternoon

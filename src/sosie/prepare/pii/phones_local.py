"""Phones of other countries as their people write them, without + or 00.

    77 123 45 67 (Dakar)   0470/12.34.56 (Liège)   « mon num : 20 123 456 » (Tunis)

Believed after a word that announces a phone, in groups that nothing else has, or alone on their line.
"""

import re
from collections.abc import Iterator

from sosie.prepare.pii.base import DATE, THOUSANDS, Found, after, alone, before, digits_of
from sosie.prepare.pii.phones import DATED, HOUR_AFTER, NUMBERED, is_a_list, is_announced, phone

# Without the +: a country's code and as many digits as its numbers have.
WITH_COUNTRY = re.compile(
    r"(?:221|237|24[23]|261|224|212|213)[5-9]?\d{8}|2(?:2[3678]|16|53|41|35|36|22)\d{8}|22[59]0\d{9}"
    r"|3247\d{7}|417\d{8}"
)
ONE_GAP = r"(?:[ \t]{0,3}|[ \t]?[._·|*~(),-]{1,2}[ \t]?|[/:'])"  # « 12 / 34 »: two numbers
LOCAL = re.compile(
    rf"(?<![\w+#])(?<!\w[.,/-])(?<!\d:)\(?\d(?:{ONE_GAP}\d){{6,12}}(?!\d|\w{{1,2}}\b)(?![.,:/-]\w)"
)

PLURAL = re.compile(r"\b(?:les|des|ces|mes|nos|vos) (?:num(?:ero)?s|chiffres)\b")  # a draw, a list
YEAR_FIRST = re.compile(r"(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|\D\d{4})$")
NOUN = re.compile(
    r" (?!stp|svp|merci|demain|ne\b|et\b|si\b|ils?\b|elles?\b|pour|ce\b|c'est|quand|bisous?|ok|hein"
    r"|voila)[a-z]{2,}"
)
INTRODUCED = re.compile(
    r"(?:\b(?:au|le|c'?est|sur|note|mien|sien|tien|moi|perso|pro|joint|aussi|bien)|:|->|=) *[:,]? *\(?$"
)


def local_phones(text: str) -> Iterator[Found]:
    """Numbers of other countries as their people write them, without + or 00."""
    for match in LOCAL.finditer(text):
        raw, digits = match[0], digits_of(match[0])
        if DATED.match(raw) or (DATE.fullmatch(raw.lstrip("(")) and not raw.isdigit()):
            continue
        if "," not in raw and is_local(text, match, digits):
            yield phone(match, f"+{digits}")


def is_local(text: str, match: re.Match[str], digits: str) -> bool:
    """By a word, by its usual groups, or because nothing else is said."""
    words, shape = (
        before(text, match.start()),
        "-".join(str(len(part)) for part in re.findall(r"\d+", match[0])),
    )
    if (
        YEAR_FIRST.match(match[0])
        or "2-1-2" in shape
        or re.fullmatch(r"(?:\d{1,2}\D{1,3}){7,}\d{1,2}", match[0])
    ):
        return False
    if re.match(r"[1-9]\d(?:\D\d\d){4}", match[0]) and PLURAL.search(words):
        return False
    if re.fullmatch(r"\d\d(?::\d\d){3,}", match[0]) or has_even_steps(match[0]):
        return False
    if is_announced(text, *match.span()):
        return not re.match(r"\d\.\d{5}", match[0]) and not HOUR_AFTER.match(after(text, match.end(), 8))
    if re.fullmatch(r"(?:\d\d\D{1,3}){5,}\d\d", match[0]):
        return False
    if digits[0] == "0" and (shape == "3-3-2-2" or (shape == "2-3-2-2" and match[0].lstrip("(")[2] == "/")):
        return True
    if NUMBERED.search(words) or HOUR_AFTER.match(after(text, match.end(), 8)) or is_a_list(match[0], ""):
        return False
    if max(map(int, re.findall("..", digits))) <= 31 and shape.startswith("2-2-2"):
        return False
    if WITH_COUNTRY.fullmatch(digits) and "-" in shape:
        return True
    if len(digits) > 12:
        return False
    if shape in ("2-3-2-2", "3-2-2-2", "1-2-2-2-2", "4-2-2-2", "2-2-3-2") and digits[0] != "1":
        return True
    if shape == "2-2-2-2":
        return max(int(part) for part in re.findall("..", digits)) > 60
    counted = THOUSANDS.fullmatch(match[0]) and (
        digits.endswith("000") or NOUN.match(after(text, match.end()))
    )
    if "/" in match[0] or "|" in match[0] or re.search(r"\d\.\d{5}", match[0]) or len(set(digits)) < 3:
        return False
    said = bool(INTRODUCED.search(words)) or alone(text, match.start(), match.end())
    return said and not counted and len(digits) > 7


def has_even_steps(raw: str) -> bool:
    """« 100 200 300 », « 59 60 61 62 63 »: counted, not dialled."""
    parts = [int(part) for part in re.findall(r"\d+", raw)]
    return (
        len(parts) > 2 and len({later - sooner for sooner, later in zip(parts, parts[1:], strict=False)}) == 1
    )

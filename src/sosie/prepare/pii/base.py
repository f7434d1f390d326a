"""What all detectors of private strings share: what they give, the text they read, the separators of digits.

    fold("０６ 12…")        ->  the same letters in plain ASCII: no accents, one kind of space, dash and digit
    D.GAP.D               ->  « 12 », « 1.2 », « 1 - 2 », « 1)  2 »: digits of one number, apart or not

Detectors read folded text only, so that no pattern needs an accent, a no-break space or an odd digit.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from sosie.core.counted import counted


@counted
@dataclass(frozen=True, slots=True)
class Found:
    """Where a private string stands. `same` writes one thing one way, however it was spelt."""

    start: int
    end: int
    kind: str
    same: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One class of private strings: its `name` in masks, its words for readers, its detectors."""

    name: str
    one: str  # as `sosie prepare` counts it: « téléphone (2) »
    many: str  # as a list of what is masked says it
    examples: tuple[str, ...]
    detectors: tuple[Callable[[str], Iterator[Found]], ...]
    digits: int = 1  # the fewest that its strings hold


# What people put between the digits of one number: up to three signs.
GAP = r"[ \t_./·|,*~:;'()\[\]\\-]{0,3}"
ALPHA_GAP = r"[ \t_./·|,*~:\\-]{0,3}"  # between letters and digits: brackets and semicolons end a word
DATE = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])\s?[/. -]\s?(?:0?[1-9]|1[0-2])(?:\s?[/. -]\s?(?:(?:19|20)\d\d|\d\d))?"
    r"|(?:19|20)\d\d[/. -](?:0?[1-9]|1[0-2])[/. -](?:0?[1-9]|[12]\d|3[01])"
)
THOUSANDS = re.compile(r"\d{1,3}(?:[ .]\d{3})+")

_WORD = re.compile("[a-z0-9]+")
QUOTES = dict.fromkeys("‘’ʼ′´`‛", "'") | dict.fromkeys("“”″„", '"') | dict.fromkeys("•∙‧⋅・", "·")


class _Folding(dict[int, str]):
    """One sign for each: the plain one, or none for what cannot be seen."""

    def __missing__(self, code: int) -> str:
        self[code] = plain_sign = _fold_sign(chr(code))
        return plain_sign


def _fold_sign(sign: str) -> str:
    category = unicodedata.category(sign)
    if sign.isascii() or sign in QUOTES:
        return QUOTES.get(sign, sign)
    if category == "Nd" or "①" <= sign <= "⑨":
        return str(unicodedata.digit(sign))
    if category == "Zs":
        return " "
    if category == "Pd" or sign == "−":
        return "-"
    if category in ("Cf", "Mn", "Me"):
        return ""
    if "！" <= sign <= "～":
        return chr(ord(sign) - 0xFEE0)
    return unicodedata.normalize("NFD", sign)[0] if category[0] == "L" else sign


_FOLDED = _Folding()


# Not longer than a sentence: « _, _, _, » has many beginnings and no end.
ITALIC = re.compile(r"(?<!\w)_(?=[^\s_])([^\n]{0,200}?[^\s_])_(?![\w#])")
DOTS = re.compile(r"(?<=[^\W\d])\.{2,}(?=[^\s.])")


def fold(text: str) -> tuple[str, list[int] | None]:
    """The plain text, and the place of each of its letters in the text; None where nothing moved."""
    folded = without_marks(text if text.isascii() else text.translate(_FOLDED))
    places = None
    if len(folded) != len(text):
        places = [place for place, sign in enumerate(text) if _FOLDED[ord(sign)]]
    if "  " in folded:
        kept = [place for place in range(len(folded)) if folded[place : place + 2] != "  "]
        folded = "".join(folded[place] for place in kept)
        places = [places[place] for place in kept] if places else kept
    return folded, places


def without_marks(text: str) -> str:
    """Spaces for the signs of italics (« _06 12…_ ») and for dots before a word (« euh...06 12 »)."""
    if "_" in text:
        text = ITALIC.sub(lambda m: m[0] if re.fullmatch(r"[A-Za-z.]+", m[1]) else f" {m[1]} ", text)
    return DOTS.sub(lambda m: "." + " " * (len(m[0]) - 1), text) if ".." in text else text


def before(text: str, start: int, size: int = 48) -> str:
    """The words before, in small letters."""
    return text[max(0, start - size) : start].lower()


def after(text: str, end: int, size: int = 32) -> str:
    """The words that follow, in small letters."""
    return text[end : end + size].lower()


def alone(text: str, start: int, end: int) -> bool:
    """Whether the message, or its line, is that and nothing else."""
    line = text[text.rfind("\n", 0, start) + 1 : start][-8:] + text[end : end + 8].partition("\n")[0]
    return not re.search(r"\w", line)


def words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


@lru_cache(maxsize=4)  # detectors ask one after the other
def small_words(text: str) -> frozenset[str]:
    """The words of a folded text in small letters, with their digits: « Code wifi: m2p » has three."""
    return frozenset(_WORD.findall(text.lower()))


def holds(text: str, pieces: Iterable[str]) -> bool:
    """Whether one of these pieces is in the text."""
    return any(map(text.__contains__, pieces))


def digits_of(text: str) -> str:
    return re.sub(r"\D", "", text)


def letters_and_digits(text: str) -> str:
    """« ab-123 cd » is « AB123CD »."""
    return re.sub(r"[\W_]", "", text).upper()


def luhn(digits: str) -> bool:
    """Every second digit from the right doubled, its two digits added: the sum is a multiple of 10."""
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(d - 9 * (d > 9) for d in doubled) % 10 == 0


def plain(text: str) -> str:
    """Without case, accents or punctuation: « 14, rue du Chat-Perché » is « 14 rue du chat perche »."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[^\W_]+", "".join(c for c in bare if not unicodedata.combining(c))))

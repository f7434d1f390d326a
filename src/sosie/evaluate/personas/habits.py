"""The habits that make an invented person, drawn once from a number.

A habit is a chance: how often this person drops « ne », opens with « bah », ends without a full stop... Who
writes (writing.py) may scale every chance, down to 0 for nobody in particular, so that an imitator of known
quality can be made: at strength 0.5, half of what the person does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

_HERE = Path(__file__).parent
JOINTS = (
    ", ",
    ", ",
    ". ",
    ". ",
    "... ",
    "\n",
    "\n",
    "\n\n",
    " ",
    " ! ",
    " - ",
    " / ",
    " : ",
    " ; ",
    ".. ",
    " ... ",
)
LINKS = (
    *(
        " et ",
        " mais ",
        " donc ",
        ", enfin ",
        " et puis ",
        ", du coup ",
        " parce que ",
        " vu que ",
        " alors que ",
    ),
    *(
        ", et ",
        ", mais ",
        ", sinon ",
        " puis ",
        " même si ",
        ", sachant que ",
        ", sauf que ",
        " car ",
        " or ",
    ),
)
ENDINGS = ("", "", "", ".", "!", " !", "!!", " !!!", "...", "..", " ...", "~")
QUESTION_MARKS = ("?", " ?", " ??", "???", " ?!", "")
PLAIN_JOINTS = ((". ", 0.7), (", ", 0.3))
PLAIN_ENDINGS = ((".", 0.6), ("", 0.25), (" !", 0.1), ("...", 0.05))
PLAIN_LENGTHS = ((1, 0.35), (2, 0.4), (3, 0.2), (4, 0.05))
Chances = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Persona:
    """Chances are between 0 and 1; pairs are (what, how often)."""

    number: int
    constancy: float  # how often it is their own manner that joins, ends and measures a reply
    lengths: tuple[tuple[int, float], ...]  # clauses in a reply
    joints: Chances
    endings: Chances
    question_mark: str
    openers: Chances
    closers: Chances
    tags: Chances
    asides: Chances
    laughs: Chances
    emoji: Chances
    synonyms: Mapping[str, str]
    abbreviations: Mapping[str, str]
    chances: Mapping[str, float]  # of the habits that have no word of their own, see CHANCES


# How many people in ten have a habit. Everybody has KEPT of them, so that nobody is without a face.
KEPT = 12
IN_TEN = {
    "lower": 6,  # no capital at the start
    "no_ne": 6,  # « je sais pas »
    "no_accents": 3.5,
    "no_apostrophes": 2,  # « jai », « cest »
    "no_commas": 3,
    "synonyms": 9,
    "abbreviations": 5.5,
    "vous": 3,
    "nous": 3,
    "digits": 7,
    "longer": 3,  # « c'est looong »
    "capitals": 1.5,  # « TROP »
    "typos": 2.5,
    "quotes": 1,
    "bold": 0.5,
    "links": 1,
    "openers": 7,
    "closers": 6,
    "tags": 4,
    "asides": 2.5,
    "laughs": 5,
    "emoji": 6,
}
RARE = ("quotes", "bold", "links")  # and seldom even then
MANNERS = ("emoji_first", "emoji_twice", "laugh_first", "comma_after")  # of those that do it at all


def draw_persona(number: int) -> Persona:
    """Always the same person for the same number."""
    rng = Random(f"persona {number}")
    has = frozenset(sorted(IN_TEN, key=lambda name: rng.random() ** (10 / IN_TEN[name]))[-KEPT:])
    return Persona(
        number=number,
        constancy=rng.uniform(0.5, 0.9),
        lengths=_lengths(rng),
        joints=_joints(rng),
        endings=_shares(rng, ENDINGS, rng.choice((2, 3, 4))),
        question_mark=rng.choice(QUESTION_MARKS),
        openers=_some(rng, has, "openers", 6, 0.45),
        closers=_some(rng, has, "closers", 5, 0.35),
        tags=_some(rng, has, "tags", 3, 0.25),
        asides=_some(rng, has, "asides", 3, 0.15),
        laughs=_some(rng, has, "laughs", 2, 0.35),
        emoji=_emoji(rng, has),
        synonyms=_words(rng, "synonyms"),
        abbreviations=_words(rng, "abbreviations"),
        chances={name: _chance(rng) * (0.3 if name in RARE else 1) if name in has else 0.0 for name in IN_TEN}
        | {name: rng.choice((0.0, 0.3, 0.9)) for name in MANNERS},
    )


@lru_cache(maxsize=1)
def lists() -> Mapping[str, tuple[str, ...]]:
    """habits.txt: {"openers": ("bah", ...), "synonyms": ("très = trop, super", ...), ...}"""
    found: dict[str, list[str]] = {}
    for line in (_HERE / "habits.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            lines = found.setdefault(line[3:], [])
        elif line and not line.startswith("# "):
            lines.append(line)
    return {name: tuple(lines) for name, lines in found.items()}


def _chance(rng: Random) -> float:
    """A habit is seldom absolute: now and then, mostly, or nearly always."""
    return rng.choice((0.3, 0.45, 0.7)) + rng.uniform(-0.1, 0.1)


def _lengths(rng: Random) -> tuple[tuple[int, float], ...]:
    """One person writes one clause at a time, another four."""
    usual = rng.choice((1, 1, 2, 2, 3, 4))
    return tuple((count, 0.6 ** abs(count - usual)) for count in range(1, 6))


def _shares(rng: Random, things: Sequence[str], count: int) -> Chances:
    """`count` of the things, the first the most usual."""
    return tuple((thing, 0.6**rank) for rank, thing in enumerate(rng.sample(things, count)))


def _joints(rng: Random) -> Chances:
    """Mostly punctuation, and a few little words."""
    words = rng.uniform(0.0, 0.5)
    own = rng.sample(LINKS, 4)
    return (*_shares(rng, JOINTS, rng.choice((2, 3, 4))), *((link, words / len(own)) for link in own))


def _some(rng: Random, has: frozenset[str], name: str, most: int, often: float) -> Chances:
    """A few of the things of a list with how often each comes; nothing for who has not that habit."""
    count = rng.randint(1, most)
    total = often * rng.uniform(0.6, 1.4)
    things = rng.sample(lists()[name], count)
    return tuple((thing, total / count) for thing in things) if name in has else ()


def _emoji(rng: Random, has: frozenset[str]) -> Chances:
    families = _some(rng, has, "emoji", 2, 0.4)
    return tuple((sign, often / 3) for family, often in families for sign in family.split())


def _words(rng: Random, name: str) -> Mapping[str, str]:
    """A way of one's own for a share of the words: {"très": "trop", ...}"""
    share = rng.uniform(0.3, 0.9)
    pairs = (line.split(" = ") for line in lists()[name])
    return {word: rng.choice(others.split(", ")) for word, others in pairs if rng.random() < share}

"""How an invented voice types, and plain French rewritten that way: for the warm start (warm_start.py).

    Manner       what they do and how often: lower case, « bah » first, « 🙈 » last, no accents...
    Typist.type  ("Je ne sais pas.", "Tu viens ?")  ->  « bah jsp... tu viens?? 🙈 »

Nothing comes from the invented people who measure doubles (sosie/evaluate/personas): other sentences, other
lists (manners.txt), other chances, though both hold what everybody writes (« bah », « mdr »). Many tics are
any words of the texts, so that a model cannot know them beforehand and has to read them in the prompt.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

from tools.mini.everyday_register import ABBREVIATIONS, plain_letters

HERE = Path(__file__)
JOINTS = (
    *(". ", ", ", "... ", " ! ", "\n", "\n\n", " ", " - ", ".. ", " ; ", "… ", " / "),
    *(" et ", " mais ", " puis ", "."),
)
ENDS = ("", ".", "!", " !", "!!", " !!!", "...", "..", "…", "~", " ;", ",")
ASKS = (" ?", "?", " ??", "???", " ?!", "", "?!", " ?..")
PLAIN_JOINT, PLAIN_ASK = " ", " ?"
RATES = (0.15, 0.3, 0.5, 0.8, 0.97)
TIC_RATES = (0.08, 0.15, 0.3, 0.45, 0.7)  # of words and signs of their own
HABITS = {  # how many voices in a hundred have it
    "lower": 60,
    "all_lower": 35,
    "capitals": 12,
    "shouts": 3,
    "no_accents": 30,
    "no_apostrophe": 18,
    "no_comma": 30,
    "no_ne": 60,
    "shorter": 55,
    "otherwise": 60,
    "held": 25,
    "slips": 15,
    "doubled": 8,
    "first": 65,
    "last": 50,
    "query": 25,
    "laughs": 45,
    "faces": 60,
    "quotes": 5,
    "bold": 5,
    "brackets": 8,
}
TICS = ("first", "last", "query", "laughs", "faces", "quotes", "bold", "brackets", "capitals")
ANY_WORD = 0.4  # of the first and last words
SENTENCE_END = re.compile(r"\s*([.!?…]+)$")
NE = re.compile(r"\b(?:ne |n')(?=[\w' ]+ (?:pas|plus|jamais|rien|personne)\b)", re.I)
WORD = re.compile(r"[^\W\d_]{4,}")
LAST_VOWEL = re.compile(r"[aeiouyé](?=[^\W\d_]?\W*$)")


@dataclass(frozen=True, slots=True)
class Manner:
    """`chances` of the habits; the lists are what they are done with, the most usual first."""

    chances: Mapping[str, float]
    own: float  # how often a joint, an end or a question mark is theirs rather than anybody's
    length: int  # sentences
    joints: Sequence[str]
    ends: Sequence[str]
    asks: Sequence[str]
    first: Sequence[str]
    last: Sequence[str]
    query: Sequence[str]
    laughs: Sequence[str]
    faces: Sequence[str]
    words: Mapping[str, str]
    face_first: bool
    faces_twice: float
    laugh_first: bool
    comma: bool  # « bah, oui »


@lru_cache(maxsize=1)
def lists() -> Mapping[str, tuple[str, ...]]:
    """manners.txt: {"first": ("bah", ...), "otherwise": ("très = super", ...), ...}"""
    found: dict[str, list[str]] = {}
    for line in HERE.with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            things = found.setdefault(line[3:], [])
        elif not line.startswith("# "):
            things += line.split(" | ")
    return {name: tuple(things) for name, things in found.items()}


def pairs(name: str) -> list[tuple[str, str]]:
    return [(plain, own) for plain, _, own in (line.partition(" = ") for line in lists()[name])]


def draw_manner(rng: Random, tics: Sequence[str]) -> Manner:
    """`tics`: any words, of which a few become somebody's."""

    def some(known: Sequence[str], most: int, any_word: float = 0.0) -> tuple[str, ...]:
        chosen = [rng.choice(tics if rng.random() < any_word else known) for _ in range(rng.randint(1, most))]
        return tuple(dict.fromkeys(chosen))

    swaps = {"shorter": [*ABBREVIATIONS, *pairs("shorter")], "otherwise": pairs("otherwise")}
    kept = {name: rng.sample(all_, round(rng.uniform(0.2, 0.9) * len(all_))) for name, all_ in swaps.items()}
    chances = {
        name: rng.choice(TIC_RATES if name in TICS else RATES) if 100 * rng.random() < of else 0.0
        for name, of in HABITS.items()
    }
    return Manner(
        chances=chances,
        own=rng.uniform(0.5, 1.0),
        length=rng.choice((1, 1, 1, 2, 2, 3, 4)),
        joints=some(JOINTS, 3),
        ends=some(ENDS, 3),
        asks=some(ASKS, 2),
        first=some(lists()["first"], 5, ANY_WORD),
        last=some(lists()["last"], 4, ANY_WORD),
        query=some(lists()["query"], 2),
        laughs=some(lists()["laughs"], 2),
        faces=some(lists()["faces"], 6),
        words={plain: own for name in swaps if chances[name] for plain, own in kept[name]},
        face_first=rng.random() < 0.15,
        faces_twice=rng.choice((0.0, 0.0, 0.3, 0.9)),
        laugh_first=rng.random() < 0.4,
        comma=rng.random() < 0.3,
    )


class Typist:
    """A manner, and the luck of the moment."""

    def __init__(self, manner: Manner, rng: Random) -> None:
        self.manner, self.rng = manner, rng
        longest_first = sorted(manner.words, key=len, reverse=True)
        self.swapped = re.compile(rf"(?<![\w'-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w'-])")

    def does(self, habit: str) -> bool:
        return self.rng.random() < self.manner.chances[habit]

    def usual(self, own: Sequence[str], plain: str) -> str:
        """One of the person's own, the first the most often, or what anybody writes."""
        if self.rng.random() > self.manner.own:
            return plain
        return self.rng.choices(own, [0.6**rank for rank in range(len(own))])[0]

    def count(self, most: int) -> int:
        """How many sentences, of `most`."""
        return max(1, min(most, self.manner.length + self.rng.choice((-1, 0, 0, 0, 1, 1, 2))))

    def type(self, sentences: Sequence[str]) -> str:
        text = self._opened(self._joined([self._worded(sentence) for sentence in sentences]))
        return self._lettered(self._dressed(text))

    def _worded(self, sentence: str) -> str:
        """With words of one's own, and without « ne »."""
        words, rate = self.manner.words, max(self.manner.chances[name] for name in ("shorter", "otherwise"))
        if words:
            sentence = self.swapped.sub(
                lambda found: words[found[0]] if self.rng.random() < rate else found[0], sentence
            )
        return NE.sub("", sentence) if self.does("no_ne") else sentence

    def _joined(self, sentences: Sequence[str]) -> str:
        """The sentences with the person's own marks between and after them."""
        lower, text = self.does("lower"), ""
        for place, sentence in enumerate(sentences):
            found = SENTENCE_END.search(sentence)
            mark, asks = found[0] if found else "", bool(found) and "?" in found[1]
            body = SENTENCE_END.sub("", sentence)
            text += body[:1].lower() + body[1:] if lower else body
            text += self._ended(asks, mark) if place == len(sentences) - 1 else self._linked(asks, mark)
        return text

    def _linked(self, asks: bool, mark: str) -> str:
        joint = self.usual(self.manner.joints, PLAIN_JOINT)
        if asks:
            return self.usual(self.manner.asks, PLAIN_ASK) + joint
        return joint if joint.strip(" ") else mark + joint

    def _ended(self, asks: bool, mark: str) -> str:
        text = ""
        if self.does("last"):
            text = f"{',' if self.manner.comma else ''} {self.rng.choice(self.manner.last)}"
        if asks:
            return text + self.usual(self.manner.asks, PLAIN_ASK)
        if not self.does("query"):
            return text + self.usual(self.manner.ends, mark)
        return f"{text}, {self.rng.choice(self.manner.query)}{self.usual(self.manner.asks, PLAIN_ASK)}"

    def _opened(self, text: str) -> str:
        if not self.does("first"):
            return text
        first = self.usual(self.manner.first, self.manner.first[0])
        if text[:1].isupper():
            first, text = first[0].upper() + first[1:], text[0].lower() + text[1:]
        return f"{first}{',' if self.manner.comma else ''} {text}"

    def _dressed(self, text: str) -> str:
        """Laughter and emoji around the words, and one word in capitals, quotes, stars or brackets."""
        manner = self.manner
        if self.does("laughs"):
            laugh = self.usual(manner.laughs, manner.laughs[0])
            text = f"{laugh} {text}" if manner.laugh_first else f"{text} {laugh}"
        if self.does("faces"):
            face = self.usual(manner.faces, manner.faces[0])
            face *= 2 if self.rng.random() < manner.faces_twice else 1
            text = f"{face} {text}" if manner.face_first else f"{text} {face}"
        for habit, dress in (("quotes", "« {} »"), ("bold", "*{}*"), ("brackets", "({})")):
            if self.does(habit):
                text = _one_word(text, self.rng, dress.format)
        return _one_word(text, self.rng, str.upper) if self.does("capitals") else text

    def _lettered(self, text: str) -> str:
        """Vowels held, slips of the thumb, marks and accents left out, cases."""
        rng = self.rng
        if self.does("held"):
            text = LAST_VOWEL.sub(lambda found: found[0] * rng.randint(2, 5), text, count=1)
        if self.does("slips"):
            text = _one_word(text, rng, lambda word: word[0] + word[2] + word[1] + word[3:])
        if self.does("doubled"):
            text = _one_word(text, rng, lambda word: word[:-1] + 2 * word[-1])
        for habit, mark in (("no_apostrophe", "'"), ("no_comma", ",")):
            if self.does(habit):
                text = text.replace(mark, "")
        if self.does("no_accents"):
            text = plain_letters(text)
        if self.does("shouts"):
            return text.upper()
        return text.lower() if self.does("all_lower") else text


def _one_word(text: str, rng: Random, change: Callable[[str], str]) -> str:
    words = list(WORD.finditer(text))
    if not words:
        return text
    chosen = rng.choice(words)
    return text[: chosen.start()] + change(chosen[0]) + text[chosen.end() :]

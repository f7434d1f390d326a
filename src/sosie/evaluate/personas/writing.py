"""One reply as one invented person writes it: plain clauses chosen, then each habit applied in turn.

clauses of the pool -> words of one's own -> joined -> opened and closed -> letters as they are typed

« Je ne sais pas encore. J'attends une réponse. »  ->  « bah jsp encore, j'attends une réponse 🙈 »
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import TypeVar

from sosie.evaluate.personas.habits import PLAIN_ENDINGS, PLAIN_JOINTS, PLAIN_LENGTHS, Persona
from sosie.evaluate.personas.pool import Pool, Topic

Thing = TypeVar("Thing")

ELIDED_NE = re.compile(r"\b(j|J|c|C)e n'")  # « je n'ai pas » loses its « ne » as « j'ai pas »
NE = re.compile(r"\b(?:ne |n')")
# Some replies are full of someone's habits and others bare: the same share of each in the long run.
MOODS = (0.4, 1.0, 1.6)
STOPS = (".", "!", "\n")  # what a capital follows
LONG_WORD = re.compile(r"\b[^\W\d_]{4,}\b")
# Of the last words: « c'est looong »
LAST_VOWEL = re.compile(r"[aeiouyé](?=[^\W\d_]?(?:[^\w/]*|[^\w/]+\w+[^\w/]*)$)")
QUE = re.compile(r"\bque (?=[aeiouéê])")  # « parce que on » is « parce qu'on »


class Hand:
    """A person writing at a strength, with the luck of the moment."""

    def __init__(self, persona: Persona, rng: Random, strength: float) -> None:
        self.persona, self.rng = persona, rng
        self.strength = strength * rng.choice(MOODS)

    def does(self, habit: str) -> bool:
        return self.rng.random() < self.persona.chances[habit] * self.strength

    def picks(self, things: Sequence[tuple[str, float]]) -> str:
        """One of the things, or nothing: how often they come adds up to less than 1."""
        left = self.rng.random()
        for thing, often in things:
            left -= often * self.strength
            if left < 0:
                return thing
        return ""

    def usual(self, own: Sequence[tuple[Thing, float]], plain: Sequence[tuple[Thing, float]]) -> Thing:
        """The person's own manner as often as `strength`, else everybody's."""
        shares = own if self.rng.random() < self.strength * self.persona.constancy else plain
        return self.rng.choices([thing for thing, _ in shares], [often for _, often in shares])[0]


def write(topic: Topic, pool: Pool, hand: Hand) -> str:
    """One reply on one topic."""
    persona, rng = hand.persona, hand.rng
    count = hand.usual(persona.lengths, PLAIN_LENGTHS)
    manner = {"t": hand.does("vous"), "o": hand.does("nous"), "n": not hand.does("digits")}
    clauses = [in_own_words(pool.fill(text, rng, manner), hand) for text in rng.sample(topic.clauses, count)]
    return as_typed(dressed(joined(clauses, hand), hand), hand)


def in_own_words(text: str, hand: Hand) -> str:
    text = _swapped(text, hand.persona.synonyms, "synonyms", hand)
    text = _swapped(text, hand.persona.abbreviations, "abbreviations", hand)
    return NE.sub("", ELIDED_NE.sub(r"\1'", text)) if hand.does("no_ne") else text


def _swapped(text: str, words: Mapping[str, str], habit: str, hand: Hand) -> str:
    if not words or not hand.persona.chances[habit]:
        return text
    return _any_of(tuple(words)).sub(lambda found: words[found[0]] if hand.does(habit) else found[0], text)


@lru_cache(maxsize=256)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![\w'])(?:{'|'.join(map(re.escape, longest_first))})(?![\w'])")


def joined(clauses: list[str], hand: Hand) -> str:
    """Clauses in a row, with an aside after the first at times."""
    lower, aside, text = hand.does("lower"), hand.picks(hand.persona.asides), ""
    for place, clause in enumerate(clauses):
        if not lower and (place == 0 or text.rstrip(" ").endswith((*STOPS, "?"))):
            clause = clause[:1].upper() + clause[1:]
        last = place == len(clauses) - 1
        asks = clause.endswith(" ?")
        text += clause.removesuffix(" ?")
        if place == 0 and aside:
            text += f" {aside}"
        if asks:
            text += asked(hand) + ("" if last else " ")
        elif last:
            text += _last_words(hand)
        else:
            text += hand.usual(hand.persona.joints, PLAIN_JOINTS)
    return opened(QUE.sub("qu'", text), hand)


def asked(hand: Hand) -> str:
    return hand.usual(((hand.persona.question_mark, 1.0),), ((" ?", 1.0),))


def _last_words(hand: Hand) -> str:
    """A closer, then a question or an end: « , quoi », « tu vois le genre ?? », « ... »"""
    closer, tag = hand.picks(hand.persona.closers), hand.picks(hand.persona.tags)
    comma = "," if hand.does("comma_after") else ""
    text = f"{comma} {closer}" if closer else ""
    if tag:
        return f"{text}, {tag.removesuffix(' ?')}{asked(hand)}"
    return text + hand.usual(hand.persona.endings, PLAIN_ENDINGS)


def opened(text: str, hand: Hand) -> str:
    opener = hand.picks(hand.persona.openers)
    if not opener:
        return text
    if text[0].isupper():
        opener, text = opener[0].upper() + opener[1:], text[0].lower() + text[1:]
    return f"{opener}{',' if hand.does('comma_after') else ''} {text}"


def dressed(text: str, hand: Hand) -> str:
    """What stands around the words: laughter, emoji, and the rarer quotes, bold words and links."""
    persona = hand.persona
    if laugh := hand.picks(persona.laughs):
        text = f"{laugh} {text}" if hand.does("laugh_first") else f"{text} {laugh}"
    if sign := hand.picks(persona.emoji):
        signs = sign * 2 if hand.does("emoji_twice") else sign
        text = f"{signs} {text}" if hand.does("emoji_first") else f"{text} {signs}"
    if hand.does("quotes"):
        text = _one_word(text, hand, "« {} »".format)
    if hand.does("bold"):
        text = _one_word(text, hand, "**{}**".format)
    return f"{text} https://exemple.fr/{hand.rng.randrange(999)}" if hand.does("links") else text


def as_typed(text: str, hand: Hand) -> str:
    """Letters: accents, apostrophes and commas left out, vowels held, capitals, slips of the thumb."""
    if hand.does("longer"):
        text = LAST_VOWEL.sub(lambda found: found[0] * hand.rng.randint(3, 6), text, count=1)
    if hand.does("capitals"):
        text = _one_word(text, hand, str.upper)
    if hand.does("typos"):
        text = _one_word(text, hand, lambda word: word[0] + word[2] + word[1] + word[3:])
    for habit, sign in (("no_apostrophes", "'"), ("no_commas", ",")):
        if hand.does(habit):
            text = text.replace(sign, "")
    return without_accents(text) if hand.does("no_accents") else text


def _one_word(text: str, hand: Hand, change: Callable[[str], str]) -> str:
    words = list(LONG_WORD.finditer(text))
    if not words:
        return text
    chosen = hand.rng.choice(words)
    return text[: chosen.start()] + change(chosen[0]) + text[chosen.end() :]


def without_accents(text: str) -> str:
    return unicodedata.normalize(
        "NFC", "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    )

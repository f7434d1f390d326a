"""The same words as they are typed on a phone: « Je suis crevé, à demain ! » -> « jsuis crevé, a dem »."""

import re
import unicodedata
from dataclasses import dataclass
from random import Random

ABBREVIATIONS = (
    ("je suis", "jsuis"),
    ("je sais pas", "jsp"),
    ("je ne sais pas", "jsp"),
    ("tu es", "t'es"),
    ("tu as", "t'as"),
    ("il y a", "ya"),
    ("t'inquiète", "tkt"),
    ("s'il te plaît", "stp"),
    ("quelque chose", "qqch"),
    ("c'est quoi", "c koi"),
    ("d'accord", "dac"),
    ("pourquoi", "pk"),
    ("parce que", "pcq"),
    ("beaucoup", "bcp"),
    ("toujours", "tjrs"),
    ("désolé", "dsl"),
    ("désolée", "dsl"),
    ("rendez-vous", "rdv"),
    ("aujourd'hui", "auj"),
    ("demain", "dem"),
    ("maintenant", "mtn"),
    ("vraiment", "vrmt"),
    ("quand", "qd"),
    ("salut", "slt"),
    ("bonjour", "bjr"),
    ("bonsoir", "bsr"),
    ("coucou", "cc"),
    ("week-end", "we"),
    ("ordinateur", "ordi"),
    ("téléphone", "tel"),
    ("message", "msg"),
    ("avec", "avc"),
    ("tout le monde", "tlm"),
    ("après-midi", "aprem"),
    ("oui", "ouais"),
    ("non", "nan"),
    ("bisous", "biz"),
    ("à plus", "a+"),
    ("problème", "pb"),
    ("merci", "mercii"),
    ("super", "trop bien"),
)
RARE = ("c koi", "avc", "mercii", "trop bien", "bjr", "bsr")  # seen, but not in every message
SAD = re.compile(
    "désolé|dommage|malade|mal |triste|crevé|fatigué|courage|mince|malheureu"
    "|peur|perdu|raté|cassé|grave|pardon|confus|déçu"
)
SAD_EMOJI = ("😔", "😕", "😢", "🥲", "😬", "🫂")
LAUGHS = ("mdr", "ptdr", "haha", "lol")
FUNNY = re.compile(r"rire|rigol|drôle|blague|souffrent|perds toujours")


@dataclass(frozen=True, slots=True)
class Style:
    """How one person types, the same through a whole dialogue."""

    short: dict[str, str]
    lower: bool
    accents: bool
    final_mark: bool  # « ! » and « . » at the end are kept
    bursts: float  # chance that a sentence becomes its own line
    emoji: float


def draw_style(rng: Random) -> Style:
    keen = rng.choice((0.25, 0.6, 0.9))
    short = {
        long: abbreviation
        for long, abbreviation in ABBREVIATIONS
        if rng.random() < keen * (0.3 if abbreviation in RARE else 1)
    }
    return Style(
        short=short,
        lower=rng.random() < 0.9,
        accents=rng.random() < 0.55,
        final_mark=rng.random() < 0.2,
        bursts=rng.choice((0.0, 0.3, 0.9)),
        emoji=rng.choice((0.0, 0.15, 0.35)),
    )


def texting(text: str, style: Style, emoji: list[str], rng: Random) -> str:
    """One turn rewritten; `emoji` are those of the subject."""
    sad, funny = SAD.search(text.lower()), FUNNY.search(text.lower())
    for long, abbreviation in style.short.items():
        text = re.sub(rf"(?<![\w'-]){re.escape(long)}(?![\w'-])", abbreviation, text, flags=re.I)
    text = text.lower() if style.lower else text
    text = re.sub(r"\bne (?=\w+ (?:pas|plus|jamais|rien)\b)", "", text)
    text = text if style.accents else plain_letters(text)
    text = burst(text, style, rng)
    if funny and rng.random() < 0.5:
        text += f" {rng.choice(LAUGHS)}"
    if rng.random() < style.emoji:
        text += f" {rng.choice(SAD_EMOJI if sad else emoji)}"
    return text


def burst(text: str, style: Style, rng: Random) -> str:
    """Sentences on lines of their own, and marks dropped as on a phone."""
    parts = re.split(r"(?<=[.!?…]) (?=\w)", text)
    joined = parts[0]
    for part in parts[1:]:
        joined += ("\n" if rng.random() < style.bursts else " ") + part
    if style.final_mark:
        return re.sub(r" ([!?])", r"\1", joined)
    return re.sub(r"( !|\.|(?<=\w) \?(?= ?$))(?=\n|$)", "", re.sub(r" (\?)", r"\1", joined)) or joined


def plain_letters(text: str) -> str:
    """« déjà » -> « deja »"""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))

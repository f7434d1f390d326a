"""People's names in sentences: « Le double de Léa », « Le double d'Anna »."""

import unicodedata
from collections.abc import Sequence

ROLES = ("assistant", "user", "human", "me", "moi", "vous", "you")  # how exports call their owner
VOWELS = "aeiouyh"
LONGEST_RUN = 30  # letters


def first_name(names: Sequence[str]) -> str:
    """The first that is a person's; empty where there is none."""
    return next((name.strip() for name in names if name.strip() and name.strip().lower() not in ROLES), "")


def of(name: str) -> str:
    """« de Léa », « d'Anna »"""
    plain = unicodedata.normalize("NFKD", name.lower())[:1]
    return f"d'{name}" if plain and plain in VOWELS else f"de {name}"


def run_name(name: str) -> str:
    """« Léa Martin » -> « lea », for the folder of a run and what is made of it; empty for no such name."""
    word = (name.split() or [""])[0]
    plain = "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if c.isascii() and c.isalpha())
    return plain[:LONGEST_RUN] if len(plain) > 1 else ""


def double_of(name: str) -> str:
    return f"Le double {of(name)}" if name else "Votre double"

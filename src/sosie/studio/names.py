"""People's names in sentences: « Le double de Léa », « Le double d'Anna »."""

import unicodedata
from collections.abc import Sequence

ROLES = ("assistant", "user", "human", "me", "moi", "vous", "you")  # how exports call their owner
VOWELS = "aeiouyh"


def first_name(names: Sequence[str]) -> str:
    """The first that is a person's; empty where there is none."""
    return next((name.strip() for name in names if name.strip() and name.strip().lower() not in ROLES), "")


def of(name: str) -> str:
    """« de Léa », « d'Anna »"""
    plain = unicodedata.normalize("NFKD", name.lower())[:1]
    return f"d'{name}" if plain and plain in VOWELS else f"de {name}"


def double_of(name: str) -> str:
    return f"Le double {of(name)}" if name else "Votre double"

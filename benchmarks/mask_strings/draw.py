"""Digits, letters and signs drawn at random, and what people put between them."""

from random import Random

SEPARATORS = (
    "",
    " ",
    ".",
    "-",
    "/",
    "_",
    "\u00a0",
    "\u202f",
    "\u2009",
    "\u2007",
    "  ",
    " . ",
    " - ",
    "–",
    "‑",
    "·",
    "•",
    "\t",
    " / ",
    "\u00a0\u00a0",
)
LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"
HEX = "0123456789abcdef"
FIRST = ["lea", "malo", "ines", "paul", "camille", "nora", "jean", "sarah", "yanis", "chloe"]
LAST = ["martin", "dupont", "leroy", "mtn", "nguyen", "diallo", "petit", "roux", "benali", "morel"]
ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def digits(chance: Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def some(chance: Random, signs: str, count: int) -> str:
    return "".join(chance.choice(signs) for _ in range(count))


def apart(chance: Random, number: str, sizes: str, separators: tuple[str, ...] = SEPARATORS) -> str:
    """« 0612345678 » in pairs: « 06·12·34·56·78 »."""
    parts, at = [], 0
    for size in map(int, sizes):
        parts.append(number[at : at + size])
        at += size
    return chance.choice(separators).join(part for part in parts if part)

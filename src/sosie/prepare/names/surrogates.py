"""What may stand in the place of a private string: of the same shape, and nobody's.

    Malo -> Théo, malo -> théo        another first name of the same gender and length class
    06 12 34 56 78 -> 06 39 98 20 41  numbers that the Arcep keeps for works of fiction
    lea@free.fr -> nom4821@example.org          RFC 2606
    IBAN, NIR, card, company          the same shape with a key that no true one has

Not covered: addresses, birthdays, positions and keys, which keep their tag in both modes.
"""

import re
from collections.abc import Callable, Container, Iterable, Iterator
from functools import cache
from pathlib import Path
from random import Random

from sosie.prepare.names.first_names import bare
from sosie.prepare.pii.base import luhn
from sosie.prepare.pii.detectors import find

_POOL = Path(__file__).with_name("surrogates.txt")
TRIES = 200
# Decision 2018-0881 of the Arcep: never given to anybody.
FICTION = {"1": "019900", "2": "026191", "3": "035301", "4": "046571", "5": "053649"}
MOBILE_FICTION = "063998"


@cache
def _pool() -> dict[str, tuple[str, ...]]:
    lines = (line.split() for line in _POOL.read_text(encoding="utf-8").splitlines())
    return {kind: tuple(names) for kind, *names in lines}


def length_class(name: str) -> int:
    """Short, middling, long: up to 4 letters, up to 6, more."""
    return (len(name) > 4) + (len(name) > 6)


def invent(kind: str, same: str, gender: str, chance: Random, taken: Container[str]) -> str:
    """A surrogate that is not taken; "" where this class has none, or none is left."""
    if kind in ("prénom", "nom"):
        return next((name for name in _names(kind, same, gender, chance) if bare(name) not in taken), "")
    make = MAKERS.get(kind)
    made = (make(same, chance) for _ in range(TRIES if make else 0))  # type: ignore[misc]
    return next((one for one in made if one not in taken), "")


def _names(kind: str, same: str, gender: str, chance: Random) -> Iterator[str]:
    """Those of the same gender and length class first, in an order drawn by `chance`."""
    pool = _pool()
    genders = ("n",) if kind == "nom" else ("f", "m") if gender == "b" else (gender,)
    names = [name for one in genders for name in pool[one]]
    chance.shuffle(names)
    names.sort(key=lambda name: abs(length_class(name) - length_class(same)))
    yield from (name for name in names if bare(name) != same)


def dress(base: str, written: str, kind: str) -> str:
    """The surrogate as the string it replaces was written: its case, or its spaces and dots."""
    if kind in ("prénom", "nom"):
        return base.lower() if written.islower() else base.upper() if written.isupper() else base
    signs, base_signs = re.sub(r"[\W_]", "", written), re.sub(r"[\W_]", "", base)
    if kind == "téléphone":
        international = re.match(r"\W*(?:\+|00)33", written)
        base_signs = f"{signs[: signs.index('33')]}33{base[1:]}" if international else base
    if kind == "email" or len(signs) != len(base_signs):
        return base
    poured = iter(base_signs)
    return "".join(next(poured) if sign.isalnum() else sign for sign in written)


def found_as(kind: str, surrogates: Iterable[str]) -> Iterator[str]:
    """What is the same in each surrogate, however dressed, where it is found in a text."""
    for one in surrogates:
        if kind in ("prénom", "nom"):
            yield bare(one)
        else:
            yield from (found.same for found in find(one) if found.kind == kind)


def _digits(chance: Random, size: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(size))


def _phone(same: str, chance: Random) -> str:
    french = same.removeprefix("+33")
    start = FICTION.get(french[:1], MOBILE_FICTION) if same.startswith("+33") else MOBILE_FICTION
    return start + _digits(chance, 4)


def _failing(start: str, size: int, chance: Random) -> str:
    """Digits whose Luhn key is wrong."""
    body = start + _digits(chance, size - len(start) - 1)
    right = next(key for key in "0123456789" if luhn(body + key))
    return body + str((int(right) + 1 + chance.randrange(9)) % 10)


def _nir(same: str, chance: Random) -> str:
    """Month 13, which nobody is born in."""
    return f"{chance.choice('12')}{_digits(chance, 2)}13{_digits(chance, max(len(same), 13) - 5)}"


MAKERS: dict[str, Callable[[str, Random], str]] = {
    "téléphone": _phone,
    "email": lambda same, chance: f"nom{_digits(chance, 5)}@example.org",
    "lien": lambda same, chance: f"https://example.org/{_digits(chance, 8)}",
    "iban": lambda same, chance: f"{same[:2]}00{_digits(chance, max(len(same) - 4, 10))}",  # keys: 02 to 98
    "nir": _nir,
    "carte": lambda same, chance: _failing("9999", max(len(same), 13), chance),
    "entreprise": lambda same, chance: _failing("", len(re.sub(r"\D", "", same)) or 9, chance),
    "ip": lambda same, chance: f"192.0.2.{chance.randrange(1, 255)}",
    "mac": lambda same, chance: f"00:00:5E:00:53:{chance.randrange(256):02X}",
    "plaque": lambda same, chance: f"{chance.choice('IOU')}S-{_digits(chance, 3)}-S{chance.choice('IOU')}",
}

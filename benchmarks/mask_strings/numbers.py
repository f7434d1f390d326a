"""Numbers that an authority gave, with their keys."""

from random import Random

from benchmarks.mask_strings.draw import LETTERS, SEPARATORS, apart, digits, some
from sosie.prepare.pii.detectors import luhn, nir_key


def nir(c: Random) -> str:
    start = f"{c.choice('12')}{digits(c, 2)}{c.randint(1, 12):02d}{c.randint(1, 95):02d}{digits(c, 6)}"
    with_key = c.random() < 0.6
    gaps = SEPARATORS if with_key else SEPARATORS[1:]
    if c.random() < 0.2:
        said = c.choice(("clé", "cle", "clef", "clé :"))
        return f"{apart(c, start, '122233', SEPARATORS[1:])} {said} {nir_key(start):02d}"
    return apart(c, start + (f"{nir_key(start):02d}" if with_key else ""), "1222332", gaps)


def iban(c: Random) -> str:
    account = digits(c, 23)
    whole = f"FR{98 - int(f'{account}152700') % 97:02d}{account}"
    text = apart(c, whole, "4444443")
    if c.random() < 0.1:
        text = f"BE68 {c.choice(('5390 0754 7034', '5390-0754-7034'))}"
    return text.lower() if c.random() < 0.2 else text


def card(c: Random) -> str:
    start, sizes = c.choice((("4", "4444"), ("51", "4444"), ("2221", "4444"), ("37", "465"), ("34", "465")))
    start += digits(c, (15 if sizes == "4444" else 14) - len(start))
    gaps = (*SEPARATORS, ",") if sizes == "4444" else SEPARATORS
    return apart(c, next(start + last for last in "0123456789" if luhn(start + last)), sizes, gaps)


def company(c: Random) -> str:
    start = digits(c, 8)
    siren = next(start + last for last in "0123456789" if luhn(start + last))
    start = siren + "000" + digits(c, 1)
    siret = next(start + last for last in "0123456789" if luhn(start + last))
    return c.choice((apart(c, siren, "333"), apart(c, siret, "3335"), apart(c, siret, "3335")))


def vat(c: Random) -> str:
    siren = digits(c, 9)
    key, gap = (12 + 3 * (int(siren) % 97)) % 97, c.choice((" ", ""))
    return f"FR{gap}{key:02d}{gap}{apart(c, siren, '333', ('', ' '))}"


def plate(c: Random) -> str:
    gap = c.choice(("-", "-", " ", "", ".", "_", "\u00a0"))
    if c.random() < 0.25:
        return f"{c.randint(100, 9999)}{gap}{some(c, 'BFGHJKQRVWXYZ', 2)}{gap}{c.randint(10, 95)}"
    first, last = some(c, LETTERS, 1) + some(c, "BFGHJKQRVWXYZ", 1), some(c, "BFGHJKQRVWXYZ", 2)
    text = f"{first}{gap}{digits(c, 3)}{gap}{last}"
    return text.lower() if gap == "-" and c.random() < 0.3 else text


def birth(c: Random) -> str:
    day, month, year = c.randint(1, 28), c.randint(1, 12), c.randint(1940, 2015)
    names = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ]
    sign = c.choice(("/", "/", ".", "-", " ", " / ", "\u00a0", "\\", "|"))
    return c.choice(
        (
            f"{day:02d}{sign}{month:02d}{sign}{year}",
            f"{day}{sign}{month}{sign}{year % 100:02d}",
            f"{day} {names[month - 1]} {year}",
            f"1er {names[month - 1]} {year}",
            f"{day} {c.choice(('janv.', 'févr.', 'avr.', 'sep', 'oct.', 'déc'))} {year}",
            f"{year}-{month:02d}-{day:02d}",
        )
    )


def paper(c: Random) -> str:
    return c.choice(
        (
            f"{digits(c, 2)}{some(c, LETTERS, 2)}{digits(c, 5)}",
            digits(c, 12),
            f"{digits(c, 2)} {some(c, LETTERS, 2)} {digits(c, 5)}",
            apart(c, digits(c, 13), "22333"),
            digits(c, 7),
            f"{some(c, LETTERS, 2)}{digits(c, 6)}",
            apart(c, digits(c, 12), "444"),
        )
    )

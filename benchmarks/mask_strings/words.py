"""E-mails, passwords, codes, accounts, keys and links."""

from random import Random

from benchmarks.mask_strings.draw import ALNUM, FIRST, HEX, LAST, digits, some


def email(c: Random) -> str:
    joint, end = (
        c.choice((".", "_", "", "-")),
        c.choice(["gmail.com", "orange.fr", "hotmail.fr", "exemple.org", "free.fr"]),
    )
    return f"{c.choice(FIRST)}{joint}{c.choice(LAST)}{c.choice(('', digits(c, 2)))}@{end}"


def disguised(c: Random) -> str:
    first, last = c.choice(FIRST), c.choice(LAST)
    service, end = (
        c.choice(["gmail", "hotmail", "orange", "yahoo", "laposte", "exemple"]),
        c.choice(("com", "fr")),
    )
    at = c.choice(
        (
            " arobase ",
            " [at] ",
            "(at)",
            " (at) ",
            "[at]",
            " AT ",
            " @ ",
            "@ ",
            " at ",
            " arobas ",
            "{at}",
            " a robase ",
            " arobaz ",
            "-at-",
        )
    )
    dot = c.choice((" point ", ".", " (dot) ", "[dot]", "(point)", ".", " . ")) if "@" not in at else "."
    joint = c.choice((".", " point ", "_", " tiret ", "")) if at == " arobase " else c.choice((".", "_", ""))
    return f"{first}{joint}{last}{at}{service}{dot}{end}"


def password(c: Random) -> str:
    return c.choice(
        (
            f"{c.choice(LAST).title()}{digits(c, 2)}!",
            f"{c.choice(FIRST)}{digits(c, 4)}",
            some(c, ALNUM, 10) + digits(c, 1),
            f"{c.choice(FIRST)}-{c.choice(LAST)}-{digits(c, 2)}",
            f"{c.choice(FIRST).title()}@{digits(c, 4)}",
            f"P@ss{digits(c, 3)}$",
            "-".join(some(c, "ABCDEF0123456789", 3) + digits(c, 1) for _ in range(3)),
        )
    )


def word(c: Random) -> str:
    return c.choice(
        [
            "chocolat",
            "soleil",
            "doudou",
            "azerty",
            "minouche",
            "tournesol",
            "Bretagne",
            "caramel",
            "motdouble",
            "licorne",
        ]
    )


def code(c: Random) -> str:
    return c.choice(
        (
            digits(c, 4),
            digits(c, 4),
            digits(c, 2) + c.choice("AB") + digits(c, 2),
            digits(c, 4) + c.choice("AB#"),
            c.choice("AB") + digits(c, 4),
            digits(c, 5),
            digits(c, 6),
            f"{digits(c, 2)}.{digits(c, 2)}",
            f"{digits(c, 2)} {digits(c, 2)}",
            f"*{digits(c, 4)}#",
        )
    )


def handle(c: Random) -> str:
    return c.choice(("", "", "@")) + c.choice(
        (
            f"{c.choice(FIRST)}.{c.choice(LAST)}",
            f"{c.choice(FIRST)}_{c.choice(LAST)}",
            f"{c.choice(FIRST)}{c.choice(LAST)}{digits(c, 2)}",
            f"{c.choice(FIRST)}{digits(c, 3)}",
            f"x{c.choice(FIRST)}_{digits(c, 2)}",
            f"_{c.choice(FIRST)}.{c.choice(LAST)}_",
        )
    )


def tag(c: Random) -> str:
    return f"{c.choice(FIRST)}{c.choice(('', digits(c, 2), '_'))}#{digits(c, 4)}"


def mention(c: Random) -> str:
    return f"@{c.choice(FIRST)}{c.choice('._')}{c.choice(LAST)}{c.choice(('', digits(c, 2)))}"


def network(c: Random) -> str:
    return c.choice(
        (
            ".".join(str(c.randint(1, 254)) for _ in range(4)),
            ".".join(str(c.randint(1, 254)) for _ in range(4)),
            "2a01:" + ":".join(some(c, HEX, 4) for _ in range(7)),
            f"fe80::{some(c, HEX, 4)}:{some(c, HEX, 3)}1",
            ":".join(some(c, HEX.upper(), 2) for _ in range(6)),
            "-".join(some(c, "ABCDEF", 1) + digits(c, 1) for _ in range(6)),
            ".".join(some(c, "abcdef", 2) + digits(c, 2) for _ in range(3)),
            f"{c.randint(128, 190)}.{c.randint(1, 99)}.3.{c.randint(1, 254)}:8080",
            f"fe80::{some(c, HEX, 4)}:{some(c, HEX, 3)}1%eth0",
        )
    )


def key(c: Random) -> str:
    return c.choice(
        (
            f"sk-{some(c, ALNUM, 48)}",
            f"sk-proj-{some(c, ALNUM, 40)}",
            f"ghp_{some(c, ALNUM, 36)}",
            f"AKIA{some(c, ALNUM.upper(), 16)}",
            f"github_pat_{some(c, ALNUM, 22)}_{some(c, ALNUM, 59)}",
            f"xoxb-{digits(c, 11)}-{digits(c, 11)}-{some(c, ALNUM, 24)}",
            f"AIza{some(c, ALNUM, 35)}",
            f"hf_{some(c, ALNUM, 34)}",
            f"eyJ{some(c, ALNUM, 33)}.eyJ{some(c, ALNUM, 40)}.{some(c, ALNUM, 43)}",
            f"glpat-{some(c, ALNUM, 20)}",
            f"sk_live_{some(c, ALNUM, 24)}",
            f"npm_{some(c, ALNUM, 36)}",
            f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5{some(c, ALNUM, 40)} {c.choice(FIRST)}@pc",
        )
    )


def link(c: Random) -> str:
    return c.choice(
        (
            f"https://exemple.fr/reset?token={some(c, ALNUM, 12)}",
            f"https://drive.exemple.fr/d/{some(c, ALNUM, 27)}1a/view",
            f"https://chat.whatsapp.com/{some(c, ALNUM, 22)}",
            f"https://exemple.fr/x?id=3&access_token={some(c, HEX, 20)}",
            f"https://wa.me/336{digits(c, 8)}",
            f"https://u:{some(c, ALNUM, 8)}@exemple.fr/",
            f"https://discord.gg/{some(c, ALNUM, 8)}",
            f"www.exemple.fr/invite/{some(c, ALNUM, 10)}7",
            f"https://monsite.fr/invite/{some(c, 'abcdef', 4)}{some(c, 'ABCDEF', 4)}{some(c, 'ghij', 3)}",
            f"discord.gg/{some(c, ALNUM, 8)}",
            f"zoom.us/j/{digits(c, 11)}",
            f"https://www.facebook.com/{c.choice(FIRST)}-{c.choice(LAST)}",
            f"https://vm.tiktok.com/{some(c, ALNUM, 9)}",
            f"https://www.vinted.fr/member/{digits(c, 8)}-{c.choice(FIRST)}",
            f"https://instagram.com/{c.choice(FIRST)}.{c.choice(LAST)}",
        )
    )

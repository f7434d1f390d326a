"""Phones as people of eight regions write them."""

from random import Random

from benchmarks.mask_strings.draw import apart, digits


def mobile(c: Random) -> str:
    number = c.choice(("06", "07")) + digits(c, 8)
    odd = c.random()
    if odd < 0.1:
        return f"{number[:2]} ({number[2:4]}) {number[4:6]} {number[6:8]} {number[8:]}"
    if odd < 0.15:
        return "".join(chr(0xFF10 + int(d)) for d in number)
    if odd < 0.2:
        return "".join(f"{d}\ufe0f\u20e3" for d in number)
    if odd < 0.22:
        return f"{number[0]} {apart(c, number[1:], '2223')}"
    if odd < 0.24:
        return f"{number[:2]}-{number[2:4]}-{number[4:6]} {number[6:8]}/{number[8:]}"
    if odd < 0.3:
        return c.choice(("+33 ", "0033 ", "+33 (0)", "33", "(+33) ")) + apart(c, number[1:], "12222")
    return apart(c, number, c.choice(("22222", "22222", "433", "2323", "244")))


def landline(c: Random) -> str:
    number = c.choice(("01", "02", "03", "04", "05", "09")) + digits(c, 8)
    if c.random() < 0.1:
        return f"({number[:2]}) {apart(c, number[2:], '2222', ('.', ' ', '-', ''))}"
    return apart(c, number, "22222")


def dom(c: Random) -> str:
    return apart(
        c,
        c.choice(("0262", "0590", "0596", "0594", "0692", "0690", "0639")) + digits(c, 6),
        c.choice(("4222", "433")),
    )


def belgian(c: Random) -> str:
    number = f"04{c.choice('6789')}{digits(c, 7)}"
    return c.choice(
        (
            apart(c, number, "4222", ("", " ", "/", ".", "-")),
            f"{number[:4]}/{apart(c, number[4:], '222', (' ', '.'))}",
            f"02/{apart(c, '5' + digits(c, 6), '322', (' ', '.'))}",
            f"02 {apart(c, '7' + digits(c, 6), '322', (' ', '.'))}",
            f"+32 {apart(c, number[1:], '3222')}",
        )
    )


def swiss(c: Random) -> str:
    number = c.choice(("079", "078", "076", "022", "021", "027")) + c.choice("23456789") + digits(c, 6)
    return c.choice(
        (apart(c, number, "3322"), c.choice(("+41 ", "+41 (0)", "0041 ")) + apart(c, number[1:], "2322"))
    )


def african(c: Random) -> str:
    kind = c.randrange(8)
    if kind == 0:
        return apart(
            c,
            c.choice(("77", "78", "76", "70")) + c.choice("23456789") + digits(c, 6),
            "2322",
            (" ", ".", "-", "\u00a0", "  "),
        )
    if kind == 1:
        return apart(c, c.choice(("07", "05", "01")) + digits(c, 8), "22222")
    if kind == 2:
        return apart(
            c, "6" + c.choice("57892") + digits(c, 7), c.choice(("3222", "12222")), (" ", ".", "-", "\u00a0")
        )
    if kind == 3:
        return f"06{digits(c, 2)}-{digits(c, 6)}"
    if kind == 4:
        return apart(c, f"0{c.choice('567')}{digits(c, 8)}", c.choice(("4222", "433")))
    if kind == 5:
        return apart(c, c.choice("259") + digits(c, 7), "233", (" ", ".", "-"))
    if kind == 6:
        return apart(c, c.choice("79") + c.choice("6789") + digits(c, 6), "2222", (" ", ".", "-"))
    if c.random() < 0.5:
        country = c.choice(("+225", "(+225)", "(225)", "00229", "(+229) ", "+225 "))
        return f"{country} {apart(c, '0' + digits(c, 9), '22222', (' ', '-', '.', ''))}"
    return c.choice(("+221 ", "+225 ", "00237 ", "+212 ", "+213", "+216 ")) + apart(
        c, c.choice("67") + digits(c, 8), "3222"
    )


def quebec(c: Random) -> str:
    area, rest = (
        c.choice(["514", "438", "450", "418", "819", "581"]),
        c.choice("23456789") + digits(c, 2) + digits(c, 4),
    )
    return c.choice(
        (
            apart(c, area + rest, "334"),
            f"({area}) {rest[:3]} {rest[3:]}",
            f"({area}) {rest[:3]}-{rest[3:]}",
            f"1-{area}-{rest[:3]}-{rest[3:]}",
            f"1 {area} {rest[:3]} {rest[3:]}",
            f"{c.choice(('+1', '001'))} {apart(c, area + rest, '334', (' ', '-', '.'))}",
            f"1-800-{rest[:3]}-{rest[3:]}",
        )
    )


def phone_mention(c: Random) -> str:
    return "@" + c.choice(("336", "337", "2217", "2126", "324")) + digits(c, 8)

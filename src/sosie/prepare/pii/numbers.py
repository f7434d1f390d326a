"""Numbers with a key: bank accounts, cards, social security, companies.

    FR76 3000 6000 0112 3456 7890 189   4970 1000 0000 0154   1 85 05 78 006 084 91   732 829 320 00074

A right key (mod 97, Luhn) is enough; without one, a word must announce the number (« siret », « CB »).
"""

import re
from collections.abc import Iterator

from sosie.prepare.pii.base import ALPHA_GAP, GAP, Found, after, before, digits_of, letters_and_digits, luhn

# Letters and digits of an IBAN, by country: https://www.swift.com/standards/data-standards/iban
IBAN_LENGTHS = {
    entry[:2]: int(entry[2:])
    for entry in re.findall(
        r"\w+",
        "AD24 AT20 BE16 BG22 CH21 CI28 CY28 CZ24 DE22 DK18 DZ26 EE20 ES24 FI18 FR27 GB22 GI23 GR27 HR21 HU28"
        " IE22 IS26 IT27 LI21 LT20 LU20 LV21 MA28 MC27 MT31 MU30 NL18 NO15 PL28 PT25 RO24 SE24 SI19 SK24 SM27"
        " SN28 TN24 TR26 BF28 BJ28 CM27 GA27 MG27 ML28 TG28 CG27 NE28 CF27 TD27 MR27",
    )
}
IBAN = re.compile(
    rf"(?<![A-Za-z0-9])(?=([A-Za-z]{{2}}){ALPHA_GAP}\d{ALPHA_GAP}\d(?P<rest>(?:\n?{GAP}[A-Za-z0-9]){{11,30}}))"
)
IBAN_CUT = re.compile(
    rf"(?<![A-Za-z0-9])[A-Za-z]{{2}}\d\d(?:{ALPHA_GAP}[A-Za-z0-9]{{4}}(?![a-z]))"
    rf"(?:{ALPHA_GAP}(?=[A-Z]{{0,3}}\d)[A-Z0-9]{{1,4}}(?![A-Za-z0-9]))*"
)
IBAN_SHAPE = re.compile(rf"[A-Za-z][A-Za-z]{ALPHA_GAP}\d{ALPHA_GAP}\d")
RIB_SHAPE = re.compile(rf"\d{{5}}{GAP}\d{{5}}")
BANK = re.compile(r"\b(?:iban|rib|virement|virer|compte|bancaires?|banque|bic)\b")
RIB = re.compile(rf"(?<!\d)(\d{{5}}){GAP}(\d{{5}}){GAP}([\dA-Za-z]{{11}}){GAP}(\d\d)(?!\d)")
RIB_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
CARD = re.compile(
    rf"(?<![\d+])(?:(?:[4-6]|2{GAP}[2-7])(?:{GAP}\d){{14,15}}|3{GAP}[47](?:{GAP}\d){{13}}"
    rf"|3{GAP}[068](?:{GAP}\d){{12}}|\d{{4}}(?:\s{{1,3}}\d{{4}}){{3}}"
    rf"|3\d{{3}}\s{{1,3}}\d{{6}}\s{{1,3}}\d{{5}})(?!\d)"
)
SIXTEEN = re.compile(rf"(?<![\d+])\d(?:{GAP}\d){{13,18}}(?!\d)")
CARD_WORDS = re.compile(r"\b(?:cb|carte|visa|mastercard|master card|amex|pan)\b")
NIR = re.compile(
    rf"(?<!\d)([1-478])({GAP})(\d{{2}})({GAP})(0[1-9]|1[0-2]|[2-9]\d)({GAP})(\d{{2}}|2[ABab])({GAP})"
    rf"(\d{{3}})({GAP})(\d{{3}})(?:({GAP}(?:\(?clef? ?:? ?)?)(\d{{2}}))?(?!\d)"
)
NIR_WORDS = re.compile(
    r"\b(?:secu|secu(?:rite)? ?soc\w*|securite|nir|nss|insee|vitale|ameli|assure\w*|cpam|n°? ?ss)\b"
)
COUNTED_WORDS = re.compile(
    r"\b(?:commandes?|suivi|colis|ean|isbn|code.?barres?|facture|ref\w*|transaction|ticket|siren|siret"
    r"|id)\b"
)
VAT_SHAPE = re.compile(r"FR|[Ff]r|CHE|\d{3}\.\d{3}\.\d{3}")
NINE = re.compile(rf"\d(?:{GAP}\d){{8}}")
SIREN = re.compile(rf"\d(?<![\d+]\d)(?<!\d[.,]\d)(?:{GAP}\d){{8}}(?:{GAP}\d{{5}}|(?:{GAP}\d){{5}})?(?!\d)")
SIRET_SPACING = re.compile(
    r"\d{3}\D{1,3}\d{3}\D{1,3}\d{3}\D{1,3}\d{5}|\d{3}\D{1,3}\d{3}\D{1,3}\d{3}\D{1,3}0{2,3}\D{0,3}\d{2}"
)
COMPANY_WORDS = re.compile(
    r"\b(?:siren|siret|rcs|r\.c\.s|kbis|sarl|sasu?|eurl|urssaf|auto-? ?entrep\w*|micro-? ?entrep\w*"
    r"|entreprise"
    r"|societe|boite"
    r"|asso(?:ciation)?|tva|bce|ide|rna)\b"
)
VAT = re.compile(
    rf"(?<![A-Za-z0-9])(?:FR|fr|Fr){ALPHA_GAP}([0-9A-Za-z]{{2}})({ALPHA_GAP}\d(?:{ALPHA_GAP}\d){{8}})(?!\d)"
    rf"|(?<![A-Za-z0-9])(?:BE{ALPHA_GAP})?[01]\d{{3}}\.\d{{3}}\.\d{{3}}(?![\d.])"
    rf"|(?<![A-Za-z0-9])CHE{ALPHA_GAP}\d{{3}}{ALPHA_GAP}\d{{3}}{ALPHA_GAP}\d{{3}}(?!\d)"
)


def ibans(text: str) -> Iterator[Found]:
    """Tried at the country's length only, as the words that follow may be swallowed by the pattern."""
    shaped = IBAN_SHAPE.search(text)
    for match in IBAN.finditer(text) if shaped else ():
        length = IBAN_LENGTHS.get(match[1].upper(), 0)
        whole = text[match.start() : match.end("rest")]
        places = [i for i, sign in enumerate(whole) if sign.isalnum()][:length]
        compact = "".join(whole[i] for i in places).upper()
        if (
            length
            and digits_of(compact[2:4]) == compact[2:4]
            and sum(map(str.isdigit, compact)) > 9
            and len(compact) == length
            and iban_is_right(compact)
        ):
            yield Found(match.start(), match.start() + places[-1] + 1, "iban", compact)
    for match in IBAN_CUT.finditer(text) if shaped else ():
        compact = letters_and_digits(match[0])
        cut = len(compact) < IBAN_LENGTHS.get(compact[:2], 0) and len(digits_of(compact)) > 9
        told = BANK.search(before(text, match.start())) and len(digits_of(compact)) > 5
        if compact[:2] in IBAN_LENGTHS and (cut or told):
            yield Found(*match.span(), "iban", compact)
    for match in RIB.finditer(text) if RIB_SHAPE.search(text) else ():
        if rib_is_right(*match.groups()) or BANK.search(before(text, match.start())):
            yield Found(*match.span(), "iban", letters_and_digits(match[0]))


def iban_is_right(compact: str) -> bool:
    """Country and key moved to the end, letters as numbers: the whole is 1 modulo 97."""
    return int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1


def rib_is_right(bank: str, branch: str, account: str, key: str) -> bool:
    """What stands on a French cheque: 89 a + 15 b + 3 c + key is a multiple of 97."""
    number = account.upper().translate(RIB_LETTERS)
    return (89 * int(bank) + 15 * int(branch) + 3 * int(number) + int(key)) % 97 == 0


def cards(text: str) -> Iterator[Found]:
    for match in CARD.finditer(text):
        digits = digits_of(match[0])
        if luhn(digits) and is_one_number(match[0]):
            yield Found(*match.span(), "carte", digits)
    for match in SIXTEEN.finditer(text):
        if CARD_WORDS.search(before(text, match.start())):
            yield Found(*match.span(), "carte", digits_of(match[0]))


def is_one_number(raw: str) -> bool:
    """The same sign everywhere, or no sign: « 450-900-6860 / 1 579 » are two. Commas between fours only."""
    signs = {gap.strip() for gap in re.findall(r"\D+", raw)}
    return len(signs) <= 1 and ("," not in signs or {len(part) for part in re.findall(r"\d+", raw)} == {4})


def nirs(text: str) -> Iterator[Found]:
    """With a right key; else in the spacing that nothing else has, or announced."""
    for match in NIR.finditer(text):
        gaps = match.group(2, 4, 6, 8, 10)
        compact = "".join(match.group(1, 3, 5, 7, 9, 11)).upper()
        right = match[13] is not None and nir_key(compact) == int(match[13])
        dated = int(match[5]) <= 12 and match[7] != "00"
        bare = dated and not any(gaps) and not COUNTED_WORDS.search(before(text, match.start()))
        apart = all(gaps) and len({gap.strip() for gap in gaps}) == 1
        if (
            right
            or apart
            or bare
            or NIR_WORDS.search(before(text, match.start()) + " | " + after(text, match.end()))
        ):
            yield Found(*match.span(), "nir", compact)


def nir_key(thirteen: str) -> int:
    """97 less the remainder by 97; Corsica's 2A and 2B count as 19 and 18."""
    return 97 - int(thirteen.replace("2A", "19").replace("2B", "18")) % 97


def companies(text: str) -> Iterator[Found]:
    """SIREN (9 digits), SIRET (14), VAT numbers: often a person's own, with a home's address behind them."""
    if not NINE.search(text):
        return
    for match in VAT.finditer(text) if VAT_SHAPE.search(text) else ():
        key, siren = match[1], digits_of(match[2] or "")
        told = COMPANY_WORDS.search(before(text, match.start()))
        if (
            not key
            or told
            or luhn(siren)
            or (key.isdigit() and int(key) == (12 + 3 * (int(siren) % 97)) % 97)
        ):
            yield Found(*match.span(), "entreprise", letters_and_digits(match[0]))
    for match in SIREN.finditer(text):
        digits = digits_of(match[0])
        spaced = SIRET_SPACING.fullmatch(match[0]) or (len(digits) == 14 and luhn(digits[:9]))
        told = COMPANY_WORDS.search(before(text, match.start())) or re.search(
            r"\b(?:siren|siret|rcs)\b", after(text, match.end())
        )
        if told or (spaced and luhn(digits) and is_one_number(match[0])):
            yield Found(*match.span(), "entreprise", digits)

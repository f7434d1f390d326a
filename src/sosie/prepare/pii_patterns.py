"""What could identify someone, found in French text.

    « appelle au 06 12 34 56 78 »  ->  Found(12, 26, "téléphone", "+33612345678")

Covered: phones (French in every spelling with digits, foreign with + or 00), e-mails, IBANs (length of the
country, mod 97), bank cards (Luhn), NIR (key, or the usual spacing), links that hold a token, a phone, a
place or an invitation, postal addresses (see addresses.py).
Not covered: numbers in words (« zéro six douze »), door codes, plates, accounts' names, people's names.

`same` of Found writes one thing one way: « 06 12 34 56 78 » and « +33 (0)612345678 » are the same phone.
A new kind is one more detector in DETECTORS; where two claim the same letters, the first of the list wins.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from sosie.core.counted import counted
from sosie.prepare.pii_addresses import addresses


@counted
@dataclass(frozen=True, slots=True)
class Found:
    start: int
    end: int
    kind: str
    same: str


Detector = Callable[[str], Iterator[Found]]

SUSPECT = re.compile(r"\d\D{0,3}\d|\d\D{1,8}(?i:rue|av|b|all|imp|ch|pl|r|q|s)|@|://|www\.")
GAP = r"[ .\-/·\u00a0\u202f\u2009\u2011]?"
FRENCH = re.compile(
    rf"(?<![\d+])(?:(?:\+|00){GAP}33{GAP}(?:\(0\){GAP}|0{GAP})?|\(\+33\){GAP}(?:\(0\){GAP}|0)?)"
    rf"[1-9](?:{GAP}\d){{8}}(?!\d)"
    r"|(?<![\d.,])0([ .-])[67](?:\1\d){8}(?!\d)"
    rf"|(?<!\d)(?<!\d[.,:])0[67](?:{GAP}\d){{8}}(?!\d)"
    rf"|(?<!\d)(?<!\d[.,:])0[1-589](?:{GAP}\d){{8}}(?!\d)(?!{GAP}(?!0[1-9]{GAP}\d)\d\d(?!\d))"
)
DATE = re.compile(r"0\d([ ./-])(?:0\d|1[0-2])\1(?:(?:19|20)\d\d|\d\d(?!\1))")
ENDS_WITH_A_PAIR = re.compile(r"\d\d[ \u00a0]$")
FOREIGN = re.compile(r"(?<![\w+])(?:\+|00)[1-9](?:[ .()\-\u00a0\u202f]{0,2}\d){7,13}(?!\d)")
THOUSANDS = re.compile(r"\+\d{1,3}(?:[ .\u00a0\u202f]\d{3})+")
EMAIL = re.compile(r"[\w.+-]{0,63}[\w+]@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
IBAN = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})\d{2}(?:[\s\u00a0.-]?[A-Za-z0-9]){11,30}")
CARD = re.compile(
    r"(?<![\d+])(?:(?:[4-6]\d{3}|2[2-7]\d{2})(?:[ .-]?\d{4}){3}|3[47]\d{2}[ .-]?\d{6}[ .-]?\d{5})(?!\d)"
)
NIR = re.compile(
    r"(?<!\d)([1-478])([ .-]?)(\d{2})\2(0[1-9]|1[0-2]|[2-9]\d)\2(\d{2}|2[ABab])\2(\d{3})\2(\d{3})"
    r"(?:[ .-]?(\d{2}))?(?!\d)"
)
LINK = re.compile(r"(?i:\bhttps?://|\bwww\.)[^\s<>«»\"]+")

# Letters and digits of an IBAN, by country: https://www.swift.com/standards/data-standards/iban
IBAN_LENGTHS = {
    entry[:2]: int(entry[2:])
    for entry in re.findall(
        r"\w+",
        "AD24 AT20 BE16 BG22 CH21 CI28 CY28 CZ24 DE22 DK18 DZ26 EE20 ES24 FI18 FR27 GB22 GI23 GR27 HR21 HU28"
        " IE22 IS26 IT27 LI21 LT20 LU20 LV21 MA28 MC27 MT31 MU30 NL18 NO15 PL28 PT25 RO24 SE24 SI19 SK24 SM27"
        " SN28 TN24 TR26",
    )
}
SECRET_NAME = re.compile(
    r"(?i)(?<![a-z])(?:(?:api|auth|access|secret)_?(?:key|token)|token|key|access|auth|sig|signature|secret|pwd"
    r"|password|passwd|pass|mdp|code|otp|session|session_?id|sid|jwt|invite|invitation|hash|e?mail|phone|tel"
    r"|telephone|login|user|uuid|guid)(?![a-z])"
)
PERSONAL_PAGES = re.compile(
    r"(?i)//(?:[\w-]+\.)*(?:wa\.me|chat\.whatsapp\.com|t\.me/(?:\+|joinchat)|discord\.gg"
    r"|discord\.com/invite|zoom\.us/[jsw]|meet\.google\.com|maps\.app\.goo\.gl|goo\.gl/maps"
    r"|calendar\.app\.google|signal\.(?:group|me)|paypal\.me|lydia-app\.com)"
)
RANDOM = re.compile(
    r"(?=[A-Za-z]{0,40}\d)(?=\d{0,40}[A-Za-z])[A-Za-z0-9]{16,}"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)
PLACE = re.compile(r"-?\d{1,3}\.\d{4,}(?:,|%2C|&\w+=)[ +]?-?\d{1,3}\.\d{4,}")


def find(text: str) -> list[Found]:
    """All that is found, in the order of the text, without overlap."""
    if not SUSPECT.search(text):
        return []
    kept: list[Found] = []
    for detect in DETECTORS:
        for new in detect(text):
            if all(new.end <= old.start or old.end <= new.start for old in kept):
                kept.append(new)
    return sorted(kept, key=lambda found: found.start)


def links(text: str) -> Iterator[Found]:
    """Whole links that hold something secret; a plain page stays."""
    for match in LINK.finditer(text):
        link = match[0].rstrip(".,;:!?…'’")
        link = link.rstrip(")") if "(" not in link else link
        if holds_a_secret(link):
            yield Found(match.start(), match.start() + len(link), "lien", link)


def holds_a_secret(link: str) -> bool:
    """A password, a token, someone's number, a place or an invitation."""
    if PERSONAL_PAGES.search(link) or RANDOM.search(link) or PLACE.search(link) or FRENCH.search(link):
        return True
    try:
        parts = urlsplit(link)
    except ValueError:  # not a link after all: « https://[ »
        return False
    if "@" in parts.netloc:
        return True
    named = parse_qsl(parts.query) + parse_qsl(parts.fragment)
    return any(SECRET_NAME.search(name) for name, _ in named)


def emails(text: str) -> Iterator[Found]:
    for match in EMAIL.finditer(text):
        yield Found(*match.span(), "email", match[0].lower())


def ibans(text: str) -> Iterator[Found]:
    """Tried at the country's length only, as the words that follow may be swallowed by the pattern."""
    for match in IBAN.finditer(text):
        length = IBAN_LENGTHS.get(match[1].upper(), 0)
        places = [i for i, sign in enumerate(match[0]) if sign.isalnum()][:length]
        compact = "".join(match[0][i] for i in places).upper()
        if length and len(compact) == length and iban_is_right(compact):
            yield Found(match.start(), match.start() + places[-1] + 1, "iban", compact)


def iban_is_right(compact: str) -> bool:
    """Country and key moved to the end, letters as numbers: the whole is 1 modulo 97."""
    return int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1


def nirs(text: str) -> Iterator[Found]:
    """With its key when that is right; without a key only in the spacing that nothing else has."""
    for match in NIR.finditer(text):
        *_, key = match.groups()
        compact = "".join(match.group(1, 3, 4, 5, 6, 7)).upper()
        if nir_key(compact) == int(key) if key else match[2] == " ":
            yield Found(*match.span(), "nir", compact)


def nir_key(thirteen: str) -> int:
    """97 less the remainder by 97; Corsica's 2A and 2B count as 19 and 18."""
    return 97 - int(thirteen.replace("2A", "19").replace("2B", "18")) % 97


def cards(text: str) -> Iterator[Found]:
    for match in CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if luhn(digits):
            yield Found(*match.span(), "carte", digits)


def luhn(digits: str) -> bool:
    """Every second digit from the right doubled, its two digits added: the sum is a multiple of 10."""
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(d - 9 * (d > 9) for d in doubled) % 10 == 0


def french_phones(text: str) -> Iterator[Found]:
    """« 04 08 15 16 23 42 » is a list of numbers and not a phone; two phones side by side are two phones."""
    before = -1
    for match in FRENCH.finditer(text):
        landline = match[0][0] == "0" and match[0][1] in "1234589"
        in_a_list = landline and ENDS_WITH_A_PAIR.search(text, max(0, match.start() - 3), match.start())
        if DATE.match(match[0]) or (in_a_list and before < match.start() - 2):
            continue
        before = match.end()
        yield Found(*match.span(), "téléphone", "+33" + re.sub(r"\D", "", match[0])[-9:])


def foreign_phones(text: str) -> Iterator[Found]:
    """Those that phonenumbers holds to be valid; else + or 00 and digits that are not thousands."""
    if not FOREIGN.search(text):
        return
    import phonenumbers

    for match in phonenumbers.PhoneNumberMatcher(text, "FR"):
        same = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        yield Found(match.start, match.end, "téléphone", same)
    for found in FOREIGN.finditer(text):
        if not THOUSANDS.fullmatch(found[0]):
            yield Found(*found.span(), "téléphone", "+" + re.sub(r"\D", "", found[0]).lstrip("0"))


def postal(text: str) -> Iterator[Found]:
    for start, end in addresses(text):
        yield Found(start, end, "adresse", plain(text[start:end]))


def plain(text: str) -> str:
    """Without case, accents or punctuation: « 14, rue du Chat-Perché » is « 14 rue du chat perche »."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[^\W_]+", "".join(c for c in bare if not unicodedata.combining(c))))


DETECTORS: tuple[Detector, ...] = (links, emails, ibans, nirs, cards, french_phones, foreign_phones, postal)

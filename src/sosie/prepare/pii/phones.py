"""Phones: French in every spelling with digits, foreign with + or 00, and those that people write as at home.

    06 12 34 56 78   06_12_34_56_78   06 (12) 34.56.78   +33 (0)612345678   33612345678   @33612345678
    77 123 45 67 (Dakar)   0470/12.34.56 (Liège)   514-555-1234 (Montréal)   « mon num : 20 123 456 » (Tunis)

Those of phones_local.py have no sign of their own.
« 06 07 08 09 10 » and « 05/07 07/06 17h26 » are days, « 04 08 15 16 23 42 » a list. A number that has
no shape of its own is believed after a word that announces a phone, or alone on its line.
Not covered: numbers in words (« zéro six douze »).
"""

import re
from collections.abc import Iterator

from sosie.prepare.pii.base import GAP, Found, after, before, digits_of

FRENCH = re.compile(
    rf"(?<![\d+])\(?(?:\+|00){GAP}33(?:{GAP}0)?{GAP}[1-9](?:{GAP}\d){{8}}(?!\d)"
    rf"|(?<![\d+])(?<!\d[.,:])\(?33(?:{GAP}[67](?:{GAP}\d){{8}}|[ .-]?[1-589](?:[ .-]?\d\d){{4}})(?!\d)"
    r"|(?<![\d.,])0([ .-])[67](?:\1\d){8}(?!\d)"
    rf"|(?<!\d)(?<!\d[.,:])\(?(?:0 ?|\(0\){GAP}|(?<![A-Za-z])[oO])[67](?! : ?[0+])(?:{GAP}\d){{8}}(?!\d)"
    r"|(?<!\d)(?<!\d[.,:])0[1-9](?P<odd>[^\w\n]{1,5})\d\d(?:(?P=odd)\d\d){3}(?!\d)(?!(?P=odd)\d\d(?!\d))"
    r"|(?<!\d)0[1-9](?:\n\d\d){4}(?!\n?\d)"
    rf"|(?<!\d)(?<!\d[.,:])\(?0 ?[1-589](?:{GAP}\d){{8}}(?!\d)(?!{GAP}(?!0[1-9]{GAP}\d)\d\d(?![\dh]))"
)
NINE = re.compile(r"[\doO](?:[\W_]{0,5}\d){8}")
FRENCH_SPEAKING = r"(?:21[236]|22[1-9]|23[567]|24[0123]|25[037]|26[129]|3[23]|41|352)"
ENDS_WITH_A_PAIR = re.compile(r"\d\d[ ,;-]{1,2}$")
DATED = re.compile(r"\(?(?:[0-2]\d|3[01])([ ./-])(?:0\d|1[0-2])\1(?:(?:19|20)\d\d|\d\d(?!\1))")
ABROAD = re.compile(
    rf"(?:(?:\+|(?<!\d)00) ?[1-9]\d{{0,2}}\)?|\({FRENCH_SPEAKING}\))[ ._/-]{{0,3}}$"
)  # of another country than France
DAY_AND_MONTH = re.compile(r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])(?!\d)")
HOUR_AFTER = re.compile(r" ?h(?!24\b)(?:\d|\b)| ?(?:€|euros?\b|%|km\b|kg\b)")

FOREIGN = re.compile(
    rf"(?<![\w+])(?<!\d:)\(?(?:\+{GAP}|00 ?)[1-9](?:{GAP}\d){{6,13}}(?!\d)"
    rf"|(?<!\w)\({FRENCH_SPEAKING}\){GAP}\d(?:{GAP}\d){{6,9}}(?!\d)"
)
SIGNED_THOUSANDS = re.compile(r"\+ ?\d{1,3}(?:[ .]\d{3})+")
MENTION = re.compile(r"@ ?\+?(\d{8,15})(?!\d)")
NORTH_AMERICAN = re.compile(
    rf"(?<![\w+])(?<!\d[.,/-])\(?(?:(?:\+"
    rf"|00)?{GAP}1{GAP})?\(?([2-9]\d\d)({GAP})[2-9]\d\d({GAP})\d{{4}}(?![\d/]|[a-zA-Z]{{1,2}}\b)"
)
QUEBEC = re.compile(r"514|438|263|450|579|354|418|581|367|819|873|468|8(?:00|33|44|55|66|77|88)")
ANNOUNCED = re.compile(
    r"\b(?:tel|telephone|phone|tph|num|nums|numero|numeros|portable|mobile|cell|cellulaire|gsm|natel|fixe"
    r"|ligne"
    r"|(?:r?app?ell?|telephon|joi(?:gn|n)|contact|bip|depot)\w*|appels?|joindre|coup de fil|whats?app"
    r"|wh?ats?ap|wsp|wapp|sms"
    r"|puces?|sim|textos?|(?:orange|free|mobile|airtel) money|port(?=\.)|wave|momo|mtn|moov|airtel|fax"
    r"|standard|repondeur|06|07)\b|\bn°|(?<!\w)(?:📞|☎|📱|📲|✆)"
)
NUMBERED = re.compile(
    r"\b(?:decret|loi|arrete|amendements?|questions?|commandes?|cmd|dossier|suivi|colis|facture|serie"
    r"|ref|reference|reservation|resa|vol|train|tickets?"
    r"|billets?|articles?|isbn|issn|ean|page|modele|produit|client|contrat|lot|loto|lotto|keno"
    r"|euromillions?|bingo"
    r"|tirages?|gagnants?|gagne|sortis?|version|devis|inventaire|annonce|bus|chambre|salle|quai|place"
    r"|compte"
    r"|codes?|mdp|passe|digicode|pin|identifiant|login|siren|siret|patente|score|scores|annees?|jours?"
    r"|dates?|pages|tailles?|temperatures?|dispos?(?! au))\b"
)
ANNOUNCED_AFTER = re.compile(
    r"[ ,(]{0,3}(?:c'?est |c (?:est )?|est |=|->|voila |, )?(?:(?:le|la|mon|ton|son|ma|sur|pour|le bon"
    r"|nouveau|notre|sa|du|par) ){0,3}"
    r"(?:num|numero|tel|telephone|portable|mobile|fixe|whats?app|cell|gsm|sms|wave|momo|orange money)\b"
    r"| pour (?:me|m'|nous|le|la|les|l') ?(?:joindre|appeler|contacter)"
)


def french_phones(text: str) -> Iterator[Found]:
    """« 04 08 15 16 23 42 » is a list of numbers and not a phone; two phones side by side are two phones."""
    last = -1
    for match in FRENCH.finditer(text) if NINE.search(text) else ():
        raw = match[0]
        abroad = raw.lstrip("(")[0] in "+3" or raw.lstrip("(").startswith("00")
        landline = not abroad and digits_of(raw)[-9] in "1234589"
        if not abroad and ABROAD.search(before(text, match.start(), 8)):
            continue
        in_a_list = (
            landline
            and not raw.isdigit()
            and ENDS_WITH_A_PAIR.search(text, max(0, match.start() - 4), match.start())
        )
        if in_a_list and last < match.start() - 2:
            continue
        if (
            not abroad
            and not is_announced(text, *match.span())
            and is_a_list(raw, after(text, match.end(), 8))
        ):
            continue
        if is_dated(raw) or (NUMBERED.search(before(text, match.start())) and is_lotto(text, match)):
            continue
        last = match.end()
        yield phone(match, "+33" + digits_of(raw)[-9:])


def is_dated(raw: str) -> bool:
    """« 05/07/24 18.30 » is a day and an hour, « 04-04-66 38-43 » cannot be."""
    dated = DATED.match(raw)
    pairs = [int(pair) for pair in re.findall("..", digits_of(raw))]
    if not dated:
        return False
    return len(pairs) < 5 or len(digits_of(dated[0])) > 6 or (pairs[3] < 24 and pairs[4] < 60)


def phone(match: re.Match[str], same: str) -> Found:
    """Without a bracket that was opened before the number and not in it."""
    return Found(match.start() + (match[0][0] == "(" and ")" not in match[0]), match.end(), "téléphone", same)


def is_announced(text: str, start: int, end: int) -> bool:
    """« mon num : » and not « numéro de commande : », the last word said decides; or « c'est mon num »"
    " after it."""
    words = before(text, start)
    if ANNOUNCED_AFTER.match(after(text, end, 40)):
        return True
    said = [match.end() for match in ANNOUNCED.finditer(words)]
    other = [match.end() for match in NUMBERED.finditer(words)]
    if said and other and re.fullmatch(r"[ :]*(?:n°|num(?:ero)?)", words[other[-1] : said[-1]]):
        return False  # « commande n° 67072274 »
    return bool(said) and (not other or said[-1] > other[-1])


def is_a_list(raw: str, following: str) -> bool:
    """Days, hours, months: « 06 07 08 09 10 », « 05/07 07/06 17h26 »."""
    signs = {sign.strip() or " " for sign in re.findall(r"\D+", raw.lstrip("("))}
    pairs = [int(pair) for pair in re.findall("..", digits_of(raw))]
    steps = {later - sooner for sooner, later in zip(pairs, pairs[1:], strict=False)}
    many = len(re.findall(r"\d+", raw))
    rising = min(steps) > 0 and (pairs[-1] <= (60 if many > 5 or len(steps) == 1 else 31)) and many > 4
    dates = len(signs) > 1 and len(DAY_AND_MONTH.findall(raw)) > 1
    hours = ":" in "".join(signs) and len(signs) > 1
    return rising or dates or hours or bool(HOUR_AFTER.match(following))


def is_lotto(text: str, match: re.Match[str]) -> bool:
    """Five numbers of a draw, after a word that says so."""
    return max(map(int, re.findall("..", digits_of(match[0])))) <= 50 and not is_announced(
        text, *match.span()
    )


def foreign_phones(text: str) -> Iterator[Found]:
    """Those that phonenumbers holds to be valid; else + or 00 and digits that are not thousands."""
    if not FOREIGN.search(text):
        return
    import phonenumbers

    for match in phonenumbers.PhoneNumberMatcher(text, "FR"):
        if match.raw_string.lstrip("(").startswith(("+", "00")):
            same = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
            yield Found(match.start, match.end, "téléphone", same)
    for found in FOREIGN.finditer(text):
        if not SIGNED_THOUSANDS.fullmatch(found[0]) or len(digits_of(found[0])) > 10:
            yield phone(found, "+" + digits_of(found[0]).lstrip("0"))


def mentions(text: str) -> Iterator[Found]:
    """« @33612345678 », as WhatsApp writes a person's name."""
    for match in MENTION.finditer(text):
        yield Found(*match.span(), "téléphone", f"+{match[1]}")


def north_american_phones(text: str) -> Iterator[Found]:
    """Three, three and four digits; ten in a row of an area of Québec, or announced."""
    for match in NORTH_AMERICAN.finditer(text):
        apart = bool(match[2] and match[3]) and "," not in match[0]
        if apart or is_announced(text, *match.span()) or is_a_home_number(text, match):
            yield phone(match, "+1" + digits_of(match[0])[-10:])


def is_a_home_number(text: str, match: re.Match[str]) -> bool:
    return bool(QUEBEC.match(match[1])) and not NUMBERED.search(before(text, match.start()))

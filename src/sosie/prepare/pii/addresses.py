"""Postal addresses as people type them: a number, a kind of street, its name, and the town where it is given.

    14 rue du Chat-Perché, 35999 Saint-Pol-la-Lune     3bis av. victor hugo     12, rue du 8 Mai 1945
    Rue de la Loi 16, 1000 Bruxelles
    12 r. Victor Hugo bât B                            résidence Les Lilas      BP 123, 4000 Liège

A name in small letters is believed after words that only mean a street (rue, avenue, impasse...), for three
words at most and up to a word that no street is called (« 14 rue victor hugo demain »). After words that mean
other things too (place, cours, passage...) it must have a capital, or follow « au », « habite » and the like:
« 2 cours de maths » is no address.
"""

import re
from collections.abc import Iterator

from sosie.prepare.pii.base import Found, alone, before, holds
from sosie.prepare.pii.postcodes import towns
from sosie.prepare.pii.streets import (
    AMBIGUOUS,
    COMMON,
    DAY,
    NUMBER,
    OLD,
    PARTS,
    PROPER,
    SMALL,
    SPACE,
    STOP,
    STREET,
    TOWN,
    TOWN_AFTER,
    address,
    trimmed,
)

ADDRESS = re.compile(
    rf"{NUMBER}(?:{STREET}(?:{SPACE}|(?<=\.))(?:{DAY}|{PROPER}|{COMMON}|\d{{1,3}}(?!\d))"
    rf"|{AMBIGUOUS}{SPACE}(?:{DAY}|{PROPER})|{OLD}(?i:rue)(?!\w)|(?i:le|au) (?i:bourg|chef-lieu)(?!\w))"
    rf"{PARTS}{TOWN_AFTER}?{PARTS}"
)
SMALL_ADDRESS = re.compile(rf"{NUMBER}{AMBIGUOUS}{SPACE}{COMMON}{PARTS}{TOWN_AFTER}?")
NUMBER_LAST = re.compile(
    rf"(?<!\w)(?:{STREET}{SPACE}(?:{PROPER}|{COMMON})|(?i:place|square|cours){SPACE}{PROPER}),?{SPACE}"
    rf"(?:n° ?)?\d{{1,4}} ?[a-zA-Z]?(?!\w)(?=\s*(?:$|[,.;!?()\n]|\d{{4}}|(?i:bte|boite|bus|en face)\b"
    rf"|{STOP}(?!\w)))"
    rf"(?:[ ,]{{1,2}}(?i:bte|boite|bus) ?\d+)?{TOWN_AFTER}?"
)
DIGIT, DIGITS = re.compile(r"\d"), re.compile(r"\d{3}|\d[A-Za-z]\d")
NUMBER_ENDS = re.compile(r"[ \t](?:n° ?)?\d{1,4} ?[a-zA-Z]?(?!\w)")
NO_NUMBER = re.compile(
    rf"(?<![\w.'])(?:{STREET}|(?i:place|square|residence|quartier|cite))(?:{SPACE}|(?<=\.))(?:{PROPER}"
    rf"|{COMMON}){PARTS}{TOWN_AFTER}?"
)
BARE_R = re.compile(rf"(?<![\w.])r\. ?{PROPER}{TOWN_AFTER}?")
RESIDENCE = re.compile(
    rf"(?<![\w'])(?:(?i:residence|res\.|lotissement|lot\.(?= (?-i:[a-z]))|lieu[- ]?dit)|L\.?D\.?|Z\.?A\.?C?"
    rf"|Z\.?I\.?){SPACE}['\"]?(?!(?i:de|d')\b)"
    rf"(?:{PROPER}['\"]?{PARTS}{TOWN_AFTER}?|(?i:les?|la|l'|du|des) ?{SMALL}{PARTS}{TOWN_AFTER}?)"
)
BOX = re.compile(
    rf"(?<!\w)(?:(?i:B\.? ?P\.?|boite postale|C\.? ?S\.?|TSA|case postale"
    rf"|C\.?P\.?(?! ?\d{{5}}(?!\d)))(?: n°)?) ?\d{{1,6}}"
    rf"(?!\d){TOWN_AFTER}?(?:{SPACE}{TOWN})?"
)
FLAT = re.compile(
    r"(?<!\w)(?i:bat(?:iment)?|bloc)\.? [A-Z0-9]{1,3}\b[ ,]{1,2}(?i:appt?|apt|appartement|esc(?:alier)?"
    r"|porte|etage)\.?(?: n°)? ?[A-Z]?\d{1,4}[A-Z]?\b"
)
# « 12 bis cours… » and « 12 place… »: two places would have an s.
ONLY_A_HOUSE = re.compile(
    r"(?i)\d+(?:[ -]?\d+)? ?(?:bis|ter|quater)\b|(?!1\b)\d{1,3}(?:[/-]\d{1,3})? ?[a-d]?[ ,-]{1,3}(?:place"
    r"|passage|cite"
    r"|traverse|promenade|residence|res\.?|parvis|voie|galerie|mail(?= d(?:es|u|e l[a']) ?)|sq|pl\.?"
    r"|quartier|rang(?= (?:d(?:es|u|e l[a'])|st|sainte?)\b)|(?:cote|cour)(?! d(?:e (?!l[a'])"
    r"|'))|villa|r) |(?:\d{1,3}[/-])?(?:[2-9]\d|\d{3}) ?[a-d]?[ ,]{1,2}cours "
)
# Who half of all streets are named after: « 12 cours gambetta » has no pupils.
FAMOUS = re.compile(
    r"(?i) (?:victor hugo|jean jaures|gambetta|pasteur|emile zola|jules ferry|jean moulin"
    r"|leclerc|leon blum|foch"
    r"|clemenceau|carnot|thiers|voltaire|mirabeau|lafayette|pablo picasso|charles de gaulle"
    r"|d[ue] (?:general"
    r"|marechal|docteur|verdun)|de la (?:liberation|republique|resistance|marne)"
    r"|sainte?[ -]\w{3,}|notre[ -]dame)\b"
)
INTRODUCED = re.compile(r"\b(?:au|aux|adr|adresse|habit\w+|rdv|chez|livr\w+)\b[^.!?\n]{0,16}$")
LINE = re.compile(r"\b(?:lignes?|metro|tram\w*|bus|rer|noctilien) $")  # « ligne 13 place de Clichy »
LIVES = re.compile(
    r"\b(?:habit(?:e|es|ent|ons|ez|ais|ait)|adresse|domicil\w*|resid(?:e|es|ons)|crech\w*|log(?:e|es|ee?) "
    r"|chez moi|vis|vit|j'suis|demenag\w*|livr(?:er?|ez|aison)) "
)
HOME_HINTS = (
    "habit", "adresse", "domicil", "resid", "crech", "log", "chez moi", "vis ", "vit ", "j'suis", "demenag",
    "livr",
)  # fmt: skip
UNNUMBERED = (
    "r. ", "sidence", "res. ", "lotiss", "lot. ", "lieu", "bp", "b.p", "b. p", "boite", "cs", "c.s",
    "tsa", "case", "cp", "bat", "bloc", "za ", "zi ", "z.", "zac",
)  # fmt: skip
NOT_A_STREET = re.compile(
    r"(?i)(?:19|20)\d\d, ?(?:place|cour|parc|pont|quartier|passage|cite)|\d+ ?(?:av\.? ?(?:j\.?-?c|notre)"
    r"|allees? et venues?|rues? (?:a |d'ici|plus)|quai \d|cotes? d(?:e |')(?:porc|boeuf|veau"
    r"|agneau)|r ?[a-z]?$|ch ?[a-z]?$|cours? (?:d(?:e |')(?-i:(?!l'|la "
    r"|les )[a-z])|particuliers?|magistr|collectif|en ligne|par)"
    r"|lots? (?:de |d')|places? (?:d[eu] (?:parking|cine\w*|concert|spectacle|theatre|train|stade"
    r"|match)|assises?|debout"
    r"|libres?|dispos?\w*)|passages? (?:piet|a niveau|secret))"
)


def addresses(text: str) -> Iterator[Found]:
    """Streets, then towns beside a postcode."""
    text = text.replace("_", " ")
    if DIGIT.search(text):
        yield from streets_with_a_number(text)
    yield from streets_without(text)
    if DIGITS.search(text):
        yield from towns(text)


def streets_with_a_number(text: str) -> Iterator[Found]:
    for pattern in (ADDRESS, NUMBER_LAST) if NUMBER_ENDS.search(text) else (ADDRESS,):
        for match in pattern.finditer(text):
            if not NOT_A_STREET.match(match[0]) and not LINE.search(before(text, match.start())):
                yield address(text, *trimmed(match))
    for match in SMALL_ADDRESS.finditer(text):
        introduced = INTRODUCED.search(before(text, match.start()))
        house = ONLY_A_HOUSE.match(match[0])
        counted = NOT_A_STREET.match(match[0]) and not (house and introduced)
        if counted or LINE.search(before(text, match.start())):
            continue
        if introduced or house or FAMOUS.search(match[0]) or alone(text, *match.span()):
            yield address(text, *trimmed(match))


def streets_without(text: str) -> Iterator[Found]:
    """Streets without their number, where someone says that it is theirs; residences, boxes."""
    low = text.lower()
    for said in LIVES.finditer(low) if holds(low, HOME_HINTS) else ():
        match = NO_NUMBER.search(text, said.end(), said.end() + 120)
        if (
            match
            and match.start() - said.end() < 25
            and not re.search(r"[.!?\n]", text[said.end() : match.start()])
        ):
            yield address(text, *trimmed(match))
    if not holds(low, UNNUMBERED):
        return
    for pattern in (BARE_R, RESIDENCE, BOX, FLAT):
        for match in pattern.finditer(text):
            spoken_of = re.search(r"(?:\bles|\bla|\bune|\bcette|\bsa|\bma) $", before(text, match.start(), 8))
            if not spoken_of or match[0][-1].isdigit():
                yield address(text, *trimmed(match))

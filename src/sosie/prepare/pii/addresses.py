"""Postal addresses as people type them: a number, a kind of street, its name, and the town where it is given.

    14 rue du Chat-Perché, 35999 Saint-Pol-la-Lune     3bis av. victor hugo     12, rue du 8 Mai 1945
    Rue de la Loi 16, 1000 Bruxelles                   35999 Saint-Pol-la-Lune  Tours 37000   H2X 1Y4
    12 r. Victor Hugo bât B                            résidence Les Lilas      BP 123, 4000 Liège

A name in small letters is believed after words that only mean a street (rue, avenue, impasse...), for three
words at most and up to a word that no street is called (« 14 rue victor hugo demain »). After words that mean
other things too (place, cours, passage...) it must have a capital, or follow « au », « habite » and the like:
« 2 cours de maths » is no address. A town in small letters must be a large one, or be announced.
"""

import re
from collections.abc import Iterator

from sosie.prepare.pii.base import Found, after, alone, before, plain, words_of
from sosie.prepare.pii.streets import (
    AMBIGUOUS,
    COMMON,
    COUNTED,
    DAY,
    NUMBER,
    PARTS,
    POSTCODE,
    PROPER,
    SMALL,
    SPACE,
    STREET,
    TOWN,
    TOWN_AFTER,
)
from sosie.prepare.pii.towns import ABROAD, FRANCE

ADDRESS = re.compile(
    rf"{NUMBER}(?:{STREET}(?:{SPACE}|(?<=\.))(?:{DAY}|{PROPER}|{COMMON}|\d{{1,3}}(?!\d))"
    rf"|{AMBIGUOUS}{SPACE}(?:{DAY}|{PROPER}))"
    rf"{PARTS}{TOWN_AFTER}?{PARTS}"
)
SMALL_ADDRESS = re.compile(rf"{NUMBER}{AMBIGUOUS}{SPACE}{COMMON}{PARTS}{TOWN_AFTER}?")
NUMBER_LAST = re.compile(
    rf"(?<!\w)(?:{STREET}{SPACE}(?:{PROPER}|{COMMON})|(?i:place|square|cours){SPACE}{PROPER}),?{SPACE}"
    rf"(?:n° ?)?\d{{1,4}} ?[a-zA-Z]?(?!\w)(?=\s*(?:$|[,.;!?)\n]|\d{{4}}|(?i:bte|boite|bus|a|et)\b))"
    rf"(?:[ ,]{{1,2}}(?i:bte|boite|bus) ?\d+)?{TOWN_AFTER}?"
)
NO_NUMBER = re.compile(
    rf"(?<![\w.'])(?:{STREET}|(?i:place|square|residence|quartier|cite))(?:{SPACE}|(?<=\.))(?:{PROPER}"
    rf"|{COMMON}){PARTS}{TOWN_AFTER}?"
)
BARE_R = re.compile(rf"(?<![\w.])r\. ?{PROPER}{TOWN_AFTER}?")
RESIDENCE = re.compile(
    rf"(?<![\w'])(?:(?i:residence|res\.|lotissement|lot\.|lieu[- ]?dit)|L\.?D\.?|Z\.?A\.?C?"
    rf"|Z\.?I\.?){SPACE}['\"]?(?!(?i:de|d')\b)"
    rf"(?:{PROPER}['\"]?{PARTS}{TOWN_AFTER}?|(?i:les?|la|l'|du|des) ?{SMALL}{PARTS}{TOWN_AFTER}?)"
)
BOX = re.compile(
    rf"(?<!\w)(?:(?i:B\.? ?P\.?|boite postale|C\.? ?S\.?|TSA|case postale|C\.?P\.?)(?: n°)?) ?\d{{1,6}}"
    rf"(?!\d){TOWN_AFTER}?(?:{SPACE}{TOWN})?"
)
FLAT = re.compile(
    r"(?<!\w)(?i:bat(?:iment)?|bloc)\.? [A-Z0-9]{1,3}\b[ ,]{1,2}(?i:appt?|apt|appartement|esc(?:alier)?"
    r"|porte|etage)\.?(?: n°)? ?[A-Z]?\d{1,4}[A-Z]?\b"
)
HOUSE = re.compile(
    r"\b(?:habit\w*|adresses?|domicil\w*|loge\w*|vis|vit|vivons|vivez|demenag\w*|chez (?:moi|eux|elle|lui"
    r"|nous|toi|mes|ma|mon)|livr\w*|(?:en)?voi\w* a"
    r"|crech\w*|resid\w*|installe\w*|retrouve\w*|rdv|rendez-vous|passe\w*|viens|venez|sonne\w*|dispo"
    r"|situe\w*|appart|maison|code postal|cp|postal|ville|colis|cabinet"
    r"|bureaux?|siege|gps|waze|expedi\w*|factur\w*|courrier|au|c'est)\b"
)
TOWN_FIRST = re.compile(
    rf"(?<![\w'-])({TOWN}|{SMALL}(?:[ -](?:{SMALL}|sur|les|en|la|le))?)(?:[ ,;-]{{1,3}}|[ \t]{{0,2}}\()("
    rf"(?:F-? ?)?{POSTCODE})\)?(?![\w.,]?\d)(?! ?{COUNTED})"
)
POSTCODE_FIRST = re.compile(
    rf"(?<![\w.,:/€$£+-])({POSTCODE}|\d\d {{1,2}}\d{{3}})([,;]?[ \t]{{1,3}}|[ \t]?[-–/_·|][ \t]?|_)"
    rf"(?!{COUNTED})(?=[\w'-]{{3}})({TOWN}|(?:l[ae]s? )?{SMALL})"
)
FOUR_DIGITS = re.compile(
    rf"(?<![\w.,:/€$£+])((?:(?:B|BE|CH|L|LU)[- ]{{1,2}})?[1-9]\d{{3}})([,;]?[ \t]{{1,3}}"
    rf"|[ \t]?[-_·|/][ \t]?)({TOWN}|(?:la |le )?{SMALL})"
)
FOUR_LAST = re.compile(
    rf"(?<![\w'-])({TOWN}|{SMALL})[ ,(]{{1,3}}((?:(?:B|BE|CH)[- ])?[1-9]\d{{3}})\)?(?![\w.,]?\d)"
    rf"(?! ?{COUNTED})"
)
SWISS_OR_BELGIAN = re.compile(r"\b(?:BE?|CH|LU?)[- ]{1,2}\d{4}(?!\d)")
ABROAD_WORDS = frozenset(word for town in ABROAD for word in town.split("-") if len(word) > 3)
CANADIAN = re.compile(
    rf"(?<![A-Za-z0-9])(?:{TOWN}[, ]{{1,3}}(?:\(?(?:Quebec|QC|Qc"
    rf"|ON)\)?[, ]{{1,2}})?)?[ABCEGHJ-NPRSTVXYabceghj-nprstvxy]\d[A-Za-z][ \t_./·,*-]{{0,3}}\d[A-Za-z]\d"
    rf"(?![A-Za-z0-9])"
)
LIVES = re.compile(
    r"\b(?:habit(?:e|es|ent|ons|ez|ais|ait)|adresse|domicil\w*|resid(?:e|es|ons)|crech\w*|log(?:e|es|ee?) "
    r"|chez moi|vis|vit|j'suis"
    r"|demenag\w*|livr(?:er?|ez|aison)) "
)
UNNUMBERED = (
    "r. ", "sidence", "res. ", "lotiss", "lot. ", "lieu", "bp", "b.p", "b. p", "boite", "cs", "c.s",
    "tsa", "case", "cp", "bat", "bloc", "za ", "zi ", "z.", "zac",
)  # fmt: skip
COUNTING = re.compile(
    r"\b(?:les|des|ces|nos|leurs|mes|quelques?|environ|presque|plus de|moins de|pres de|sur|pour|entre"
    r"|avec|total) $"
)
LETTERED_TOWN = re.compile(r"\b(?:a|sur|vers|de|dans|en|pres de|ville|au|ici|,|:|\() ?$")
SENTENCE_WORDS = words_of(
    "le la les un une des en depuis avec plus moins environ total commande facture page prix reste "
    "voici encore windows euros budget salaire il elle on je tu nous vous ils numero code postal cp "
    "environ loyer bravo oui non merci article chapitre vers dans pour sur par de du et ou ni mais donc "
    "or car est sont avait etait faire fait paye gagne ref reference dossier lot colis lettre note "
    "score record annee an mars mai juin avril aout janvier cest"
)
HAS_DIGIT_AND_WORD = re.compile(r"\d[^\n]{0,8}[^\W\d]|[^\W\d][ ,(-]{1,3}\d")
NOT_A_STREET = re.compile(
    r"(?i)(?:19|20)\d\d, ?(?:place|cour|parc|pont|quartier|passage|cite)|\d+ ?(?:av\.? ?(?:j\.?-?c|notre)"
    r"|allees? et venues?|rues? (?:a |d'ici|plus)|r ?[a-z]?$|ch ?[a-z]?$|cours? (?:d(?:e |')(?-i:(?!l'|la "
    r"|les )[a-z])|particuliers?|magistr|collectif|en ligne|par)"
    r"|places? (?:d[eu] (?:parking|cine\w*|concert|spectacle|theatre|train|stade|match)|assises?|debout"
    r"|libres?|dispos?\w*)|passages? (?:piet|a niveau|secret))"
)


def addresses(text: str) -> Iterator[Found]:
    """Streets, then towns beside a postcode."""
    if HAS_DIGIT_AND_WORD.search(text):
        yield from streets_with_a_number(text)
    yield from streets_without(text)
    if re.search(r"\d{3}|\d[A-Za-z]\d", text):
        yield from towns(text)


def address(text: str, start: int, end: int) -> Found:
    return Found(start, end, "adresse", plain(text[start:end]))


def streets_with_a_number(text: str) -> Iterator[Found]:
    for pattern in (ADDRESS, NUMBER_LAST):
        for match in pattern.finditer(text):
            if not NOT_A_STREET.match(match[0]):
                yield address(text, *trimmed(match))
    for match in SMALL_ADDRESS.finditer(text):
        introduced = re.search(
            r"\b(?:au|aux|adresse|habit\w+|rdv|chez|livr\w+)\b[^.!?\n]{0,16}$", before(text, match.start())
        )
        if not NOT_A_STREET.match(match[0]) and (introduced or alone(text, *match.span())):
            yield address(text, *trimmed(match))


def trimmed(match: re.Match[str]) -> tuple[int, int]:
    """Without the sign that the pattern looked at last."""
    kept = match[0].rstrip(" \t\n,;-") if not match[0].endswith(")") else match[0]
    kept = kept[:-1] if kept.endswith(")") and "(" not in kept else kept
    return match.start(), match.start() + len(kept)


def streets_without(text: str) -> Iterator[Found]:
    """Streets without their number, where someone says that it is theirs; residences, boxes."""
    low = text.lower()
    for said in LIVES.finditer(low):
        match = NO_NUMBER.search(text, said.end(), said.end() + 120)
        if (
            match
            and match.start() - said.end() < 25
            and not re.search(r"[.!?\n]", text[said.end() : match.start()])
        ):
            yield address(text, *trimmed(match))
    if not any(map(low.__contains__, UNNUMBERED)):
        return
    for pattern in (BARE_R, RESIDENCE, BOX, FLAT):
        for match in pattern.finditer(text):
            spoken_of = re.search(r"(?:\bles|\bla|\bune|\bcette|\bsa|\bma) $", before(text, match.start(), 8))
            if not spoken_of or match[0][-1].isdigit():
                yield address(text, *trimmed(match))


def towns(text: str) -> Iterator[Found]:
    five = re.search(r"\d\d ?\d{3}", text)
    for match in TOWN_FIRST.finditer(text) if five else ():
        if known(match[1], FRANCE):
            yield address(text, *trimmed(match))
    for match in POSTCODE_FIRST.finditer(text) if five else ():
        if is_a_town(text, match, match[3], FRANCE, bool(re.fullmatch(r"\d\d\s+\d{3}", match[1]))):
            yield address(text, *trimmed(match))
    for match in TOWN_FIRST.finditer(text) if five else ():
        if is_a_town_before(text, match):
            yield address(text, *trimmed(match))
    abroad = SWISS_OR_BELGIAN.search(text) or not ABROAD_WORDS.isdisjoint(
        re.findall(r"[a-z]{4,}", text.lower())
    )
    for match in FOUR_DIGITS.finditer(text) if abroad else ():
        if known(match[3], ABROAD) or (match[1][0].isalpha() and match[3][0].isupper()):
            yield address(text, *trimmed(match))
    for match in FOUR_LAST.finditer(text) if abroad else ():
        if known(match[1], ABROAD) and not 1900 <= int(re.sub(r"\D", "", match[2])) <= 2100:
            yield address(text, *trimmed(match))
    for match in CANADIAN.finditer(text) if re.search(r"[A-Za-z]\d[A-Za-z]", text) else ():
        code = re.sub(r"[^A-Za-z]", "", match[0][-9:])[-3:]
        if code.upper() == code or code.lower() == code:
            yield address(text, *trimmed(match))


def known(town: str, towns: frozenset[str]) -> bool:
    """« Saint-Malo », « saint malo », « Clermont-Ferrand cedex 2 »."""
    words = plain(town).replace(" cedex", "").split()
    return any("-".join(words[:size]) in towns for size in (1, 2, 3, 4))


def is_a_town(text: str, match: re.Match[str], town: str, towns: frozenset[str], split: bool) -> bool:
    """With a capital and not counted (« les 25930 Bretons »), or a large one, or where someone says he"
    " lives."""
    words = before(text, match.start())
    if COUNTING.search(words) or match[2].strip() == "/":
        return False
    people = match[1].endswith("000") and re.search(r"(?:ais|iens|ois|ains|ards|ons)$", town)
    if people and not known(town, towns):
        return False
    home = re.search(
        r"\b(?:habit\w*|adresse|domicil\w*|code postal|cp|vis|vit|demenag\w*|livr\w*|resid\w*|ville)\b", words
    )
    if town[0].islower() or split:
        if alone(text, *match.span()) and not match[1].endswith("000") and not split:
            return True
        round_number = match[1].endswith("000") and plain(town) in (
            "tours",
            "lens",
            "orange",
            "gap",
            "vienne",
            "salon",
        )
        return (
            known(town, towns) and not (round_number and not home and not alone(text, *match.span()))
        ) or bool(home)
    return True


def is_a_town_before(text: str, match: re.Match[str]) -> bool:
    """« Veigné 37250 »: a capital where a place is said and the sentence ends or goes on after."""
    town, words = match[1], before(text, match.start())
    first = plain(town).split()[0] if plain(town) else ""
    if town[0].islower() or first in SENTENCE_WORDS:
        return False
    placed = LETTERED_TOWN.search(words) or not words.strip() or HOUSE.search(words)
    return bool(placed) and not re.match(r" ?[a-z]{3,}s\b", after(text, match.end())[:14])

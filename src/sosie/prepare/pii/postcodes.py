"""Towns beside their postcode, in both orders.

    35999 Saint-Pol-la-Lune   35999, saint pol   Tours 37000   lannion (22 300)   B-4000 Liège   H2X 1Y4

A name in small letters is believed when the town is a large one (towns.py), when someone says that he lives
there, or when nothing else is said: « 12500 messages » is counted, « 12500 bretons » too.
"""

import re
from collections.abc import Iterator

from sosie.prepare.pii.announced import ENDS
from sosie.prepare.pii.base import Found, after, alone, before, plain, words_of
from sosie.prepare.pii.streets import (
    ARTICLE,
    COUNTED,
    POSTCODE,
    SMALL,
    SMALL_TOWN,
    TOWN,
    UNITS,
    address,
    trimmed,
)
from sosie.prepare.pii.towns import ABROAD, FRANCE

HOUSE = re.compile(
    r"\b(?:j?habit\w*|adresses?|domicil\w*|loge\w*|vis|vit|vivons|vivez|demenag\w*|chez (?:moi|eux|elle|lui"
    r"|nous|toi|mes|ma|mon)|livr\w*|(?:en)?voi\w* a"
    r"|crech\w*|resid\w*|installe\w*|retrouve\w*|rdv|rendez-vous|passe\w*|viens|venez|sonne\w*|dispo"
    r"|situe\w*|appart|maison|mairie|agence|poste|coin|commune|parents|code postal|cp|postal|ville|colis"
    r"|cabinet"
    r"|bureaux?|siege|gps|waze|expedi\w*|factur\w*|courrier|au|c'est)\b"
)
LAST_WORD = re.compile(rf"(?<![\w'-])(?:(?i:l[ae]s?|ste?)[ -])?({SMALL})$")
HOME = re.compile(
    r"\b(?:j?habit\w*|adresse|domicil\w*|code postal|cp|vis|vit|demenag\w*|livr\w*|resid\w*|ville)\b"
)
TOWN_FIRST = re.compile(
    rf"(?<=[\w'])(?:[ ,;-]{{1,3}}|[ \t]{{0,2}}(?P<open>[(\[]))(?P<code>{POSTCODE}"
    rf"|(?P<split>\d\d {{1,2}}\d{{3}}))[)\]]?"
    rf"(?!\w|[.,]?\d)(?! ?{UNITS})"
)
WORDS_BEFORE = re.compile(r"[A-Za-z][\w']*(?:[ '-]{1,2}[A-Za-z][\w']*){0,5}$")
CODE_BEFORE = re.compile(rf"{POSTCODE}[ ,;-]{{1,3}}$")
CAPITAL_TOWN = re.compile(rf"(?<![\w'-])({ARTICLE}{TOWN})$")
POSTCODE_FIRST = re.compile(
    rf"(?<![\w.,:€$£+])(?<!\w[/-])({POSTCODE}|\d\d {{1,2}}\d{{3}})([,;:)]?[ \t]{{1,3}}(?:[(\[]|[aA] )?"
    rf"|[ \t]?[-–/_·"
    rf"|\n][ \t]?)"
    rf"(?!{COUNTED})(?=[\w'-]{{3}}|(?i:l[ae]s?|st) )({ARTICLE}{TOWN}|{SMALL_TOWN})"
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
SAINTS = {"st": "saint", "ste": "sainte"}
ABROAD_WORDS = frozenset(word for town in ABROAD for word in town.split("-") if len(word) > 3)
CANADIAN = re.compile(
    rf"(?<![A-Za-z0-9])(?:{TOWN}[, ]{{1,3}}(?:\(?(?:Quebec|QC|Qc"
    rf"|ON)\)?[, ]{{1,2}})?)?[ABCEGHJ-NPRSTVXYabceghj-nprstvxy]\d[A-Za-z][ \t_./·,*-]{{0,3}}\d[A-Za-z]\d"
    rf"(?![A-Za-z0-9])"
)
COUNTING = re.compile(
    r"\b(?:les|des|ces|nos|leurs|mes|quelques?|environ|presque|plus de|moins de|pres de|total) $"
)
DISTRICT = re.compile(r"750(?:0[1-9]|1\d|20)|6900[1-9]|130(?:0[1-9]|1[0-6])")
HOMONYMS = words_of("tours lens orange gap vienne salon")  # « 10000 tours »
COMPOUND = re.compile(r"(?i)\w+-(?:sur|sous|en|les?|lez|la|des?|du|aux|d|l)-\w|(?:ste?|sainte?)[ -]\w{3}")
OPENED = re.compile(
    r"(?:^|[\n:(,;>»\"«*?!.-]|\b(?:a|c|c'est|note|tiens|est|prends|vers|puis|ou|et|direction)) *$"
)
LETTERED_TOWN = re.compile(
    r"(?:\b(?:a|et|ou|puis|sur|vers|de|dans|en|pres de|ville|au|ici|direction)|[,:(>]) ?$"
)
SENTENCE_WORDS = words_of(
    "devis ticket resa billet total pin soit a le la les un une des en depuis avec plus moins environ "
    "total commande facture page prix reste "
    "voici encore windows euros budget salaire il elle on je tu nous vous ils numero code postal cp ville "
    "environ loyer bravo oui non merci article chapitre vers dans pour sur par de du et ou ni mais donc "
    "or car est sont avait etait faire fait paye gagne ref reference dossier lot colis lettre note "
    "score record annee an mars mai juin avril aout janvier cest"
)


def towns(text: str) -> Iterator[Found]:
    five = re.search(r"\d\d ?\d{3}", text)
    for match in TOWN_FIRST.finditer(text) if five else ():
        if (start := town_before(text, match)) is not None:
            yield address(text, start, match.end())
    for match in POSTCODE_FIRST.finditer(text) if five else ():
        if is_a_town(text, match, match[3], FRANCE, bool(re.fullmatch(r"\d\d\s+\d{3}", match[1]))):
            yield address(text, *trimmed(match))
    for match in TOWN_FIRST.finditer(text) if five else ():
        if (start := small_town_before(text, match)) is not None:
            yield address(text, start, match.end())
        town = CAPITAL_TOWN.search(text, max(0, match.start() - 60), match.start())
        at_home = town and HOME.search(before(text, town.start()))
        if town and (at_home or not match["split"]) and is_a_town_before(text, town, match.end()):
            yield address(text, town.start(), match.end())
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


def town_before(text: str, code: re.Match[str]) -> int | None:
    """Where « clermont-ferrand » of « à clermont-ferrand (63000) » begins, if it is one of the largest."""
    said = WORDS_BEFORE.search(text, max(0, code.start() - 40), code.start())
    words = list(re.finditer(r"[A-Za-z]+", said[0])) if said else []
    for size in range(min(len(words), 5), 0, -1):
        if said and known(said[0][words[-size].start() :], FRANCE, whole=True):
            start = said.start() + words[-size].start()
            return None if CODE_BEFORE.search(text, max(0, start - 12), start) else start
    return None


def small_town_before(text: str, code: re.Match[str]) -> int | None:
    """« à lattes (34970) », « j'habite lattes 34970 »: where a name in small letters begins."""
    small = LAST_WORD.search(text, max(0, code.start() - 40), code.start())
    if (
        not small
        or code["split"]
        or small[1].lower() in SENTENCE_WORDS
        or HOUSE.search(small[1].lower())
        or small[1].endswith(("er", "ir"))
    ):
        return None
    placed = LETTERED_TOWN.search(before(text, small.start())) and not code["code"].endswith("000")
    at_home = HOME.search(before(text, small.start()))
    return (
        small.start()
        if code["open"]
        or placed
        or at_home
        or COMPOUND.match(small[1])
        or alone(text, small.start(), code.end())
        else None
    )


def known(town: str, towns: frozenset[str], whole: bool = False) -> bool:
    """« Saint-Malo », « st malo », « Clermont-Ferrand cedex 2 »: its first words, or all of them."""
    words = [SAINTS.get(word, word) for word in plain(town).replace(" cedex", "").split()]
    return any("-".join(words[:size]) in towns for size in ((len(words),) if whole else range(1, 6)))


def is_a_town(text: str, match: re.Match[str], town: str, towns: frozenset[str], split: bool) -> bool:
    """With a capital and not counted (« les 25930 Bretons »), or a large one, or where someone says he"
    " lives."""
    words, whole = before(text, match.start()), alone(text, *match.span())
    sure = (
        known(town, towns)
        or COMPOUND.match(town)
        or DISTRICT.match(match[1])
        or after(text, match.end(), 7).startswith(" cedex")
    )
    round_number = match[1].endswith("000")
    people = re.search(r"(?:ais|iens|ois|ains|ards|ons)$", town)
    if (match[2].strip() == "/" and not (sure or town[0].isupper())) or (
        not sure and (people or COUNTING.search(words))
    ):
        return False
    home = HOME.search(words) or match[1][0] in "Ff" or "(" in match[2]
    if re.search(r"[aA\n]", match[2]):
        return bool(home or (sure and not round_number))
    if town[0].isupper() and not split:
        return True
    if round_number and plain(town) in HOMONYMS:
        return bool(home or LETTERED_TOWN.search(words) or whole)
    return bool(sure or home or (whole and not round_number and not split) or is_set_apart(text, match, town))


def is_set_apart(text: str, match: re.Match[str], town: str) -> bool:
    """« note : 92120, montrouge »: nothing counted, after a sign or a short word, at the sentence's end."""
    words = before(text, match.start())
    counted = match[1].endswith("000") or town.lower().split()[0].endswith(("s", "x")) or len(town) < 4
    if (words.split() or [""])[-1] in SENTENCE_WORDS or CAPITAL_TOWN.search(text[: match.start()].rstrip()):
        return False
    opened = OPENED.search(words) or HOUSE.search(words) or match[1].endswith("0")
    return bool(opened) and not counted and bool(ENDS.match(after(text, match.end())))


def is_a_town_before(text: str, match: re.Match[str], end: int) -> bool:
    """« Veigné 37250 »: a capital where a place is said and the sentence ends or goes on after."""
    town, words = match[1], before(text, match.start())
    if plain(town).split()[-1] in SENTENCE_WORDS:
        return False
    first = plain(town).split()[0] if plain(town) else ""
    if town[0].islower() or first in SENTENCE_WORDS:
        return False
    placed = LETTERED_TOWN.search(words) or not words.strip() or HOUSE.search(words)
    return bool(placed) and not re.match(r" ?[a-z]{3,}s\b", after(text, end)[:14])
